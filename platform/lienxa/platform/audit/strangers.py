"""What strangers were refused: one row a network, kind and minute in the trail of the organ that was asked.

Nobody is known, so nobody is named: of an address the network alone is kept (24 bits of IPv4, 48 of IPv6). A stranger
can neither fill the trail nor make the service write: each web process counts in its memory and tells its counts every
few seconds in one statement; a job brings the minutes that are over into the trails, `ROWS_A_MINUTE` at most for an
organ, what is beyond in one row a kind (design: security, 7).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

import structlog
from litestar import Litestar
from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from lienxa.platform import clock
from lienxa.platform.audit import repository as trail
from lienxa.platform.audit.models import StrangersRefused
from lienxa.platform.db.session import ControlSession, Database, TenantSession

ACT = "access.strangers_refused"
STATE_KEY = "strangers"
WINDOW = timedelta(minutes=1)
TELL_SECONDS = 5.0
# A minute is brought into the trail when every process has told of it.
GRACE = timedelta(seconds=20)
ROWS_A_MINUTE = 10
# What one process remembers between two tellings: whoever comes from more networks is counted without theirs.
MOST_KEYS = 500
ELSEWHERE = ""

_log = structlog.get_logger()


@dataclass(frozen=True, order=True)
class _Key:
    tenant_id: UUID
    window: datetime
    kind: str
    network: str


class Refusals:
    """The counts of one web process that it has not told yet."""

    def __init__(self) -> None:
        self._hits: Counter[_Key] = Counter()

    def count(self, tenant_id: UUID, kind: str, address: str) -> None:
        """One more refusal of `kind`, of somebody at `address`, at that organ, now."""
        key = _Key(tenant_id, _window(clock.now()), kind, network_of(address))
        if key not in self._hits and len(self._hits) >= MOST_KEYS:
            key = _Key(key.tenant_id, key.window, kind, ELSEWHERE)
        self._hits[key] += 1

    async def tell(self, database: Database) -> None:
        """Add the counts to those of the other processes. What cannot be told now is told the next time."""
        told, self._hits = self._hits, Counter()
        if not told:
            return
        rows = [
            {"tenant_id": key.tenant_id, "window_started_at": key.window, "kind": key.kind, "network": key.network}
            | {"hits": hits}
            for key, hits in sorted(told.items())
        ]
        counted = insert(StrangersRefused).values(rows)
        together = counted.on_conflict_do_update(
            index_elements=["tenant_id", "window_started_at", "kind", "network"],
            set_={"hits": StrangersRefused.hits + counted.excluded.hits},
        )
        try:
            async with database.control() as control:
                await control.execute(together)
        except (SQLAlchemyError, OSError):
            self._hits.update(told)
            raise


def network_of(address: str) -> str:
    """The network of an address, which says from where without saying who; `ELSEWHERE` for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ELSEWHERE
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network((found, 48 if isinstance(found, IPv6Address) else 24), strict=False))


async def start(app: Litestar) -> None:
    """Tell what this process counts, for as long as it runs."""
    app.state.strangers_stopping = stopping = asyncio.Event()
    app.state.strangers_teller = asyncio.create_task(_keep_telling(app, stopping), name="strangers")


async def stop(app: Litestar) -> None:
    """Tell the rest. A telling that is under way is not broken off: its counts would be lost."""
    app.state.strangers_stopping.set()
    await app.state.strangers_teller


async def _keep_telling(app: Litestar, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), TELL_SECONDS)
        await _tell(app)


async def _tell(app: Litestar) -> None:
    refusals: Refusals = app.state[STATE_KEY]
    try:
        await refusals.tell(app.state.database)
    except (SQLAlchemyError, OSError) as error:
        _log.warning("refusals of strangers not written", reason=type(error).__name__)


async def organs_with_counts(control: ControlSession) -> Sequence[UUID]:
    """The organs of which a minute is over that is not in their trail yet."""
    query = select(StrangersRefused.tenant_id).where(StrangersRefused.window_started_at <= _over()).distinct()
    return (await control.scalars(query)).all()


async def bring_into_trail(session: TenantSession) -> int:
    """Move the minutes that are over into the trail of the session's organ; returns how many rows that made."""
    taken = await session.execute(
        delete(StrangersRefused)
        .where(StrangersRefused.tenant_id == session.tenant_id, StrangersRefused.window_started_at <= _over())
        .returning(
            StrangersRefused.window_started_at, StrangersRefused.kind, StrangersRefused.network, StrangersRefused.hits
        )
    )
    rows = taken.all()
    written = 0
    for window in sorted({row.window_started_at for row in rows}):
        for (kind, network), hits in _at_most([row for row in rows if row.window_started_at == window]).items():
            detail: trail.Detail = {"kind": kind, "address": network, "count": hits}
            trail.record_stranger(session, ACT, None, detail, at=window)
            written += 1
    return written


def _at_most(rows: Sequence[Row[datetime, str, str, int]]) -> Counter[tuple[str, str]]:
    """Hits by kind and network: the largest by themselves, those of the others by kind."""
    found: Counter[tuple[str, str]] = Counter()
    for place, row in enumerate(sorted(rows, key=lambda row: (-row.hits, row.kind, row.network))):
        found[row.kind, row.network if place < ROWS_A_MINUTE else ELSEWHERE] += row.hits
    return found


def _window(moment: datetime) -> datetime:
    seconds = WINDOW.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _over() -> datetime:
    """The latest window that is over and told."""
    return _window(clock.now() - GRACE) - WINDOW
