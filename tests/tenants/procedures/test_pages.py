"""What citizens and staff see of the one-stop over HTTP."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace as replaced
from datetime import date
from typing import Any

import httpx
import msgspec
import pypdfium2
import pytest
from litestar import Litestar

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.procedures import operations, pages
from lienxa.tenants.procedures.schemas import ReceiveCase

replace = msgspec.structs.replace

SignIn = Callable[[Actor], Awaitable[Any]]
MORNING = clock.instant(date(2026, 11, 16), 8)
BIRTH = ReceiveCase("1.001193", "Nguyễn Văn Ân", "0912345678", "Xóm 3", papers=("Tờ khai",))
NOTHING = "Không có hồ sơ nào với mã hồ sơ và mã tra cứu này."


@pytest.fixture
async def citizen(app: Litestar, lam_son: Organ) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of nobody at Lam Sơn."""
    host = f"http://{lam_son.slug}.localhost"
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=host, headers={"origin": host}) as client:
        yield client


async def receive(database: Database, counter: Actor, command: ReceiveCase = BIRTH) -> tuple[str, str, str]:
    """Take a case in; its path, code and secret."""
    with clock.fixed_at(MORNING):
        async with database.tenant(counter.organ.id) as session:
            case = await operations.receive_case(session, counter, command)
    return f"/ho-so/{case.id}", case.code, operations.secret_of(counter.organ, case)


async def test_everybody_reads_112_procedures_in_12_fields(citizen: httpx.AsyncClient) -> None:
    answer = await citizen.get("/thu-tuc")
    assert answer.status_code == 200
    assert len(set(re.findall(r'href="/thu-tuc/([^"]+)"', answer.text))) == 112
    assert len(re.findall(r"<h2[ >]", answer.text)) == 12


async def test_the_catalogue_is_searched_without_marks_and_by_field(citizen: httpx.AsyncClient) -> None:
    found = (await citizen.get("/thu-tuc", params={"q": "dang ky lai khai sinh"})).text
    assert "/thu-tuc/1.004884" in found
    assert "/thu-tuc/1.012812" not in found
    field = (await citizen.get("/thu-tuc", params={"linh-vuc": "Nuôi con nuôi"})).text
    assert len(set(re.findall(r'href="/thu-tuc/([^"]+)"', field))) == 4
    assert "Không có thủ tục nào như vậy" in (await citizen.get("/thu-tuc", params={"q": "<script>"})).text


async def test_a_procedure_says_how_sure_its_data_are(citizen: httpx.AsyncClient) -> None:
    answer = (await citizen.get("/thu-tuc/1.001193")).text
    assert "1 ngày làm việc" in answer
    assert "Cổng Dịch vụ công quốc gia, bản tháng 7/2026" in answer
    assert "Cổng không ghi" not in answer
    residence = await citizen.get("/thu-tuc/2.001159")
    assert "Công an xã" in residence.text
    assert (await citizen.get("/thu-tuc/9.999999")).status_code == 404


async def test_a_parent_has_no_one_stop(app: Litestar, do_luong: Organ) -> None:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://do-luong.localhost") as client:
        for path in ("/thu-tuc", "/thu-tuc/1.001193", "/tra-cuu"):
            assert (await client.get(path)).status_code == 404


async def test_code_and_secret_show_the_state_and_nothing_else(
    citizen: httpx.AsyncClient, database: Database, counter: Actor
) -> None:
    _path, code, secret = await receive(database, counter)
    form = await citizen.get("/tra-cuu")
    assert form.headers["referrer-policy"] == "no-referrer"
    answer = await citizen.post("/tra-cuu", data={"code": code.lower(), "secret": secret.lower()})
    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "Đã tiếp nhận" in answer.text
    assert "17/11/2026" in answer.text
    for hidden in ("Nguyễn Văn Ân", "0912345678", "Đăng ký khai sinh", secret):
        assert hidden not in answer.text


async def test_every_wrong_pair_gets_the_same_answer(
    citizen: httpx.AsyncClient, database: Database, counter: Actor
) -> None:
    _path, code, secret = await receive(database, counter)
    _other, _code, secret_of_other = await receive(database, counter)
    wrong = [(code, "AAAA-AAAA"), (code, secret_of_other), ("LS-261116-0009", secret), ("LS-000000-0001", "x")]
    answers = [await citizen.post("/tra-cuu", data={"code": typed, "secret": guess}) for typed, guess in wrong]
    texts = {answer.text.replace(typed, "CODE") for answer, (typed, _guess) in zip(answers, wrong, strict=True)}
    assert len({re.sub(r'value="[^"]*"', "", text) for text in texts}) == 1
    assert NOTHING in answers[0].text
    assert {answer.status_code for answer in answers} == {200}
    empty = await citizen.post("/tra-cuu", data={"code": "", "secret": ""})
    assert empty.status_code == 422


Ask = Callable[[str, str, str], Awaitable[int]]


@pytest.fixture
async def ask(app: Litestar, lam_son: Organ) -> Ask:
    """Look up `(address, code, secret)` as a citizen at that address; the status of the answer."""

    async def send(address: str, code: str, secret: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 40000))  # type: ignore[arg-type]
        host = f"http://{lam_son.slug}.localhost"
        async with httpx.AsyncClient(transport=transport, base_url=host, headers={"origin": host}) as client:
            return (await client.post("/tra-cuu", data={"code": code, "secret": secret})).status_code

    return send


async def test_guessing_is_stopped_by_code_and_by_address(
    ask: Ask, database: Database, counter: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TRIES_OF_CODE", 2)
    monkeypatch.setattr(pages, "TRIES_OF_ADDRESS", 5)
    _path, code, secret = await receive(database, counter)
    here = "192.0.2.1"
    with clock.fixed_at(MORNING):
        assert [await ask(here, code, "AAAA-AAAA") for _try in range(3)] == [200, 200, 429]
        assert await ask(here, code, secret) == 429
        assert await ask(here, "LS-261116-0009", secret) == 200
        assert await ask(here, "LS-261116-0008", secret) == 429
    with clock.fixed_at(clock.instant(date(2026, 11, 16), 9)):
        assert await ask(here, code, secret) == 200


async def test_who_guesses_a_code_does_not_shut_its_owner_out(
    ask: Ask, database: Database, counter: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "TRIES_OF_CODE", 2)
    monkeypatch.setattr(pages, "TRIES_OF_ORGAN", 6)
    monkeypatch.setattr(pages, "TRIES_IN_A_RUSH", 1)
    _path, code, secret = await receive(database, counter)
    line = ["2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:1:ffff::3"]
    with clock.fixed_at(MORNING):
        assert [await ask(address, code, "AAAA-AAAA") for address in line] == [200, 200, 429], "one line, one limit"
        assert await ask("192.0.2.1", code, secret) == 200
        assert [await ask(f"198.51.100.{number}", code, "AAAA-AAAA") for number in (1, 2, 3)] == [200] * 3
        assert await ask("192.0.2.2", code, secret) == 200, "in a rush an owner still has tries"
        assert await ask("198.51.100.1", "LS-261116-0009", secret) == 429, "and who guesses has fewer"


async def test_another_site_cannot_look_up(citizen: httpx.AsyncClient) -> None:
    answer = await citizen.post("/tra-cuu", data={"code": "x", "secret": "x"}, headers={"origin": "http://x.localhost"})
    assert answer.status_code == 403


async def test_the_counter_takes_a_case_in_and_prints_its_receipt(
    sign_in: SignIn, counter: Actor, citizen: httpx.AsyncClient
) -> None:
    client = await sign_in(counter)
    choose = (await client.get("/ho-so/moi")).text
    assert "1.001193" in choose
    assert "2.001159" not in choose, "residence is taken in by the police"
    form = (await client.get("/ho-so/moi?thu-tuc=1.001193")).text
    assert "Tờ khai" in form
    assert "Cổng" not in form, "notes of the catalogue are for who keeps it"
    assert "đang tính theo ngày làm việc" in form
    assert "checked" not in form, "what was brought is for the counter to tick"
    with clock.fixed_at(MORNING):
        refused = await client.send(
            "/ho-so/moi", {"procedure": "1.001193", "applicant_phone": "12", "papers": "Tờ khai"}
        )
        assert refused.status_code == 422
        assert "Chưa có họ tên người nộp." in refused.text
        assert "Số điện thoại không hợp lệ." in refused.text
        sent = {"procedure": "1.001193", "applicant_name": "Nguyễn Văn Ân", "papers": "Tờ khai"}
        answer = await client.send("/ho-so/moi", sent)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/giay-tiep-nhan")
    receipt = (await client.get(answer.headers["location"])).text
    bar = receipt[: receipt.index("<main")]
    assert [name for name in re.findall(r'class="button primary"[^>]*', bar) if "pdf" in name] == re.findall(
        r'class="button primary"[^>]*', bar
    ), "one primary button, the PDF"
    assert "Giấy tiếp nhận hồ sơ và hẹn trả kết quả".upper() in receipt.upper()
    assert "LS-261116-0001" in receipt
    assert '<p class="specimen">Dữ liệu minh họa</p>' in receipt
    assert "17/11/2026" in receipt
    assert "Tờ khai" in receipt
    secret = re.search(r">([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})<", receipt)
    assert secret is not None
    looked_up = await citizen.post("/tra-cuu", data={"code": "LS-261116-0001", "secret": secret[1]})
    assert "Đã tiếp nhận" in looked_up.text


async def test_the_same_form_sent_twice_makes_one_case(sign_in: SignIn, counter: Actor) -> None:
    client = await sign_in(counter)
    sent = {"procedure": "1.001193", "applicant_name": "Nguyễn Văn Ân"}
    key = "01a208c3-0000-7000-8000-000000000001"
    first, second = [await client.send("/ho-so/moi", sent, once=key) for _click in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert len(re.findall(r'href="/ho-so/[0-9a-f-]{36}"', (await client.get("/ho-so")).text)) == 1


async def test_a_case_goes_from_desk_to_desk(
    sign_in: SignIn, counter: Actor, specialist: Actor, leader: Actor, clerk: Actor, database: Database
) -> None:
    desk, section = await sign_in(counter), await sign_in(specialist)
    head, registry = await sign_in(leader), await sign_in(clerk)
    path, code, _secret = await receive(database, counter)
    assert (await section.get(path)).status_code == 404

    page = (await desk.get(path)).text
    assert specialist.name in page
    no_handler = await desk.send(f"{path}/chuyen", {"handler": ""})
    assert no_handler.status_code == 422
    steps = (
        (desk, "chuyen", {"handler": str(specialist.staff_id)}, "Đang xử lý"),
        (section, "yeu-cau-bo-sung", {"request": "Giấy chứng sinh"}, "Chờ bổ sung giấy tờ"),
        (desk, "da-bo-sung", {"papers": "Giấy chứng sinh"}, "Đang xử lý"),
        (section, "trinh-ky", {"result": "Giấy khai sinh", "signer": str(leader.staff_id)}, "Chờ ký kết quả"),
        (head, "tra-lai", {"rework": "Sai họ đệm"}, "Trả lại để sửa: Sai họ đệm"),
        (section, "trinh-ky", {"result": "Giấy khai sinh", "signer": str(leader.staff_id)}, "Chờ ký kết quả"),
        (head, "ky", {}, "Đã ký, chờ đóng dấu"),
        (registry, "dong-dau", {}, "Đã có kết quả"),
        (desk, "tra-ket-qua", {"returned_to": "Nguyễn Văn Ân"}, "Đã trả kết quả"),
    )
    for client, act, form, state in steps:
        answer = await client.send(f"{path}/{act}", form)
        assert (answer.status_code, answer.headers.get("location")) == (303, path), act
        shown = [(await reader.get(path)).text for reader in (desk, section)]
        assert state in shown[1], act
    assert "Chuyển cho" in shown[0]
    assert "Bản giấy" in shown[0], "the result was put before the leader without a file"
    assert (await desk.send(f"{path}/tra-ket-qua", {"returned_to": "x"})).status_code == 409
    heading = re.search(r"<h1>.*?</h1>", (await desk.get(path)).text, re.S)
    assert heading is not None
    assert "Đã trả kết quả" in heading[0]
    assert code in (await desk.get("/ho-so?trang-thai=returned")).text
    assert code not in (await desk.get("/ho-so")).text


@pytest.mark.parametrize("act", ["refuse", "withdraw"])
async def test_a_case_ends_without_a_result(sign_in: SignIn, counter: Actor, database: Database, act: str) -> None:
    client = await sign_in(counter)
    path, _code, _secret = await receive(database, counter)
    assert (await client.send(f"{path}/ket-thuc", {"act": act, "reason": ""})).status_code == 422
    assert (await client.send(f"{path}/ket-thuc", {"act": "finish", "reason": "x"})).status_code == 422
    assert (await client.send(f"{path}/ket-thuc", {"act": act, "reason": "Nộp nhầm nơi"})).status_code == 303
    assert "Nộp nhầm nơi" in (await client.get(path)).text


async def test_who_may_not(
    sign_in: SignIn, counter: Actor, specialist: Actor, clerk: Actor, leader: Actor, database: Database
) -> None:
    path, _code, secret = await receive(database, counter)
    for actor, list_status, case_status in ((clerk, 200, 404), (specialist, 200, 404), (leader, 200, 200)):
        client = await sign_in(actor)
        assert (await client.get("/ho-so")).status_code == list_status
        assert (await client.get(path)).status_code == case_status
        assert (await client.get("/ho-so/moi")).status_code == 403
        assert (await client.send("/ho-so/moi", {"procedure": "1.001193", "applicant_name": "A"})).status_code == 403
        for address in ("giay-tiep-nhan", "giay-tiep-nhan/pdf"):
            receipt = await client.get(f"{path}/{address}")
            assert receipt.status_code == (403 if actor is leader else 404)
            assert secret not in receipt.text


async def test_the_leader_reads_the_result_and_number_and_document_name_each_other(
    sign_in: SignIn, counter: Actor, specialist: Actor, leader: Actor, clerk: Actor, database: Database
) -> None:
    path, code, _secret = await receive(database, counter, replace(BIRTH, procedure_key="1.001776", papers=()))
    desk, section = await sign_in(counter), await sign_in(specialist)
    head, registry = await sign_in(leader), await sign_in(clerk)
    await desk.send(f"{path}/chuyen", {"handler": str(specialist.staff_id)})
    form = {"result": "Quyết định hưởng trợ cấp", "signer": str(leader.staff_id)}
    refused = await section.send(f"{path}/trinh-ky", form)
    assert refused.status_code == 422
    assert "chưa có tệp dự thảo" in refused.text
    text = sample_pdf("Quyết định")
    sent = {**form, "_csrf": section.csrf, "_once": "01a208c3-0000-7000-8000-000000000001"}
    drafted = await section.http.post(f"{path}/trinh-ky", data=sent, files={"file": ("qd.pdf", text)})
    assert drafted.status_code == 303
    assert f"{path}/tep-ket-qua" in (await head.get(path)).text
    assert (await head.get(f"{path}/tep-ket-qua")).content == text
    assert (await head.send(f"{path}/ky")).status_code == 303
    assert (await registry.send(f"{path}/dong-dau")).status_code == 303
    shown = (await section.get(path)).text
    link = re.search(r'href="(/van-ban/[0-9a-f-]{36})">Số 01/', shown)
    assert link is not None
    document = (await section.get(link[1])).text
    assert f'<a href="{path}">Kết quả của hồ sơ {code}</a>' in document
    assert "qd.pdf" in document
    at_counter = (await desk.get(path)).text
    assert "Số 01/" in at_counter
    assert link[1] not in at_counter, "the counter sees no documents"


async def test_while_papers_are_missing_no_due_date_is_told(
    sign_in: SignIn, counter: Actor, specialist: Actor, citizen: httpx.AsyncClient, database: Database
) -> None:
    path, code, secret = await receive(database, counter)
    desk, section = await sign_in(counter), await sign_in(specialist)
    await desk.send(f"{path}/chuyen", {"handler": str(specialist.staff_id)})
    assert "17/11/2026" in (await desk.get("/ho-so")).text
    await section.send(f"{path}/yeu-cau-bo-sung", {"request": "Giấy chứng sinh"})
    restarts = "Thời hạn giải quyết được tính lại từ khi nhận đủ giấy tờ bổ sung."
    assert restarts in (await section.get(path)).text
    listed = (await desk.get("/ho-so")).text
    assert '<span class="muted">Chờ bổ sung</span>' in listed
    assert "17/11/2026" not in listed
    asked = (await citizen.post("/tra-cuu", data={"code": code, "secret": secret})).text
    assert restarts in asked
    assert "17/11/2026" not in asked
    nothing = await desk.send(f"{path}/da-bo-sung", {"papers": " "})
    assert nothing.status_code == 422
    assert "Chưa ghi giấy tờ đã nhận bổ sung." in nothing.text


async def test_another_communes_case_is_not_found(
    sign_in: SignIn, counter: Actor, giang_son_tay: Organ, actor_with: Any, database: Database
) -> None:
    path, code, _secret = await receive(database, counter)
    stranger = await sign_in(await actor_with(giang_son_tay, "counter"))
    for address in (path, f"{path}/giay-tiep-nhan", f"{path}/tep-ket-qua"):
        assert (await stranger.get(address)).status_code == 404
    for act in (
        "chuyen",
        "yeu-cau-bo-sung",
        "da-bo-sung",
        "trinh-ky",
        "ky",
        "tra-lai",
        "dong-dau",
        "xin-loi",
        "tra-ket-qua",
        "ket-thuc",
    ):
        form = {"handler": str(counter.staff_id), "request": "x", "result": "x", "returned_to": "x"}
        answer = await stranger.send(f"{path}/{act}", {**form, "act": "withdraw", "reason": "x"})
        assert answer.status_code == 404, act
    assert code not in (await stranger.get("/ho-so?trang-thai=all")).text


async def test_the_list_keeps_its_filter_when_paging(
    sign_in: SignIn, counter: Actor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.repository, "PAGE_SIZE", 1)
    codes = {(await receive(database, counter))[1] for _case in range(2)}
    client = await sign_in(counter)
    first = (await client.get("/ho-so?trang-thai=received&q=nguyen")).text
    following = re.search(r'href="(/ho-so\?[^"]*sau=[^"]*)"', first)
    assert following is not None
    address = following[1].replace("&amp;", "&")
    assert "trang-thai=received" in address
    second = (await client.get(address)).text
    seen = [code for code in codes for text in (first, second) if code in text]
    assert sorted(seen) == sorted(codes)
    assert (await client.get("/ho-so?sau=x")).status_code == 422
    assert "Không có hồ sơ nào" in (await client.get("/ho-so?q=khong-co")).text


async def read(client: Any, path: str) -> str:
    """The text of a PDF of ours, as it reads."""
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["referrer-policy"] == "no-referrer"
    document = pypdfium2.PdfDocument(answer.content)
    try:
        pages_ = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()
    return " ".join(" ".join(pages_).split())


async def test_the_receipt_is_one_a5_page_with_code_secret_and_due_date(
    sign_in: SignIn, counter: Actor, database: Database
) -> None:
    tricky = 'Nguyễn #panic("x") $Văn$ Ễ'
    path, code, secret = await receive(database, counter, replace(BIRTH, applicant_name=tricky))
    client = await sign_in(counter)
    text = await read(client, f"{path}/giay-tiep-nhan/pdf")
    for shown in (
        tricky,
        code,
        secret,
        "17 giờ 00, ngày 17/11/2026",
        "Tờ khai",
        "Mẫu số 01",
        counter.name,
        "Dữ liệu minh họa",
    ):
        assert shown in text, shown
    content = (await client.get(f"{path}/giay-tiep-nhan/pdf")).content
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [148, 210]
    document.close()


async def test_letters_to_the_citizen_and_the_control_slip(
    sign_in: SignIn, counter: Actor, specialist: Actor, database: Database
) -> None:
    path, code, _secret = await receive(database, counter, replace(BIRTH, procedure_key="1.004873"))
    desk, section = await sign_in(counter), await sign_in(specialist)
    with clock.fixed_at(MORNING):
        await desk.send(f"{path}/chuyen", {"handler": str(specialist.staff_id)})
        assert (await desk.get(f"{path}/phieu/xin-loi")).status_code == 404
        sorry = await section.send(f"{path}/xin-loi", {"apology": "Chờ xác minh", "new_date": "25/11/2026"})
        assert sorry.status_code == 303
        again = await section.send(f"{path}/xin-loi", {"apology": "Chờ xác minh", "new_date": "27/11/2026"})
        assert again.status_code == 409
        await section.send(f"{path}/yeu-cau-bo-sung", {"request": "Giấy xác nhận\nẢnh"})
    for place in (path, "/ho-so"):
        assert "Hẹn lại, hạn đầu 19/11/2026" in (await desk.get(place)).text
    letter = await read(desk, f"{path}/phieu/xin-loi")
    for shown in ("xin lỗi", "Chờ xác minh", "ngày 19/11/2026", "ngày 25/11/2026", "Mẫu số 04", code):
        assert shown in letter, shown
    assert "Giấy xác nhận" in await read(desk, f"{path}/phieu/bo-sung")
    slip = await read(desk, f"{path}/phieu/kiem-soat")
    for shown in ("Mẫu số 06", "Tiếp nhận hồ sơ", specialist.name, "Xin lỗi, hẹn lại 25/11/2026", "chưa có kết quả"):
        assert shown in slip, shown
    assert (await desk.get(f"{path}/phieu/tu-choi")).status_code == 404


async def test_the_citizen_reads_the_apology_and_the_new_date(
    citizen: httpx.AsyncClient, sign_in: SignIn, counter: Actor, specialist: Actor, database: Database
) -> None:
    path, code, secret = await receive(database, counter, replace(BIRTH, procedure_key="1.004873"))
    desk, section = await sign_in(counter), await sign_in(specialist)
    with clock.fixed_at(MORNING):
        await desk.send(f"{path}/chuyen", {"handler": str(specialist.staff_id)})
        await section.send(f"{path}/xin-loi", {"apology": "Chờ xác minh", "new_date": "25/11/2026"})
    shown = (await citizen.post("/tra-cuu", data={"code": code, "secret": secret})).text
    for text in ("xin lỗi", "19/11/2026", "25/11/2026", "Đang xử lý"):
        assert text in shown
    assert "Chờ xác minh" not in shown


async def test_a_scanned_receipt_leads_to_its_case(sign_in: SignIn, counter: Actor, database: Database) -> None:
    path, code, secret = await receive(database, counter)
    client = await sign_in(counter)
    for typed in (f"http://lam-son.localhost/tra-cuu?ma={code}#{secret}", code.lower()):
        answer = await client.get(f"/ho-so?q={httpx.QueryParams({'q': typed})['q'].replace('#', '%23')}")
        assert (answer.status_code, answer.headers.get("location")) == (303, path)
    assert (await client.get("/ho-so?q=LS-261116-9999")).status_code == 200


async def test_the_qr_code_fills_the_form_and_sends_no_secret(citizen: httpx.AsyncClient) -> None:
    shown = (await citizen.get("/tra-cuu?ma=LS-261116-0001")).text
    assert 'value="LS-261116-0001"' in shown


async def test_one_hand_for_both_is_warned_of_marked_and_listed(
    sign_in: SignIn, counter: Actor, specialist: Actor, office_head: Actor, database: Database
) -> None:
    both = replaced(specialist, acting=replaced(specialist.acting, permissions=counter.acting.permissions))
    path, code, _secret = await receive(database, both)
    desk, head = await sign_in(counter), await sign_in(office_head)
    assert "đã tiếp nhận hồ sơ này" in (await desk.get(path)).text
    wish = {"handler": str(specialist.staff_id)}
    warned = await desk.send(f"{path}/chuyen", wish)
    assert warned.status_code == 422
    assert 'name="one_person"' in warned.text
    mark = "Một người tiếp nhận và giải quyết"
    assert mark not in (await head.get(path)).text
    assert (await desk.send(f"{path}/chuyen", {**wish, "one_person": "1"})).status_code == 303
    assert mark in (await head.get(path)).text
    assert code in (await head.get("/ho-so?mot-nguoi=1")).text

    assert (await desk.get("/ho-so/quy-dinh")).status_code == 403
    assert (await head.send("/ho-so/quy-dinh", {"one_person": "sometimes"})).status_code == 422
    assert (await head.send("/ho-so/quy-dinh", {"one_person": "forbid"})).status_code == 303
    assert re.search(r'value="forbid" checked', (await head.get("/ho-so/quy-dinh")).text)
    path, _code, _secret = await receive(database, both)
    assert str(specialist.staff_id) not in (await desk.get(path)).text, "not offered"
    refused = await desk.send(f"{path}/chuyen", {**wish, "one_person": "1"})
    assert (refused.status_code, "đơn vị không cho" in refused.text) == (422, True)
