"""After the keys were replaced and every process was started with the new ones: what still hangs on the old ones.

Column by column and trail by trail, in batches with a transaction each. Broken off anywhere it is simply run again:
what is sealed with the newest key already is passed over.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import bindparam, inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform.audit import heads, operators
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import sealing as trails
from lienxa.platform.audit.sealing import Opened, TrailSession
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity import sealing
from lienxa.platform.keys.sealed import all_sealed
from lienxa.platform.module import SealedColumn
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, lasting_organs
from lienxa.platform.text import _

BATCH = 500
ACT = "keys.rotated"
ORGANS_ACT = "office.keys_rotated"


@dataclass(frozen=True)
class Count:
    """Of sealed texts: how many the newest key opens, how many an older one (now sealed anew), how many none."""

    newest: int = 0
    older: int = 0
    lost: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.newest + other.newest, self.older + other.older, self.lost + other.lost)


@dataclass(frozen=True)
class Rotated:
    """What one of them has: an organ, or (without one) the installation. `trail_went_over`: it has a new key now."""

    organ: Organ | None
    counts: dict[str, Count] = field(default_factory=dict)
    trail_went_over: bool = False


async def rotate(
    database: Database, settings: Settings, operator: str, *, dry_run: bool, key_is_lost: bool = False
) -> AsyncIterator[Rotated]:
    """Seal anew what older keys sealed, and let the chains go on under the newest; one answer for each organ.

    The installation itself comes first. With `dry_run` it is only counted. Where the key of before `key_is_lost`, the
    chains go on without it, and say so. `database` is the application's.
    """
    offices = [column for column in all_sealed() if "tenant_id" in _primary_key(column)]
    installations = [column for column in all_sealed() if column not in offices]
    async with database.control() as control:
        organs = await lasting_organs(control)
    for organ in (None, *organs):
        opened: Opened = partial(database.tenant, organ.id) if organ else database.control
        rotated = Rotated(organ)
        for column in offices if organ else installations:
            rotated.counts[column.title] = await _reseal(opened, settings, column, dry_run=dry_run)
        yield await _tell(opened, settings, operator, rotated, dry_run=dry_run, key_is_lost=key_is_lost)


async def _reseal(opened: Opened, settings: Settings, column: SealedColumn, *, dry_run: bool) -> Count:
    total, after = Count(), None
    while True:
        async with opened() as session:
            rows = (await session.execute(_batch(column, after))).all()
            if not rows:
                return total
            changes = []
            for row in rows:
                counted, sealed = _anew(settings, column, row)
                total += counted
                if sealed is not None:
                    changes.append({"row": row[0], "was": row.sealed, "now": sealed})
            if changes and not dry_run:
                await (await session.connection()).execute(_replace(column, session), changes)
        after = rows[-1][0]


def _anew(settings: Settings, column: SealedColumn, row: Any) -> tuple[Count, bytes | None]:
    """How that row counts, and what is to stand in it instead if an older key sealed it."""
    if row.sealed is None:
        assert column.derived is not None
        if len(settings.secret_keys) == 1:  # no key was replaced, or its name is missing: what is meant is not known
            return Count(newest=1), None
        text = column.derived(settings.secret_keys[-1], row)
        return Count(older=1), sealing.seal(settings, text, purpose=column.purpose)
    found = sealing.opened(settings, row.sealed, purpose=column.purpose)
    if found is None:
        return Count(lost=1), None
    if found.newest:
        return Count(newest=1), None
    return Count(older=1), sealing.seal(settings, found.text, purpose=column.purpose)


def _batch(column: SealedColumn, after: Any) -> Any:
    key = _key(column)
    query = select(key, column.column.label("sealed"), *column.derived_from).order_by(key).limit(BATCH)
    if column.derived is None:
        query = query.where(column.column.is_not(None))
    return query if after is None else query.where(key > after)


def _replace(column: SealedColumn, session: TrailSession) -> Any:
    """Only where nobody wrote meanwhile: who did sealed it with the newest key."""
    table = column.column.class_.__table__
    stored, key = table.c[column.column.key], table.c[_key(column).key]
    query = update(table).where(key == bindparam("row", type_=key.type)).values({stored: bindparam("now")})
    query = query.where(stored.is_not_distinct_from(bindparam("was", type_=stored.type)))
    return query.where(table.c.tenant_id == session.tenant_id) if isinstance(session, TenantSession) else query


def _key(column: SealedColumn) -> InstrumentedAttribute[Any]:
    """The part of the primary key that tells rows of one session apart."""
    found: InstrumentedAttribute[Any] = getattr(column.column.class_, _primary_key(column)[-1])
    return found


def _primary_key(column: SealedColumn) -> list[str]:
    return [str(part.key) for part in inspect(column.column.class_).primary_key]


async def _tell(
    opened: Opened, settings: Settings, operator: str, rotated: Rotated, *, dry_run: bool, key_is_lost: bool
) -> Rotated:
    """Say in the trail what was done, seal that with the newest key, and publish the end that this gives the chain."""
    newest, *older = map(trails.key_id, settings.audit_keys)
    async with opened() as session:
        last, head = await trails.last_key_id(session), await trails.last_head(session)
        rotated = replace(rotated, trail_went_over=head.number > 0 and last != newest)
        done = sum(count.older for count in rotated.counts.values())
        if dry_run or not (done or rotated.trail_went_over):
            return rotated
        said = [_("đóng lại {count} mục bằng khóa mới", count=done)] if done else []
        if rotated.trail_went_over:
            said.append(_("từ đây nhật ký niêm bằng khóa mới {name}", name=newest))
        if rotated.trail_went_over and last not in (None, *older) and key_is_lost:
            said.append(_("khóa niêm trước đó ({name}) không còn, các dòng trước không kiểm tra được nữa", name=last))
        text = "; ".join(said)
        if isinstance(session, TenantSession):
            detail = {"text": text, "operator": operator}
            audit.record_service(session, ORGANS_ACT, "organ", session.tenant_id, detail)
        else:
            operators.note(session, operator, ACT, detail=text)
    await trails.seal_all(opened, settings.audit_keys, key_is_lost=key_is_lost)
    async with opened() as session:
        heads.publish(trails.place_of(session), await trails.last_head(session))
    return rotated
