"""Books, forms and the page of a document as people use them: over HTTP, with forms."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, pages
from lienxa.tenants.documents.schemas import Direction, SignedPaper

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry, Propose, statements

MONDAY = date(2026, 11, 23)
TAG = re.compile(r"<[^>]+>")
FILE_PATH = re.compile(r'href="(/van-ban/[0-9a-f-]{36}/tep/[0-9a-f-]{36})"')
REGISTERED = {
    "secrecy": "open",
    "body": "committee",
    "author_organ": "UBND huyện",
    "author_symbol": "Số: 125/UBND-TC",
    "doc_date": "20/11/2026",
    "type": "state/cong-van",
    "abstract": "V/v quyết toán Ngân sách quý III",
    "urgency": "urgent",
    "due_on": "+5",
}


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


def said(page: httpx.Response) -> str:
    """The words of a page."""
    return " ".join(TAG.sub(" ", page.text.split("<main")[1]).split())


def primary(page: httpx.Response) -> list[str]:
    """The words on the primary actions of a page."""
    found = re.findall(r'<(?:button|a) class="button primary"[^>]*>(.*?)</(?:button|a)>', page.text, re.DOTALL)
    return [" ".join(TAG.sub(" ", inside).split()) for inside in found]


def hidden_fields(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to `action`."""
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', page.text, re.DOTALL)
    assert form is not None
    return dict(re.findall(r'<input type="hidden" name="([a-z]\w*)" value="([^"]*)"', form[0]))


async def send_file(client: Any, path: str, form: dict[str, Any]) -> httpx.Response:
    """Send a form together with a PDF."""
    fields = {"_csrf": client.csrf, "_once": str(ids.new_id()), **form}
    answer: httpx.Response = await client.http.post(
        path, data=fields, files={"file": (PDF.name, PDF.content, "application/pdf")}
    )
    return answer


async def test_the_story_of_a_paper(
    sign_in: Any, clerk: Actor, office_head: Actor, leader: Actor, specialist: Actor
) -> None:
    at_clerk, at_head, at_leader, at_handler = [
        await sign_in(actor) for actor in (clerk, office_head, leader, specialist)
    ]

    # The clerk registers it with a proposal.
    form = await at_clerk.get("/van-ban/den/moi")
    assert form.status_code == 200
    registered = {**REGISTERED, "lead": str(specialist.staff_id), "proposal": "Giao Tư pháp tham mưu"}
    sent = await send_file(at_clerk, "/van-ban/den/moi", registered)
    assert sent.status_code == 303, said(sent)
    paper = sent.headers["location"]
    shown = await at_clerk.get(paper)
    assert "Đã vào sổ, số đến 1. Vào sổ văn bản tiếp theo" in said(shown)
    assert "125/UBND-TC" in said(shown)
    assert "01/12/2026" in said(shown)  # five working days on: 24 November is Vietnam Culture Day

    # The office head confirms the proposal with one tap, the leader agrees with one tap.
    for client, button in (
        (at_head, f"Trình lãnh đạo, giao {specialist.name}"),
        (at_leader, f"Đồng ý, giao {specialist.name}"),
    ):
        assert paper in (await client.get("/viec-cua-toi")).text
        shown = await client.get(paper)
        assert primary(shown) == [button]
        path = f"{paper}/de-xuat" if client is at_head else f"{paper}/chi-dao"
        sent = await client.send(path, hidden_fields(shown, path))
        assert sent.status_code == 303, said(sent)
        if client is at_head:  # it may be mended until the leader has directed, and says for whom it waits
            shown = await client.get(paper)
            assert primary(shown) == []
            assert "Sửa đề xuất" in said(shown)
            assert f"đang chờ ý kiến chỉ đạo của {leader.name}" in said(shown)

    # The handler reads the paper and answers with a draft.
    shown = await at_handler.get(paper)
    assert primary(shown) == ["Soạn văn bản trả lời"]
    (file_path,) = set(FILE_PATH.findall(shown.text))
    read = await at_handler.get(file_path)
    assert (read.content, read.headers["content-type"]) == (PDF.content, "application/pdf")
    assert read.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert read.headers["content-disposition"].startswith("inline;")
    assert read.headers["x-content-type-options"] == "nosniff"
    form = await at_handler.get(f"{paper}/tra-loi")
    assert "Trả lời 125/UBND-TC" in form.text
    answer = {
        "secrecy": "open",
        "body": "committee",
        "type": "state/quyet-dinh",
        "abstract": "Phân bổ kinh phí",
        "recipients": "UBND huyện;\r\nLưu: VT.",
        "signer": str(leader.staff_id),
        "urgency": "normal",
        "then": "submit",
    }
    sent = await send_file(at_handler, f"{paper}/tra-loi", answer)
    assert sent.status_code == 303, said(sent)
    outgoing = sent.headers["location"]

    # The office head checks, the leader signs, the clerk gives the number and issues.
    for client, button, path, notice in (
        (at_head, "Nội dung và thể thức đạt", "kiem-tra-noi-dung", "Đã ghi nhận nội dung đạt."),
        (at_clerk, "Thể thức đạt, trình ký", "kiem-tra-the-thuc", "Đã ghi nhận thể thức đạt"),
        (at_leader, "Ký duyệt", "ky-duyet", "Đã ký."),
        (at_clerk, "Cấp số", "cap-so", "Đã cấp số 01/QĐ-UBND."),
        (at_clerk, "Phát hành", "phat-hanh", "Đã phát hành 01/QĐ-UBND."),
    ):
        assert primary(await client.get(outgoing)) == [button]
        assert (await client.send(f"{outgoing}/{path}")).status_code == 303
        assert notice in said(await client.get(outgoing))
    assert "Đã xử lý xong" in said(await at_clerk.get(paper))
    assert primary(await at_clerk.get(paper)) == []

    # Both books have it, and it is found without diacritics.
    for path, words in (("/van-ban/den?q=ngan+sach", "Ngân sách"), ("/van-ban/di?q=01%2Fqd", "01/QĐ-UBND")):
        assert words in said(await at_clerk.get(path))
    assert paper in (await at_clerk.get("/tim?q=ngan+sach")).text


@pytest.mark.parametrize("path", ["/van-ban/den/moi", "/van-ban/di/moi"])
async def test_a_secret_paper_closes_the_form_and_is_not_repeated(
    database: Database, sign_in: Any, clerk: Actor, path: str
) -> None:
    client = await sign_in(clerk)
    answer = await send_file(client, path, {**REGISTERED, "secrecy": "secret", "abstract": "Nội dung không được lưu"})
    assert answer.status_code == 422
    assert "TỐI MẬT" in said(answer)
    assert "sổ đăng ký văn bản mật bằng giấy" in said(answer)
    assert "Nội dung không được lưu" not in answer.text
    assert "Sổ chưa có văn bản nào" in said(await client.get("/van-ban/den"))


async def test_a_faulty_form_keeps_what_was_typed_and_names_the_fields(sign_in: Any, clerk: Actor) -> None:
    client = await sign_in(clerk)
    answer = await client.send("/van-ban/den/moi", {**REGISTERED, "author_organ": "", "doc_date": "31/02/2026"})
    assert answer.status_code == 422
    assert 'href="#f-author_organ"' in answer.text
    assert "“31/02/2026” không phải là ngày." in said(answer)
    assert 'value="Số: 125/UBND-TC"' in answer.text
    assert "V/v quyết toán Ngân sách quý III" in answer.text


async def test_a_repeated_paper_is_entered_after_a_second_look(sign_in: Any, clerk: Actor) -> None:
    client = await sign_in(clerk)
    assert (await client.send("/van-ban/den/moi", REGISTERED)).status_code == 303
    answer = await client.send("/van-ban/den/moi", REGISTERED)
    assert answer.status_code == 422
    assert "số đến 1, ngày 23/11/2026" in said(answer)
    assert 'name="repeated"' in answer.text
    assert (await client.send("/van-ban/den/moi", {**REGISTERED, "repeated": "1"})).status_code == 303


async def test_a_form_sent_twice_is_entered_once(sign_in: Any, clerk: Actor) -> None:
    client, once = await sign_in(clerk), str(ids.new_id())
    first, second = [await client.send("/van-ban/den/moi", REGISTERED, once=once) for _click in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert said(await client.get("/van-ban/den")).count("125/UBND-TC") == 1


async def test_a_draft_is_returned_with_a_reason_and_comes_back(
    do: Do, check: Check, draft: MakeDraft, sign_in: Any, leader: Actor, specialist: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    path = f"/van-ban/{document.id}"
    at_leader, at_drafter = await sign_in(leader), await sign_in(specialist)
    assert primary(await at_drafter.get(path)) == ["Trình kiểm tra nội dung"]
    assert (await at_drafter.send(f"{path}/trinh-ky")).status_code == 303
    await check(document.id)
    refused = await at_leader.send(f"{path}/tra-lai", {"reason": ""})
    assert refused.status_code == 422
    assert primary(refused) == ["Ký duyệt"]
    assert (await at_leader.send(f"{path}/tra-lai", {"reason": "Thiếu căn cứ"})).status_code == 303
    form = await at_drafter.get(f"{path}/sua")
    assert "Thiếu căn cứ" in said(form)
    assert "Phân bổ kinh phí" in form.text


async def test_a_draft_without_a_text_cannot_be_submitted(
    do: Do, draft: MakeDraft, sign_in: Any, specialist: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft())
    client = await sign_in(specialist)
    assert "Chưa có tệp" in said(await client.get(f"/van-ban/{document.id}"))
    answer = await client.send(f"/van-ban/{document.id}/trinh-ky")
    assert answer.status_code == 422
    assert "Dự thảo chưa có tệp." in said(answer)


async def test_what_is_not_ones_own_does_not_exist(
    do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, secretary: Actor, specialist: Actor, do_luong: Any,
    actor_with: Any,
) -> None:  # fmt: skip
    paper = await do(operations.incoming.register_incoming, clerk, entry(), PDF)
    (file_path,) = set(FILE_PATH.findall((await (await sign_in(clerk)).get(f"/van-ban/{paper.id}")).text))
    above = await actor_with(do_luong, "watcher")
    for actor in (secretary, specialist, above):
        client = await sign_in(actor)
        for path in (f"/van-ban/{paper.id}", file_path):
            assert (await client.get(path)).status_code == 404, (actor.acting.title, path)
        answer = await client.send(f"/van-ban/{paper.id}/hoan-thanh")
        assert answer.status_code in (403, 404)
    assert (await (await sign_in(above)).get("/van-ban/den")).status_code == 404


async def test_a_person_with_two_posts_sees_each_bodys_papers_in_its_post(
    do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, leader: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry(abstract="Việc của Ủy ban"))
    await do(operations.incoming.register_incoming, clerk, entry("party", abstract="Việc của Đảng ủy"))
    of_party = next(post for post in leader.posts if "Đảng ủy" in post.title)
    as_chair = said(await (await sign_in(leader)).get("/van-ban/den"))
    as_deputy_secretary = said(await (await sign_in(leader.acting_in(of_party.id))).get("/van-ban/den"))
    assert "Việc của Ủy ban" in as_chair
    assert "Việc của Đảng ủy" not in as_chair
    assert "Việc của Đảng ủy" in as_deputy_secretary
    assert "Việc của Ủy ban" not in as_deputy_secretary


async def test_a_paper_of_the_other_body_has_no_page_in_this_post(
    do: Do, entry: MakeEntry, sign_in: Any, inspection: Actor, both_posts: tuple[Actor, Actor]
) -> None:
    for_committee, for_inspection = both_posts
    paper = await do(operations.incoming.register_incoming, for_inspection, entry("inspection"), PDF)
    await do(operations.incoming.direct, inspection, paper.id, Direction(for_committee.staff_id))
    there = await sign_in(for_inspection)
    shown = await there.get(f"/van-ban/{paper.id}")
    assert primary(shown) == ["Soạn văn bản trả lời"]
    (file_path,) = set(FILE_PATH.findall(shown.text))
    here = await sign_in(for_committee)
    for path in (f"/van-ban/{paper.id}", file_path, f"/van-ban/{paper.id}/tra-loi"):
        assert (await here.get(path)).status_code == 404, path
    assert (await here.send(f"/van-ban/{paper.id}/hoan-thanh")).status_code == 404
    for path in ("/van-ban/den", "/viec-cua-toi", "/tim?q=ngan+sach"):
        assert str(paper.id) not in (await here.get(path)).text, path
        assert str(paper.id) in (await there.get(path)).text, path


async def test_a_draft_begins_with_where_its_system_keeps_papers(
    do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, leader: Actor, secretary: Actor, propose: Propose
) -> None:
    def recipients(page: httpx.Response) -> str:
        found = re.search(r'<textarea id="f-recipients"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL)
        assert found is not None
        return found[1]

    for actor, body, expected in (
        (leader, "", "Lưu: VT."),
        (secretary, "", "Lưu Đảng ủy."),
        (clerk, "party", "Lưu Đảng ủy."),
        (clerk, "council", "Lưu: VT."),
    ):
        assert recipients(await (await sign_in(actor)).get(f"/van-ban/di/moi?co-quan={body}")) == expected
    paper = await do(operations.incoming.register_incoming, clerk, entry("party", author_organ="Huyện ủy"))
    await propose(paper, secretary)
    await do(operations.incoming.direct, secretary, paper.id, Direction(secretary.staff_id))
    answer = await (await sign_in(secretary)).get(f"/van-ban/{paper.id}/tra-loi")
    assert recipients(answer) == "Huyện ủy;\nLưu Đảng ủy."


async def test_a_deadline_in_the_past_is_told_at_its_field(
    do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, leader: Actor, specialist: Actor, propose: Propose
) -> None:
    past = {"due_on": "20/11/2026"}
    sent = await (await sign_in(clerk)).send("/van-ban/den/moi", {**REGISTERED, **past})
    assert sent.status_code == 422
    assert "Hạn xử lý trước ngày hôm nay." in said(sent)
    paper = await do(operations.incoming.register_incoming, clerk, entry())
    await propose(paper, specialist)
    form = {"lead": str(specialist.staff_id), **past}
    sent = await (await sign_in(leader)).send(f"/van-ban/{paper.id}/chi-dao", form)
    assert sent.status_code == 422
    assert "Hạn xử lý trước ngày hôm nay." in said(sent)


async def test_the_pages_of_the_books_take_few_statements(
    database: Database, do: Do, entry: MakeEntry, sign_in: Any, app: Any, clerk: Actor, leader: Actor, propose: Propose
) -> None:
    paper = await do(operations.incoming.register_incoming, clerk, entry(), PDF)
    await propose(paper, leader)
    await do(operations.incoming.direct, leader, paper.id, Direction(leader.staff_id))
    client = await sign_in(clerk)
    filtered = "/van-ban/den?q=ngan+sach&trang-thai=directed&ky=2026&co-quan=committee"
    for path in ("/van-ban/den", "/van-ban/di", filtered):
        with statements(app.state.database) as sent:
            assert (await client.get(path)).status_code == 200
        assert len([one for one in sent if "app." in one]) - 1 <= 4, sent  # one asks who this is


async def test_the_office_head_sees_what_is_late_and_at_whom(
    database: Database, clerk: Actor, office_head: Actor, busy_lam_son: Organ
) -> None:
    async with database.tenant(busy_lam_son.id) as session:
        found = await pages.home.work_items(session, office_head)
        others = await pages.home.work_items(session, clerk)
    late_there = [item for item in found if item.followed and item.due_on and item.due_on < clock.today()]
    assert late_there
    assert all(item.source.startswith("ở ") for item in late_there)
    assert not any(item.source.startswith("ở ") for item in others)


async def test_the_result_of_a_case_says_where_it_was_signed(
    do: Do, bodies: dict[str, UUID], sign_in: Any, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    paper = SignedPaper(
        body_id=bodies["committee"],
        type_code="state/quyet-dinh",
        abstract="Quyết định về việc hỗ trợ hộ nghèo",
        recipients="Người nộp hồ sơ",
        drafter_id=specialist.staff_id,
        signer_id=leader.staff_id,
        signer_title="Chủ tịch",
        signed_at=clock.now(),
        origin_title="H01",
        origin_path="/ho-so/1",
    )
    document = await do(operations.issuing.enter_signed, clerk, paper)
    at_clerk = await sign_in(clerk)
    shown = said(await at_clerk.get(f"/van-ban/{document.id}"))
    assert "Soạn và ký trên hồ sơ một cửa" in shown
    assert "Kiểm tra nội dung: chưa" not in shown
    assert "Quyết định Về việc hỗ trợ hộ nghèo" in said(await at_clerk.get("/van-ban/di"))


async def test_who_only_administers_is_not_named_to_handle_papers(
    sign_in: Any, lam_son: Organ, actor_with: Any, clerk: Actor, specialist: Actor
) -> None:
    administrator: Actor = await actor_with(lam_son, "administrator")
    form = (await (await sign_in(clerk)).get("/van-ban/den/moi")).text
    assert f'value="{specialist.staff_id}"' in form
    assert f'value="{administrator.staff_id}"' not in form


async def test_a_draft_offers_what_its_body_issues_and_who_signs_for_it(
    sign_in: Any, clerk: Actor, leader: Actor, secretary: Actor, specialist: Actor
) -> None:
    at_clerk = await sign_in(clerk)  # works for three bodies, so the first step chooses one
    choice = await at_clerk.get("/van-ban/di/moi")
    assert "Văn bản của cơ quan nào?" in choice.text
    assert re.findall(r'href="/van-ban/di/moi\?co-quan=(\w+)"', choice.text) == ["party", "council", "committee"]
    party = await at_clerk.get("/van-ban/di/moi?co-quan=party")
    assert 'value="party/nghi-quyet"' in party.text
    assert 'value="state/quyet-dinh"' not in party.text
    assert str(secretary.staff_id) in party.text
    assert 'value="inspection"' not in party.text
    committee = await at_clerk.get("/van-ban/di/moi?co-quan=committee")
    assert 'value="state/quyet-dinh"' in committee.text
    assert 'value="party/nghi-quyet"' not in committee.text
    assert 'value="state/nghi-quyet"' not in committee.text  # resolutions are the council's
    assert str(leader.staff_id) in committee.text
    assert "Văn bản của cơ quan nào?" in (await at_clerk.get("/van-ban/di/moi?co-quan=inspection")).text

    # A refused form stays with its body and what was typed.
    typed = {"body": "committee", "type": "party/nghi-quyet", "abstract": "Phân bổ", "recipients": "Lưu: VT.",
             "signer": str(leader.staff_id), "urgency": "normal", "secrecy": "open"}  # fmt: skip
    refused = await at_clerk.send("/van-ban/di/moi", typed)
    assert refused.status_code == 422
    assert 'value="state/quyet-dinh"' in refused.text
    assert "Phân bổ" in refused.text

    # Who works for one body has no choice to make.
    assert 'name="body" value="committee"' in (await (await sign_in(specialist)).get("/van-ban/di/moi")).text


async def test_a_draft_is_given_up_on_a_page_that_asks_first(
    sign_in: Any, do: Do, draft: MakeDraft, specialist: Actor, clerk: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(), PDF)
    place = f"/van-ban/{document.id}"
    at_drafter = await sign_in(specialist)
    assert f'href="{place}/bo-du-thao"' in (await at_drafter.get(place)).text
    assert "Bỏ dự thảo này?" in (await at_drafter.get(f"{place}/bo-du-thao")).text
    assert (await at_drafter.send(f"{place}/bo-du-thao", {"reason": " "})).status_code == 422
    assert (await at_drafter.send(f"{place}/bo-du-thao", {"reason": "Không cần nữa"})).status_code == 303
    shown = said(await (await sign_in(clerk)).get(place))
    assert "Đã bỏ dự thảo" in shown
    assert "Không cần nữa" in shown
    assert (await at_drafter.get(f"{place}/bo-du-thao")).status_code == 409
