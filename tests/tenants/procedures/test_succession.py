"""Cases when communes are merged: each goes on once, under its receipt, with its papers and what was done to it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import Database
from lienxa.platform.life import passing
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.tenants.documents.api import Attachment
from lienxa.tenants.procedures import figures, operations, pages, repository, rules, succession, trail
from lienxa.tenants.procedures.models import Case, OneStop, Procedure
from lienxa.tenants.procedures.repository import CASE, CaseFilter
from lienxa.tenants.procedures.schemas import DraftResult, HandOver, ReceiveCase

BIRTH = ReceiveCase("1.001193", "Nguyễn Văn Ân", "0912 345 678", "Xóm 3", papers=("Tờ khai",))
NEW = "long-sa"  # see `merge`: its codes begin with LS, like those of Lam Sơn
DECISION = sample_pdf("Quyết định")
FindActor = Callable[..., Any]
Merge = Callable[[UUID], Awaitable[OrganWork]]
Merged = Callable[[], Awaitable[Organ]]


async def receive(database: Database, counter: Actor, command: ReceiveCase = BIRTH) -> Case:
    async with database.tenant(counter.organ.id) as session:
        return await operations.receive_case(session, counter, command)


async def hand_over(database: Database, counter: Actor, case: Case, handler: Actor) -> None:
    async with database.tenant(counter.organ.id) as session:
        await operations.hand_over(session, counter, HandOver(case.id, handler.staff_id))


async def cases_of(database: Database, organ: Organ) -> list[Case]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(Case).order_by(Case.code)))


def promised(case: Case) -> tuple[Any, ...]:
    """What nobody may change by merging."""
    return (case.applicant_name, case.papers, case.received_at, case.due_at, case.first_due_at, case.rule_set)


@pytest.fixture
async def counter_there(giang_son_tay: Organ, actor_with: FindActor) -> Actor:
    """Who takes cases in at the other commune."""
    found: Actor = await actor_with(giang_son_tay, "counter")
    return found


async def test_every_open_case_goes_on_exactly_once(
    busy_lam_son: Organ, giang_son_tay: Organ, merged: Merged, database: Database
) -> None:
    before = {organ.id: await cases_of(database, organ) for organ in (busy_lam_son, giang_son_tay)}
    opened = {
        (organ_id, case.id): case
        for organ_id, cases in before.items()
        for case in cases
        if case.state not in rules.FINAL_STATES
    }
    assert opened
    new = await merged()
    there = await cases_of(database, new)
    assert Counter((case.receipt_organ_id, case.receipt_case_id) for case in there) == Counter(list(opened))
    for case in there:
        assert case.receipt_organ_id
        assert case.receipt_case_id
        assert promised(case) == promised(opened[case.receipt_organ_id, case.receipt_case_id])
        assert case.receipt_code == opened[case.receipt_organ_id, case.receipt_case_id].code
    for organ in (busy_lam_son, giang_son_tay):
        after = {case.id: (case.state, case.code) for case in await cases_of(database, organ)}
        assert after == {case.id: (case.state, case.code) for case in before[organ.id]}, "rows stay as they were"


async def test_who_handled_it_goes_on_with_its_papers_and_its_history(
    database: Database,
    merged: Merged,
    counter: Actor,
    specialist: Actor,
    leader: Actor,
    actor_there: FindActor,
) -> None:
    case = await receive(database, counter)
    await hand_over(database, counter, case, specialist)
    async with database.tenant(counter.organ.id) as session:
        command = DraftResult(case.id, "Giấy khai sinh", leader.staff_id, Attachment("gks.pdf", DECISION))
        await operations.draft_result(session, specialist, command)
    new = await merged()
    goes_on = await actor_there(new, specialist)
    async with database.tenant(new.id) as session:
        here = (await session.scalars(select(Case))).one()
        assert (here.code, here.handler_id, here.state) == (case.code, goes_on.staff_id, "processing")
        assert "sửa tên cơ quan" in here.rework_reason
        assert (await pages.result_file_answer(session, goes_on, here.id)).content == DECISION
        steps = await trail.steps_of(session, here)
        assert [action.rpartition(".")[2] for action, _line in steps] == [
            "receive",
            "hand_over",
            "draft_result",
            "came_over",
        ]
        assert steps[0][1].post_title.endswith(counter.organ.full_name)
        lines, _following = await repository.list_cases(session, goes_on, CaseFilter(mine=True), None)
        assert [line.case.id for line in lines] == [here.id]
    async with database.tenant(counter.organ.id) as session:
        assert await repository.waiting_cases(session, leader) == []
        assert await repository.count_cases(session, counter, CaseFilter()) == 0
        (line,), _following = await repository.list_cases(session, counter, CaseFilter("all"), None)
        assert line.passed_to == new.full_name


async def test_what_nobody_handles_there_waits_at_the_counter(
    database: Database, merged: Merged, counter: Actor, specialist: Actor
) -> None:
    case = await receive(database, counter)
    await hand_over(database, counter, case, specialist)
    async with database.tenant(counter.organ.id) as session:
        left = {"left_on": clock.today() - timedelta(days=1)}
        await session.execute(update(Staff).where(Staff.id == specialist.staff_id).values(**left))
    (here,) = await cases_of(database, await merged())
    assert (here.state, here.handler_id, here.handed_over_at) == ("received", None, None)
    assert here.hand_over_by >= clock.today()


async def test_two_cases_with_one_code_both_keep_their_receipts(
    database: Database,
    merged: Merged,
    counter: Actor,
    counter_there: Actor,
    actor_with: FindActor,
) -> None:
    async with database.tenant(counter_there.organ.id) as session:
        await session.execute(update(OneStop).values(code_template="LS-{day}-{number}"))
    mine, theirs = await receive(database, counter), await receive(database, counter_there)
    assert mine.code == theirs.code
    secrets = {
        case.id: operations.secret_of(who.organ, case) for case, who in ((mine, counter), (theirs, counter_there))
    }
    new = await merged()
    here = {case.receipt_case_id: case for case in await cases_of(database, new)}
    assert sorted(case.code for case in here.values()) == [mine.code, mine.code.replace("LS-", "LS.2-")]
    async with database.tenant(new.id) as session:
        for case in (mine, theirs):
            found = await operations.look_up(database, session, new, case.code, secrets[case.id])
            assert found is not None
            assert found.case_id == here[case.id].id
            assert operations.secret_of(new, here[case.id]) == secrets[case.id], "a receipt that is printed anew"
        assert await operations.look_up(database, session, new, mine.code, "AAAA-AAAA") is None
    fresh = await receive(database, await actor_with(new, "counter"))
    assert fresh.code == f"{mine.code[:-1]}2", "no code that came over is given again"


async def test_a_procedure_that_is_not_offered_is_carried_along(
    database: Database, merged: Merged, counter: Actor
) -> None:
    case = await receive(database, counter)
    async with database.tenant(counter.organ.id) as session:
        own = update(Procedure).where(Procedure.key == BIRTH.procedure_key).values(time_value=30, time_unit="day")
        await session.execute(own)
    new = await merged()
    async with database.tenant(new.id) as session:
        here = (await session.scalars(select(Case))).one()
        procedure = await session.find(Procedure, here.procedure_id)
        assert (procedure.key, procedure.version, procedure.time_value) == (BIRTH.procedure_key, 2, 30)
        assert procedure.valid_to, "no new cases under it"
        assert (await repository.procedure_in_use(session, BIRTH.procedure_key)).version == 1
    assert promised(here) == promised(case)


async def test_an_act_that_breaks_off_is_begun_anew_without_a_trace(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    merge: Merge,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passing, "BATCH", 2)
    taken = succession.take_over
    calls = 0

    async def fails_in_the_third(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        done = await taken(*args)
        if calls == 3:
            raise RuntimeError("the machine stops")
        return done

    kind = passing.SuccessionKind("procedures.cases", CASE, "", succession.find, fails_in_the_third)
    with monkeypatch.context() as broken:
        broken.setattr(passing, "kinds", lambda: [("procedures", kind)])
        key = uuid4()
        with pytest.raises(RuntimeError):
            await merge(key)
        async with database.control() as control:
            new = await organ_by_slug(control, NEW)
        assert new is not None
        assert len(await cases_of(database, new)) == 4
        assert (await merge(key)).state == "done"
    before = [*await cases_of(database, busy_lam_son), *await cases_of(database, giang_son_tay)]
    opened = len([case for case in before if case.state not in rules.FINAL_STATES])
    there = await cases_of(database, new)
    assert len({(case.receipt_organ_id, case.receipt_case_id) for case in there}) == len(there) == opened
    async with database.tenant(new.id) as session:
        passages = (await session.scalars(select(Passage).where(Passage.kind == CASE))).all()
    assert {passage.thing_id for passage in passages} == {case.id for case in there}


async def test_nothing_is_counted_twice(
    busy_lam_son: Organ, giang_son_tay: Organ, merged: Merged, database: Database
) -> None:
    async def counted(*organs: Organ) -> Counter[tuple[str, str]]:
        total: Counter[tuple[str, str]] = Counter()
        for organ in organs:
            async with database.tenant(organ.id) as session:
                for figure in figures.FIGURES:
                    for row in await figure.rows(session):
                        if figure.standing and row.month != clock.today().replace(day=1):
                            continue
                        total[f"{figure.code} {row.month}", row.dimension] += row.value
        return +total

    before = await counted(busy_lam_son, giang_son_tay)
    new = await merged()
    assert await counted(busy_lam_son, giang_son_tay, new) == before


async def test_the_citizen_finds_the_case_by_the_old_receipt_at_both_hosts(
    app: Litestar, database: Database, merged: Merged, counter: Actor, counter_there: Actor
) -> None:
    mine, theirs = await receive(database, counter), await receive(database, counter_there)
    secret = operations.secret_of(counter.organ, mine)
    await merged()

    async def ask(slug: str, code: str, typed: str) -> str:
        host = f"http://{slug}.localhost"
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=host, headers={"origin": host}) as client:
            answer = await client.post("/tra-cuu", data={"code": code, "secret": typed})
            assert answer.status_code == 200
            return answer.text

    nothing = "Không có hồ sơ nào với mã hồ sơ và mã tra cứu này."
    at_old = await ask("lam-son", mine.code, secret)
    assert "Hồ sơ đã chuyển đến UBND xã Long Sa" in at_old
    assert "Đã tiếp nhận" in at_old
    at_new = await ask(NEW, mine.code, secret)
    assert "Đã tiếp nhận" in at_new
    assert "đã chuyển đến" not in at_new
    for slug, code, typed in (
        ("lam-son", theirs.code, operations.secret_of(counter_there.organ, theirs)),
        ("giang-son-tay", mine.code, secret),
        ("lam-son", mine.code, "AAAA-AAAA"),
        (NEW, theirs.code, secret),
    ):
        assert nothing in await ask(slug, code, typed), "no organ answers for another's cases"


async def test_the_page_says_where_it_went_and_where_it_came_from(
    sign_in: Any,
    database: Database,
    merged: Merged,
    counter: Actor,
    specialist: Actor,
    actor_with: FindActor,
) -> None:
    case = await receive(database, counter)
    new = await merged()
    before = (await (await sign_in(counter)).get(f"/ho-so/{case.id}")).text
    assert f"Đã bàn giao cho {new.full_name}" in before
    assert "/chuyen" not in before, "nothing is to be done here any more"
    (here,) = await cases_of(database, new)
    now_at = await sign_in(await actor_with(new, "counter"))
    after = (await now_at.get(f"/ho-so/{here.id}")).text
    assert f"Nhận bàn giao từ {counter.organ.full_name}" in after
    assert "Tiếp nhận hồ sơ" in after
    given = await now_at.send(f"/ho-so/{here.id}/chuyen", {"handler": await _same_person(database, new, specialist)})
    assert given.status_code == 303


async def _same_person(database: Database, organ: Organ, actor: Actor) -> str:
    async with database.tenant(organ.id) as session:
        return str(await session.scalar(select(Staff.id).where(Staff.account_id == actor.account_id)))
