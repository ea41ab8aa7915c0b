"""The demonstration's papers: enough of them, in every state, the same each time, and nothing secret."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.files.content import PDF, content_type
from lienxa.platform.module import DemoContext, DemoVolume
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.demo import demo
from lienxa.tenants.documents.models import Document, NumberCounter


def context_of(database: Database, organ: Organ) -> DemoContext:
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
        volume=DemoVolume(40, 10, 12, 18, 30, 36),
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
