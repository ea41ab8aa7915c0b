"""Telling, reading and forgetting notices.

Whoever tells names people who may see the thing at that moment, and no others: a notice is not asked again who may
read it. What it leads to asks anew.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, and_, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import TENANT, Prepared, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.notify.models import Notice

KEPT_FOR = timedelta(days=90)
PAGE_SIZE = 30
_IDS, _WORDS = ARRAY(Uuid()), ARRAY(Text())
_silent: ContextVar[bool] = ContextVar("notices_silent", default=False)


@dataclass(frozen=True)
class Told:
    """What is told to whom: people of the organ by `staff_id`; `kind`, `title` and `path` as in `Notice`."""

    staff_ids: Sequence[UUID | None]
    kind: str
    title: str
    path: str


@contextmanager
def silently() -> Iterator[None]:
    """Inside, nobody is told anything: whoever writes down what is long past."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def are_silent() -> bool:
    """Whether what is done now is long past, and nobody is to be told."""
    return _silent.get()


async def tell(session: TenantSession, actor: Actor | None, *told: Told) -> None:
    """Tell all of it in one statement; the actor (None: the service) is not told what they did themselves."""
    if are_silent():
        return
    rows = [
        (ids.new_id(), staff_id, one.kind, one.title, one.path)
        for one in told
        for staff_id in dict.fromkeys(one.staff_ids)
        if staff_id is not None and (actor is None or staff_id != actor.staff_id)
    ]
    if not rows:
        return
    id_list, staff_list, kinds, titles, paths = (list(column) for column in zip(*rows, strict=True))
    given = (
        func.unnest(
            literal(id_list, _IDS),
            literal(staff_list, _IDS),
            literal(kinds, _WORDS),
            literal(titles, _WORDS),
            literal(paths, _WORDS),
        )
        .table_valued("id", "staff_id", "kind", "title", "path", name="told")
        .render_derived()
    )
    receivers = (
        select(
            literal(session.tenant_id, Uuid()),
            given.c.id,
            Staff.account_id,
            literal(clock.now(), Notice.created_at.type),
            given.c.kind,
            given.c.title,
            given.c.path,
        )
        .select_from(given)
        .join(Staff, and_(Staff.tenant_id == session.tenant_id, Staff.id == given.c.staff_id))
    )
    names = ["tenant_id", "id", "account_id", "created_at", "kind", "title", "path"]
    await session.execute(insert(Notice).from_select(names, receivers))


_UNREAD = Prepared(
    select(func.count())
    .select_from(Notice)
    .where(Notice.tenant_id == TENANT, Notice.account_id == bindparam("account"), Notice.read_at.is_(None))
)


async def unread(session: TenantSession, account_id: UUID) -> int:
    """How many notices the account has not looked at."""
    ((count,),) = await session.rows(_UNREAD, account=account_id)
    return int(count)


async def page_of(
    session: TenantSession,
    account_id: UUID,
    *,
    only_unread: bool,
    before: tuple[datetime, UUID] | None,
    limit: int = PAGE_SIZE,
) -> tuple[list[Notice], tuple[datetime, UUID] | None]:
    """A page of the account's notices, latest first, and where the next page begins (None at the end)."""
    query = select(Notice).where(Notice.account_id == account_id)
    if only_unread:
        query = query.where(Notice.read_at.is_(None))
    if before is not None:
        query = query.where(tuple_(Notice.created_at, Notice.id) < tuple_(*before))
    query = query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit + 1)
    found = list(await session.scalars(query))
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], (last.created_at, last.id)


async def read(session: TenantSession, account_id: UUID, notice_id: UUID) -> Notice:
    """The account's own notice, read from now on, or `NotFound`."""
    notice = await session.find(Notice, notice_id)
    if notice.account_id != account_id:
        raise NotFound
    notice.read_at = notice.read_at or clock.now()
    return notice


async def read_all(session: TenantSession, account_id: UUID) -> None:
    """Take everything as read that the account has been told."""
    await session.execute(
        update(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )


async def forget_old(session: TenantSession) -> None:
    """Remove what was told more than 90 days ago."""
    await session.execute(delete(Notice).where(Notice.created_at < clock.now() - KEPT_FOR))
