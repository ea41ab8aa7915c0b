"""The demonstration's papers: enough of them, in every state, the same each time, and nothing secret."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from importlib import import_module
from random import Random
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.files.content import PDF, content_type
from lienxa.platform.module import DemoContext, DemoVolume, nobody_waits
from lienxa.platform.operator.demo import VOLUMES, fill_with_papers, organ_rows
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.demo import Office, demo, plan_year
from lienxa.tenants.documents.models import Document, DocumentParticipant, NumberCounter

SMALL = DemoVolume(40, 10, 12, 18, 30, 36)
# Days on which the demonstration may be made: on a Sunday and the days after it, after a holiday, on one of Tết.
SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
AFTER_HOLIDAYS, TET = date(2026, 9, 3), date(2026, 2, 18)


def context_of(database: Database, organ: Organ, volume: DemoVolume = SMALL) -> DemoContext:
    @asynccontextmanager
    async def transaction() -> AsyncIterator[TenantSession]:
        async with database.tenant(organ.id) as session:
            yield session

    async def person(session: TenantSession, role: str) -> Actor:
        holder = (await people.holders_of_role(session, role))[0]
        actor = await members.staff_member(session, organ, holder.staff_id)
        return next(actor.acting_in(post.id) for post in actor.posts if post.role == role)

    return DemoContext(
        organ,
        {"slug": organ.slug},
        transaction,
        person,
        {},
        (),
        volume=volume,
        since=clock.today() - timedelta(days=364),
    )


async def told(database: Database, organ: Organ) -> list[Any]:
    with clock.fixed_at(clock.instant(date(2026, 11, 23), 10)):
        await demo(context_of(database, organ))
    async with database.tenant(organ.id) as session:
        rows = await session.execute(
            select(
                Document.direction, Document.state, Document.number_text, Document.abstract, Document.listed_at
            ).order_by(Document.listed_at, Document.abstract)
        )
        return [tuple(row) for row in rows]


async def test_a_shown_commune_has_papers_in_every_state(database: Database, lam_son: Organ) -> None:
    papers = await told(database, lam_son)
    assert len(papers) >= 20
    states = Counter(state for _direction, state, *_rest in papers)
    assert set(states) >= {
        rules.REGISTERED, rules.DIRECTED, rules.DONE, rules.DRAFT, rules.SUBMITTED, rules.SIGNED, rules.NUMBERED,
        rules.ISSUED,
    }  # fmt: skip
    numbers = [number for _direction, _state, number, *_rest in papers]
    assert "01/QĐ-UBND" in numbers
    assert any(number.startswith("01-") and number.endswith("/ĐU") for number in numbers)
    for *_rest, listed_at in papers:
        legal = clock.legal(listed_at)
        assert 7 <= legal.hour < 18
        assert legal.date() <= date(2026, 11, 23)
    async with database.tenant(lam_son.id) as session:
        written = await session.execute(
            select(Body.system, Document.recipients)
            .join(Body, (Body.tenant_id == Document.tenant_id) & (Body.id == Document.body_id))
            .where(Document.direction == rules.OUTGOING)
        )
        ends = {(system, recipients.splitlines()[-1]) for system, recipients in written}
        assert ends == {("party", "Lưu Đảng ủy."), ("state", "Lưu: VT.")}
        given = await session.scalar(select(func.max(Document.number)))
        counted = await session.scalar(select(func.max(NumberCounter.last_number)))
    assert given == counted


async def counted(database: Database, organ: Organ) -> dict[str, int]:
    """The incoming papers, and what was issued by who wrote it: the Party's, the office's, the sections'."""
    async with database.tenant(organ.id) as session:
        officials = {
            row.staff_id for role in ("clerk", "office_head") for row in await people.holders_of_role(session, role)
        }
        rows = await session.execute(
            select(Document.direction, Document.state, Body.system, Body.code, DocumentParticipant.staff_id)
            .join(Body, (Body.tenant_id == Document.tenant_id) & (Body.id == Document.body_id))
            .outerjoin(
                DocumentParticipant,
                (DocumentParticipant.tenant_id == Document.tenant_id)
                & (DocumentParticipant.document_id == Document.id)
                & (DocumentParticipant.relation == rules.DRAFTER),
            )
        )
        counts: Counter[str] = Counter()
        for direction, state, system, body, drafter in rows:
            if direction == rules.INCOMING:
                counts["incoming"] += 1
                counts[state] += 1
            elif state == rules.ISSUED:
                counts["party" if system == "party" else "office" if drafter in officials else "sections"] += 1
                counts["inspection"] += body == "inspection"
        return counts


@pytest.mark.parametrize("today", [SUNDAY, MONDAY, TUESDAY], ids=str)
async def test_what_is_told_counts_what_the_volume_says_on_whatever_day(
    database: Database, lam_son: Organ, today: date
) -> None:
    with clock.fixed_at(clock.instant(today)):
        await demo(context_of(database, lam_son))
    counts = await counted(database, lam_son)
    assert [counts[kind] for kind in ("incoming", "party", "office", "sections")] == [40, 10, 12, 18]
    assert counts["inspection"] >= 1
    assert counts[rules.REGISTERED] >= 1
    assert counts[rules.PROPOSED] >= 2
    async with database.tenant(lam_son.id) as session:
        last = await session.scalar(select(func.max(Document.issued_at)))
    assert last is not None
    assert today - timedelta(days=14) <= clock.legal(last).date() < today


class Told:
    """Stands for a part of the operations: notes what is done to which paper, and forgets nothing but the database."""

    def __init__(self) -> None:
        self.acts: Counter[str] = Counter()
        self.bodies: dict[UUID, str] = {}
        self.stands: dict[UUID, str] = {}
        self.last_issued = clock.instant(date(2000, 1, 1))

    def __getattr__(self, act: str) -> Any:
        async def note(_session: Any, _actor: Any, what: Any, *more: Any, **_named: Any) -> Any:
            if act in ("register_incoming", "create_draft", "answer_with_draft"):
                entry = more[0] if act == "answer_with_draft" else what
                what = uuid4()
                self.bodies[what] = entry.body_id
            self.acts[act] += 1
            self.stands[what] = act
            if act == "issue":
                self.acts[f"issue {self.bodies[what]}"] += 1
                self.last_issued = clock.now()
            return SimpleNamespace(id=what)

        return note


Tell = Callable[[str, date], Awaitable[Told]]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Plan the year of a commune that ends on that day and let it happen, but for the database."""

    def somebody(name: str) -> Any:
        return SimpleNamespace(staff_id=name, name=name, acting=SimpleNamespace(unit_name="Văn phòng"))

    async def tell(slug: str, today: date) -> Told:
        told = Told()
        parts = SimpleNamespace(**dict.fromkeys(operations.__all__, told))
        monkeypatch.setattr(import_module("lienxa.tenants.documents.demo"), "operations", parts)
        bodies = {code: code for code in ("party", "inspection", "council", "committee")}
        year = SimpleNamespace(volume=VOLUMES[slug], since=today - timedelta(days=364), advance=nobody_waits)
        office = Office(
            context=cast(DemoContext, year),
            session=cast(TenantSession, None),
            chance=Random(slug),
            body_ids=cast(dict[str, UUID], bodies),
            clerks={code: somebody("clerk") for code in bodies},
            head=somebody("head"),
            leaders={code: somebody(f"leader of {code}") for code in bodies},
            specialists=[somebody(f"specialist {number}") for number in range(4)],
            until=clock.instant(today),
        )
        plan_year(office)
        await office.live()
        return told

    return tell


@pytest.mark.parametrize("slug", ["phuoc-nam", "lam-son"])
@pytest.mark.parametrize("today", [SUNDAY, MONDAY, TUESDAY, AFTER_HOLIDAYS, TET], ids=str)
async def test_a_year_is_as_large_as_its_volume_on_whatever_day(tell: Tell, today: date, slug: str) -> None:
    told, volume = await tell(slug, today), VOLUMES[slug]
    assert told.acts["register_incoming"] == volume.incoming
    assert told.acts["issue"] == volume.party + volume.office + volume.sections
    assert told.acts["issue party"] + told.acts["issue inspection"] == volume.party
    assert told.acts["issue inspection"] >= 3
    ends = Counter(told.stands.values())
    assert ends["register_incoming"] >= 1  # waits for a proposal
    assert ends["propose"] >= 2  # waits for the leader
    assert ends["direct"] + ends["hand_over"] >= 2
    assert {"create_draft", "submit", "sign", "give_number"} <= set(ends)
    assert clock.legal(told.last_issued).date() >= today - timedelta(days=14)


async def test_what_waits_differs_from_commune_to_commune(tell: Tell) -> None:
    told = [Counter((await tell(slug, MONDAY)).stands.values()) for slug in VOLUMES]
    assert len({ends["sign"] + ends["give_number"] for ends in told}) > 1
    assert len({ends["propose"] for ends in told}) > 1


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_the_year_of_phuoc_nam_is_that_of_the_article(database: Database, phuoc_nam: Organ) -> None:
    row = next(row for row in organ_rows() if row["slug"] == "phuoc-nam")
    with clock.fixed_at(clock.instant(clock.today())):
        await fill_with_papers(database, phuoc_nam, row, {"phuoc-nam": phuoc_nam.id}, VOLUMES["phuoc-nam"])
    counts = await counted(database, phuoc_nam)
    assert [counts[kind] for kind in ("party", "office", "sections")] == [164, 230, 397]
    assert counts["incoming"] == 1000


async def test_every_other_commune_has_some_and_a_parent_none(
    database: Database, phuoc_nam: Organ, do_luong: Organ
) -> None:
    assert len(await told(database, phuoc_nam)) >= 6
    assert await told(database, do_luong) == []


@pytest.mark.parametrize("title", ["Ngân sách (xã) \\ 2026", "", "Đ" * 200])
def test_a_sample_is_a_pdf(title: str) -> None:
    content = sample_pdf(title)
    assert content_type(content) == PDF
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref")
    for line in content[start:].split(b"\n")[3:8]:
        assert content[int(line[:10]) :].split(b" obj")[0].endswith(b" 0")
