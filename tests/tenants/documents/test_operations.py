"""The way of a paper through the office, who sees what of it, and what is refused."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select, text

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.access.staffing import appoint
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound, SecretRefused
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.settings import Settings
from lienxa.tenants.documents import figures, operations, pages, repository, rules
from lienxa.tenants.documents.models import Document, NumberCounter
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import Attachment, BookFilter, Direction

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry, Propose, statements

MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


async def count(database: Database, actor: Actor, model: Any) -> int:
    async with database.tenant(actor.organ.id) as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def issued(do: Do, check: Check, drafter: Actor, leader: Actor, clerk: Actor, wanted: Any) -> Document:
    """An outgoing document from draft to issue."""
    document = await do(operations.drafts.create_draft, drafter, wanted, PDF)
    await do(operations.drafts.submit, drafter, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    await do(operations.issuing.give_number, clerk, document.id)
    last: Document = await do(operations.issuing.issue, clerk, document.id)
    return last


async def test_a_paper_goes_through_the_office_to_its_issued_answer(
    database: Database,
    do: Do,
    entry: MakeEntry,
    draft: MakeDraft,
    clerk: Actor,
    leader: Actor,
    specialist: Actor,
    check: Check,
    propose: Propose,
) -> None:
    proposed = entry(proposed_lead_id=specialist.staff_id, proposal="Giao Tư pháp", due_on=date(2026, 11, 30))
    incoming = await do(operations.incoming.register_incoming, clerk, proposed, PDF)
    assert (incoming.number_text, incoming.period, incoming.state) == ("1", "2026", rules.REGISTERED)

    await propose(incoming, specialist)
    await do(
        operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, (), "Đồng ý", incoming.due_on)
    )
    answer = await do(
        operations.drafts.answer_with_draft, specialist, incoming.id, draft(type_code="state/cong-van"), PDF
    )
    await do(operations.drafts.submit, specialist, answer.id)
    await check(answer.id)
    await do(operations.drafts.return_for_rework, leader, answer.id, "Ghi rõ nguồn kinh phí")
    await do(operations.drafts.revise, specialist, answer.id, draft(type_code="state/cong-van", abstract="Đã sửa"), PDF)
    await do(operations.drafts.submit, specialist, answer.id)
    await check(answer.id)
    await do(operations.drafts.sign, leader, answer.id)
    numbered = await do(operations.issuing.give_number, clerk, answer.id)
    assert numbered.number_text == "01/UBND-TP"
    assert numbered.doc_date == MONDAY
    await do(operations.issuing.issue, clerk, answer.id)

    async with database.tenant(clerk.organ.id) as session:
        assert (await session.find(Document, incoming.id)).state == rules.DONE
        acts = [event.action.removeprefix("documents.") for event in await timeline(session, answer.id)]
        files = await repository.files.files(session, answer.id)
        told = [event.action for event in await timeline(session, incoming.id)]
    checked = ["submit", "check_content", "check_form"]
    assert acts == ["draft", *checked, "return", "revise", *checked, "sign", "give_number", "issue"]
    assert [file.role for file in files] == ["main", "earlier"]
    assert told == [f"documents.{act}" for act in ("register", "propose", "direct", "answer", "settle")]


async def test_a_party_paper_has_the_numbers_of_the_party(
    do: Do, draft: MakeDraft, clerk: Actor, secretary: Actor, check: Check
) -> None:
    document = await issued(do, check, clerk, secretary, clerk, draft("party", "party/nghi-quyet"))
    assert (document.number_text, document.period) == ("01-NQ/ĐU", "2025-2030")
    rules_paper = await issued(do, check, clerk, secretary, clerk, draft("party", "party/quy-dinh"))
    decision = await issued(do, check, clerk, secretary, clerk, draft("party", "party/quyet-dinh"))
    assert rules_paper.number_text == decision.number_text == "01-QĐ/ĐU"  # two series, as the texts have it


async def test_a_handler_settles_a_paper_that_needs_no_answer(
    do: Do, entry: MakeEntry, clerk: Actor, leader: Actor, specialist: Actor, propose: Propose
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
    assert (await do(operations.incoming.complete, specialist, incoming.id, "Lưu")).state == rules.DONE
    with pytest.raises(Conflict):
        await do(operations.incoming.complete, specialist, incoming.id)


async def test_a_new_direction_replaces_the_handlers(
    database: Database,
    do: Do,
    entry: MakeEntry,
    clerk: Actor,
    leader: Actor,
    specialist: Actor,
    counter: Actor,
    propose: Propose,
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, (counter.staff_id,)))
    await do(operations.incoming.direct, leader, incoming.id, Direction(counter.staff_id))
    async with database.tenant(clerk.organ.id) as session:
        people = await repository.document.involved(session, incoming.id)
        assert [(person.staff_id, person.relation) for person in people] == [(counter.staff_id, rules.LEAD)]
        with pytest.raises(NotFound):
            await repository.document.held(session, specialist, incoming.id)


async def test_who_was_replaced_while_waiting_does_not_settle_the_paper(
    database: Database,
    do: Do,
    entry: MakeEntry,
    clerk: Actor,
    leader: Actor,
    specialist: Actor,
    counter: Actor,
    propose: Propose,
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
    async with database.tenant(leader.organ.id) as session:
        await operations.incoming.direct(session, leader, incoming.id, Direction(counter.staff_id))
        await session.flush()
        waiting = asyncio.create_task(do(operations.incoming.complete, specialist, incoming.id))
        await asyncio.sleep(0.2)
    with pytest.raises(Forbidden):
        await waiting


# --- Secrecy, duplicates, faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["confidential", "secret", "top_secret"])
async def test_a_secret_paper_leaves_nothing_and_takes_no_number(
    database: Database, do: Do, entry: MakeEntry, draft: MakeDraft, clerk: Actor, test_settings: Settings, mark: str
) -> None:
    before = _stored(test_settings)
    secret = Attachment("mat.pdf", PDF.content + mark.encode())
    with pytest.raises(SecretRefused):
        await do(operations.incoming.register_incoming, clerk, entry(secrecy=mark), secret)
    with pytest.raises(SecretRefused):
        await do(operations.drafts.create_draft, clerk, draft(secrecy=mark), secret)
    assert _stored(test_settings) == before
    assert [await count(database, clerk, model) for model in (Document, NumberCounter, StoredFile)] == [0, 0, 0]
    following = await do(operations.incoming.register_incoming, clerk, entry())
    assert following.number_text == "1"


def _stored(settings: Settings) -> set[Path]:
    return set((settings.data.absolute() / "files").rglob("*"))


async def test_a_paper_that_was_registered_is_told_by_its_number_and_entered_only_on_purpose(
    do: Do, entry: MakeEntry, clerk: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.register_incoming, clerk, entry(author_organ="ubnd  HUYEN"))
    (fault,) = refused.value.fields
    assert (fault.field, fault.reason) == (
        "author_symbol",
        "Văn bản này đã vào sổ: số đến 1, ngày 23/11/2026.",
    )
    # Another author, another year and another body are other papers; so is what the clerk says is one.
    assert (await do(operations.incoming.register_incoming, clerk, entry(author_organ="UBND tỉnh"))).number == 2
    assert (await do(operations.incoming.register_incoming, clerk, entry(doc_date=date(2025, 11, 20)))).number == 3
    assert (await do(operations.incoming.register_incoming, clerk, entry("party"))).number == 4
    assert (await do(operations.incoming.register_incoming, clerk, entry(repeated=True))).number == 5


async def test_each_fault_names_its_field(do: Do, entry: MakeEntry, clerk: Actor, office_head: Actor) -> None:
    wrong = entry(author_organ="", abstract="", type_code="state/khong-co", doc_date=date(2026, 12, 1))
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.register_incoming, clerk, wrong)
    assert [fault.field for fault in refused.value.fields] == ["type", "author_organ", "abstract", "doc_date"]
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.register_incoming, clerk, entry(proposed_lead_id=UUID(int=1)))
    assert [fault.field for fault in refused.value.fields] == ["lead"]
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.propose, office_head, incoming.id, Direction(UUID(int=1)))
    assert [fault.field for fault in refused.value.fields] == ["lead"]


async def test_a_deadline_is_not_in_the_past_unless_it_has_passed_since(
    do: Do, entry: MakeEntry, clerk: Actor, leader: Actor, specialist: Actor, propose: Propose
) -> None:
    yesterday = MONDAY - timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.register_incoming, clerk, entry(due_on=yesterday))
    assert [fault.field for fault in refused.value.fields] == ["due_on"]
    assert refused.value.fields[0].remedy
    incoming = await do(operations.incoming.register_incoming, clerk, entry(due_on=MONDAY))
    await propose(incoming, specialist)
    with pytest.raises(InvalidInput) as refused:
        await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, due_on=yesterday))
    assert [fault.field for fault in refused.value.fields] == ["due_on"]
    with clock.fixed_at(clock.instant(MONDAY + timedelta(days=2), 9)):
        late = await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, due_on=MONDAY))
    assert late.due_on == MONDAY


async def test_only_a_leader_of_the_body_signs_and_only_its_types_are_issued(
    do: Do, draft: MakeDraft, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    for wrong, field in (
        (draft(signer_id=specialist.staff_id), "signer"),
        (draft(type_code="state/nghi-quyet"), "type"),
        (draft("party", "party/chi-thi"), "type"),
        (draft(recipients=""), "recipients"),
        (draft("inspection", "party/thong-bao"), "body"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await do(operations.drafts.create_draft, clerk, wrong)
        assert refused.value.fields[0].field == field
    empty = await do(operations.drafts.create_draft, clerk, draft())
    with pytest.raises(InvalidInput, match="Có ô"):
        await do(operations.drafts.submit, clerk, empty.id)


async def test_each_step_takes_its_right_and_its_body(
    do: Do,
    entry: MakeEntry,
    draft: MakeDraft,
    clerk: Actor,
    leader: Actor,
    secretary: Actor,
    specialist: Actor,
    check: Check,
    propose: Propose,
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    with pytest.raises(Forbidden):
        await do(operations.incoming.register_incoming, specialist, entry())
    with pytest.raises(Forbidden):
        await do(operations.incoming.direct, clerk, incoming.id, Direction(specialist.staff_id))
    with pytest.raises(NotFound):  # the secretary does not even see it
        await do(operations.incoming.direct, secretary, incoming.id, Direction(specialist.staff_id))
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    with pytest.raises(Conflict):  # not before it is submitted
        await do(operations.drafts.sign, leader, document.id)
    await do(operations.drafts.submit, specialist, document.id)
    with pytest.raises(Forbidden):
        await do(operations.issuing.give_number, leader, document.id)
    with pytest.raises(Conflict):  # not before it is signed
        await do(operations.issuing.give_number, clerk, document.id)


# --- Who sees what --------------------------------------------------------------------------------------------------


async def test_a_paper_is_seen_by_its_body_and_those_who_handle_it(
    database: Database,
    do: Do,
    entry: MakeEntry,
    clerk: Actor,
    leader: Actor,
    secretary: Actor,
    specialist: Actor,
    propose: Propose,
) -> None:
    of_party = await do(operations.incoming.register_incoming, clerk, entry("party", author_symbol="1-CV/HU"), PDF)
    of_committee = await do(operations.incoming.register_incoming, clerk, entry(), PDF)

    async def seen(actor: Actor) -> set[UUID]:
        async with database.tenant(actor.organ.id) as session:
            lines, _next = await repository.books.book_page(session, actor, BookFilter(INCOMING))
            found = await repository.books.search(session, actor, "quyet toan", 10)
            assert {document.id for document in found} == {line.id for line in lines}
            return {line.id for line in lines}

    both = {of_party.id, of_committee.id}
    assert await seen(clerk) == both
    assert await seen(leader) == {of_committee.id}
    assert await seen(secretary) == {of_party.id}
    assert await seen(specialist) == set()
    await propose(of_party, specialist)
    await do(operations.incoming.direct, secretary, of_party.id, Direction(specialist.staff_id))
    assert await seen(specialist) == {of_party.id}
    async with database.tenant(clerk.organ.id) as session:
        (file,) = await repository.files.files(session, of_committee.id)
        stored = await repository.files.stored_file(session, leader, of_committee.id, file.id)
        assert await store.read(session, stored) == PDF.content
        for stranger in (secretary, specialist):
            with pytest.raises(NotFound):
                await repository.files.stored_file(session, stranger, of_committee.id, file.id)
        with pytest.raises(NotFound):  # nor under the address of a paper that one may see
            await repository.files.stored_file(session, specialist, of_party.id, file.id)


async def test_a_paper_of_the_other_body_is_handled_in_the_other_post_alone(
    database: Database, do: Do, entry: MakeEntry, inspection: Actor, both_posts: tuple[Actor, Actor]
) -> None:
    for_committee, for_inspection = both_posts
    wanted = entry("inspection", type_code="party/cong-van", due_on=date(2026, 11, 30))
    paper = await do(operations.incoming.register_incoming, for_inspection, wanted, PDF)
    await do(operations.incoming.direct, inspection, paper.id, Direction(for_committee.staff_id, due_on=paper.due_on))
    async with database.tenant(inspection.organ.id) as session:
        (file,) = await repository.files.files(session, paper.id)
        held = await repository.document.held(session, for_inspection, paper.id)

        assert await repository.books.book_page(session, for_committee, BookFilter(INCOMING)) == ([], "")
        assert await repository.books.search(session, for_committee, "quyet toan", 10) == []
        assert await pages.home.work_items(session, for_committee) == []
        assert await operations.acts.acts_on(session, for_committee, held) == []
        with pytest.raises(NotFound):
            await repository.document.held(session, for_committee, paper.id)
        with pytest.raises(NotFound):
            await repository.files.stored_file(session, for_committee, paper.id, file.id)

        lines, _next = await repository.books.book_page(session, for_inspection, BookFilter(INCOMING))
        assert [line.id for line in lines] == [paper.id]
        assert [item.action for item in await pages.home.work_items(session, for_inspection)] == ["Xử lý"]
        assert await operations.acts.acts_on(session, for_inspection, held) == [
            rules.ANSWER,
            rules.COMPLETE,
            rules.STRIKE,
        ]
        assert await repository.files.stored_file(session, for_inspection, paper.id, file.id)
    with pytest.raises(NotFound):
        await do(operations.incoming.complete, for_committee, paper.id)
    assert (await do(operations.incoming.complete, for_inspection, paper.id)).state == rules.DONE


async def test_who_has_no_post_in_a_body_handles_its_paper_in_the_post_they_have(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, secretary: Actor, specialist: Actor, propose: Propose
) -> None:
    paper = await do(operations.incoming.register_incoming, clerk, entry("party", type_code="party/cong-van"), PDF)
    await propose(paper, specialist)
    await do(operations.incoming.direct, secretary, paper.id, Direction(specialist.staff_id))
    async with database.tenant(clerk.organ.id) as session:
        # Administrating the accounts of all bodies is no post in which papers are handled.
        await appoint(session, specialist.staff_id, "quan-tri", MONDAY)
        with_accounts = await staff_member(session, specialist.organ, specialist.staff_id)
        for actor in (specialist, with_accounts.acting_in(specialist.acting.id)):
            assert [item.action for item in await pages.home.work_items(session, actor)] == ["Xử lý"]
            held = await repository.document.held(session, actor, paper.id)
            assert await operations.acts.acts_on(session, actor, held) == [rules.ANSWER, rules.COMPLETE]
    assert (await do(operations.incoming.complete, specialist, paper.id)).state == rules.DONE


async def test_another_commune_finds_nothing(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, giang_son_tay: Any, actor_with: Any
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry(), PDF)
    stranger = await actor_with(giang_son_tay, "clerk", "Văn thư")
    forged = replace(clerk, organ=giang_son_tay)  # even with the bodies and rights of the right clerk
    for actor in (stranger, forged):
        async with database.tenant(giang_son_tay.id) as session:
            with pytest.raises(NotFound):
                await repository.document.held(session, actor, incoming.id)
            assert await repository.books.search(session, actor, "ngan sach", 10) == []
            with pytest.raises(NotFound):
                await operations.issuing.give_number(session, actor, incoming.id)


# --- Books, search, work, figures -----------------------------------------------------------------------------------


async def test_search_finds_without_diacritics_by_words_symbol_and_author(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor
) -> None:
    found_id = (await do(operations.incoming.register_incoming, clerk, entry())).id
    await do(
        operations.incoming.register_incoming, clerk, entry(author_symbol="9/BC", abstract="Báo cáo 100% kế hoạch_năm")
    )

    async def hits(words: str) -> list[UUID]:
        async with database.tenant(clerk.organ.id) as session:
            return [document.id for document in await repository.books.search(session, clerk, words, 10)]

    for words in ("ngan sach", "NGÂN SÁCH", "quyết toán quý", "125/ubnd-tc", "ubnd huyen"):
        assert found_id in await hits(words), words
    for words in ("ngan sach nam", "10%0", "sach_", "\\"):
        assert found_id not in await hits(words), words
    assert len(await hits("100%")) == 1


async def test_search_uses_its_index_under_row_security(
    database: Database, owner_dsn: str, bodies: dict[str, UUID], clerk: Actor
) -> None:
    usual = {"direction": OUTGOING, "body_id": bodies["committee"], "type_code": "state/bao-cao", "state": rules.DRAFT}
    many = [
        {**usual, "abstract": f"Báo cáo số {number}", "entered_by": clerk.staff_id, "listed_at": clock.now()}
        for number in range(3000)
    ]
    async with database.tenant(clerk.organ.id) as session:
        await repository.series.add_rows(session, Document, many)
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("vacuum analyze app.document")
    async with database.tenant(clerk.organ.id) as session:
        query = select(Document.id).where(contains(Document.search_norm, "ngan sach"))
        compiled = query.compile(dialect=database.engine.dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(await session.scalars(text(f"explain {compiled}")))
    assert "document_search_norm_idx" in plan
    assert "~~~*" in plan.split("Index Cond:")[1]


async def test_a_book_is_read_in_pages_by_body_state_and_period(
    database: Database, do: Do, entry: MakeEntry, bodies: dict[str, UUID], clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository.books, "PAGE_SIZE", 3)
    for number in range(8):
        body = "party" if number % 4 == 3 else "committee"
        with clock.fixed_at(clock.instant(MONDAY, 9, number)):
            await do(operations.incoming.register_incoming, clerk, entry(body, author_symbol=f"{number}/CV"))
    with clock.fixed_at(clock.instant(date(2027, 1, 4), 9)):
        await do(
            operations.incoming.register_incoming, clerk, entry(author_symbol="1/CV-2027", doc_date=date(2027, 1, 3))
        )

    async def read(**wanted: Any) -> list[str]:
        numbers, before = [], ""
        async with database.tenant(clerk.organ.id) as session:
            while True:
                page, before = await repository.books.book_page(
                    session, clerk, BookFilter(INCOMING, before=before, **wanted)
                )
                numbers += [line.number_text for line in page]
                if not before:
                    return numbers

    assert await read() == ["1", "8", "7", "6", "5", "4", "3", "2", "1"]
    assert await read(period="2026", body_id=bodies["party"]) == ["8", "4"]
    assert await read(period="2027") == ["1"]
    assert await read(state=rules.DONE) == []
    assert await read(words="3/cv") == ["4"]
    async with database.tenant(clerk.organ.id) as session:
        assert await repository.series.periods(session, INCOMING) == ["2027", "2026"]


async def test_everybody_finds_their_next_step(
    database: Database,
    do: Do,
    entry: MakeEntry,
    draft: MakeDraft,
    clerk: Actor,
    leader: Actor,
    specialist: Actor,
    office_head: Actor,
    propose: Propose,
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry(due_on=date(2026, 11, 27)))

    async def work(actor: Actor) -> list[tuple[str, str]]:
        async with database.tenant(actor.organ.id) as session:
            return [(item.group, item.action) for item in await pages.home.work_items(session, actor)]

    assert await work(office_head) == [("due", "Đề xuất xử lý")]
    assert await work(clerk) == [("due", "Theo dõi")]
    assert await work(leader) == []
    await propose(incoming, specialist)
    assert await work(leader) == [("due", "Cho ý kiến chỉ đạo")]
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, due_on=incoming.due_on))
    assert await work(specialist) == [("due", "Xử lý")]
    answer = await do(
        operations.drafts.answer_with_draft, specialist, incoming.id, draft(type_code="state/cong-van"), PDF
    )
    assert ("waiting", "Trình") in await work(specialist)
    await do(operations.drafts.submit, specialist, answer.id)
    assert await work(office_head) == [("waiting", "Kiểm tra nội dung")]
    assert await work(leader) == []
    await do(operations.drafts.check_content, office_head, answer.id)
    assert await work(clerk) == [("waiting", "Kiểm tra thể thức")]
    await do(operations.drafts.check_form, clerk, answer.id)
    assert await work(leader) == [("waiting", "Ký duyệt")]
    await do(operations.drafts.sign, leader, answer.id)
    assert await work(clerk) == [("waiting", "Cấp số")]
    await do(operations.issuing.give_number, clerk, answer.id)
    assert await work(clerk) == [("waiting", "Phát hành")]
    await do(operations.issuing.issue, clerk, answer.id)
    for actor in (clerk, leader, specialist):
        assert await work(actor) == []


async def test_figures_count_by_body_and_month_and_tell_nothing_else(
    database: Database,
    do: Do,
    entry: MakeEntry,
    draft: MakeDraft,
    clerk: Actor,
    leader: Actor,
    secretary: Actor,
    check: Check,
) -> None:
    # 31 October, 18:00 in UTC is already November on the legal clock.
    with clock.fixed_at(clock.instant(date(2026, 11, 1), 1)):
        await do(operations.incoming.register_incoming, clerk, entry(author_symbol="1/A", doc_date=None))
    await do(operations.incoming.register_incoming, clerk, entry("party"))
    await issued(do, check, clerk, secretary, clerk, draft("party", "party/nghi-quyet"))
    await do(operations.drafts.create_draft, clerk, draft(), PDF)
    async with database.tenant(clerk.organ.id) as session:
        incoming, out = await figures.incoming(session), await figures.issued(session)
    november = date(2026, 11, 1)
    assert [(row.month, row.dimension, row.value) for row in incoming] == [
        (november, "committee", 1),
        (november, "party", 1),
    ]
    assert [(row.month, row.dimension, row.value) for row in out] == [(november, "party", 1)]


async def test_few_statements(
    database: Database, do: Do, entry: MakeEntry, draft: MakeDraft, clerk: Actor, leader: Actor, check: Check
) -> None:
    with statements(database) as sent:
        await do(operations.incoming.register_incoming, clerk, entry(proposed_lead_id=leader.staff_id), PDF)
    assert len(sent) <= 8, sent
    document = await do(operations.drafts.create_draft, clerk, draft(), PDF)
    await do(operations.drafts.submit, clerk, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    with statements(database) as sent:
        await do(operations.issuing.give_number, clerk, document.id)
    assert len(sent) <= 8, sent
    async with database.tenant(clerk.organ.id) as session:
        with statements(database) as sent:
            await repository.books.book_page(session, clerk, BookFilter(OUTGOING))
            await repository.books.count_views(session, clerk, OUTGOING, None)
            await repository.series.periods(session, OUTGOING)
        assert len(sent) <= 3, sent
        with statements(database) as sent:
            await pages.home.work_items(session, clerk)
        assert len(sent) == 1, sent
