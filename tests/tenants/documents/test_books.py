"""What stands in the books: struck and corrected entries, hand-over, annexes, printed sheets; and the series behind."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.access.models import Staff
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.tenants.documents import api, operations, pages, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import (
    Attachment,
    BookFilter,
    ClosedBook,
    Correction,
    Direction,
    Dispatch,
    PrintedBook,
    SignedPaper,
)

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry, Propose

MONDAY = date(2026, 11, 23)
ANNEX = Attachment("phu-luc.pdf", PDF.content + b"\n% phu luc")
SCAN = Attachment("ban-ky.pdf", PDF.content + b"\n% da ky")


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


@pytest.fixture
async def administrator(lam_son: Any, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


async def signed(do: Do, check: Check, drafter: Actor, leader: Actor, wanted: Any) -> UUID:
    document = await do(operations.drafts.create_draft, drafter, wanted, PDF)
    await do(operations.drafts.submit, drafter, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    found: UUID = document.id
    return found


# --- Steps ----------------------------------------------------------------------------------------------------------


async def test_nobody_checks_their_own_content_while_somebody_else_can(
    database: Database, do: Do, draft: MakeDraft, office_head: Actor, leader: Actor, clerk: Actor
) -> None:
    document = await do(operations.drafts.create_draft, office_head, draft(), PDF)
    await do(operations.drafts.submit, office_head, document.id)
    with pytest.raises(Forbidden, match="không tự kiểm tra"):
        await do(operations.drafts.check_content, office_head, document.id)
    with pytest.raises(Forbidden):
        await do(operations.drafts.check_content, clerk, document.id)
    await do(operations.drafts.check_content, leader, document.id)
    await do(operations.drafts.check_form, office_head, document.id)
    async with database.tenant(clerk.organ.id) as session:
        given = await repository.drafts.sign_offs(session, document.id)
    assert [(found.kind, found.name, found.alone) for found in given] == [
        ("content", leader.name, False),
        ("form", office_head.name, False),
    ]


async def test_the_only_one_with_the_right_checks_their_own_draft_and_it_is_recorded(
    database: Database, do: Do, draft: MakeDraft, inspection: Actor
) -> None:
    wanted = draft("inspection", "party/thong-bao", signer_id=inspection.staff_id)
    document = await do(operations.drafts.create_draft, inspection, wanted, PDF)
    await do(operations.drafts.submit, inspection, document.id)
    await do(operations.drafts.check_content, inspection, document.id)
    async with database.tenant(inspection.organ.id) as session:
        (given,) = await repository.drafts.sign_offs(session, document.id)
    assert given.alone


async def test_what_is_returned_or_withdrawn_is_checked_again(
    database: Database, do: Do, check: Check, draft: MakeDraft, specialist: Actor, office_head: Actor, leader: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    for turn in ("withdraw", "return"):
        await do(operations.drafts.submit, specialist, document.id)
        await check(document.id)
        if turn == "withdraw":
            await do(operations.drafts.withdraw, specialist, document.id)
        else:
            await do(operations.drafts.return_for_rework, leader, document.id, "Thiếu căn cứ")
        async with database.tenant(leader.organ.id) as session:
            assert await repository.drafts.sign_offs(session, document.id) == []
    await do(operations.drafts.submit, specialist, document.id)
    with pytest.raises(InvalidInput):
        await do(operations.drafts.return_for_rework, office_head, document.id, "")
    with pytest.raises(Conflict):
        await do(operations.drafts.sign, leader, document.id)


async def test_a_draft_that_is_given_up_stays_readable_with_its_reason(
    database: Database, do: Do, check: Check, draft: MakeDraft, specialist: Actor, leader: Actor, clerk: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    with pytest.raises(InvalidInput):
        await do(operations.drafts.discard, specialist, document.id, "")
    with pytest.raises(Forbidden):
        await do(operations.drafts.discard, clerk, document.id, "Không cần nữa")
    await do(operations.drafts.submit, specialist, document.id)
    with pytest.raises(Conflict):  # on its way it is taken back first
        await do(operations.drafts.discard, specialist, document.id, "Không cần nữa")
    await check(document.id)
    await do(operations.drafts.return_for_rework, leader, document.id, "Không phù hợp")
    given_up = await do(operations.drafts.discard, specialist, document.id, "Không cần nữa")
    assert (given_up.state, given_up.discarded_at, given_up.number) == (rules.DISCARDED, clock.now(), None)
    with pytest.raises(Conflict):
        await do(operations.drafts.submit, specialist, document.id)
    async with database.tenant(clerk.organ.id) as session:
        assert (await timeline(session, document.id))[-1].detail == {"reason": "Không cần nữa"}
        listed, _next = await repository.books.book_page(session, clerk, BookFilter(OUTGOING, state=rules.DISCARDED))
        assert [line.id for line in listed] == [document.id]


async def test_what_a_discarded_draft_was_to_answer_is_handled_again(
    database: Database, do: Do, propose: Propose, entry: MakeEntry, draft: MakeDraft, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
    first, second = [
        await do(operations.drafts.answer_with_draft, specialist, incoming.id, draft(type_code="state/cong-van"))
        for _turn in range(2)
    ]

    async def state() -> str:
        async with database.tenant(clerk.organ.id) as session:
            return (await session.find(Document, incoming.id)).state

    await do(operations.drafts.discard, specialist, first.id, "Soạn lại")
    assert await state() == rules.ANSWERED  # the other answer is under way
    await do(operations.drafts.discard, specialist, second.id, "Không cần trả lời")
    assert await state() == rules.DIRECTED


async def test_only_who_holds_a_signing_post_of_the_body_that_day_is_named_as_signer(
    database: Database, do: Do, draft: MakeDraft, lam_son: Any, specialist: Actor, leader: Actor, secretary: Actor,
    bodies: dict[str, UUID],
) -> None:  # fmt: skip
    async def signers(body: str, on: date = MONDAY) -> set[UUID]:
        async with database.tenant(lam_son.id) as session:
            return {row.staff_id for row in await repository.drafts.signers(session, on, bodies[body])}

    assert leader.staff_id in await signers("committee")
    assert secretary.staff_id in await signers("party")
    assert secretary.staff_id not in await signers("committee")
    kept = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    async with database.tenant(lam_son.id) as session:
        (await session.find(Staff, leader.staff_id)).suspended_on = MONDAY
    assert leader.staff_id not in await signers("committee")
    assert leader.staff_id in await signers("committee", date(2026, 11, 22))
    with pytest.raises(InvalidInput) as refused:
        await do(operations.drafts.create_draft, specialist, draft(), PDF)
    assert [fault.field for fault in refused.value.fields] == ["signer"]
    with pytest.raises(InvalidInput) as refused:  # who was named before does not get it any more
        await do(operations.drafts.submit, specialist, kept.id)
    assert [fault.field for fault in refused.value.fields] == ["signer"]
    async with database.tenant(lam_son.id) as session:
        with pytest.raises(NotFound):  # and signs nothing that waits
            await staff_member(session, lam_son, leader.staff_id)


async def test_the_rule_of_a_body_says_whether_somebody_proposes_first(
    do: Do, entry: MakeEntry, bodies: dict[str, UUID], administrator: Actor, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    first = await do(operations.incoming.register_incoming, clerk, entry())
    with pytest.raises(Conflict):
        await do(operations.incoming.direct, leader, first.id, Direction(specialist.staff_id))
    await do(api.require_proposal, administrator, bodies["committee"], required=False)
    second = await do(operations.incoming.register_incoming, clerk, entry(author_symbol="2/CV"))
    assert (
        await do(operations.incoming.direct, leader, second.id, Direction(specialist.staff_id))
    ).state == rules.DIRECTED
    with pytest.raises(Forbidden):
        await do(api.require_proposal, clerk, bodies["committee"], required=False)


async def test_only_named_types_go_on_without_the_leader(
    do: Do, entry: MakeEntry, bodies: dict[str, UUID], administrator: Actor, clerk: Actor, office_head: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    letter = await do(operations.incoming.register_incoming, clerk, entry())
    invitation = await do(
        operations.incoming.register_incoming, clerk, entry(type_code="state/giay-moi", author_symbol="3/GM")
    )
    await do(api.route_directly, administrator, bodies["committee"], ["state/giay-moi"])
    with pytest.raises(Forbidden):
        await do(operations.incoming.route, office_head, letter.id, Direction(specialist.staff_id))
    routed = await do(operations.incoming.route, office_head, invitation.id, Direction(specialist.staff_id))
    assert routed.state == rules.DIRECTED


# --- Entries --------------------------------------------------------------------------------------------------------


async def test_a_struck_entry_keeps_its_number_which_is_never_given_again(
    database: Database, do: Do, check: Check, entry: MakeEntry, draft: MakeDraft, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    with pytest.raises(InvalidInput):
        await do(operations.books.strike, clerk, incoming.id, "")
    with pytest.raises(Forbidden):
        await do(operations.books.strike, leader, incoming.id, "Nhầm")
    struck = await do(operations.books.strike, clerk, incoming.id, "Vào sổ hai lần")
    assert (struck.state, struck.number, struck.struck_reason) == (rules.STRUCK, 1, "Vào sổ hai lần")
    again = await do(operations.incoming.register_incoming, clerk, entry())  # a struck entry is no earlier entry
    assert again.number == 2
    with pytest.raises(Conflict):
        await do(operations.books.strike, clerk, incoming.id, "Lần nữa")

    first, second = [await signed(do, check, specialist, leader, draft()) for _turn in range(2)]
    await do(operations.issuing.give_number, clerk, first)
    await do(operations.books.strike, clerk, first, "Nhầm loại văn bản")
    assert (await do(operations.issuing.give_number, clerk, second)).number_text == "02/QĐ-UBND"
    with pytest.raises(Conflict):
        await do(operations.issuing.issue, clerk, first)
    await do(operations.issuing.issue, clerk, second)
    struck = await do(operations.books.strike, clerk, second, "Vào sổ nhầm cơ quan")
    assert (struck.state, struck.number_text) == (rules.STRUCK, "02/QĐ-UBND")


async def test_what_a_struck_answer_had_settled_is_handled_again(
    database: Database, do: Do, check: Check, propose: Propose, entry: MakeEntry, draft: MakeDraft, clerk: Actor,
    leader: Actor, specialist: Actor,
) -> None:  # fmt: skip
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
    answer = await do(operations.drafts.answer_with_draft, specialist, incoming.id, draft(), PDF)
    await do(operations.drafts.submit, specialist, answer.id)
    await check(answer.id)
    await do(operations.drafts.sign, leader, answer.id)
    await do(operations.issuing.give_number, clerk, answer.id)
    await do(operations.issuing.issue, clerk, answer.id)
    await do(operations.books.strike, clerk, answer.id, "Cấp số nhầm loại")
    async with database.tenant(clerk.organ.id) as session:
        again = await session.find(Document, incoming.id)
        assert (again.state, again.finished_at) == (rules.DIRECTED, None)
    await do(operations.incoming.complete, specialist, incoming.id)
    assert (await do(operations.books.strike, clerk, incoming.id, "Vào sổ hai lần")).state == rules.STRUCK


async def test_a_signed_paper_goes_back_without_burning_a_number(
    database: Database, do: Do, check: Check, draft: MakeDraft, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    document_id = await signed(do, check, specialist, leader, draft())
    await do(operations.files.attach, clerk, document_id, SCAN, rules.SIGNED_ORIGINAL)
    with pytest.raises(Forbidden):
        await do(operations.drafts.return_for_rework, specialist, document_id, "Sai ngày")
    with pytest.raises(InvalidInput):
        await do(operations.drafts.return_for_rework, clerk, document_id, "")
    back = await do(operations.drafts.return_for_rework, clerk, document_id, "Sai ngày")
    assert (back.state, back.signed_at, back.signer_title, back.number) == (rules.RETURNED, None, "", None)
    async with database.tenant(clerk.organ.id) as session:
        files = await repository.files.files(session, document_id)
        assert [file.role for file in files] == [rules.MAIN, rules.EARLIER]  # the draft is the text again
        assert await repository.drafts.sign_offs(session, document_id) == []
    await do(operations.drafts.submit, specialist, document_id)
    await check(document_id)
    await do(operations.drafts.sign, leader, document_id)
    assert (await do(operations.drafts.return_for_rework, leader, document_id, "Ký nhầm")).state == rules.RETURNED
    await do(operations.drafts.submit, specialist, document_id)
    await check(document_id)
    await do(operations.drafts.sign, leader, document_id)
    assert (await do(operations.issuing.give_number, clerk, document_id)).number_text == "01/QĐ-UBND"
    with pytest.raises(Conflict):
        await do(operations.drafts.return_for_rework, leader, document_id, "Sai")


async def test_the_signed_original_is_what_is_issued_and_the_draft_stays_beside_it(
    database: Database, do: Do, check: Check, draft: MakeDraft, sign_in: Any, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    document_id = await signed(do, check, specialist, leader, draft())
    with pytest.raises(Forbidden):
        await do(operations.files.attach, specialist, document_id, SCAN, rules.SIGNED_ORIGINAL)
    with pytest.raises(Forbidden):
        await do(operations.files.attach, clerk, document_id, SCAN, rules.MAIN)
    with pytest.raises(InvalidInput) as refused:
        await do(operations.files.attach, clerk, document_id, Attachment("ky.txt", b"khong phai ban quet"), "signed")
    assert refused.value.fields[0].field == "file"
    await do(operations.issuing.give_number, clerk, document_id)
    at_clerk = await sign_in(clerk)
    assert "Thêm bản đã ký, đóng dấu" in (await at_clerk.get(f"/van-ban/{document_id}")).text
    await do(operations.files.attach, clerk, document_id, SCAN, rules.SIGNED_ORIGINAL)
    await do(operations.issuing.issue, clerk, document_id)
    await do(operations.files.attach, clerk, document_id, PDF, rules.SIGNED_ORIGINAL)  # scanned anew
    async with database.tenant(clerk.organ.id) as session:
        files = await repository.files.files(session, document_id)
    assert [file.role for file in files] == [rules.SIGNED_ORIGINAL, rules.MAIN, rules.EARLIER]
    shown = (await at_clerk.get(f"/van-ban/{document_id}")).text
    assert "Bản trước: dự thảo trình ký" in shown
    pane = shown.partition('class="paper-pane"')[2].partition("</section>")[0]
    assert f"/tep/{files[0].id}" in pane
    await do(operations.books.strike, clerk, document_id, "Nhầm")
    with pytest.raises(Forbidden):
        await do(operations.files.attach, clerk, document_id, SCAN, rules.SIGNED_ORIGINAL)


async def test_a_deputy_is_told_that_another_was_named_and_asked(
    do: Do, check: Check, draft: MakeDraft, sign_in: Any, lam_son: Any, actor_with: Any, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    deputy: Actor = await actor_with(lam_son, "leader", "Phó Chủ tịch UBND")
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    await do(operations.drafts.submit, specialist, document.id)
    await check(document.id)
    place = f"/van-ban/{document.id}"
    assert f"{place}/ky-thay" not in (await (await sign_in(leader)).get(place)).text
    at_deputy = await sign_in(deputy)
    shown = (await at_deputy.get(place)).text
    assert f"Văn bản này trình đồng chí {leader.name} ký." in shown
    assert f"{place}/ky-duyet" not in shown
    asked = (await at_deputy.get(f"{place}/ky-thay")).text
    assert f"Ký thay đồng chí {leader.name}" in asked
    assert f"{place}/ky-duyet" in asked


async def test_the_next_entry_begins_with_the_body_of_the_last(sign_in: Any, clerk: Actor) -> None:
    shown = (await (await sign_in(clerk)).get("/van-ban/den/moi?co-quan=committee")).text
    assert re.search(r'<option value="committee" selected', shown)
    assert shown.index('name="abstract"') < shown.index('name="secrecy"')


async def test_files_of_what_is_done_change_only_with_a_reason(
    database: Database, do: Do, propose: Propose, entry: MakeEntry, sign_in: Any, clerk: Actor, leader: Actor,
    specialist: Actor,
) -> None:  # fmt: skip
    incoming = await do(operations.incoming.register_incoming, clerk, entry(), PDF)
    annex = await do(operations.files.attach, clerk, incoming.id, ANNEX)
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
    await do(operations.incoming.complete, specialist, incoming.id)
    for operation, wanted in ((operations.files.detach, annex.id), (operations.files.attach, ANNEX)):
        with pytest.raises(InvalidInput) as refused:
            await do(operation, clerk, incoming.id, wanted)
        assert refused.value.fields[0].field == "file_reason"
    at_clerk = await sign_in(clerk)
    assert "Bỏ phụ lục này" in (await at_clerk.get(f"/van-ban/{incoming.id}")).text
    await do(operations.files.detach, clerk, incoming.id, annex.id, "Quét nhầm trang")
    async with database.tenant(clerk.organ.id) as session:
        last = (await timeline(session, incoming.id))[-1]
    assert last.detail == {"name": "phu-luc.pdf", "reason": "Quét nhầm trang"}


async def test_a_correction_leaves_what_stood_there_in_the_trail(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, leader: Actor
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    right = Correction("UBND tỉnh", "125/UBND-TC", date(2026, 11, 20), "state/cong-van", incoming.abstract)
    with pytest.raises(Forbidden):
        await do(operations.incoming.correct, leader, incoming.id, right)
    mended = await do(operations.incoming.correct, clerk, incoming.id, right)
    assert (mended.author_organ, mended.number) == ("UBND tỉnh", 1)
    async with database.tenant(clerk.organ.id) as session:
        last = (await timeline(session, incoming.id))[-1]
    assert last.detail == {"field": "author_organ", "before": "UBND huyện", "after": "UBND tỉnh", "reason": ""}


async def test_a_paper_is_handed_over_and_signed_for(
    do: Do, propose: Propose, entry: MakeEntry, clerk: Actor, leader: Actor, specialist: Actor, counter: Actor
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(incoming, specialist)
    await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id, (counter.staff_id,)))
    receivers = {specialist.staff_id: "", None: "Trạm Y tế"}
    to_specialist, to_station = await do(operations.books.hand_over, clerk, incoming.id, receivers)
    with pytest.raises(Forbidden):
        await do(operations.books.acknowledge, counter, incoming.id, to_specialist.id)
    signed_for = await do(operations.books.acknowledge, specialist, incoming.id, to_specialist.id)
    assert (signed_for.received_by, signed_for.received_at) == (specialist.name, clock.now())
    with pytest.raises(Conflict):
        await do(operations.books.acknowledge, specialist, incoming.id, to_specialist.id)
    assert (await do(operations.books.acknowledge, clerk, incoming.id, to_station.id)).received_by == "Trạm Y tế"
    with pytest.raises(InvalidInput):
        await do(operations.books.hand_over, clerk, incoming.id, {})


async def test_what_was_directed_waits_at_the_clerk_until_its_paper_is_handed_over_and_signed_for(
    database: Database, do: Do, propose: Propose, entry: MakeEntry, sign_in: Any, clerk: Actor, leader: Actor,
    specialist: Actor, office_head: Actor,
) -> None:  # fmt: skip
    async def directed(symbol: str) -> UUID:
        incoming = await do(operations.incoming.register_incoming, clerk, entry(author_symbol=symbol))
        await propose(incoming, specialist)
        await do(operations.incoming.direct, leader, incoming.id, Direction(specialist.staff_id))
        found: UUID = incoming.id
        return found

    async def work(actor: Actor) -> list[tuple[str, str]]:
        return [(item.path, item.action) for item in await do(pages.home.work_items, actor)]

    async def waiting() -> list[UUID]:
        async with database.tenant(clerk.organ.id) as session:
            lines, _next = await repository.books.book_page(session, clerk, BookFilter(INCOMING, view=rules.HAND_OVER))
            counts = await repository.books.count_views(session, clerk, INCOMING, None)
        assert counts[rules.HAND_OVER] == len(lines)
        return [line.id for line in lines]

    first, second = await directed("1/UBND"), await directed("2/UBND")
    assert await work(clerk) == []  # nobody ever handed a paper over here: the office keeps none
    assert await waiting() == [second, first]
    (given,) = await do(operations.books.hand_over, clerk, first, {specialist.staff_id: ""})
    assert await waiting() == [second]
    assert await work(clerk) == [(f"/van-ban/{second}", "Chuyển giao")]
    assert await work(office_head) == []
    assert await work(specialist) == [(f"/van-ban/{first}", "Ký nhận"), (f"/van-ban/{second}", "Xử lý")]
    shown = (await (await sign_in(specialist)).get(f"/van-ban/{first}")).text
    assert shown.count(f"/van-ban/{first}/ky-nhan/{given.id}") == 1
    await do(operations.books.acknowledge, specialist, first, given.id)
    assert await work(specialist) == [(f"/van-ban/{first}", "Xử lý"), (f"/van-ban/{second}", "Xử lý")]


async def test_annexes_come_and_go_until_the_draft_is_submitted(
    database: Database, do: Do, draft: MakeDraft, specialist: Actor, clerk: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    annex = await do(operations.files.attach, specialist, document.id, ANNEX)
    await do(operations.files.attach, specialist, document.id, PDF)
    async with database.tenant(clerk.organ.id) as session:
        assert [file.role for file in await repository.files.files(session, document.id)] == ["main", "annex", "annex"]
    with pytest.raises(Forbidden):
        await do(operations.files.detach, clerk, document.id, annex.id)
    await do(operations.files.detach, specialist, document.id, annex.id)
    await do(operations.drafts.submit, specialist, document.id)
    with pytest.raises(Forbidden):
        await do(operations.files.attach, specialist, document.id, ANNEX)
    async with database.tenant(clerk.organ.id) as session:
        files = await repository.files.files(session, document.id)
        assert [file.role for file in files] == ["main", "annex"]
        with pytest.raises(NotFound):
            await repository.files.stored_file(session, specialist, document.id, annex.id)


async def test_a_printed_book_has_its_lines_in_order_and_says_what_was_followed_elsewhere(
    database: Database, do: Do, check: Check, draft: MakeDraft, bodies: dict[str, UUID], administrator: Actor,
    clerk: Actor, secretary: Actor, leader: Actor,
) -> None:  # fmt: skip
    async def numbered() -> Document:
        document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
        await do(operations.issuing.give_number, clerk, document_id)
        issued: Document = await do(operations.issuing.issue, clerk, document_id, Dispatch(3, "Văn thư", "Gửi kèm"))
        return issued

    await numbered()
    await do(api.set_opening_number, administrator, "party/NQ", 4, "Số 02, 03 ghi ở sổ giấy")
    await numbered()
    wanted = PrintedBook(OUTGOING, "2025-2030", date(2026, 1, 1), date(2026, 12, 31), bodies["party"])
    async with database.tenant(clerk.organ.id) as session:
        lines, following = await repository.printed_books.printed_lines(session, clerk, wanted)
        assert await repository.printed_books.printed_lines(session, leader, wanted) == ([], "")
    assert following == ""
    told = [(line.document.number, rules.missing_numbers(line.number_before, line.document.number)) for line in lines]
    assert told == [(1, ""), (4, "02–03")]
    assert (lines[0].document.copies, lines[0].document.archive_receiver) == (3, "Văn thư")


@pytest.mark.parametrize("kind", ["di", "den", "theo-doi"])
@pytest.mark.parametrize("body", ["", "committee", "party"])
async def test_each_book_is_a_sheet(
    do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, specialist: Actor, kind: str, body: str
) -> None:
    incoming = await do(operations.incoming.register_incoming, clerk, entry())
    await do(operations.books.strike, clerk, incoming.id, "Vào sổ nhầm")
    at_clerk = await sign_in(clerk)
    assert (await at_clerk.get("/van-ban/so")).status_code == 200
    shown = await at_clerk.get(f"/van-ban/so/in?so={kind}&co-quan={body}&ky=2026&tu=1&den=12")
    assert shown.status_code == 200
    assert ("Mẫu của đơn vị" in shown.text) == (body == "party")
    if kind == "den" and body != "party":
        assert shown.text.count('<th scope="col">') == 10
        assert "Vào sổ nhầm" in shown.text
        assert "<s>" in shown.text
    if body == "party":
        await do(operations.incoming.register_incoming, clerk, entry("party", type_code="party/cong-van"))
        shown = await at_clerk.get(f"/van-ban/so/in?so={kind}&co-quan={body}&ky=2026&tu=1&den=12")
        assert shown.text.count('<th scope="col">') == {"di": 0, "den": 7, "theo-doi": 6}[kind]
    assert (await (await sign_in(specialist)).get("/van-ban/so")).status_code == 403


# --- Series, terms, congresses --------------------------------------------------------------------------------------


async def test_a_congress_has_one_series_and_the_new_term_begins_after_it(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, secretary: Actor, leader: Actor
) -> None:
    async def number(day: int, type_code: str = "party/nghi-quyet", **other: Any) -> str:
        with clock.fixed_at(clock.instant(date(2030, 6, day), 9)):
            document_id = await signed(do, check, clerk, secretary, draft("party", type_code, **other))
            return str((await do(operations.issuing.give_number, clerk, document_id)).number_text)

    assert await number(9) == "01-NQ/ĐU"
    with pytest.raises(Conflict):  # no congress is open
        await number(9, of_congress=True)
    with clock.fixed_at(clock.instant(date(2030, 6, 9), 10)):
        await do(api.open_congress, administrator, "Đại hội 2030", date(2030, 6, 10))
    assert await number(10, of_congress=True) == "01-NQ/ĐH"
    assert await number(11, "party/bao-cao", of_congress=True) == "02-BC/ĐH"  # one series over all types
    assert await number(11) == "02-NQ/ĐU"  # the committee goes on beside it
    with clock.fixed_at(clock.instant(date(2030, 6, 12), 16)):
        await do(api.close_term, administrator, "2030-2035", date(2030, 6, 12))
    assert await number(12, "party/thong-bao", of_congress=True) == "03-TB/ĐH"  # the closing day is of the congress
    assert await number(12) == "03-NQ/ĐU"  # and of the old term
    with pytest.raises(Conflict):
        await number(13, of_congress=True)
    assert await number(13) == "01-NQ/ĐU"


async def test_the_new_term_begins_with_a_first_meeting_during_the_congress(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, secretary: Actor
) -> None:
    async def number(day: int) -> tuple[str, str]:
        with clock.fixed_at(clock.instant(date(2030, 6, day), 9)):
            document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
            document = await do(operations.issuing.give_number, clerk, document_id)
            return document.number_text, document.period

    with clock.fixed_at(clock.instant(date(2030, 6, 9), 10)):
        await do(api.open_congress, administrator, "Đại hội 2030", date(2030, 6, 10))
    assert await number(10) == ("01-NQ/ĐU", "2025-2030")
    with clock.fixed_at(clock.instant(date(2030, 6, 11), 8)):
        await do(api.close_term, administrator, "2030-2035", date(2030, 6, 12), date(2030, 6, 11))
    assert await number(11) == ("01-NQ/ĐU", "2030-2035")
    with pytest.raises(InvalidInput):
        await do(api.close_term, administrator, "2035-2040", date(2030, 6, 1))


async def test_a_term_does_not_begin_before_numbers_that_were_given(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, secretary: Actor
) -> None:
    document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
    await do(operations.issuing.give_number, clerk, document_id)
    with pytest.raises(Conflict, match="23/11/2026"):
        await do(api.close_term, administrator, "2026-2031", date(2026, 11, 20))


async def test_no_term_is_closed_on_its_own_first_day_or_takes_a_label_again(do: Do, administrator: Actor) -> None:
    with clock.fixed_at(clock.instant(date(2030, 6, 12), 16)):
        await do(api.close_term, administrator, "2030-2035", date(2030, 6, 12))
        for label, closed_on, first_meeting_on, field in (
            ("2025-2030", date(2030, 6, 14), None, "label"),  # its numbers would go on
            ("2035-2040", date(2030, 6, 13), date(2030, 6, 13), "closed_on"),  # sent twice at the edge
            ("2035-2040", date(2030, 6, 12), None, "closed_on"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await do(api.close_term, administrator, label, closed_on, first_meeting_on)
            assert [fault.field for fault in refused.value.fields] == [field]
    lines = [line.label for line in await do(api.terms, administrator)]
    assert lines == ["2030-2035", "2025-2030"]


async def test_papers_of_a_congress_do_not_keep_a_term_of_its_name_open(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, secretary: Actor
) -> None:
    with clock.fixed_at(clock.instant(date(2030, 6, 10), 9)):
        await do(api.open_congress, administrator, "2025-2030", date(2030, 6, 10))
        wanted = draft("party", "party/nghi-quyet", of_congress=True)
        document_id = await signed(do, check, clerk, secretary, wanted)
        await do(operations.issuing.give_number, clerk, document_id)
        following = await do(api.close_term, administrator, "2030-2035", date(2030, 6, 10), date(2030, 6, 10))
    assert following.opened_on == date(2030, 6, 10)


async def test_a_mistyped_term_is_refused(do: Do, administrator: Actor) -> None:
    today = clock.today()
    for label, closed_on, field in (
        ("nhiệm kỳ mới nhé", today, "label"),
        ("2030-2030", today, "label"),
        ("2030-2035", date(2099, 11, 24), "closed_on"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await do(api.close_term, administrator, label, closed_on)
        assert [fault.field for fault in refused.value.fields] == [field]
    with pytest.raises(InvalidInput):
        await do(api.open_congress, administrator, "Đại hội", date(2026, 1, 1))
    assert len(await do(api.terms, administrator)) == 1


async def test_a_term_is_taken_back_while_no_number_of_it_was_given(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, secretary: Actor
) -> None:
    async def number(day: int) -> tuple[str, str]:
        with clock.fixed_at(clock.instant(date(2030, 6, day), 9)):
            document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
            document = await do(operations.issuing.give_number, clerk, document_id)
            return document.number_text, document.period

    with pytest.raises(Conflict, match="đầu tiên"):
        await do(api.drop_term, administrator)
    with pytest.raises(Conflict):
        await do(api.drop_congress, administrator)
    assert await number(10) == ("01-NQ/ĐU", "2025-2030")
    with clock.fixed_at(clock.instant(date(2030, 6, 11), 8)):
        await do(api.open_congress, administrator, "Đại hội 2030", date(2030, 6, 11))
        await do(api.close_term, administrator, "2030-2035", date(2030, 6, 11))
    with clock.fixed_at(clock.instant(date(2030, 6, 12), 8)):
        await do(api.set_opening_number, administrator, "party/NQ", 40, "nhầm")
        assert (await do(api.drop_term, administrator)).label == "2025-2030"
        lines = await do(api.terms, administrator)
        assert [(line.kind, line.closed_on, line.droppable) for line in lines] == [
            ("congress", None, True),
            ("term", None, False),
        ]
    assert await number(12) == ("02-NQ/ĐU", "2025-2030")
    with clock.fixed_at(clock.instant(date(2030, 6, 12), 16)):
        await do(api.close_term, administrator, "2030-2035", date(2030, 6, 12))
    assert await number(13) == ("01-NQ/ĐU", "2030-2035")
    with clock.fixed_at(clock.instant(date(2030, 6, 13), 16)), pytest.raises(Conflict, match="đã cấp số"):
        await do(api.drop_term, administrator)


async def test_a_term_whose_forerunner_is_bound_is_not_taken_back(
    do: Do,
    check: Check,
    draft: MakeDraft,
    administrator: Actor,
    clerk: Actor,
    secretary: Actor,
    bodies: dict[str, UUID],
) -> None:
    document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
    await do(operations.issuing.give_number, clerk, document_id)
    await do(api.close_term, administrator, "2026-2031", clock.today())
    with clock.fixed_at(clock.instant(clock.today() + timedelta(days=2), 9)):
        closed = ClosedBook(OUTGOING, "2025-2030", bodies["party"], "Chánh Văn phòng", 1)
        await do(operations.closing.close_book, clerk, closed)
        with pytest.raises(Conflict, match="đã khóa"):
            await do(api.drop_term, administrator)


async def test_a_mistyped_next_number_is_lowered_to_what_was_given(
    do: Do, entry: MakeEntry, administrator: Actor, clerk: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    set_number = api.set_opening_number
    with pytest.raises(InvalidInput) as refused:
        await do(set_number, administrator, "incoming", 900_000, "Sổ giấy", confirmed=False)
    assert [fault.field for fault in refused.value.fields] == ["confirmed"]
    await do(set_number, administrator, "incoming", 900_000, "Sổ giấy")
    with pytest.raises(InvalidInput) as refused:
        await do(set_number, administrator, "incoming", 1, "nhầm")  # it was given
    assert [fault.field for fault in refused.value.fields] == ["next_number"]
    assert (await do(set_number, administrator, "incoming", 2, "nhầm")).next_number == 2
    assert (await do(operations.incoming.register_incoming, clerk, entry(author_symbol="9/CV"))).number == 2


async def test_a_series_is_not_lowered_below_what_its_types_have_elsewhere(
    do: Do, check: Check, draft: MakeDraft, administrator: Actor, clerk: Actor, leader: Actor, bodies: dict[str, UUID]
) -> None:
    for _time in range(2):
        document_id = await signed(do, check, clerk, leader, draft())
        await do(operations.issuing.give_number, clerk, document_id)
    committee = bodies["committee"]
    await do(api.share_series, administrator, committee, ["state/quyet-dinh"], api.ONE_NEW, 30)
    code = (await do(api.body_books, administrator, committee)).series_of["state/quyet-dinh"]
    with pytest.raises(InvalidInput):
        await do(api.set_opening_number, administrator, code, 2, "nhầm")
    assert (await do(api.set_opening_number, administrator, code, 3, "nhầm")).next_number == 3


async def test_a_series_goes_on_upward_alone_and_with_a_reason(
    do: Do, entry: MakeEntry, administrator: Actor, clerk: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    for number, reason in ((1, "Sổ giấy"), (2, "Sổ giấy"), (9, "")):
        with pytest.raises(InvalidInput):
            await do(api.set_opening_number, administrator, "incoming", number, reason)
    with pytest.raises(NotFound):
        await do(api.set_opening_number, administrator, "khong-co", 9, "Sổ giấy")
    assert (await do(api.set_opening_number, administrator, "incoming", 9, "Sổ giấy")).next_number == 9
    assert (await do(operations.incoming.register_incoming, clerk, entry(author_symbol="9/CV"))).number == 9
    lines = {line.code: line for line in await do(api.series, administrator)}
    assert (lines["incoming"].next_number, lines["incoming"].period) == (10, "2026")
    assert len(lines["incoming"].bodies) == 3
    assert lines["party/NQ"].period == "2025-2030"
    with pytest.raises(Forbidden):
        await do(api.series, clerk)


async def test_one_common_book_or_a_book_for_each_body(
    do: Do, entry: MakeEntry, administrator: Actor, clerk: Actor
) -> None:
    async def number(body: str) -> int:
        symbol = f"{next(symbols)}/CV"
        return int((await do(operations.incoming.register_incoming, clerk, entry(body, author_symbol=symbol))).number)

    symbols = iter(range(1, 100))
    assert [await number("party"), await number("committee")] == [1, 2]
    await do(api.keep_common_book, administrator, common=False)
    assert [await number("party"), await number("committee"), await number("party")] == [1, 1, 2]
    await do(api.keep_common_book, administrator, common=True)
    assert await number("council") == 3
    assert INCOMING


# --- Which types share a series -------------------------------------------------------------------------------------

LETTER, DECISION, REPORT, NOTICE = "state/cong-van", "state/quyet-dinh", "state/bao-cao", "state/thong-bao"


async def sent_out(do: Do, clerk: Actor, leader: Actor, body_id: UUID, type_code: str) -> str:
    signed_by = (leader.staff_id, "Chủ tịch", clock.now())
    paper = SignedPaper(body_id, type_code, "Giấy", "Lưu: VT.", None, *signed_by, "Việc", "/viec-cua-toi")
    return str((await do(operations.issuing.enter_signed, clerk, paper)).number_text)


async def test_types_share_one_series_from_the_next_number_on(
    do: Do, administrator: Actor, clerk: Actor, leader: Actor, bodies: dict[str, UUID]
) -> None:
    committee = bodies["committee"]

    async def number(type_code: str) -> str:
        return await sent_out(do, clerk, leader, committee, type_code)

    assert [await number(DECISION), await number(DECISION)] == ["01/QĐ-UBND", "02/QĐ-UBND"]
    with pytest.raises(InvalidInput) as refused:  # 02/QĐ-UBND would come again
        await do(api.share_series, administrator, committee, [DECISION, REPORT], api.ONE_NEW)
    assert "cấp đến số 2;" in refused.value.fields[0].reason
    await do(api.share_series, administrator, committee, [DECISION, REPORT], api.ONE_NEW, 3)
    assert [await number(REPORT), await number(DECISION)] == ["03/BC-UBND", "04/QĐ-UBND"]
    books = await do(api.body_books, administrator, committee)
    common = books.series_of[REPORT]
    assert books.series_of[DECISION] == common != books.series_of[NOTICE]
    await do(api.share_series, administrator, committee, [NOTICE], common)  # no notice was numbered yet
    assert await number(NOTICE) == "05/TB-UBND"
    with pytest.raises(InvalidInput) as refused:
        await do(api.share_series, administrator, committee, [NOTICE], api.EACH_OWN)
    assert "cấp đến số 5;" in refused.value.fields[0].reason
    with clock.fixed_at(clock.instant(date(2027, 1, 4), 8)):
        await do(api.share_series, administrator, committee, [NOTICE, REPORT], api.EACH_OWN)
        assert [await number(NOTICE), await number(REPORT), await number(NOTICE)] == [
            "01/TB-UBND",
            "01/BC-UBND",
            "02/TB-UBND",
        ]


async def test_numbers_that_were_given_on_paper_do_not_come_again(
    do: Do, administrator: Actor, clerk: Actor, leader: Actor, bodies: dict[str, UUID]
) -> None:
    committee = bodies["committee"]
    code = (await do(api.body_books, administrator, committee)).series_of[DECISION]
    await do(api.set_opening_number, administrator, code, 313, "Sổ giấy")
    with pytest.raises(InvalidInput) as refused:
        await do(api.share_series, administrator, committee, [DECISION, REPORT], api.ONE_NEW)
    assert "cấp đến số 312;" in refused.value.fields[0].reason
    await do(api.share_series, administrator, committee, [DECISION, REPORT], api.ONE_NEW, 313)
    assert await sent_out(do, clerk, leader, committee, DECISION) == "313/QĐ-UBND"


async def test_series_of_another_body_and_types_that_it_has_not_are_refused(
    do: Do, administrator: Actor, clerk: Actor, bodies: dict[str, UUID]
) -> None:
    committee = bodies["committee"]
    for types, target, field in (
        ([], api.ONE_NEW, "types"),
        (["party/nghi-quyet"], api.ONE_NEW, "types"),
        ([DECISION], "party/NQ", "target"),
        ([DECISION], "incoming", "target"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await do(api.share_series, administrator, committee, types, target)
        assert [error.field for error in refused.value.fields] == [field]
    with pytest.raises(Forbidden):
        await do(api.share_series, clerk, committee, [DECISION], api.ONE_NEW)
