"""Several papers of a book at once: each by its own rules, all that can be in one sending, with a word for the rest."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Forbidden, InvalidInput
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import Direction, SharedDirection

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry, Propose, statements

MONDAY = date(2026, 11, 23)
TAG = re.compile(r"<[^>]+>")
Sign = Callable[..., Awaitable[Document]]


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


@pytest.fixture
def signed(do: Do, draft: MakeDraft, check: Check, specialist: Actor, leader: Actor) -> Sign:
    """A paper that the chair has signed: `await signed(abstract="Kế hoạch A")`."""

    async def make(**other: Any) -> Document:
        document = await do(operations.drafts.create_draft, specialist, draft(**other), PDF)
        await do(operations.drafts.submit, specialist, document.id)
        await check(document.id)
        made: Document = await do(operations.drafts.sign, leader, document.id)
        return made

    return make


def said(page: Any) -> str:
    """The words of a page."""
    return " ".join(TAG.sub(" ", page.text.split("<main")[1]).split())


def selection(*papers: Document) -> str:
    """The query that names the papers."""
    return urlencode([("chon", str(paper.id)) for paper in papers])


def chosen(*papers: Document) -> dict[str, Any]:
    """The fields of the form that names the papers."""
    return {"chon": [str(paper.id) for paper in papers]}


async def test_signed_papers_get_their_numbers_in_the_order_of_their_signatures(
    do: Do, signed: Sign, sign_in: Any, clerk: Actor
) -> None:
    first, second = await signed(abstract="Kinh phí quý I"), await signed(abstract="Kinh phí quý II")
    at_clerk = await sign_in(clerk)
    book = await at_clerk.get("/van-ban/di?xem=signed")
    assert 'formaction="/van-ban/nhieu/cap-so"' in book.text
    assert f'name="chon" value="{first.id}"' in book.text
    # The list names the later one first; its selection is put in order.
    shown = said(await at_clerk.get(f"/van-ban/nhieu/cap-so?{selection(second, first)}"))
    assert shown.index("Kinh phí quý I ") < shown.index("Kinh phí quý II ")
    assert "Cấp số 2 văn bản" in shown
    sent = await at_clerk.send("/van-ban/nhieu/cap-so", chosen(second, first))
    assert sent.status_code == 303
    told = said(await at_clerk.get(sent.headers["location"]))
    assert "Đã cấp số 2 văn bản. 01/QĐ-UBND, 02/QĐ-UBND Phát hành các văn bản này" in told
    outcomes = await do(operations.selection.foresee, clerk, rules.ISSUE, [first.id, second.id])
    assert [one.document.number for one in outcomes] == [1, 2]
    sent = await at_clerk.send("/van-ban/nhieu/phat-hanh", chosen(first, second))
    assert sent.status_code == 303
    assert [
        one.document.state for one in await do(operations.selection.foresee, clerk, rules.ISSUE, [first.id, second.id])
    ] == [
        rules.ISSUED,
        rules.ISSUED,
    ]


async def test_what_cannot_be_done_is_left_as_it_is_and_says_why(
    do: Do, signed: Sign, draft: MakeDraft, sign_in: Any, clerk: Actor, specialist: Actor
) -> None:
    ready = await signed(abstract="Đã ký xong")
    numbered = await do(operations.issuing.give_number, clerk, (await signed(abstract="Đã có số")).id)
    written = await do(operations.drafts.create_draft, specialist, draft(abstract="Còn là dự thảo"), PDF)
    at_clerk = await sign_in(clerk)
    papers = (ready, numbered, written)
    shown = said(await at_clerk.get(f"/van-ban/nhieu/cap-so?{selection(*papers)}"))
    assert "Cấp số 1 văn bản" in shown
    assert "Văn bản đang ở trạng thái “Đã cấp số, chưa phát hành”" in shown
    fields, once = chosen(*papers, Document(id=ids.new_id())), str(ids.new_id())
    result = await at_clerk.send("/van-ban/nhieu/cap-so", fields, once=once)
    assert result.status_code == 200
    assert "Đã cấp số 1 văn bản." in said(result)
    assert "02/QĐ-UBND" in said(result)
    assert "Văn bản đang ở trạng thái “Dự thảo”" in said(result)
    assert "1 văn bản không còn trong danh sách của chức vụ này." in said(result)
    states = {
        one.document.id: one.document.state
        for one in await do(operations.selection.foresee, clerk, rules.ISSUE, [p.id for p in papers])
    }
    assert states == {ready.id: rules.NUMBERED, numbered.id: rules.NUMBERED, written.id: rules.DRAFT}
    # A second click gives no second number, and leads to what is left of the selection.
    again = await at_clerk.send("/van-ban/nhieu/cap-so", fields, once=once)
    assert again.status_code == 303
    assert str(written.id) in again.headers["location"]
    assert str(ready.id) not in again.headers["location"]


async def test_the_leader_gives_all_to_one_person_by_one_day(
    do: Do, entry: MakeEntry, propose: Propose, sign_in: Any, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    papers = [await do(operations.incoming.register_incoming, clerk, entry(author_symbol=f"{n}/CV")) for n in (1, 2)]
    for paper in papers:
        await propose(paper, leader)
    waiting = await do(operations.incoming.register_incoming, clerk, entry(author_symbol="3/CV"))
    at_leader = await sign_in(leader)
    assert 'formaction="/van-ban/nhieu/chi-dao"' in (await at_leader.get("/van-ban/den?xem=unassigned")).text
    form = {"lead": str(specialist.staff_id), "due_on": "30/11/2026", "text": "Làm ngay"}
    faulty = await at_leader.send("/van-ban/nhieu/chi-dao", {**chosen(*papers), **form, "due_on": "20/11/2026"})
    assert faulty.status_code == 422
    assert "Hạn xử lý trước ngày hôm nay." in said(faulty)
    assert 'value="20/11/2026"' in faulty.text
    assert faulty.text.count('type="hidden" name="chon"') == 2
    result = await at_leader.send("/van-ban/nhieu/chi-dao", {**chosen(*papers, waiting), **form})
    assert "Đã giao xử lý 2 văn bản." in said(result)
    assert "Văn bản đang ở trạng thái “Chờ đề xuất”" in said(result)
    for paper in papers:
        shown = said(await (await sign_in(specialist)).get(f"/van-ban/{paper.id}"))
        assert f"Giao {specialist.name} chủ trì xử lý. Làm ngay" in shown
        assert "30/11/2026" in shown


async def test_left_open_each_paper_goes_to_whom_was_proposed_for_it(
    do: Do, entry: MakeEntry, clerk: Actor, office_head: Actor, leader: Actor, specialist: Actor, counter: Actor
) -> None:
    one, two, nobody = [
        await do(operations.incoming.register_incoming, clerk, entry(author_symbol=f"{index}/CV", **proposed))
        for index, proposed in enumerate(
            (
                {"proposed_lead_id": specialist.staff_id, "proposal": "Giao Tư pháp", "due_on": date(2026, 12, 1)},
                {"proposed_lead_id": counter.staff_id},
                {},
            )
        )
    ]
    ids_of_all = [one.id, two.id, nobody.id]
    outcomes = await do(operations.selection.give_several, office_head, rules.PROPOSE, ids_of_all, SharedDirection())
    assert {outcome.document.id: outcome.refusal for outcome in outcomes} == {
        one.id: "",
        two.id: "",
        nobody.id: "Chưa ai đề xuất người chủ trì cho văn bản này.",
    }
    outcomes = await do(operations.selection.give_several, leader, rules.DIRECT, [one.id, two.id], SharedDirection())
    given = {outcome.document.id: outcome.document for outcome in outcomes}
    assert given[one.id].direction_text == "Giao Tư pháp"
    assert given[one.id].due_on == date(2026, 12, 1)
    assert given[two.id].direction_text == f"Giao đ/c {counter.name} chủ trì, tham mưu xử lý."
    # Given already: without saying to whom it is not given again.
    (again,) = await do(operations.selection.give_several, leader, rules.DIRECT, [one.id], SharedDirection())
    assert again.refusal == "Văn bản đã giao xử lý: chọn người chủ trì nếu giao lại."


async def test_who_may_not_do_it_to_one_may_not_do_it_to_several(
    do: Do, entry: MakeEntry, signed: Sign, sign_in: Any, clerk: Actor, specialist: Actor, secretary: Actor,
) -> None:  # fmt: skip
    paper, out = await do(operations.incoming.register_incoming, clerk, entry()), await signed()
    with pytest.raises(Forbidden):
        await do(
            operations.selection.give_several,
            specialist,
            rules.DIRECT,
            [paper.id],
            SharedDirection(specialist.staff_id),
        )
    with pytest.raises(Forbidden):
        await do(operations.selection.number_several, specialist, [out.id])
    # Of another body it is as if it were not there.
    assert await do(operations.selection.give_several, secretary, rules.DIRECT, [paper.id], SharedDirection()) == []
    client = await sign_in(specialist)
    for step in ("cap-so", "phat-hanh", "de-xuat", "chi-dao"):
        assert (await client.get(f"/van-ban/nhieu/{step}?{selection(paper)}")).status_code == 403, step
        assert (await client.send(f"/van-ban/nhieu/{step}", chosen(paper))).status_code == 403, step
    assert "formaction" in (await client.get(f"/van-ban/di?{selection(out)}")).text
    assert "nhieu/cap-so" not in (await client.get("/van-ban/di")).text
    assert "UBND huyện" not in (await client.get(f"/van-ban/nhieu/in-den?{selection(paper)}")).text


async def test_a_stranger_is_not_given_papers(do: Do, entry: MakeEntry, clerk: Actor, office_head: Actor) -> None:
    paper = await do(operations.incoming.register_incoming, clerk, entry())
    for wanted in (SharedDirection(ids.new_id()), SharedDirection(clerk.staff_id, co_ids=(ids.new_id(),))):
        with pytest.raises(InvalidInput):
            await do(operations.selection.give_several, office_head, rules.PROPOSE, [paper.id], wanted)


async def test_nothing_selected_says_what_to_do(sign_in: Any, clerk: Actor) -> None:
    at_clerk = await sign_in(clerk)
    for query in ("", "?chon=khong-phai-ma"):
        assert "Chưa chọn văn bản nào" in said(await at_clerk.get(f"/van-ban/nhieu/cap-so{query}"))
        assert "Chưa chọn văn bản nào" in said(await at_clerk.get(f"/van-ban/nhieu/in-den{query}"))
    assert "Chưa làm được với văn bản nào." in said(await at_clerk.send("/van-ban/nhieu/cap-so"))


async def test_a_selection_is_printed_as_a_list(do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor) -> None:
    printed = await do(operations.incoming.register_incoming, clerk, entry(abstract="Việc được chọn"))
    await do(operations.incoming.register_incoming, clerk, entry(author_symbol="2/CV", abstract="Việc không chọn"))
    sheet = await (await sign_in(clerk)).get(f"/van-ban/nhieu/in-den?{selection(printed)}")
    assert "Việc được chọn" in sheet.text
    assert "Việc không chọn" not in sheet.text


@pytest.mark.parametrize("act", [rules.DIRECT, rules.ISSUE])
async def test_more_papers_take_no_more_statements(
    database: Database, do: Do, entry: MakeEntry, signed: Sign, propose: Propose, clerk: Actor, leader: Actor,
    specialist: Actor, act: str,
) -> None:  # fmt: skip
    async def made(count: int) -> list[UUID]:
        papers = []
        for _index in range(count):
            if act == rules.ISSUE:
                papers.append(await do(operations.issuing.give_number, clerk, (await signed()).id))
                continue
            papers.append(await do(operations.incoming.register_incoming, clerk, entry(author_symbol="")))
            await propose(papers[-1], specialist)
        return [paper.id for paper in papers]

    async def cost(papers: list[UUID]) -> int:
        with statements(database) as sent:
            if act == rules.ISSUE:
                await do(operations.selection.issue_several, clerk, papers)
            else:
                await do(operations.selection.give_several, leader, act, papers, SharedDirection(leader.staff_id))
        return len(sent)

    few, many = await made(2), await made(6)
    assert await cost(few) == await cost(many) <= 8


async def test_a_number_is_settled_with_what_it_answers(
    do: Do, entry: MakeEntry, draft: MakeDraft, check: Check, propose: Propose, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    paper = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(paper, specialist)
    await do(operations.incoming.direct, leader, paper.id, Direction(specialist.staff_id))
    answer = await do(operations.drafts.answer_with_draft, specialist, paper.id, draft(), PDF)
    await do(operations.drafts.submit, specialist, answer.id)
    await check(answer.id)
    await do(operations.drafts.sign, leader, answer.id)
    assert [one.refusal for one in await do(operations.selection.number_several, clerk, [answer.id])] == [""]
    assert [one.refusal for one in await do(operations.selection.issue_several, clerk, [answer.id])] == [""]
    (settled,) = await do(operations.selection.foresee, leader, rules.DIRECT, [paper.id])
    assert settled.document.state == rules.DONE


async def test_two_who_number_papers_of_several_series_do_not_wait_for_each_other(
    do: Do, draft: MakeDraft, check: Check, clerk: Actor, specialist: Actor, leader: Actor
) -> None:
    """Decisions and letters have a series each; the two take them in opposite order at the same time."""

    async def signed_as(*type_codes: str) -> list[UUID]:
        made = []
        for type_code in type_codes:
            document = await do(operations.drafts.create_draft, specialist, draft(type_code=type_code), PDF)
            await do(operations.drafts.submit, specialist, document.id)
            await check(document.id)
            made.append((await do(operations.drafts.sign, leader, document.id)).id)
        return made

    decision, letter = "state/quyet-dinh", "state/cong-van"
    batches = [await signed_as(decision, letter), await signed_as(letter, decision)]
    results = await asyncio.gather(*(do(operations.selection.number_several, clerk, batch) for batch in batches))
    given = [outcome for result in results for outcome in result]
    assert [outcome.refusal for outcome in given] == [""] * 4
    for type_code in (decision, letter):
        numbers = [one.document.number for one in given if one.document.type_code == type_code]
        assert sorted(numbers) == [1, 2]
