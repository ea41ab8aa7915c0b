"""A case from the counter to its result: who may do what, the clock, the code, and what others see."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor, HeldPost, Lent
from lienxa.platform.access.models import Appointment, Post, RolePermission
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.module import DemoContext, DemoVolume, FigureRow
from lienxa.platform.notify import notices
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.documents import repository as documents
from lienxa.tenants.documents.api import Attachment
from lienxa.tenants.documents.models import Document
from lienxa.tenants.procedures import figures, operations, pages, repository, rules
from lienxa.tenants.procedures.demo import demo
from lienxa.tenants.procedures.models import Case, Procedure
from lienxa.tenants.procedures.permissions import PROCESS, RECEIVE
from lienxa.tenants.procedures.repository import CaseFilter, Cursor, Standing
from lienxa.tenants.procedures.schemas import (
    Apologise,
    AskSupplement,
    CloseAct,
    CloseCase,
    DraftResult,
    HandOver,
    ReceiveCase,
    ReturnDraft,
    ReturnResult,
    SupplyPapers,
)

MONDAY = date(2026, 11, 16)
MORNING = clock.instant(MONDAY, 8)
MARITAL_STATUS = "1.004873"  # 3 working days
DECIDED = "1.001776"  # its result is a decision
RESIDENCE = "1.004222"
TEXT = Attachment("quyết định.pdf", sample_pdf("Quyết định"))
BIRTH = ReceiveCase("1.001193", "Nguyễn Văn Ân", "0912 345 678", "Xóm 3", papers=("Tờ khai",))


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(MORNING):
        yield


@dataclass(frozen=True)
class Office:
    """The people of a commune's one-stop, and its acts as transactions of their own."""

    database: Database
    counter: Actor
    specialist: Actor
    leader: Actor
    clerk: Actor

    async def receive(self, command: ReceiveCase = BIRTH, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                return await operations.receive_case(session, self.counter, command)

    async def hand_over(self, case: Case) -> Case:
        async with self.database.tenant(self.counter.organ.id) as session:
            command = HandOver(case.id, self.specialist.staff_id)
            return await operations.hand_over(session, self.counter, command)

    async def draft(self, case: Case, at: datetime = MORNING, file: Attachment | None = None) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                command = DraftResult(case.id, "Giấy khai sinh", self.leader.staff_id, file)
                return await operations.draft_result(session, self.specialist, command)

    async def sign(self, case: Case, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                return await operations.sign(session, self.leader, case.id)

    async def seal(self, case: Case, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                return await operations.seal(session, self.clerk, case.id)

    async def finish(self, case: Case, at: datetime = MORNING) -> Case:
        await self.draft(case, at)
        await self.sign(case, at)
        return await self.seal(case, at)

    async def apologise(self, case: Case, new_date: date, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                command = Apologise(case.id, "Chờ xác minh", new_date)
                return await operations.apologise(session, self.specialist, command)

    async def ask(self, case: Case, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                return await operations.ask_supplement(session, self.specialist, AskSupplement(case.id, "Tờ khai"))

    async def supply(self, case: Case, at: datetime = MORNING) -> Case:
        with clock.fixed_at(at):
            async with self.database.tenant(self.counter.organ.id) as session:
                return await operations.supply_papers(session, self.counter, SupplyPapers(case.id, "Tờ khai"))

    async def give_back(self, case: Case) -> Case:
        async with self.database.tenant(self.counter.organ.id) as session:
            return await operations.return_result(session, self.counter, ReturnResult(case.id, "Nguyễn Văn Ân"))

    async def close(self, actor: Actor, case: Case, act: CloseAct) -> Case:
        async with self.database.tenant(self.counter.organ.id) as session:
            return await operations.close_case(session, actor, CloseCase(case.id, act, "Trùng hồ sơ"))

    async def seen(self, actor: Actor, chosen: CaseFilter) -> list[str]:
        async with self.database.tenant(actor.organ.id) as session:
            lines, _following = await repository.list_cases(session, actor, chosen, None)
            assert await repository.count_cases(session, actor, chosen) == len(lines)
            return [line.case.code for line in lines]


@pytest.fixture
def office(database: Database, counter: Actor, specialist: Actor, leader: Actor, clerk: Actor) -> Office:
    return Office(database, counter, specialist, leader, clerk)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent, without the binding of the tenant."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


async def test_a_case_from_the_counter_to_its_result(office: Office) -> None:
    case = await office.receive()
    assert (case.code, case.state, case.due_on) == ("LS-261116-0001", "received", date(2026, 11, 17))
    assert (case.rule_set, case.hand_over_by, case.received_papers) == ("cases_2025", MONDAY, ("Tờ khai",))

    assert (await office.hand_over(case)).handler_id == office.specialist.staff_id
    finished = await office.finish(case)
    assert (finished.state, finished.outcome, finished.finished_on) == ("done", "early", MONDAY)
    returned = await office.give_back(case)
    assert (returned.state, returned.returned_to) == ("returned", "Nguyễn Văn Ân")

    async with office.database.tenant(office.counter.organ.id) as session:
        events = await timeline(session, case.id)
    assert [event.action.partition(".")[2] for event in events] == [
        "receive",
        "hand_over",
        "draft_result",
        "sign",
        "seal",
        "hand_back",
    ]
    assert "Nguyễn Văn Ân" not in str([event.detail for event in events])


async def test_early_on_time_and_late(office: Office) -> None:
    outcomes = {}
    for at in (
        clock.instant(date(2026, 11, 18), 23),
        clock.instant(date(2026, 11, 19), 23),
        clock.instant(date(2026, 11, 20), 0),
    ):
        case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
        assert case.due_on == date(2026, 11, 19)
        await office.hand_over(case)
        outcomes[at] = (await office.finish(case, at)).outcome
    assert list(outcomes.values()) == ["early", "on_time", "late"]


def replace_key(command: ReceiveCase, key: str) -> ReceiveCase:
    return ReceiveCase(key, command.applicant_name, command.applicant_phone, command.applicant_address)


async def test_a_supplement_stops_the_clock_and_begins_it_anew(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    waiting = await office.ask(case, clock.instant(date(2026, 11, 17), 9))
    assert (waiting.state, waiting.due_on) == ("supplement", date(2026, 11, 19))
    with clock.fixed_at(clock.instant(date(2026, 11, 23), 9)):
        assert await office.seen(office.counter, CaseFilter(late=True)) == []
    supplied = await office.supply(case, clock.instant(date(2026, 11, 23), 9))
    # Three working days from Monday 23/11, over Vietnam Culture Day on Tuesday.
    assert (supplied.state, supplied.due_on) == ("processing", date(2026, 11, 27))


async def test_a_case_keeps_the_rules_under_which_it_was_received(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS), at=clock.instant(date(2025, 6, 30), 16))
    assert (case.rule_set, case.hand_over_by, case.due_on) == ("cases_2018", date(2025, 7, 1), date(2025, 7, 3))


async def test_codes_of_a_day_have_no_gap(office: Office) -> None:
    with pytest.raises(InvalidInput):
        await office.receive(ReceiveCase(BIRTH.procedure_key, "  "))
    codes = [(await office.receive()).code for _case in range(2)]
    next_day = await office.receive(at=MORNING + timedelta(days=1))
    assert [*codes, next_day.code] == ["LS-261116-0001", "LS-261116-0002", "LS-261117-0001"]


async def test_codes_have_no_gap_when_clients_race_and_some_fail(office: Office) -> None:
    async def fail() -> None:
        async with office.database.tenant(office.counter.organ.id) as session:
            await operations.receive_case(session, office.counter, BIRTH)
            raise RuntimeError

    answers = await asyncio.gather(
        *(office.receive() for _client in range(12)), *(fail() for _client in range(6)), return_exceptions=True
    )
    codes = sorted(answer.code for answer in answers if isinstance(answer, Case))
    assert codes == [f"LS-261116-{number:04d}" for number in range(1, 13)]


async def test_what_is_wrong_at_the_counter(office: Office) -> None:
    for command, field in (
        (ReceiveCase(BIRTH.procedure_key, "123"), "applicant_name"),
        (ReceiveCase(BIRTH.procedure_key, "Trần Thị B", "12"), "applicant_phone"),
        (ReceiveCase(BIRTH.procedure_key, "Trần Thị B", papers=("Sổ đỏ",)), "papers"),
        (ReceiveCase("1.011606", "Trần Thị B"), "agreed_on"),
        (ReceiveCase("1.011606", "Trần Thị B", agreed_on=MONDAY - timedelta(days=1)), "agreed_on"),
        (ReceiveCase(RESIDENCE, "Trần Thị B"), "procedure"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await office.receive(command)
        assert [fault.field for fault in caught.value.fields] == [field]
        assert all(fault.remedy for fault in caught.value.fields)


async def test_a_procedure_without_a_time_is_due_on_the_agreed_day(office: Office) -> None:
    agreed = MONDAY + timedelta(days=30)
    case = await office.receive(ReceiveCase("1.011606", "Trần Thị B", agreed_on=agreed))
    assert (case.due_on, case.due_exact) == (agreed, False)


async def test_an_unknown_procedure_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.receive(ReceiveCase("9.999999", "Trần Thị B"))


def draft_of(case: Case, office: Office, result: str = "x") -> DraftResult:
    return DraftResult(case.id, result, office.leader.staff_id)


async def test_everybody_does_their_own_step_and_no_other(
    office: Office, clerk: Actor, leader: Actor, office_head: Actor
) -> None:
    async with office.database.tenant(clerk.organ.id) as session:
        for actor in (clerk, leader, office_head, office.specialist):
            with pytest.raises(Forbidden):
                await operations.receive_case(session, actor, BIRTH)
    case = await office.receive()
    await office.hand_over(case)
    async with office.database.tenant(clerk.organ.id) as session:
        with pytest.raises(NotFound):
            await operations.draft_result(session, clerk, draft_of(case, office))
        for actor in (leader, office.counter):
            with pytest.raises(Forbidden):
                await operations.draft_result(session, actor, draft_of(case, office))
        with pytest.raises(Forbidden):
            await operations.return_result(session, office.specialist, ReturnResult(case.id, "x"))
    await office.draft(case)
    async with office.database.tenant(clerk.organ.id) as session:
        for actor in (office.specialist, office.counter, office_head):
            with pytest.raises(Forbidden):
                await operations.sign(session, actor, case.id)
        with pytest.raises(NotFound):
            await operations.seal(session, clerk, case.id)
    await office.sign(case)
    async with office.database.tenant(clerk.organ.id) as session:
        for actor in (office.specialist, office.counter, leader):
            with pytest.raises(Forbidden):
                await operations.seal(session, actor, case.id)


async def test_another_specialist_does_not_see_it(office: Office, another_specialist: Actor) -> None:
    case = await office.receive()
    await office.hand_over(case)
    assert another_specialist.may(PROCESS)
    async with office.database.tenant(case.tenant_id) as session:
        with pytest.raises(NotFound):
            await operations.draft_result(session, another_specialist, draft_of(case, office))
    assert await office.seen(another_specialist, CaseFilter("all")) == []


@pytest.fixture
async def another_specialist(database: Database, specialist: Actor) -> Actor:
    """Somebody else of the same section, made up from the specialist."""
    return replace(specialist, staff_id=ids.new_id())


async def test_another_communes_case_is_not_found(office: Office, giang_son_tay: Organ, actor_with: object) -> None:
    case = await office.receive()
    stranger = await actor_with(giang_son_tay, "counter")  # type: ignore[operator]
    async with office.database.tenant(giang_son_tay.id) as session:
        with pytest.raises(NotFound):
            await repository.visible_case(session, stranger, case.id)
        with pytest.raises(NotFound):
            await operations.hand_over(session, stranger, HandOver(case.id, stranger.staff_id))
        assert (
            await operations.look_up(
                office.database,
                session,
                giang_son_tay,
                case.code,
                operations.secret_of(office.counter.organ, case),
            )
            is None
        )


async def test_leaders_of_the_committee_see_all_and_the_party_nothing(
    office: Office, leader: Actor, office_head: Actor, secretary: Actor
) -> None:
    case = await office.receive()
    assert await office.seen(leader, CaseFilter()) == [case.code]
    assert await office.seen(office_head, CaseFilter()) == [case.code]
    assert await office.seen(secretary, CaseFilter()) == []


async def test_it_is_handed_over_to_somebody_who_handles_cases(office: Office, clerk: Actor) -> None:
    case = await office.receive()
    for staff_id in (clerk.staff_id, ids.new_id()):
        async with office.database.tenant(case.tenant_id) as session:
            with pytest.raises(InvalidInput, match="ô nhập"):
                await operations.hand_over(session, office.counter, HandOver(case.id, staff_id))
    await office.hand_over(case)
    with pytest.raises(Conflict, match="Đang xử lý"):
        await office.hand_over(case)


async def test_texts_that_an_act_needs(office: Office) -> None:
    case = await office.receive()
    await office.hand_over(case)
    async with office.database.tenant(case.tenant_id) as session:
        for field, act in (
            ("result", operations.draft_result(session, office.specialist, draft_of(case, office, " "))),
            (
                "signer",
                operations.draft_result(session, office.specialist, DraftResult(case.id, "x", office.clerk.staff_id)),
            ),
            ("reason", operations.apologise(session, office.specialist, Apologise(case.id, "", MONDAY))),
            ("request", operations.ask_supplement(session, office.specialist, AskSupplement(case.id, ""))),
            ("reason", operations.close_case(session, office.specialist, CloseCase(case.id, "stop", ""))),
        ):
            with pytest.raises(InvalidInput) as caught:
                await act
            assert [fault.field for fault in caught.value.fields] == [field]


async def test_a_case_can_end_without_a_result(office: Office) -> None:
    refused, withdrawn, stopped = [await office.receive() for _case in range(3)]
    assert (await office.close(office.counter, refused, "refuse")).state == "refused"
    for case in (withdrawn, stopped):
        await office.hand_over(case)
    with pytest.raises(Forbidden):
        await office.close(office.counter, stopped, "stop")
    assert (await office.close(office.counter, withdrawn, "withdraw")).state == "withdrawn"
    ended = await office.close(office.specialist, stopped, "stop")
    assert (ended.state, ended.closed_on, ended.outcome) == ("stopped", MONDAY, None)
    with pytest.raises(Conflict):
        await office.finish(stopped)


async def test_what_a_page_offers_is_what_the_act_allows(office: Office, leader: Actor) -> None:
    case = await office.receive()
    assert operations.acts_on(office.counter, case) == ["hand_over", "refuse", "withdraw"]
    assert operations.acts_on(office.specialist, case) == []
    case = await office.hand_over(case)
    assert operations.acts_on(office.specialist, case) == [
        "draft_result",
        "ask_supplement",
        "apologise",
        "refuse",
        "stop",
    ]
    assert operations.acts_on(office.counter, case) == ["withdraw"]
    assert operations.acts_on(leader, case) == []
    case = await office.draft(case)
    assert operations.acts_on(leader, case) == ["sign", "return_draft"]
    assert operations.acts_on(office.specialist, case) == ["apologise"]
    case = await office.sign(case)
    assert operations.acts_on(office.clerk, case) == ["seal"]
    case = await office.seal(case)
    assert operations.acts_on(office.counter, case) == ["hand_back"]


async def test_the_citizen_needs_code_and_secret(office: Office, lam_son: Organ) -> None:
    case = await office.receive()
    other = await office.receive()
    secret = operations.secret_of(lam_son, case)
    async with office.database.tenant(lam_son.id) as session:
        assert await operations.look_up(
            office.database, session, lam_son, case.code.lower(), secret.lower()
        ) == Standing(
            case.id,
            "received",
            case.due_at,
            due_exact=False,
            first_due_at=None,
            rule_set="cases_2025",
            agreed=False,
            receipt_organ_id=None,
            receipt_case_id=None,
            receipt_secret=case.receipt_secret,
        )
        for code, wrong in (
            (case.code, ""),
            (case.code, operations.secret_of(lam_son, other)),
            ("LS-261116-9999", secret),
            ("LS-261116-9999", operations.secret_of(lam_son, replace_id(case, lam_son.id))),
        ):
            assert await operations.look_up(office.database, session, lam_son, code, wrong) is None


def replace_id(case: Case, case_id: UUID) -> Case:
    return Case(id=case_id, code=case.code)


async def test_lists_filter_page_and_search_without_marks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    late = await office.receive(at=MORNING - timedelta(days=14))
    mine = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(mine)
    fresh = await office.receive(ReceiveCase(BIRTH.procedure_key, "Đặng Thị Ngân", "0987654321"))

    assert await office.seen(office.counter, CaseFilter()) == [late.code, fresh.code, mine.code]
    assert await office.seen(office.counter, CaseFilter(late=True)) == [late.code]
    assert await office.seen(office.specialist, CaseFilter(mine=True)) == [mine.code]
    assert await office.seen(office.counter, CaseFilter("all")) == [fresh.code, mine.code, late.code]
    assert await office.seen(office.counter, CaseFilter("done")) == []
    for text in ("dang ngan", "ĐẶNG", "0987", fresh.code[-6:]):
        assert await office.seen(office.counter, CaseFilter(text=text)) == [fresh.code], text
    for text in ("%", "_", "\\", "không có"):
        assert await office.seen(office.counter, CaseFilter(text=text)) == []

    monkeypatch.setattr(repository, "PAGE_SIZE", 1)
    for chosen in (CaseFilter(), CaseFilter("all")):
        codes: list[str] = []
        following: Cursor | None = None
        async with office.database.tenant(late.tenant_id) as session:
            while True:
                lines, following = await repository.list_cases(session, office.counter, chosen, following)
                codes += [line.case.code for line in lines]
                if following is None:
                    break
                following = Cursor.read(str(following))
        assert sorted(codes) == sorted([late.code, mine.code, fresh.code])


def test_a_cursor_that_nobody_wrote_is_none() -> None:
    for text in ("x", "1_2", "20261116T080000.000000_x"):
        assert Cursor.read(text) is None


async def test_my_work_and_the_common_search(office: Office) -> None:
    to_hand_over = await office.receive()
    to_finish = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    to_give_back = await office.receive()
    for case in (to_finish, to_give_back):
        await office.hand_over(case)
    await office.finish(to_give_back)

    async with office.database.tenant(to_finish.tenant_id) as session:
        counter = await pages.work_items(session, office.counter)
        specialist = await pages.work_items(session, office.specialist)
        hits = await pages.search(session, office.counter, "nguyen an")
    assert {(item.group, item.action, item.path, item.due_on) for item in counter} == {
        ("due", "Chuyển xử lý", f"/ho-so/{to_hand_over.id}", MONDAY),
        ("waiting", "Trả kết quả", f"/ho-so/{to_give_back.id}", None),
    }
    (hand_over,) = [item for item in counter if item.action == "Chuyển xử lý"]
    assert hand_over.due_label == "Chuyển trước hết ngày 16/11/2026"
    assert [(item.action, item.due_on) for item in specialist] == [("Giải quyết", to_finish.due_on)]
    assert len(hits) == 3
    assert "Nguyễn Văn Ân" in hits[0].title


async def test_the_clerk_is_offered_a_number_only_for_what_takes_one(office: Office) -> None:
    for key, file, offered in ((BIRTH.procedure_key, None, "Đóng dấu"), (DECIDED, TEXT, "Cấp số, đóng dấu")):
        case = await office.receive(replace_key(BIRTH, key))
        await office.hand_over(case)
        await office.draft(case, file=file)
        await office.sign(case)
        async with office.database.tenant(case.tenant_id) as session:
            items = await pages.work_items(session, office.clerk)
        assert [item.action for item in items if item.path == f"/ho-so/{case.id}"] == [offered]


async def test_the_parent_sees_counts_by_month(office: Office) -> None:
    early = await office.receive(at=clock.instant(date(2026, 10, 30), 8))
    late = await office.receive(at=clock.instant(date(2026, 10, 29), 8))
    for case in (early, late):
        await office.hand_over(case)
    await office.finish(early, clock.instant(date(2026, 10, 30), 10))
    await office.finish(late)
    await office.receive(at=MORNING - timedelta(days=7))
    await office.receive()
    await office.close(office.counter, await office.receive(), "refuse")

    october, november = date(2026, 10, 1), date(2026, 11, 1)
    found: dict[str, set[FigureRow]] = {}
    async with office.database.tenant(early.tenant_id) as session:
        for figure in figures.FIGURES:
            found[figure.code] = set(await figure.rows(session))
    assert found == {
        "procedures.received": {FigureRow(october, "", 2), FigureRow(november, "", 3)},
        "procedures.solved": {
            FigureRow(october, "early", 1),
            FigureRow(november, "late", 1),
            FigureRow(november, "closed", 1),
        },
        "procedures.pending": {
            FigureRow(october, "late", 1),  # due on the 30th, finished in November
            FigureRow(november, "in_time", 1),
            FigureRow(november, "late", 1),
        },
    }


async def test_statements_are_few_and_do_not_grow(office: Office) -> None:
    with counted(office.database) as receiving:
        await office.receive()
    assert len(receiving) <= 8
    for _case in range(4):
        case = await office.receive()
        await office.hand_over(case)
    async with office.database.tenant(case.tenant_id) as session:
        await session.connection()
        with counted(office.database) as listing:
            await repository.list_cases(session, office.counter, CaseFilter(), None)
            await repository.count_cases(session, office.counter, CaseFilter())
        with counted(office.database) as working:
            await pages.work_items(session, office.counter)
        with counted(office.database) as catalogue:
            assert len(await repository.catalogue(session)) == 112
    assert (len(listing), len(working), len(catalogue)) == (2, 1, 1)


async def test_provision_writes_the_catalogue_in_one_statement(
    database: Database, operator_database: Database, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        rows = [{**row, "version": 2} for row in operations.catalogue.first_versions()]
        with counted(database) as sent:
            await repository.add_procedures(session, rows)
        assert len(sent) == 1


async def test_a_changed_procedure_leaves_running_cases_alone(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    async with office.database.tenant(case.tenant_id) as session:
        old = await repository.procedure_in_use(session, MARITAL_STATUS)
        old.valid_to = MONDAY
        columns = {column.key: getattr(old, column.key) for column in Procedure.__table__.columns}
        for key in ("tenant_id", "name_norm"):
            del columns[key]
        columns |= {"id": ids.new_id(), "version": 2, "valid_from": MONDAY, "valid_to": None, "time_value": 1}
        await session.flush()
        await repository.add_procedures(session, [columns])
    newer = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    assert newer.due_on == MONDAY + timedelta(days=1)
    await office.ask(case)
    assert (await office.supply(case)).due_on == MONDAY + timedelta(days=3)


async def test_a_leader_gives_a_draft_back(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    await office.draft(case)
    async with office.database.tenant(case.tenant_id) as session:
        returned = await operations.return_draft(session, office.leader, ReturnDraft(case.id, "Sai họ đệm"))
    assert (returned.state, returned.rework_reason) == ("processing", "Sai họ đệm")
    assert (await office.draft(case)).rework_reason == ""


async def numbered_result(office: Office) -> Case:
    case = await office.receive(replace_key(BIRTH, DECIDED))
    await office.hand_over(case)
    await office.draft(case, file=TEXT)
    await office.sign(case)
    return await office.seal(case)


async def test_a_result_with_a_number_stands_in_the_outgoing_book(office: Office) -> None:
    first, second = await numbered_result(office), await numbered_result(office)
    assert [case.result_number for case in (first, second)] == ["01/QĐ-UBND", "02/QĐ-UBND"]
    async with office.database.tenant(first.tenant_id) as session:
        document = await session.find(Document, first.result_document_id)  # type: ignore[arg-type]
    assert (document.state, document.number_text, document.doc_date) == ("issued", "01/QĐ-UBND", MONDAY)
    assert (document.signer_id, document.signer_title) == (office.leader.staff_id, "Chủ tịch UBND")
    assert first.code in document.abstract


async def test_the_text_that_was_signed_is_the_text_in_the_book(office: Office) -> None:
    case = await numbered_result(office)
    async with office.database.tenant(case.tenant_id) as session:
        assert case.result_document_id is not None
        (text,) = await documents.files.files(session, case.result_document_id)
        document = await session.find(Document, case.result_document_id)
    assert (text.role, text.name, text.stored_id) == ("main", TEXT.name, case.result_file_id)
    assert (document.origin_title, document.origin_path) == (case.code, f"/ho-so/{case.id}")


async def test_a_result_that_takes_a_number_needs_its_text_and_rework_replaces_it(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, DECIDED))
    await office.hand_over(case)
    with pytest.raises(InvalidInput) as caught:
        await office.draft(case)
    assert [fault.field for fault in caught.value.fields] == ["file"]
    first = await office.draft(case, file=TEXT)
    async with office.database.tenant(case.tenant_id) as session:
        await operations.return_draft(session, office.leader, ReturnDraft(case.id, "Sai ngày"))
    kept = await office.draft(case)
    assert kept.result_file_id == first.result_file_id
    async with office.database.tenant(case.tenant_id) as session:
        await operations.return_draft(session, office.leader, ReturnDraft(case.id, "Sai ngày"))
    again = await office.draft(case, file=Attachment("lần hai.pdf", sample_pdf("Lần hai")))
    async with office.database.tenant(case.tenant_id) as session:
        shown = await repository.result_file(session, office.leader, case.id)
        assert (shown.id, shown.name) == (again.result_file_id, "lần hai.pdf")
        assert await store.read(session, shown) == sample_pdf("Lần hai")
        assert first.result_file_id is not None
        with pytest.raises(NotFound):
            await session.find(StoredFile, first.result_file_id)
        with pytest.raises(NotFound):
            await repository.result_file(session, office.clerk, case.id)


async def test_numbers_of_results_have_no_gap_when_seals_race(office: Office) -> None:
    waiting = []
    for _case in range(6):
        case = await office.receive(replace_key(BIRTH, DECIDED))
        await office.hand_over(case)
        await office.draft(case, file=TEXT)
        waiting.append(await office.sign(case))
    sealed = await asyncio.gather(
        *(office.seal(case) for case in waiting for _twice in range(2)), return_exceptions=True
    )
    numbers = sorted(case.result_number for case in sealed if isinstance(case, Case))
    assert numbers == [f"{number:02d}/QĐ-UBND" for number in range(1, 7)]
    assert sum(isinstance(answer, Conflict | NotFound) for answer in sealed) == 6


async def test_other_results_take_no_number(office: Office) -> None:
    case = await office.receive()
    await office.hand_over(case)
    sealed = await office.finish(case)
    assert (sealed.state, sealed.result_number, sealed.result_document_id) == ("done", "", None)


async def test_the_clerk_sees_only_what_waits_for_the_seal_and_what_they_sealed(office: Office) -> None:
    case = await office.receive()
    await office.hand_over(case)
    await office.draft(case)
    assert await office.seen(office.clerk, CaseFilter("all")) == []
    await office.sign(case)
    assert await office.seen(office.clerk, CaseFilter("all")) == [case.code]
    await office.seal(case)
    assert await office.seen(office.clerk, CaseFilter("all")) == [case.code]


async def test_an_apology_gives_one_new_date_and_what_is_late_stays_late(office: Office) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    promised = await office.apologise(case, date(2026, 11, 25))
    assert (promised.due_on, promised.promised.day) == (date(2026, 11, 25), date(2026, 11, 19))
    with pytest.raises(Conflict, match="hẹn lại một lần"):
        await office.apologise(case, date(2026, 11, 27))
    with clock.fixed_at(clock.instant(date(2026, 11, 23), 9)):
        assert await office.seen(office.counter, CaseFilter(late=True)) == [], "the new date has not passed"
    assert (await office.finish(case, clock.instant(date(2026, 11, 23), 9))).outcome == "late"
    async with office.database.tenant(case.tenant_id) as session:
        assert await operations.follow_calendar(session) == 0


@pytest.mark.parametrize("new_date", [MONDAY, date(2026, 11, 19), date(2026, 11, 22), date(2026, 11, 24)])
async def test_a_new_date_is_a_working_day_after_the_due_date(office: Office, new_date: date) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    with pytest.raises(InvalidInput) as caught:
        await office.apologise(case, new_date)
    assert caught.value.fields[0].field == "new_date"


@pytest.mark.parametrize(("day", "late"), [(date(2026, 11, 18), 0), (date(2026, 11, 19), 1), (date(2026, 11, 20), 1)])
async def test_an_apology_later_than_a_day_before_is_told_as_late(office: Office, day: date, late: int) -> None:
    case = await office.receive(replace_key(BIRTH, MARITAL_STATUS))
    await office.hand_over(case)
    await office.apologise(case, date(2026, 11, 25), clock.instant(day, 9))
    async with office.database.tenant(case.tenant_id) as session:
        assert (await timeline(session, case.id))[-1].detail == {"due_on": "25/11/2026", "late": late}


async def test_missing_papers_are_asked_for_once_and_in_three_days(office: Office) -> None:
    in_time, late = [await office.receive(replace_key(BIRTH, MARITAL_STATUS)) for _case in range(2)]
    for case, day in ((in_time, date(2026, 11, 19)), (late, date(2026, 11, 20))):
        await office.hand_over(case)
        await office.ask(case, clock.instant(day, 9))
        async with office.database.tenant(case.tenant_id) as session:
            assert (await timeline(session, case.id))[-1].detail == {"late": int(case is late)}
    await office.supply(in_time, clock.instant(date(2026, 11, 23), 9))
    with pytest.raises(Conflict, match="bổ sung một lần"):
        await office.ask(in_time)


async def tell(office: Office, organ: Organ, moment: datetime, cases: int = 36, results: int = 0) -> list[Case]:
    """The demonstration made at that moment: what it leaves, none of it in the future."""

    async def person(_session: object, role: str) -> Actor:
        return {"counter": office.counter, "clerk": office.clerk}[role]

    told = 0

    async def advance(count: int) -> None:
        nonlocal told
        told += count

    with clock.fixed_at(moment):
        context = DemoContext(
            organ,
            {"slug": organ.slug},
            lambda: office.database.tenant(organ.id),
            person,
            {},
            [],
            volume=DemoVolume(40, 10, 12, 18, 30, cases, results),
            since=clock.today() - timedelta(days=364),
            advance=advance,
        )
        await demo(context)
        async with office.database.tenant(organ.id) as session:
            found: list[Case] = []
            following: Cursor | None = None
            while True:
                lines, following = await repository.list_cases(session, office.counter, CaseFilter("all"), following)
                found += [line.case for line in lines]
                if following is None:
                    break
            events = [act for case in found for act in await timeline(session, case.id)]
    assert max(act.at for act in events) <= moment
    assert len(found) == cases
    assert told == cases + results
    return found


async def test_the_demonstration_has_every_kind_of_case(office: Office, lam_son: Organ) -> None:
    moment = clock.instant(date(2026, 11, 23), 9)
    cases = await tell(office, lam_son, moment)
    with clock.fixed_at(moment):
        standings = {pages.standing_of(case, national_calendar()).text for case in cases}
    assert {"Sớm hạn", "Đúng hạn", "Quá hạn", "Hạn hôm nay", "Chờ bổ sung giấy tờ"} <= standings
    assert {case.state for case in cases} == set(rules.STATES)
    assert any(case.apologised_at for case in cases)
    looked_at = [case for case in cases if case.state in ("signing", "signed")]
    assert looked_at
    assert all(case.result_file_id for case in looked_at)
    assert {case.code: case.received_at for case in cases} == {
        case.code: case.received_at for case in sorted(cases, key=lambda case: (case.received_at, case.code))
    }


async def test_a_year_of_the_demonstration_is_mostly_in_time_and_has_no_numbers_of_documents(
    office: Office, lam_son: Organ
) -> None:
    cases = await tell(office, lam_son, clock.instant(date(2026, 11, 23), 9), cases=150)
    settled = [case for case in cases if case.outcome]
    in_time = sum(case.outcome != "late" for case in settled) / len(settled)
    assert 0.88 <= in_time <= 0.97
    assert {case.received_on.month for case in cases} == set(range(1, 13))
    assert not any(case.result_number for case in cases)
    assert all(case.state in ("returned", "refused", "withdrawn") for case in cases if case.received_on.month < 8)


@pytest.mark.parametrize("moment", [clock.instant(date(2026, 11, 22), 9), clock.instant(date(2026, 11, 24), 0, 5)])
async def test_the_demonstration_can_be_made_on_a_day_off(office: Office, lam_son: Organ, moment: datetime) -> None:
    cases = await tell(office, lam_son, moment, cases=16, results=1)
    (numbered,) = [case for case in cases if case.result_number]
    assert numbered.state == "done"
    assert numbered.result_file_id
    assert numbered.signed_at
    assert numbered.finished_at


async def test_handler_and_signer_are_told(office: Office) -> None:
    async def told(actor: Actor) -> list[str]:
        async with office.database.tenant(actor.organ.id) as session:
            found, _following = await notices.page_of(session, actor.account_id, only_unread=True, before=None)
            return [notice.title for notice in found]

    case = await office.receive()
    await office.hand_over(case)
    assert await told(office.specialist) == [f"Hồ sơ {case.code} chuyển đồng chí giải quyết"]
    await office.draft(case)
    assert await told(office.leader) == [f"Hồ sơ {case.code} chờ đồng chí ký kết quả"]
    async with office.database.tenant(office.leader.organ.id) as session:
        await operations.return_draft(session, office.leader, ReturnDraft(case.id, "Sai tên"))
    assert (await told(office.specialist))[0] == f"Trả lại kết quả hồ sơ {case.code} để sửa"
    assert await told(office.counter) == []


async def test_other_systems_are_told_how_a_case_ends(office: Office, told_others: Any) -> None:
    case = await office.receive(replace_key(BIRTH, DECIDED))
    await office.hand_over(case)
    await office.draft(case, file=TEXT)
    await office.sign(case)
    assert await told_others() == []
    sealed = await office.seal(case)
    # The number of its result stands in the outgoing book, as that of any document that is issued.
    decided = [("documents.issued", sealed.result_document_id), ("procedures.decided", case.id)]
    assert await told_others() == decided
    withdrawn = await office.receive()
    await office.close(office.counter, withdrawn, "withdraw")
    assert await told_others() == [*decided, ("procedures.closed", withdrawn.id)]


def at_the_counter(actor: Actor) -> Actor:
    """The same person in a post that takes cases in as well."""
    return replace(actor, acting=replace(actor.acting, permissions=actor.acting.permissions | {RECEIVE}))


async def test_who_received_a_case_handles_it_only_if_somebody_means_it(office: Office) -> None:
    office = replace(office, counter=at_the_counter(office.specialist))
    own, other = await office.receive(), await office.receive()
    with pytest.raises(InvalidInput) as refused:
        await office.hand_over(own)
    assert [fault.field for fault in refused.value.fields] == ["one_person"]
    async with office.database.tenant(office.counter.organ.id) as session:
        command = HandOver(own.id, office.specialist.staff_id, one_person=True)
        assert (await operations.hand_over(session, office.counter, command)).one_person
        told = (await timeline(session, own.id))[-1].detail
    assert told == {"handler": office.specialist.name, "receiver": office.specialist.name}
    assert await office.seen(office.leader, CaseFilter(one_person=True)) == [own.code]
    assert set(await office.seen(office.leader, CaseFilter())) == {own.code, other.code}


async def test_a_commune_may_forbid_that_one_person_has_both(office: Office, database: Database) -> None:
    case = await office.receive()
    lent = replace(office.counter, acting=lent_by(office.specialist))
    await office.hand_over(case)
    async with database.tenant(office.leader.organ.id) as session:
        with pytest.raises(Forbidden):
            await operations.set_rules(session, office.specialist, "forbid")
        await operations.set_rules(session, office.leader, "forbid")
    office = replace(office, specialist=lent)
    with pytest.raises(Forbidden, match="không cho"):
        await office.draft(case)
    with pytest.raises(Forbidden, match="không cho"):
        await office.close(lent, case, "stop")
    async with database.tenant(office.leader.organ.id) as session:
        await operations.set_rules(session, office.leader, "warn")
    assert (await office.draft(case)).one_person, "in the place of the handler is as if it had been handed to them"


def lent_by(actor: Actor) -> HeldPost:
    """The post of that person, in their absence."""
    lent = Lent(actor.staff_id, actor.name, actor.acting.title, "", MONDAY)
    return replace(actor.acting, lent=lent)


async def test_what_a_leaver_hands_over_keeps_the_two_apart(office: Office, database: Database) -> None:
    case = await office.receive()
    await office.hand_over(case)
    both = replace(office.counter, acting=office.specialist.acting)
    async with database.tenant(office.leader.organ.id) as session:
        await people_who_handle(session, both)
        await operations.set_rules(session, office.leader, "forbid")
        with pytest.raises(InvalidInput, match=r"ô nhập"):
            await operations.give_handled(session, office.leader, office.specialist.staff_id, both)
        await operations.set_rules(session, office.leader, "warn")
        await operations.give_handled(session, office.leader, office.specialist.staff_id, both)
        found, _procedure = await repository.visible_case(session, office.counter, case.id)
        assert found.one_person
        assert (await timeline(session, case.id))[-1].detail["receiver"] == office.counter.name


async def people_who_handle(session: TenantSession, actor: Actor) -> None:
    """Let that person's post handle cases."""
    role = select(Post.role_id).join(Appointment, Appointment.post_id == Post.id)
    role_id = (await session.scalars(role.where(Appointment.staff_id == actor.staff_id))).one()
    session.add(RolePermission(role_id=role_id, permission=PROCESS))
    await session.flush()
