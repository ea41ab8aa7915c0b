"""The series of numbers: which one a paper takes its number from, the counters, what administrators change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import ids
from lienxa.platform.access.models import Body, Unit
from lienxa.platform.db.base import AnyRow, AnySelect, TenantScoped
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.text import _
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import CommitteeTerm, Congress, Document, NumberCounter, NumberSeries, SeriesUse
from lienxa.tenants.documents.repository.terms import running


@dataclass(frozen=True)
class Book:
    """The series from which a document of a body takes its number on one day, and what the number is written with.

    `unit_symbol` is that of the drafting unit, empty for an incoming document.
    """

    series_id: UUID
    period_kind: str
    term: str | None
    congress: str | None
    body_symbol: str
    unit_symbol: str


def series_of(
    session: TenantSession, body_id: UUID, direction: str, type_code: str, on: date, unit_id: UUID | None = None
) -> AnySelect:
    """The series of one type of a body, the one named for the type first, with the term and congress of that day."""
    unit = select(Unit.symbol).where(Unit.tenant_id == session.tenant_id, Unit.id == unit_id).scalar_subquery()
    return (
        select(
            SeriesUse.series_id,
            NumberSeries.period_kind,
            Body.symbol,
            running(session, CommitteeTerm, on).label("term"),
            running(session, Congress, on).label("congress"),
            unit.label("unit_symbol"),
        )
        .join(
            NumberSeries,
            and_(NumberSeries.tenant_id == SeriesUse.tenant_id, NumberSeries.id == SeriesUse.series_id),
        )
        .join(Body, and_(Body.tenant_id == SeriesUse.tenant_id, Body.id == SeriesUse.body_id))
        .where(
            SeriesUse.body_id == body_id,
            SeriesUse.direction == direction,
            SeriesUse.type_code.in_(("", type_code)),
        )
        .order_by(SeriesUse.type_code.desc())
    )


def first_book(rows: Sequence[AnyRow]) -> Book:
    if not rows:
        raise Conflict(
            _("Cơ quan này chưa có sổ cấp số cho loại văn bản đã chọn."),
            remedy=_("Chọn loại khác, hoặc nhờ quản trị mở sổ."),
        )
    first = rows[0]
    return Book(first.series_id, first.period_kind, first.term, first.congress, first.symbol, first.unit_symbol or "")


async def book_for(
    session: TenantSession, body_id: UUID, direction: str, type_code: str, on: date, unit_id: UUID | None = None
) -> Book:
    """The series from which a document takes its number on that day, or `Conflict` if there is none."""
    query = series_of(session, body_id, direction, type_code, on, unit_id).limit(1)
    return first_book((await session.execute(query)).all())


async def hold_series(session: TenantSession, body_id: UUID, direction: str, type_code: str) -> None:
    """Let the type stay in its series, and its period run on, until the transaction ends.

    A statement of its own: whoever waited here for a move or a new term must look up series, day and term afterwards,
    in a snapshot that sees them.
    """
    query = select(SeriesUse.id).where(
        SeriesUse.body_id == body_id, SeriesUse.direction == direction, SeriesUse.type_code.in_(("", type_code))
    )
    await session.execute(query.with_for_update(read=True))


async def stop_numbers(session: TenantSession) -> None:
    """Let no outgoing number of any body be given until the transaction ends; those being given are waited for."""
    await session.execute(_outgoing_uses().with_for_update())


def _outgoing_uses() -> AnySelect:
    """All that give outgoing numbers, in the one order in which they are locked."""
    return select(SeriesUse.id).where(SeriesUse.direction != rules.INCOMING).order_by(SeriesUse.id)


async def hold_all_series(session: TenantSession) -> None:
    """Let whoever takes numbers of several series wait for whoever does so already: else each might wait for the other.

    Who takes a single number waits for that series alone, as ever. No type moves to another series in between.
    """
    await session.execute(select(NumberSeries.id).order_by(NumberSeries.id).with_for_update(key_share=True))
    await session.execute(_outgoing_uses().with_for_update(read=True))


async def next_number(session: TenantSession, series_id: UUID, period: str) -> int:
    """Take the next number. The counter stays locked until the transaction ends, and a rollback gives it back."""
    taking = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=1
    )
    taking = taking.on_conflict_do_update(
        index_elements=["tenant_id", "series_id", "period"], set_={"last_number": NumberCounter.last_number + 1}
    )
    return (await session.execute(taking.returning(NumberCounter.last_number))).scalar_one()


async def series_rows(session: TenantSession, on: date) -> Sequence[AnyRow]:
    """A row for each use of a series and each of its counters, by body: what `operations.series` puts together."""
    query = (
        select(
            NumberSeries.code,
            NumberSeries.period_kind,
            SeriesUse.direction,
            SeriesUse.type_code,
            Body.name.label("body"),
            NumberCounter.period,
            NumberCounter.last_number,
            running(session, CommitteeTerm, on).label("term"),
            running(session, Congress, on).label("congress"),
        )
        .join(SeriesUse, and_(SeriesUse.tenant_id == NumberSeries.tenant_id, SeriesUse.series_id == NumberSeries.id))
        .join(Body, and_(Body.tenant_id == SeriesUse.tenant_id, Body.id == SeriesUse.body_id))
        .outerjoin(
            NumberCounter,
            and_(NumberCounter.tenant_id == NumberSeries.tenant_id, NumberCounter.series_id == NumberSeries.id),
        )
        .order_by(Body.position, SeriesUse.direction, NumberSeries.code, SeriesUse.type_code)
    )
    return (await session.execute(query)).all()


async def outgoing_uses(session: TenantSession, body_id: UUID, *, lock: bool = False) -> Sequence[AnyRow]:
    """Which series each type of a body takes its number from, as `(use, code, period_kind)`.

    With `lock` no number is given until the transaction ends.
    """
    query = (
        select(SeriesUse, NumberSeries.code, NumberSeries.period_kind)
        .join(
            NumberSeries,
            and_(NumberSeries.tenant_id == SeriesUse.tenant_id, NumberSeries.id == SeriesUse.series_id),
        )
        .where(SeriesUse.body_id == body_id, SeriesUse.direction == rules.OUTGOING)
        .order_by(SeriesUse.type_code)
    )
    if lock:
        query = query.with_for_update(of=SeriesUse).execution_options(populate_existing=True)
    return (await session.execute(query)).all()


async def last_numbers(session: TenantSession, period: str) -> Mapping[UUID, int]:
    """The last number of each series in a period."""
    query = select(NumberCounter.series_id, NumberCounter.last_number).where(NumberCounter.period == period)
    return {row.series_id: row.last_number for row in await session.execute(query)}


async def numbers_given(session: TenantSession, body_id: UUID, period: str) -> Sequence[AnyRow]:
    """Of the papers that a body sent out in a period: `(series_id, type_code, given, highest)`, by series and type."""
    query = (
        select(
            Document.series_id,
            Document.type_code,
            func.count().label("given"),
            func.max(Document.number).label("highest"),
        )
        .where(Document.body_id == body_id, Document.direction == rules.OUTGOING, Document.period == period)
        .group_by(Document.series_id, Document.type_code)
    )
    return (await session.execute(query)).all()


async def series_id(session: TenantSession, code: str) -> UUID:
    """The series of that code, or `NotFound`."""
    found = await session.scalar(select(NumberSeries.id).where(NumberSeries.code == code))
    if found is None:
        raise NotFound
    return found


async def open_series(session: TenantSession, code: str, period_kind: str) -> UUID:
    """The series of that code, opened if there is none yet."""
    opening = insert(NumberSeries).values(
        tenant_id=session.tenant_id, id=ids.new_id(), code=code, period_kind=period_kind
    )
    await session.execute(opening.on_conflict_do_nothing())
    return await series_id(session, code)


async def raise_counter(session: TenantSession, series_id: UUID, period: str, last_number: int) -> bool:
    """Let the counter of a period stand at that number; False if it stands there or beyond already."""
    raising = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=last_number
    )
    raising = raising.on_conflict_do_update(
        index_elements=["tenant_id", "series_id", "period"],
        set_={"last_number": raising.excluded.last_number},
        where=NumberCounter.last_number < raising.excluded.last_number,
    )
    return last_number > 0 and (await session.execute(raising.returning(NumberCounter.id))).first() is not None


async def hold_counter(session: TenantSession, series_id: UUID, period: str) -> int:
    """The last number of a series in a period; none is given until the transaction ends."""
    opening = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=0
    )
    await session.execute(opening.on_conflict_do_nothing())
    query = select(NumberCounter.last_number).where(
        NumberCounter.series_id == series_id, NumberCounter.period == period
    )
    return (await session.execute(query.with_for_update())).scalar_one()


async def highest_given(session: TenantSession, series_id: UUID, period: str) -> int:
    """The highest number in a period among the papers of a series, and of the types that it numbers now."""
    numbered_now = exists().where(
        SeriesUse.tenant_id == Document.tenant_id,
        SeriesUse.series_id == series_id,
        SeriesUse.body_id == Document.body_id,
        SeriesUse.direction == rules.OUTGOING,
        SeriesUse.type_code == Document.type_code,
    )
    query = select(func.max(Document.number)).where(
        Document.period == period, or_(Document.series_id == series_id, numbered_now)
    )
    return await session.scalar(query) or 0


async def set_counter(session: TenantSession, series_id: UUID, period: str, last_number: int) -> None:
    """Let a counter that is held stand at that number, higher or lower."""
    counter = update(NumberCounter).where(NumberCounter.series_id == series_id, NumberCounter.period == period)
    await session.execute(counter.values(last_number=last_number))


async def forget_counters(session: TenantSession, period_kind: str, period: str) -> None:
    """Let the series of that kind begin at 01 should the period come again."""
    of_kind = select(NumberSeries.id).where(NumberSeries.period_kind == period_kind)
    await session.execute(
        delete(NumberCounter).where(NumberCounter.period == period, NumberCounter.series_id.in_(of_kind))
    )


async def incoming_uses(session: TenantSession) -> Sequence[SeriesUse]:
    """Which book each body's incoming documents stand in, locked."""
    query = select(SeriesUse).where(SeriesUse.direction == rules.INCOMING).with_for_update()
    return (await session.scalars(query)).all()


async def open_congress_series(session: TenantSession, party_id: UUID) -> None:
    """The one series of congress papers; it stays from the first congress on."""
    series = await open_series(session, "party/ĐH", rules.CONGRESS)
    use = insert(SeriesUse).values(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        series_id=series,
        body_id=party_id,
        direction=rules.CONGRESS,
        type_code="",
    )
    await session.execute(use.on_conflict_do_nothing())


async def periods(session: TenantSession, direction: str) -> Sequence[str]:
    """The periods in which the books of that direction have numbers, latest first."""
    query = (
        select(NumberCounter.period)
        .join(
            SeriesUse,
            and_(SeriesUse.tenant_id == NumberCounter.tenant_id, SeriesUse.series_id == NumberCounter.series_id),
        )
        .where((SeriesUse.direction == rules.INCOMING) == (direction == rules.INCOMING), NumberCounter.last_number > 0)
        .distinct()
        .order_by(NumberCounter.period.desc())
    )
    return (await session.scalars(query)).all()


async def add_rows(session: TenantSession, model: type[TenantScoped], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows of one table in one statement."""
    if rows:
        await session.execute(insert(model), [{"tenant_id": session.tenant_id, **row} for row in rows])
