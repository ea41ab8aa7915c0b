"""Sealing and verifying the trail (design: security, 7).

Events are written without a chain, so that acts do not queue behind each other. Seconds later this job numbers them
and chains them: each seal's `mac` is an HMAC over its number, the event and the previous `mac`, under a key that lies
outside the database. Published heads (number and mac, outside the database) show whether the end was cut off.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

import msgspec
from sqlalchemy import delete, exists, func, select

from lienxa.platform import clock
from lienxa.platform.audit.models import AuditEvent, AuditSeal, audit_unsealed
from lienxa.platform.db.session import ControlSession, TenantSession

BATCH = 500
GENESIS = b"\0" * 32


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


async def seal(session: TenantSession, key: bytes) -> int:
    """Seal the events of the session's organ that wait for it, `BATCH` at most; returns how many. One at a time."""
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(session.tenant_id))))
    head = await last_head(session)
    events = await _take_unsealed(session)
    mac = head.mac
    for number, event in enumerate(events, start=head.number + 1):
        mac = _mac(key, number, event, mac)
        session.add(AuditSeal(number=number, event_id=event.id, sealed_at=clock.now(), mac=mac))
    await session.flush()
    return len(events)


async def keep_seals(session: TenantSession) -> None:
    """Take events that have a seal off the list of those that wait for one: a restored organ brings both with it."""
    seals = select(AuditSeal.event_id).where(AuditSeal.tenant_id == session.tenant_id)
    await session.execute(
        delete(audit_unsealed).where(
            audit_unsealed.c.tenant_id == session.tenant_id, audit_unsealed.c.event_id.in_(seals)
        )
    )


async def last_head(session: TenantSession) -> Head:
    """The present end of the chain."""
    last = await session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))
    return Head(last.number, last.mac) if last else Head(0, GENESIS)


async def holds(session: TenantSession, head: Head) -> bool:
    """Whether the chain still has that published head: a look at one seal, where `verify` reads them all."""
    seal_row = await session.scalar(select(AuditSeal).where(AuditSeal.number == head.number))
    return seal_row is not None and hmac.compare_digest(seal_row.mac, head.mac)


async def verify(session: TenantSession, key: bytes, published: Sequence[Head] = ()) -> list[Fault]:
    """Everything that is not as it was sealed: changed, removed, reordered, or cut off behind a published head."""
    faults: list[Fault] = []
    expected, previous = 1, GENESIS
    macs: dict[int, bytes] = {}
    async for seal_row, event in _sealed(session):
        while expected < seal_row.number:
            faults.append(Fault(expected, "missing"))
            expected += 1
        if event is None:
            faults.append(Fault(seal_row.number, "event removed"))
        elif not hmac.compare_digest(_mac(key, seal_row.number, event, previous), seal_row.mac):
            faults.append(Fault(seal_row.number, "changed"))
        previous = macs[seal_row.number] = seal_row.mac
        expected = seal_row.number + 1
    faults += [Fault(0, "never sealed") for _number in range(await _forgotten(session))]
    faults += [Fault(head.number, "cut off") for head in published if head.number >= expected]
    faults += [
        Fault(head.number, "chain replaced") for head in published if macs.get(head.number, head.mac) != head.mac
    ]
    return faults


async def waiting_organs(session: ControlSession) -> Sequence[UUID]:
    """The organs with events that wait for their seal."""
    return (await session.scalars(select(audit_unsealed.c.tenant_id).distinct())).all()


async def waiting_events(session: ControlSession) -> int:
    """How many events wait for their seal, in all organs."""
    return await session.scalar(select(func.count()).select_from(audit_unsealed)) or 0


async def _take_unsealed(session: TenantSession) -> Sequence[AuditEvent]:
    """The oldest events that wait for their seal, in the order of their identifiers; taken off the waiting list."""
    waiting = (
        select(audit_unsealed.c.event_id)
        .where(audit_unsealed.c.tenant_id == session.tenant_id)
        .order_by(audit_unsealed.c.event_id)
        .limit(BATCH)
    )
    taken = await session.scalars(
        delete(audit_unsealed)
        .where(audit_unsealed.c.tenant_id == session.tenant_id, audit_unsealed.c.event_id.in_(waiting))
        .returning(audit_unsealed.c.event_id)
    )
    query = select(AuditEvent).where(AuditEvent.id.in_(taken.all())).order_by(AuditEvent.id)
    return (await session.scalars(query)).all()


async def _forgotten(session: TenantSession) -> int:
    """Events that are neither sealed nor waiting for it: somebody took them off the list."""
    waits = exists().where(
        audit_unsealed.c.tenant_id == AuditEvent.tenant_id, audit_unsealed.c.event_id == AuditEvent.id
    )
    is_sealed = exists().where(AuditSeal.tenant_id == AuditEvent.tenant_id, AuditSeal.event_id == AuditEvent.id)
    return await session.scalar(select(func.count()).select_from(AuditEvent).where(~waits, ~is_sealed)) or 0


async def _sealed(session: TenantSession) -> AsyncIterator[tuple[AuditSeal, AuditEvent | None]]:
    after = 0
    while True:
        query = (
            select(AuditSeal, AuditEvent)
            .outerjoin(
                AuditEvent, (AuditEvent.tenant_id == AuditSeal.tenant_id) & (AuditEvent.id == AuditSeal.event_id)
            )
            .where(AuditSeal.number > after)
            .order_by(AuditSeal.number)
            .limit(BATCH)
        )
        rows = (await session.execute(query)).all()
        if not rows:
            return
        for seal_row, event in rows:
            yield seal_row, event
        after = rows[-1][0].number


def _mac(key: bytes, number: int, event: AuditEvent, previous: bytes) -> bytes:
    content = [
        number,
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
    return hmac.new(key, previous + msgspec.json.encode(content), hashlib.sha256).digest()


def _lock_key(tenant_id: UUID) -> int:
    digest = hashlib.sha256(b"audit" + tenant_id.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
