"""Adding all organs of a list: the file is read by a job, looked at by the operator, then each organ is an addition.

So each is made in a transaction of its own, by the very job that makes a single one: what fails is told with its
reason while the others go on, and whatever is killed in the middle is taken up again.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict, FieldError, InvalidInput, NotFound
from lienxa.platform.identity import sealing
from lienxa.platform.identity.models import Account
from lienxa.platform.jobs import Job, enqueue, enqueue_many
from lienxa.platform.operator.listing import Defaults, ListedOrgan, read
from lienxa.platform.operator.models import AdditionBatch, OrganAddition
from lienxa.platform.operator.specs import OrganSpec
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import PARENT_KINDS
from lienxa.platform.text import _

LISTED = 5
_OPEN = ("waiting", "added")


@dataclass(frozen=True)
class Progress:
    """How many of a batch's organs there are, are there, and could not be made; the last ones with why."""

    total: int
    done: int
    failed: Sequence[OrganAddition]
    slips: int

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.done + len(self.failed) == self.total

    @property
    def share(self) -> int:
        """Hundredths of the way."""
        return 100 * (self.done + len(self.failed)) // max(self.total, 1)


@dataclass(frozen=True)
class Slip:
    """What the first administrator of one organ is handed."""

    organ: str
    full_name: str
    username: str
    password: str
    address: str


async def bring(
    control: ControlSession,
    job: Job,
    key: UUID,
    account: tuple[UUID, str],
    upload: tuple[str, bytes],
    defaults: Defaults,
) -> None:
    """Keep the file `(name, content)` and want it read; a key that was used before changes nothing."""
    account_id, operator = account
    file_name, content = upload
    row = insert(AdditionBatch).values(
        id=key,
        account_id=account_id,
        operator=operator,
        file_name=file_name,
        content=content,
        defaults=msgspec.to_builtins(defaults),
        state="reading",
        lines=[],
        reason="",
        asked_at=clock.now(),
    )
    if await control.scalar(row.on_conflict_do_nothing().returning(AdditionBatch.id)) is not None:
        operators.note(control, operator, "organ.list_brought", detail=file_name)
        await enqueue(control, job, key)


async def find(control: ControlSession, batch_id: UUID, *, lock: bool = False) -> AdditionBatch:
    """The batch, or `NotFound`."""
    found = await control.get(AdditionBatch, batch_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


async def recent(control: ControlSession) -> Sequence[tuple[AdditionBatch, int, int]]:
    """The latest ones with the numbers of their organs that are asked for and that are still to be made."""
    open_ones = func.count().filter(OrganAddition.state.in_(_OPEN))
    query = (
        select(AdditionBatch, func.count(OrganAddition.id), open_ones)
        .outerjoin(OrganAddition, OrganAddition.batch_id == AdditionBatch.id)
        .group_by(AdditionBatch.id)
        .order_by(AdditionBatch.asked_at.desc())
        .limit(LISTED)
    )
    return [(batch, total, still) for batch, total, still in await control.execute(query)]


async def check(database: Database, settings: Settings, batch_id: UUID) -> None:
    """Read the file and note of each line what will be made of it, or what is wrong; a second delivery does nothing."""
    async with database.control() as control:
        batch = await find(control, batch_id, lock=True)
        if batch.state != "reading" or batch.content is None:
            return
        try:
            organs = read(batch.content, settings, msgspec.convert(batch.defaults, Defaults))
        except InvalidInput as refused:
            fault = refused.fields[0]
            batch.state, batch.reason = "refused", f"{fault.reason} {fault.remedy}"
        else:
            batch.lines = [_kept(organ) for organ in await judged(control, organs)]
            batch.state = "checked"
        batch.content = None


def _kept(organ: ListedOrgan) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(organ)
    return kept


@dataclass(frozen=True)
class Lines:
    """What a file has: organs to add, lines with a fault, and how many organs that are there already."""

    good: Sequence[ListedOrgan]
    faulty: Sequence[ListedOrgan]
    there: int


def lines_of(batch: AdditionBatch) -> Lines:
    """The lines of a file that was read."""
    lines = msgspec.convert(batch.lines, list[ListedOrgan])
    good = [line for line in lines if not line.faults and not line.there]
    return Lines(good, [line for line in lines if line.faults], sum(line.there for line in lines))


async def start(control: ControlSession, job: Job, batch_id: UUID, operator: str) -> None:
    """Ask for the organs of all good lines. `Conflict` unless the file is checked and has one."""
    batch = await find(control, batch_id, lock=True)
    good = lines_of(batch).good
    if batch.state != "checked" or not good:
        raise Conflict(_("Danh sách này không còn chờ thêm."), remedy=_("Xem tiến độ trên trang của danh sách."))
    batch.state = "adding"
    now = clock.now()
    rows = [
        {
            "id": ids.new_id(),
            "batch_id": batch_id,
            "account_id": batch.account_id,
            "operator": operator,
            "spec": msgspec.to_builtins(line.spec),
            "state": "waiting",
            "attempts": 0,
            "faults": [],
            "asked_at": now,
        }
        for line in good
    ]
    await control.execute(insert(OrganAddition).values(rows))
    operators.note(control, operator, "organ.list_asked", detail=f"{batch.file_name}: {len(rows)}")
    await enqueue_many(control, job, [(row["id"],) for row in rows])


async def try_again(control: ControlSession, job: Job, batch_id: UUID, operator: str) -> int:
    """Ask once more for the organs that could not be made; how many."""
    batch = await find(control, batch_id, lock=True)
    again = (
        update(OrganAddition)
        .where(OrganAddition.batch_id == batch_id, OrganAddition.state == "failed")
        .values(state="waiting", attempts=0, faults=[], ended_at=None)
        .returning(OrganAddition.id)
    )
    wanted = (await control.scalars(again)).all()
    if wanted:
        operators.note(control, operator, "organ.list_asked", detail=f"{batch.file_name}: {len(wanted)}")
        await enqueue_many(control, job, [(addition_id,) for addition_id in wanted])
    return len(wanted)


async def progress(control: ControlSession, batch_id: UUID) -> Progress:
    """How far it is."""
    of_batch = OrganAddition.batch_id == batch_id
    counted = select(OrganAddition.state, func.count()).where(of_batch).group_by(OrganAddition.state)
    states = Counter(dict((await control.execute(counted)).all()))
    slips = await control.scalar(
        select(func.count()).where(of_batch, OrganAddition.sealed_password.is_not(None), _still_shown())
    )
    failed = select(OrganAddition).where(of_batch, OrganAddition.state == "failed")
    why = (await control.scalars(failed.order_by(OrganAddition.asked_at, OrganAddition.id))).all()
    return Progress(states.total(), states["done"], why, slips or 0)


async def take_slips(control: ControlSession, settings: Settings, batch_id: UUID, operator: str) -> list[Slip]:
    """All one-time passwords of the batch that nobody has seen yet, in the order of the file; wiped hereby."""
    waiting = select(OrganAddition).where(
        OrganAddition.batch_id == batch_id, OrganAddition.sealed_password.is_not(None), _still_shown()
    )
    slips = []
    for addition in (await control.scalars(waiting.order_by(OrganAddition.id).with_for_update())).all():
        spec = msgspec.convert(addition.spec, OrganSpec)
        assert addition.sealed_password is not None
        password = sealing.unseal(settings, addition.sealed_password)
        addition.sealed_password = addition.password_until = None
        if password is None:  # sealed with a key that is no more
            continue
        operators.note(control, operator, "organ.password_shown", addition.tenant_id)
        person = spec.administrator
        slips.append(Slip(spec.name, person.full_name, person.username, password, settings.address(spec.host)))
    return slips


def _still_shown() -> Any:
    return OrganAddition.password_until > clock.now()


# What the registry does not allow ----------------------------------------------------------------------------------


async def judged(control: ControlSession, organs: Sequence[ListedOrgan]) -> list[ListedOrgan]:
    """The lines with what the registry does not allow beside what they have; the statements do not grow with them."""
    specs = [organ.spec for organ in organs]
    taken = select(Tenant.slug, Tenant.name).where(Tenant.slug.in_([spec.slug for spec in specs]))
    slugs = dict((await control.execute(taken)).all())
    hosts = set(
        await control.scalars(select(TenantHost.host).where(TenantHost.host.in_([spec.host for spec in specs])))
    )
    above = {spec.parent_slug for spec in specs if spec.parent_slug}
    parents = set(
        await control.scalars(select(Tenant.slug).where(Tenant.slug.in_(above), Tenant.kind.in_(PARENT_KINDS)))
    )
    names = [spec.administrator.username for spec in specs]
    known = select(Account.username, Account.full_name).where(Account.username.in_(names))
    people = dict((await control.execute(known)).all())
    return [
        replace(organ, there=True)
        if not organ.faults and slugs.get(organ.spec.slug) == organ.spec.name
        else replace(organ, faults=[*organ.faults, *_refused(organ.spec, slugs, hosts, parents, people)])
        for organ in organs
    ]


def _refused(
    spec: OrganSpec, slugs: Collection[str], hosts: set[str], parents: set[str], people: dict[str, str]
) -> Iterator[FieldError]:
    if spec.slug in slugs:
        yield FieldError(
            "slug", _("Đã có đơn vị “{slug}”.", slug=spec.slug), _("Ghi tên miền khác, ví dụ thêm tên huyện.")
        )
    elif spec.host in hosts:
        yield FieldError("host", _("Địa chỉ {host} đã có đơn vị dùng.", host=spec.host), _("Ghi địa chỉ khác."))
    if spec.parent_slug and spec.parent_slug not in parents:
        said = _("Không có đơn vị cấp trên “{slug}”.", slug=spec.parent_slug)
        yield FieldError("parent", said, _("Ghi tên miền của một huyện, tỉnh đã có, hoặc chọn khi tải lên."))
    person = spec.administrator
    if people.get(person.username, person.full_name) != person.full_name:
        said = _("Tên đăng nhập “{name}” đã có người dùng.", name=person.username)
        yield FieldError("username", said, _("Ghi tên đăng nhập khác."))
