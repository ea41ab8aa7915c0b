"""The parallel run: comparisons with the paper registers, and the books on the day the organ goes live."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.operator import demo, onboarding
from lienxa.platform.readiness import phases
from lienxa.platform.readiness.phases import Decision
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE, PARALLEL, Organ, organ_by_id
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.models import BookComparison, Document
from lienxa.tenants.documents.operations.comparing import PATH
from lienxa.tenants.documents.pages import home
from lienxa.tenants.documents.schemas import PaperNumber

from .conftest import Do, MakeEntry

START = clock.instant(date(2026, 11, 9), 8)  # a Monday
EARLIER = date(2026, 11, 2)
GO = Decision(LIVE, basis="QĐ 15/QĐ-UBND", reason="cần làm ngay")


async def again(database: Database, actor: Actor) -> Actor:
    """The actor in the organ as it is now."""
    async with database.control() as control:
        organ = await organ_by_id(control, actor.organ.id)
    assert organ is not None
    async with database.tenant(organ.id) as session:
        return (await staff_member(session, organ, actor.staff_id)).acting_in(actor.acting.id)


@pytest.fixture
async def running(database: Database, clerk: Actor) -> Actor:
    """The clerk of Lam Sơn in the parallel run."""
    with clock.fixed_at(START):
        async with database.tenant(clerk.organ.id) as session:
            await phases.enter(session, clerk.organ, Decision(PARALLEL, reason="thử lại"), clerk)
    return await again(database, clerk)


async def go_live(database: Database, actor: Actor, decision: Decision = GO) -> list[str]:
    async with database.tenant(actor.organ.id) as session:
        return (await phases.enter(session, actor.organ, decision, actor)).outcome


def test_days_are_counted_back_to_the_last_difference() -> None:
    is_working_day = national_calendar().is_working_day
    monday, saturday = date(2026, 11, 9), date(2026, 11, 14)

    def count(*told: tuple[date, int]) -> int:
        return rules.days_without_difference(told, is_working_day)

    friday, thursday, wednesday = date(2026, 11, 13), date(2026, 11, 12), date(2026, 11, 11)
    assert count() == 0
    assert count((friday, 0), (thursday, 0), (wednesday, 1), (monday, 0)) == 2
    assert count((friday, 0), (friday, 2), (thursday, 0)) == 2, "of a day the last word counts"
    assert count((saturday, 0), (friday, 0)) == 1, "no working day"
    assert count((friday, 0), (monday, 0)) == 2, "a day without a comparison breaks nothing"
    assert count((friday, 1), (thursday, 0)) == 0


async def test_what_differs_needs_a_reason_and_what_has_numbers_a_word(
    do: Do, running: Actor, entry: MakeEntry, clerk: Actor
) -> None:
    with pytest.raises(Conflict):
        await do(operations.comparing.compare, clerk, [])  # as the organ was before: live
    with clock.fixed_at(START):
        await do(operations.incoming.register_incoming, running, entry(doc_date=EARLIER))
        with pytest.raises(InvalidInput) as refused:
            await do(operations.comparing.compare, running, [])
        assert [fault.field for fault in refused.value.fields] == ["paper-incoming"]
        with pytest.raises(InvalidInput) as refused:
            await do(operations.comparing.compare, running, [PaperNumber("incoming", 3)])
        assert [fault.field for fault in refused.value.fields] == ["reason-incoming"]
        made = await do(operations.comparing.compare, running, [PaperNumber("incoming", 3, "chưa nhập 2 số")])
        assert made.differing == 1
        assert {line["code"]: (line["paper"], line["here"]) for line in made.lines}["incoming"] == (3, 1)
        agreed = await do(operations.comparing.compare, running, [PaperNumber("incoming", 1, "thừa lý do")])
        assert agreed.differing == 0
        assert {line["code"]: line["reason"] for line in agreed.lines}["incoming"] == ""


async def test_the_sheet_of_a_comparison_is_printed_and_is_nobody_elses(
    do: Do, running: Actor, visit: Any, giang_son_tay: Organ, actor_with: Any, database: Database, entry: MakeEntry
) -> None:
    with clock.fixed_at(START):
        await do(operations.incoming.register_incoming, running, entry(doc_date=EARLIER))
    browser = await visit(running.organ, running)
    form = await browser.get(f"{PATH}/moi")
    assert "paper-incoming" in form.text
    assert "Đang chạy song song." in form.text
    wrong = await browser.post(f"{PATH}/moi", {"paper-incoming": "2"})
    assert wrong.status_code == 422
    assert "sổ giấy đến số 2, ở đây đến số 1" in wrong.text
    right = await browser.post(f"{PATH}/moi", {"paper-incoming": "2", "reason-incoming": "nhập sau"})
    assert right.headers["location"] == PATH
    assert "nhập sau" in (await browser.get(PATH)).text
    async with database.tenant(running.organ.id) as session:
        comparison_id: UUID = (await session.scalars(select(BookComparison.id))).one()
    sheet = await browser.get(f"{PATH}/{comparison_id}/phieu-doi-chieu")
    text = pypdfium2.PdfDocument(sheet.content)[0].get_textpage().get_text_range()
    assert "Phiếu đối chiếu sổ giấy" in text.replace("\xa0", " ") or "PHIẾU ĐỐI CHIẾU SỔ GIẤY" in text
    assert "nhập sau" in text
    other = await visit(giang_son_tay, await actor_with(giang_son_tay, "clerk", "Văn thư"))
    assert (await other.get(f"{PATH}/{comparison_id}/phieu-doi-chieu")).status_code == 404


async def test_the_clerk_has_it_among_the_work_until_it_is_done(
    do: Do, running: Actor, clerk: Actor, specialist: Actor
) -> None:
    def paths(found: list[Any]) -> list[str]:
        return [item.path for item in found]

    with clock.fixed_at(START):
        assert f"{PATH}/moi" in paths(await do(home.work_items, running))
        assert f"{PATH}/moi" not in paths(await do(home.work_items, clerk)), "the organ is live"
        other = replace(specialist, organ=running.organ)
        assert f"{PATH}/moi" not in paths(await do(home.work_items, other))
        await do(operations.comparing.compare, running, [])
        assert f"{PATH}/moi" not in paths(await do(home.work_items, running))


async def test_five_working_days_without_a_difference_are_what_is_missing(
    do: Do, running: Actor, database: Database
) -> None:
    for day in (9, 10, 11, 12, 13):
        with clock.fixed_at(clock.instant(date(2026, 11, day), 16)):
            async with database.tenant(running.organ.id) as session:
                before = await operations.comparing.readiness(session, running.organ)
            assert next(item for item in before if item.code == "documents.comparison").state == "missing"
            await do(operations.comparing.compare, running, [])
    async with database.tenant(running.organ.id) as session:
        after = await operations.comparing.readiness(session, running.organ)
    assert next(item for item in after if item.code == "documents.comparison").state == "done"


async def test_books_go_on_behind_paper_and_never_go_back(
    do: Do, running: Actor, database: Database, entry: MakeEntry
) -> None:
    with clock.fixed_at(START):
        for _paper in range(2):
            await do(operations.incoming.register_incoming, running, entry(repeated=True, doc_date=EARLIER))
        numbers = [PaperNumber("incoming", 7, "chưa nhập"), PaperNumber("committee/QĐ", 4, "ký trên giấy")]
        await do(operations.comparing.compare, running, numbers)
    with clock.fixed_at(clock.instant(date(2026, 11, 10), 8)):
        said = await go_live(database, running)
        assert any("cấp tiếp từ số 8" in one for one in said)
        assert any("cấp tiếp từ số 5" in one for one in said)
        following = await do(
            operations.incoming.register_incoming,
            await again(database, running),
            entry(repeated=True, doc_date=EARLIER),
        )
        assert following.number == 8
    async with database.tenant(running.organ.id) as session:
        states = set(await session.scalars(select(Document.state)))
    assert rules.STRUCK not in states, "kept, unless it is asked otherwise"


async def test_a_register_that_is_behind_is_told_of_and_ours_stays(
    do: Do, running: Actor, database: Database, entry: MakeEntry
) -> None:
    with clock.fixed_at(START):
        for _paper in range(3):
            await do(operations.incoming.register_incoming, running, entry(repeated=True, doc_date=EARLIER))
        await do(operations.comparing.compare, running, [PaperNumber("incoming", 1, "quên ghi sổ giấy")])
        said = await go_live(database, running)
        assert any("ở đây đã cấp đến số 3, sổ giấy đến số 1" in one for one in said)
        following = await do(
            operations.incoming.register_incoming,
            await again(database, running),
            entry(repeated=True, doc_date=EARLIER),
        )
    assert following.number == 4


async def test_what_was_on_trial_is_struck_only_when_asked_and_nothing_older(
    do: Do, clerk: Actor, database: Database, entry: MakeEntry
) -> None:
    with clock.fixed_at(clock.instant(date(2026, 11, 6), 8)):
        older = await do(operations.incoming.register_incoming, clerk, entry(repeated=True, doc_date=EARLIER))
    with clock.fixed_at(START):
        async with database.tenant(clerk.organ.id) as session:
            await phases.enter(session, clerk.organ, Decision(PARALLEL, reason="thử lại"), clerk)
        actor = await again(database, clerk)
        tried = await do(operations.incoming.register_incoming, actor, entry(repeated=True, doc_date=EARLIER))
        said = await go_live(database, actor, Decision(LIVE, "QĐ 15", "làm ngay", clear=True))
        assert any("Đã gạch 1 số" in one for one in said)
    async with database.tenant(clerk.organ.id) as session:
        assert (await session.find(Document, older.id)).state == rules.REGISTERED
        struck = await session.find(Document, tried.id)
    assert (struck.state, struck.number) == (rules.STRUCK, 2)
    assert "chạy song song" in struck.struck_reason


async def test_a_comparison_that_nobody_made_is_not_found(do: Do, clerk: Actor) -> None:
    with pytest.raises(NotFound):
        await do(operations.comparing.sheet, clerk, UUID(int=1))


async def test_one_commune_of_the_demonstration_runs_in_parallel(
    do_luong: Organ, operator_database: Database, database: Database, test_settings: Settings
) -> None:
    row = next(row for row in demo.organ_rows() if row["phase"])
    added = await onboarding.add_organ(
        operator_database, provisioner_for(test_settings), demo.organ_spec(test_settings, row)
    )
    await demo.fill_with_papers(operator_database, added.organ, row, {do_luong.slug: do_luong.id})
    async with database.control() as control:
        organ = await organ_by_id(control, added.organ.id)
    assert organ is not None
    assert organ.phase == PARALLEL
    async with database.tenant(organ.id) as session:
        differing = list(await session.scalars(select(BookComparison.differing).order_by(BookComparison.compared_at)))
        days = await operations.comparing.clean_days(session, organ)
    assert differing == [1, 0, 0, 0]
    assert days == 3
