"""Sealing and verifying the trails, each organ's and the operators' (design: security, 7).

Events are written without a chain, so that acts do not queue behind each other. Seconds later this job numbers them
and chains them: each seal's `mac` is an HMAC over its number, the event and the previous `mac`, under a key that lies
outside the database. Published heads (number and mac, outside the database) show whether the end was cut off.

The trail is that of the session: a `TenantSession` has its organ's, a `ControlSession` the operators'. Keys are given
newest first: the newest alone seals, the older ones say that what they sealed still holds. They follow each other along
the chain; what an older one sealed behind a newer one was not sealed by us.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Table, delete, exists, func, select, true

from lienxa.platform import clock
from lienxa.platform.audit.models import AuditEvent, AuditSeal, audit_unsealed
from lienxa.platform.audit.operators import OPERATORS, OperatorEvent, OperatorSeal, operator_unsealed
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _

BATCH = 500
GENESIS = b"\0" * 32

TrailSession = TenantSession | ControlSession
Opened = Callable[[], AbstractAsyncContextManager[TrailSession]]
Keys = Sequence[bytes]


@dataclass(frozen=True)
class Head:
    """The end of the chain at some moment: as many seals, the last with that mac."""

    number: int
    mac: bytes


@dataclass(frozen=True)
class Fault:
    """A place where the trail is not what was sealed; `number` is the seal's."""

    number: int
    kind: str


class UnknownKey(Conflict):
    """The end of the chain was sealed with a key that this process was not given: it must not go on from there."""

    def __init__(self) -> None:
        super().__init__(
            _("Dấu niêm cuối của nhật ký được đóng bằng một khóa mà tiến trình này không có."),
            remedy=_("Nếu vừa đổi khóa: khởi động lại mọi tiến trình, nêu khóa cũ trong LIENXA_OLD_AUDIT_KEYS."),
        )


@dataclass(frozen=True)
class _Trail:
    """A trail: where its events, seals and waiting list stand, how they are joined, and what of an event is sealed."""

    place: UUID
    events: Any
    seals: Any
    waiting: Table
    its_waiting: ColumnElement[bool]
    event_of_seal: ColumnElement[bool]
    event_waits: ColumnElement[bool]
    content: Callable[[Any], list[Any]]


def place_of(session: TrailSession) -> UUID:
    """Under which identifier the heads of the session's trail are published: the organ's, or `OPERATORS`."""
    return session.tenant_id if isinstance(session, TenantSession) else OPERATORS


async def seal(session: TrailSession, keys: Keys, *, key_is_lost: bool = False) -> int:
    """Seal the events that wait for it in the session's trail, `BATCH` at most; returns how many. One at a time.

    `UnknownKey` if the chain was gone on with under a key that is not among these, unless that `key_is_lost` for good.
    """
    trail = _trail(session)
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(trail.place))))
    last = await _last_seal(session, trail)
    known = {None, *map(key_id, keys)}
    if last is not None and last.key_id not in known and not key_is_lost:
        raise UnknownKey
    sealed, mac = (last.number, last.mac) if last else (0, GENESIS)
    events = await _take_unsealed(session, trail)
    for number, event in enumerate(events, start=sealed + 1):
        mac = _mac(keys[0], trail, number, event, mac)
        session.add(
            trail.seals(number=number, event_id=event.id, sealed_at=clock.now(), mac=mac, key_id=key_id(keys[0]))
        )
    await session.flush()
    return len(events)


async def seal_all(opened: Opened, keys: Keys, *, key_is_lost: bool = False) -> int:
    """Seal all that waits in the trail of such sessions, `BATCH` a transaction; returns how many. Raises as `seal`."""
    total, sealed = 0, BATCH
    while sealed == BATCH:
        async with opened() as session:
            sealed = await seal(session, keys, key_is_lost=key_is_lost)
        total += sealed
    return total


async def keep_seals(session: TenantSession) -> None:
    """Take events that have a seal off the list of those that wait for one: a restored organ brings both with it."""
    seals = select(AuditSeal.event_id).where(AuditSeal.tenant_id == session.tenant_id)
    await session.execute(
        delete(audit_unsealed).where(
            audit_unsealed.c.tenant_id == session.tenant_id, audit_unsealed.c.event_id.in_(seals)
        )
    )


async def last_head(session: TrailSession) -> Head:
    """The present end of the chain."""
    last = await _last_seal(session, _trail(session))
    return Head(last.number, last.mac) if last else Head(0, GENESIS)


async def last_key_id(session: TrailSession) -> str | None:
    """Under which key the chain was last gone on with; None if nothing is sealed, or not since keys have names."""
    last = await _last_seal(session, _trail(session))
    return last.key_id if last else None


async def holds(session: TrailSession, head: Head) -> bool:
    """Whether the chain still has that published head: a look at one seal, where `verify` reads them all."""
    seals = _trail(session).seals
    seal_row = await session.scalar(select(seals).where(seals.number == head.number))
    return seal_row is not None and hmac.compare_digest(seal_row.mac, head.mac)


async def verify(session: TrailSession, keys: Keys, published: Sequence[Head] = ()) -> list[Fault]:
    """Everything that is not as it was sealed: changed, removed, reordered, or cut off behind a published head."""
    trail = _trail(session)
    faults: list[Fault] = []
    expected, previous, newest = 1, GENESIS, len(keys)
    macs: dict[int, bytes] = {}
    ring = {key_id(key): key for key in keys}
    async for seal_row, event in _sealed(session, trail):
        number = seal_row.number
        faults += [Fault(missing, "missing") for missing in range(expected, number)]
        made_with = _key_of(ring, trail, seal_row, event, previous)
        if event is None:
            faults.append(Fault(number, "event removed"))
        elif seal_row.key_id not in {None, *ring}:
            faults.append(Fault(number, "unknown key"))
        elif made_with is None:
            faults.append(Fault(number, "changed"))
        elif made_with > newest:
            faults.append(Fault(number, "older key"))
        else:
            newest = made_with
        previous = macs[number] = seal_row.mac
        expected = number + 1
    faults += [Fault(0, "never sealed") for _number in range(await _forgotten(session, trail))]
    faults += [Fault(head.number, "cut off") for head in published if head.number >= expected]
    faults += [
        Fault(head.number, "chain replaced") for head in published if macs.get(head.number, head.mac) != head.mac
    ]
    return faults


async def waiting_organs(session: ControlSession) -> Sequence[UUID]:
    """The organs with events that wait for their seal."""
    return (await session.scalars(select(audit_unsealed.c.tenant_id).distinct())).all()


async def waiting_events(session: ControlSession) -> int:
    """How many events wait for their seal, in all trails."""
    lists = (audit_unsealed, operator_unsealed)
    return sum([await session.scalar(select(func.count()).select_from(waiting)) or 0 for waiting in lists])


def key_id(key: bytes) -> str:
    """By what a seal names the key it was made with; it tells nothing of the key."""
    return hmac.new(key, b"lienxa audit key", hashlib.sha256).hexdigest()[:16]


def _trail(session: TrailSession) -> _Trail:
    if isinstance(session, ControlSession):
        return _OPERATORS
    return _Trail(
        session.tenant_id,
        AuditEvent,
        AuditSeal,
        audit_unsealed,
        audit_unsealed.c.tenant_id == session.tenant_id,
        (AuditEvent.tenant_id == AuditSeal.tenant_id) & (AuditEvent.id == AuditSeal.event_id),
        (audit_unsealed.c.tenant_id == AuditEvent.tenant_id) & (audit_unsealed.c.event_id == AuditEvent.id),
        _of_organ,
    )


async def _last_seal(session: TrailSession, trail: _Trail) -> Any:
    return await session.scalar(select(trail.seals).order_by(trail.seals.number.desc()).limit(1))


async def _take_unsealed(session: TrailSession, trail: _Trail) -> Sequence[Any]:
    """The oldest events that wait for their seal, in the order of their identifiers; taken off the waiting list."""
    listed = trail.waiting.c.event_id
    waiting = select(listed).where(trail.its_waiting).order_by(listed).limit(BATCH)
    taken = await session.scalars(delete(trail.waiting).where(trail.its_waiting, listed.in_(waiting)).returning(listed))
    query = select(trail.events).where(trail.events.id.in_(taken.all())).order_by(trail.events.id)
    return (await session.scalars(query)).all()


async def _forgotten(session: TrailSession, trail: _Trail) -> int:
    """Events that are neither sealed nor waiting for it: somebody took them off the list."""
    waits, is_sealed = exists().where(trail.event_waits), exists().where(trail.event_of_seal)
    query = select(func.count()).select_from(trail.events).where(~waits, ~is_sealed)
    return await session.scalar(query) or 0


async def _sealed(session: TrailSession, trail: _Trail) -> AsyncIterator[tuple[Any, Any]]:
    after = 0
    while True:
        query = (
            select(trail.seals, trail.events)
            .outerjoin(trail.events, trail.event_of_seal)
            .where(trail.seals.number > after)
            .order_by(trail.seals.number)
            .limit(BATCH)
        )
        rows = (await session.execute(query)).all()
        if not rows:
            return
        for seal_row, event in rows:
            yield seal_row, event
        after = rows[-1][0].number


def _key_of(ring: Mapping[str, bytes], trail: _Trail, seal_row: Any, event: Any, previous: bytes) -> int | None:
    """The place among the keys of the one with which this seal is what it should be; None if there is none."""
    if event is None:
        return None
    for place, (name, key) in enumerate(ring.items()):
        if seal_row.key_id not in (None, name):
            continue
        if hmac.compare_digest(_mac(key, trail, seal_row.number, event, previous), seal_row.mac):
            return place
    return None


def _mac(key: bytes, trail: _Trail, number: int, event: Any, previous: bytes) -> bytes:
    content = msgspec.json.encode([number, *trail.content(event)])
    return hmac.new(key, previous + content, hashlib.sha256).digest()


def _of_organ(event: AuditEvent) -> list[Any]:
    return [
        str(event.tenant_id),
        str(event.id),
        event.at.astimezone(UTC).isoformat(),
        str(event.account_id),
        str(event.staff_id),
        event.staff_name,
        event.post_title,
        event.action,
        event.object_type,
        str(event.object_id),
        sorted(event.detail.items()),
    ]


def _of_operators(event: OperatorEvent) -> list[Any]:
    return [
        str(OPERATORS),
        str(event.id),
        event.at.astimezone(UTC).isoformat(),
        event.operator,
        event.action,
        str(event.tenant_id),
        event.detail,
    ]


_OPERATORS = _Trail(
    OPERATORS,
    OperatorEvent,
    OperatorSeal,
    operator_unsealed,
    true(),
    OperatorEvent.id == OperatorSeal.event_id,
    operator_unsealed.c.event_id == OperatorEvent.id,
    _of_operators,
)


def _lock_key(place: UUID) -> int:
    digest = hashlib.sha256(b"audit" + place.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
