"""The walk of a newcomer through every part, in a real browser on a service that was started like theirs."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Chromium

from lienxa.platform import clock

pytestmark = pytest.mark.browser

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
LIVE_MILLISECONDS = 2000

Seat = Callable[..., Any]
# Offices still have machines with Windows 7, whose last Chromium is 109: what everybody does works there as well.
IN_BOTH = pytest.mark.parametrize("chromium", ["chromium-current", "chromium-oldest"], indirect=True)


def a_working_day(after: int = 7) -> str:
    """A Tuesday some weeks ahead, as people type it."""
    day = clock.today() + timedelta(days=after)
    day += timedelta(days=(1 - day.weekday()) % 7)
    return day.strftime("%d/%m/%Y")


@IN_BOTH
def test_a_stranger_signs_in_works_and_signs_out(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    clerk.open("/van-ban/den")
    assert "id.localhost" in clerk.page.url
    clerk.shot("01-login")
    clerk.examine()
    clerk.sign_in("van-thu.lam-son")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("Việc của tôi")
    expect(clerk.page.get_by_text("Dữ liệu minh họa")).to_be_visible()
    clerk.shot("02-my-work")
    clerk.page.locator(".person summary").click()
    clerk.page.get_by_role("button", name="Đăng xuất").click()
    expect(clerk.page.get_by_role("heading", name="Đã đăng xuất")).to_be_visible()
    clerk.open("/viec-cua-toi")
    assert "id.localhost" in clerk.page.url
    expect(clerk.page.get_by_label("Mật khẩu", exact=True)).to_be_visible()


@IN_BOTH
def test_what_was_typed_outlives_a_lost_session_and_a_lost_line(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    clerk.sign_in("van-thu.lam-son", path="/van-ban/den/moi")
    page, typed = clerk.page, "V/v rà soát hộ nghèo, viết dở"
    page.locator("[name=abstract]").fill(typed)
    page.context.clear_cookies()
    page.get_by_role("button", name="Vào sổ", exact=True).click()
    page.get_by_label("Tên đăng nhập").fill("van-thu.lam-son")
    page.get_by_label("Mật khẩu", exact=True).fill("lien-xa")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/van-ban/den/moi")
    expect(page.get_by_text("Đã khôi phục nội dung đang viết dở")).to_contain_text("Tệp đã chọn thì phải chọn lại")
    expect(page.locator("[name=abstract]")).to_have_value(typed)
    clerk.shot("02-lost-session")

    page.context.set_offline(True)
    offline = page.get_by_text("Mất kết nối mạng.")
    expect(offline).to_be_visible()
    page.get_by_role("button", name="Vào sổ", exact=True).click()
    expect(page.locator("[name=abstract]")).to_have_value(typed)
    assert page.url.endswith("/van-ban/den/moi")
    clerk.shot("02-lost-line")
    page.context.set_offline(False)
    expect(offline).to_be_hidden()
    expect(page.locator("[name=abstract]")).to_have_value(typed)


@IN_BOTH
def test_a_paper_comes_in_and_its_answer_goes_out(somebody: Seat, chromium: Chromium, tmp_path: Path) -> None:
    scan = tmp_path / "cong-van.pdf"
    scan.write_bytes(PDF)
    once_each = f"lần {chromium.major}"
    about = f"lập dự toán Ngân sách năm sau {once_each}"
    clerk = somebody("lam-son")
    clerk.sign_in("van-thu.lam-son")

    clerk.open("/van-ban/den/moi")
    write_down(clerk, scan, f"V/v {about}")
    clerk.page.get_by_label("Độ mật").select_option(label="MẬT")
    clerk.page.get_by_role("button", name="Vào sổ", exact=True).click()
    expect(clerk.page.get_by_role("main")).to_contain_text("sổ đăng ký văn bản mật bằng giấy")
    clerk.shot("03-secret-refused")
    clerk.complaints.clear()  # the browser notes the refusal's status

    clerk.open("/van-ban/den/moi")
    write_down(clerk, scan, f"V/v {about}")
    clerk.shot("04-register")
    clerk.page.get_by_role("button", name="Vào sổ", exact=True).click()
    expect(clerk.page.locator(".notice")).to_be_visible()
    entry = re.search(r"số(?: đến)? (\d+)", clerk.page.locator(".notice").inner_text())
    assert entry
    clerk.shot("05-registered")
    clerk.open(f"/tim?q=du toan ngan sach nam sau {once_each}")
    expect(clerk.page.get_by_role("link", name=re.compile(about))).to_be_visible()

    head = somebody("lam-son")
    head.sign_in("to-truong.lam-son")
    head.page.get_by_role("link", name=re.compile(about)).first.click()
    paper = head.page.url
    read(head)
    head.shot("06-paper")
    head.page.get_by_role("button", name=re.compile("^Trình lãnh đạo, giao")).click()
    expect(head.page.locator(".notice")).to_be_visible()
    head.shot("06-proposed")

    leader = somebody("lam-son", phone=True)
    leader.sign_in("chu-tich.lam-son")
    leader.shot("06-leader-phone")
    leader.page.get_by_role("link", name=re.compile(about)).first.tap()
    read(leader)
    leader.shot("07-leader-paper-phone")
    leader.page.get_by_role("button", name=re.compile("^Đồng ý, giao")).tap()
    expect(leader.page.locator(".notice")).to_be_visible()
    stays_within_the_screen(leader)

    clerk.open("/van-ban/den?xem=hand_over")
    clerk.page.get_by_role("link", name=re.compile(about)).first.click()
    clerk.page.get_by_role("button", name="Ghi chuyển giao").click()
    expect(clerk.page.locator(".notice")).to_be_visible()

    handler = somebody("lam-son")
    handler.sign_in("tai-chinh.lam-son")
    handler.page.goto(paper)
    handler.page.get_by_role("button", name="Ký nhận").click()
    expect(handler.page.locator(".notice")).to_be_visible()
    handler.page.get_by_role("link", name="Soạn văn bản trả lời").click()
    handler.page.get_by_label("Loại văn bản").select_option(label="Báo cáo")
    handler.page.get_by_label("Trích yếu").fill(f"Dự toán ngân sách năm sau {once_each}")
    handler.page.get_by_label("Nơi nhận").fill("UBND huyện")
    handler.page.get_by_label("Người ký").select_option(index=option_with(handler.page, "Người ký", "Chủ tịch UBND"))
    handler.page.get_by_label("Tệp dự thảo").set_input_files(scan)
    handler.shot("08-draft")
    handler.page.get_by_role("button", name="Trình kiểm tra").click()
    expect(handler.page.locator(".notice")).to_be_visible()
    answer = handler.page.url

    head.page.goto(answer)
    head.page.get_by_role("button", name="Nội dung và thể thức đạt").click()
    expect(head.page.locator(".notice")).to_be_visible()
    head.shot("08-checked")

    leader.open("/viec-cua-toi")
    leader.page.get_by_role("link", name=f"Dự toán ngân sách năm sau {once_each}").first.tap()
    expect(leader.page).to_have_url(answer)
    stays_within_the_screen(leader)
    leader.page.get_by_role("button", name="Ký duyệt").tap()
    expect(leader.page.locator(".notice")).to_be_visible()
    leader.shot("08-signed-phone")

    clerk.page.goto(answer)
    clerk.page.get_by_role("button", name="Cấp số").click()
    expect(clerk.page.locator(".notice")).to_contain_text(re.compile(r"\d+/BC-UBND"))
    clerk.shot("09-numbered")
    clerk.page.get_by_role("button", name="Phát hành").click()
    expect(clerk.page.locator(".notice")).to_be_visible()
    clerk.shot("10-issued")

    clerk.open("/van-ban/di")
    expect(clerk.page.get_by_role("table")).to_contain_text(f"Dự toán ngân sách năm sau {once_each}")
    clerk.open("/van-ban/den")
    first = clerk.page.get_by_role("table").locator("tbody tr").first
    expect(first).to_contain_text(entry[1])
    expect(first).to_contain_text(about)


def read(person: Any) -> None:
    """The first page of the paper is shown as a picture, as soon as a worker has drawn it."""
    page = person.page.get_by_role("img", name="Trang 1", exact=True)
    expect(page).to_be_visible()
    expect(page).not_to_have_js_property("naturalWidth", 0)


def stays_within_the_screen(person: Any) -> None:
    """A phone shows the whole width; nothing is to be pushed sideways."""
    width = person.page.evaluate("document.documentElement.scrollWidth")
    assert width <= person.page.viewport_size["width"]


def write_down(clerk: Any, scan: Path, abstract: str) -> None:
    """Fill the form of an incoming paper."""
    clerk.page.get_by_label("Cơ quan nhận").select_option(label="Ủy ban nhân dân")
    clerk.page.get_by_label("Tác giả").fill("UBND huyện")
    clerk.page.get_by_label("Số, ký hiệu").fill(f"{abstract.rpartition(' ')[2]}/UBND-TCKH")
    clerk.page.get_by_label("Ngày văn bản").fill("hôm nay")
    clerk.page.get_by_label("Loại văn bản").select_option(label="Công văn")
    clerk.page.get_by_label("Trích yếu").fill(abstract)
    clerk.page.get_by_label("Đề xuất chuyển cho").select_option(
        index=option_with(clerk.page, "Đề xuất chuyển cho", "Tài chính")
    )
    clerk.page.get_by_label("Hạn xử lý").fill("+5")
    clerk.page.get_by_label("Tệp văn bản").set_input_files(scan)


def option_with(page: Any, label: str, part: str) -> int:
    """The place in a list of people of the first whose line contains `part` and not "Phó"."""
    lines = page.get_by_label(label).locator("option").all_inner_texts()
    return next(index for index, line in enumerate(lines) if part in line and "Phó" not in line)


def test_a_hall_is_booked_once(somebody: Seat) -> None:
    day = a_working_day(28)
    head = somebody("lam-son")
    head.sign_in("to-truong.lam-son")
    book(head, "Họp giao ban tuần", day, "8:00", "10:00")
    expect(head.page.get_by_role("status")).to_be_visible()
    head.shot("11-meeting")

    book(head, "Tập huấn chuyển đổi số", day, "9:00", "11:00")
    refusal = head.page.get_by_role("alert")
    expect(refusal).to_contain_text("08:00–10:00")
    expect(refusal).to_contain_text("Họp giao ban tuần")
    expect(head.page.get_by_label("Nội dung")).to_have_value("Tập huấn chuyển đổi số")
    head.shot("12-hall-taken")
    head.complaints.clear()
    head.page.get_by_label("Từ giờ").fill("10:00")
    head.page.get_by_role("button", name="Đặt lịch").click()
    expect(head.page.get_by_role("status")).to_be_visible()

    head.open(f"/lich?ngay={day}")
    expect(head.page.get_by_role("main")).to_contain_text("Họp giao ban tuần")
    expect(head.page.get_by_role("main")).to_contain_text("Tập huấn chuyển đổi số")
    head.shot("13-week")


def book(person: Any, title: str, day: str, starts: str, ends: str) -> None:
    """Book a meeting in the first hall."""
    fill_in(person, title, day, starts, ends)
    person.page.get_by_role("button", name="Đặt lịch").click()


def fill_in(person: Any, title: str, day: str, starts: str, ends: str) -> None:
    """Fill the form of a meeting in the first hall."""
    person.open("/lich/moi")
    person.page.get_by_label("Cơ quan", exact=True).select_option(label="Ủy ban nhân dân")
    person.page.get_by_label("Nội dung").fill(title)
    person.page.get_by_label("Chủ trì").select_option(index=1)
    person.page.get_by_label("Ngày", exact=True).fill(day)
    person.page.get_by_label("Từ giờ").fill(starts)
    person.page.get_by_label("Đến giờ").fill(ends)
    person.page.get_by_label("Phòng họp").select_option(index=1)


def test_a_proposal_is_approved_published_and_then_changed(somebody: Seat) -> None:
    day, title = a_working_day(42), "Kiểm điểm thu ngân sách quý"
    specialist = somebody("lam-son")
    specialist.sign_in("tai-chinh.lam-son")
    fill_in(specialist, title, day, "8:00", "10:00")
    specialist.page.get_by_role("button", name="Đề xuất", exact=True).click()
    expect(specialist.page.locator(".notice")).to_be_visible()

    head = somebody("lam-son")
    head.sign_in("to-truong.lam-son")
    head.page.get_by_role("link", name=title).first.click()
    meeting = head.page.url
    head.page.get_by_role("button", name="Duyệt, xếp lịch").click()
    expect(head.page.locator(".notice")).to_be_visible()
    head.open(f"/lich?ngay={day}")
    expect(head.page.get_by_role("main")).to_contain_text("Dự thảo")
    head.page.get_by_role("link", name="Phát hành lịch tuần").click()
    head.page.get_by_role("button", name="Xác nhận phát hành").click()
    expect(head.page.locator(".notice")).to_be_visible()

    specialist.open(f"/lich?ngay={day}")
    sheet = specialist.page.get_by_role("main")
    expect(sheet).to_contain_text("Đã phát hành")
    expect(sheet.locator(".change")).to_have_count(0)

    head.page.goto(meeting)
    head.page.get_by_role("link", name="Chuyển giờ hoặc phòng").click()
    head.page.get_by_label("Từ giờ").fill("14:00")
    head.page.get_by_label("Đến giờ").fill("16:00")
    head.page.get_by_role("button", name="Chuyển lịch").click()
    expect(head.page.locator(".notice")).to_be_visible()
    specialist.open(f"/lich?ngay={day}")
    expect(sheet).to_contain_text("Có 1 thay đổi sau khi phát hành")
    expect(sheet.locator(".change", has_text="Thay đổi").first).to_contain_text("08:00–10:00")
    specialist.shot("13-week-changed")


@IN_BOTH
def test_a_citizen_brings_a_case_and_gets_it_back(somebody: Seat) -> None:
    citizen = somebody("lam-son", phone=True)
    citizen.open("/thu-tuc")
    expect(citizen.page.get_by_role("main")).to_contain_text("112")
    citizen.shot("14-procedures-phone")

    counter = somebody("lam-son")
    counter.sign_in("mot-cua.lam-son")
    counter.open("/ho-so/moi")
    counter.shot("15-choose-procedure")
    counter.page.get_by_label("Gõ những chữ đầu").press_sequentially("khai sinh")
    counter.page.get_by_role("link", name="Đăng ký khai sinh", exact=True).first.click()
    counter.page.get_by_label("Họ và tên người nộp").fill("Trần Thị Minh Họa")
    counter.page.get_by_label("Địa chỉ").fill("Xóm 3")
    counter.shot("16-receive")
    counter.page.locator("main form").get_by_role("button", name=re.compile("Tiếp nhận")).click()
    receipt = counter.page.get_by_role("main").inner_text()
    counter.shot("17-receipt")
    code = re.search(r"\b[A-Z0-9.]+-\d{6}-\d{4}\b", receipt)[0]  # type: ignore[index]
    secret = re.search(r"mã tra cứu\s+([A-Z0-9]{4}-[A-Z0-9]{4})", receipt)[1]  # type: ignore[index]
    counter.page.get_by_role("link", name="Về hồ sơ").click()
    case = counter.page.url

    look_up(citizen, code, "ZZZZZZZZ")
    expect(citizen.page.get_by_role("status")).to_contain_text("Không có hồ sơ nào")
    look_up(citizen, code, secret)
    expect(citizen.page.get_by_role("status")).to_contain_text(code)
    expect(citizen.page.get_by_role("main")).not_to_contain_text("Trần Thị Minh Họa")
    citizen.shot("18-look-up-phone")

    counter.page.get_by_label("Người giải quyết").select_option(
        index=option_with(counter.page, "Người giải quyết", "Tư pháp")
    )
    counter.page.get_by_role("button", name="Chuyển xử lý").click()
    expect(counter.page.get_by_role("status")).to_be_visible()
    specialist = somebody("lam-son")
    specialist.sign_in("tu-phap.lam-son")
    specialist.page.goto(case)
    specialist.page.get_by_label("Kết quả", exact=True).fill("Giấy khai sinh số 12/2026")
    specialist.page.get_by_role("button", name="Trình ký").click()
    expect(specialist.page.get_by_role("status")).to_be_visible()
    specialist.shot("19-drafted")
    for user, button in (("chu-tich.lam-son", "Ký kết quả"), ("van-thu.lam-son", "Đóng dấu")):
        person = somebody("lam-son")
        person.sign_in(user)
        person.page.goto(case)
        person.page.get_by_role("button", name=button).click()
        expect(person.page.get_by_role("status")).to_be_visible()

    counter.page.goto(case)
    counter.page.get_by_label("Người nhận kết quả").fill("Trần Thị Minh Họa")
    counter.page.locator("main form").filter(has=counter.page.get_by_label("Người nhận kết quả")).get_by_role(
        "button"
    ).click()
    expect(counter.page.get_by_role("main")).to_contain_text(re.compile("[Ss]ớm hạn|[Đđ]úng hạn"))
    counter.shot("20-returned")
    look_up(citizen, code, secret)
    expect(citizen.page.get_by_role("status")).to_contain_text("Đã trả kết quả")


def look_up(citizen: Any, code: str, secret: str) -> None:
    """Ask for the state of a case."""
    citizen.open("/tra-cuu")
    citizen.page.get_by_label("Mã hồ sơ").fill(code)
    citizen.page.get_by_label("Mã tra cứu").fill(secret)
    citizen.page.get_by_role("main").get_by_role("button").click()


def test_the_district_sees_a_commit_within_two_seconds_and_no_paper(somebody: Seat) -> None:
    watcher = somebody("do-luong")
    watcher.sign_in("tong-hop.do-luong")
    watcher.shot("21-district")
    incoming = watcher.page.locator("[data-cell='minh-son/van-ban-den']")
    before = int(incoming.inner_text())

    clerk = somebody("minh-son")
    clerk.sign_in("van-thu.minh-son")
    register(clerk, "Kết luận giao ban")
    expect(incoming).to_have_text(str(before + 1), timeout=LIVE_MILLISECONDS)

    paper = re.search(r"/van-ban/[0-9a-f-]{36}", clerk.page.url)
    assert paper
    watcher.open(paper[0])
    expect(watcher.page.get_by_role("heading", level=1)).to_contain_text("Không tìm thấy")
    watcher.complaints.clear()
    watcher.open("/tong-hop/tien-do")
    expect(watcher.page.get_by_role("main")).to_contain_text("07-ĐA/HU")
    watcher.shot("22-rollout")

    neighbour = somebody("thuan-nam")
    neighbour.sign_in("tong-hop.thuan-nam")
    expect(neighbour.page.get_by_role("main")).to_contain_text("Phước Nam")
    expect(neighbour.page.get_by_role("main")).not_to_contain_text("Minh Sơn")


def test_ten_tabs_share_one_stream_and_another_takes_it_over(somebody: Seat) -> None:
    watcher = somebody("do-luong")
    watcher.sign_in("tong-hop.do-luong")
    watcher.page.goto("about:blank")
    asked: list[str] = []
    watcher.page.context.on("request", lambda request: asked.append(request.url))

    def streams() -> int:
        return sum(url.endswith("/tong-hop/luong") for url in asked)

    tabs = [watcher.page, *(watcher.page.context.new_page() for _more in range(9))]
    for tab in tabs:
        tab.goto(watcher.service.at("do-luong", "/tong-hop/man-hinh"))
        expect(tab.locator("[data-cell='lam-son/van-ban-den']")).to_be_visible()
    assert streams() == 1
    before = int(tabs[0].locator("[data-cell='lam-son/van-ban-den']").inner_text())

    clerk = somebody("lam-son")
    clerk.sign_in("van-thu.lam-son")
    register(clerk, "Thông báo thứ nhất")
    for tab in tabs:
        expect(tab.locator("[data-cell='lam-son/van-ban-den']")).to_have_text(
            str(before + 1), timeout=LIVE_MILLISECONDS
        )

    tabs.pop(0).close()
    expect(tabs[0].locator("[data-cell='lam-son/van-ban-den']")).to_be_visible()
    register(clerk, "Thông báo thứ hai")
    for tab in tabs:
        expect(tab.locator("[data-cell='lam-son/van-ban-den']")).to_have_text(
            str(before + 2), timeout=LIVE_MILLISECONDS
        )
    assert streams() == 2


def register(clerk: Any, abstract: str) -> None:
    """Write down a paper that came to the Party committee."""
    clerk.open("/van-ban/den/moi")
    clerk.page.get_by_label("Cơ quan nhận").select_option(label="Đảng ủy")
    clerk.page.get_by_label("Tác giả").fill("Huyện ủy")
    clerk.page.get_by_label("Loại văn bản").select_option(label="Thông báo")
    clerk.page.get_by_label("Trích yếu").fill(abstract)
    clerk.page.get_by_role("button", name="Vào sổ", exact=True).click()
    expect(clerk.page.get_by_role("status")).to_be_visible()


def test_the_operator_adds_a_commune_whose_administrator_signs_in(somebody: Seat) -> None:
    operator = somebody("")
    operator.sign_in("van-hanh", path="/van-hanh")
    expect(operator.page.get_by_role("row", name="Phước Nam")).to_be_visible()
    operator.shot("23-operator-organs")
    operator.examine()
    operator.page.get_by_role("main").get_by_role("link", name="Thêm đơn vị").click()
    operator.page.get_by_label("Tên đơn vị").press_sequentially("Xuân Sơn")
    expect(operator.page.get_by_label("Tên miền")).to_have_value("xuan-son")
    expect(operator.page.get_by_label("Địa chỉ")).to_have_value("xuan-son.localhost")
    operator.page.get_by_label("Đơn vị cấp trên").select_option("do-luong")
    operator.page.get_by_label("Họ và tên").fill("Nguyễn Văn Thử")
    operator.page.get_by_text("Sổ văn bản đến").click()
    operator.page.get_by_label("Sổ chung của các cơ quan").fill("312")
    operator.shot("23-operator-form")
    operator.examine()
    operator.page.get_by_role("button", name="Thêm đơn vị").click()
    expect(operator.page.get_by_role("heading", name="Đã thêm Xuân Sơn")).to_be_visible(timeout=60_000)
    operator.shot("23-operator-added")
    operator.examine()
    operator.page.get_by_role("button", name="Hiện phiếu mật khẩu").click()
    lost = operator.page.locator(".slip-password code").inner_text()
    operator.examine()
    operator.open("/van-hanh")
    operator.page.get_by_role("link", name="Xã Xuân Sơn").click()
    operator.shot("23-operator-organ")
    operator.examine()
    operator.page.get_by_role("button", name="Cấp mật khẩu mới").click()
    operator.page.get_by_role("button", name="Hiện phiếu mật khẩu").click(timeout=60_000)
    password = operator.page.locator(".slip-password code").inner_text()
    assert password != lost
    operator.shot("23-operator-slip")
    operator.examine()
    operator.open("/van-hanh/nhat-ky")
    expect(operator.page.get_by_role("main")).to_contain_text("Xuân Sơn")
    operator.shot("23-operator-log")
    operator.examine()
    administrator = somebody("xuan-son")
    administrator.sign_in_first_time("quan-tri.xuan-son", password, "mot-mat-khau-moi-dai")
    expect(administrator.page.get_by_role("banner")).to_contain_text("Xuân Sơn")
    administrator.shot("23-new-commune")

    watcher = somebody("do-luong")
    watcher.sign_in("tong-hop.do-luong")
    expect(watcher.page.get_by_role("rowheader", name="Xuân Sơn")).to_be_visible()


def test_the_administrator_appoints_somebody_who_may_then_act(somebody: Seat) -> None:
    appointed = somebody("lam-son")
    appointed.sign_in("van-hoa.lam-son")
    appointed.open("/van-ban/den/moi")
    expect(appointed.page.get_by_role("button", name="Vào sổ")).to_have_count(0)
    name = appointed.page.locator(".person-name").first.inner_text()
    appointed.complaints.clear()  # the browser notes the refusal's status

    administrator = somebody("lam-son")
    administrator.sign_in("quan-tri.lam-son")
    administrator.open("/quan-tri/chuc-vu")
    administrator.page.get_by_role("link", name="Văn thư", exact=True).first.click()
    administrator.page.get_by_text("Giao chức vụ cho một người").click()
    people = administrator.page.get_by_role("combobox", name="Người giữ chức vụ")
    people.select_option(people.locator("option", has_text=name).get_attribute("value"))
    administrator.page.get_by_label("Từ ngày").fill(clock.today().strftime("%d/%m/%Y"))
    administrator.page.get_by_role("button", name="Giao chức vụ").click()
    expect(administrator.page.locator(".notice")).to_be_visible()
    expect(administrator.page.get_by_role("rowheader", name=name)).to_be_visible()
    administrator.shot("24-appointed")

    appointed.open("/viec-cua-toi")
    appointed.page.locator(".person summary").click()
    appointed.page.get_by_role("button", name="Đổi sang Văn thư").click()
    expect(appointed.page.locator(".person-post")).to_contain_text("Văn thư")
    register(appointed, "Thông báo do người kiêm nhiệm vào sổ")


def test_somebody_is_invited_agrees_and_goes_from_one_commune_to_the_other(somebody: Seat) -> None:
    administrator, person = somebody("giang-son-tay"), somebody("lam-son")
    person.sign_in("tai-chinh.lam-son")
    name = person.page.locator(".person-name").first.inner_text()
    administrator.sign_in("quan-tri.giang-son-tay")
    invite(administrator, "tai-chinh.lam-son", name)
    waiting = administrator.page.get_by_role("row").filter(has_text="chưa trả lời")
    expect(waiting).to_contain_text(f"Đã mời ngày {clock.today():%d/%m/%Y}, chưa trả lời")
    administrator.shot("25-invited")

    person.open("/viec-cua-toi")
    person.page.locator(".person summary").click()
    person.shot("25-menu-of-the-invited")
    person.page.get_by_role("link", name="Có lời mời từ Xã Giang Sơn Tây", exact=True).click()
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Lời mời vào làm việc tại xã Giang Sơn Tây")
    person.shot("25-invitation")
    person.examine()
    person.page.get_by_role("button", name="Đồng ý").click()
    expect(person.page.get_by_role("status").first).to_contain_text("đã là cán bộ của xã Giang Sơn Tây")
    expect(person.page.locator(".person-post")).to_contain_text("Văn thư")
    person.page.locator(".person summary").click()
    person.page.get_by_role("link", name="Sang Xã Lam Sơn").click()
    expect(person.page.get_by_role("banner")).to_contain_text("Xã Lam Sơn")
    person.page.locator(".person summary").click()
    expect(person.page.get_by_role("link", name="Sang Xã Giang Sơn Tây")).to_be_visible()
    administrator.open("/quan-tri/can-bo")
    expect(administrator.page.get_by_role("link", name=name)).to_be_visible()
    expect(administrator.page.get_by_text("chưa trả lời")).to_have_count(0)


def test_somebody_is_invited_and_refuses(somebody: Seat) -> None:
    administrator, person = somebody("giang-son-tay"), somebody("lam-son", phone=True)
    person.sign_in("dia-chinh.lam-son", path="/phien")
    name = person.page.locator(".person-name").first.text_content()
    administrator.sign_in("quan-tri.giang-son-tay")
    invite(administrator, "dia-chinh.lam-son", name)
    person.open("/phien")
    person.page.get_by_role("link", name="Có lời mời từ Xã Giang Sơn Tây: xem và trả lời").click()
    person.shot("25-invitation-phone")
    person.page.get_by_role("button", name="Từ chối").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Đã từ chối lời mời")
    person.examine()
    person.page.get_by_role("link", name="Về Xã Lam Sơn").click()
    expect(person.page.get_by_role("banner")).to_contain_text("Xã Lam Sơn")
    administrator.open("/quan-tri/can-bo")
    expect(administrator.page.get_by_text("chưa trả lời")).to_have_count(0)
    expect(administrator.page.get_by_role("link", name=name)).to_have_count(0)


def invite(administrator: Any, username: str, name: str) -> None:
    """Ask somebody who has an account to be a second clerk."""
    administrator.open("/quan-tri/can-bo/da-co-tai-khoan")
    administrator.page.get_by_label("Tên đăng nhập").fill(username)
    administrator.page.get_by_label("Họ và tên").fill(name)
    posts = administrator.page.get_by_role("combobox", name="Chức vụ")
    posts.select_option(posts.locator("option", has_text="Văn thư").first.get_attribute("value"))
    administrator.page.get_by_role("button", name="Gửi lời mời").click()
    expect(administrator.page.get_by_role("rowheader", name=name)).to_be_visible()


def test_one_trace_follows_a_request_into_its_job(service: Any) -> None:
    spans = [
        json.loads(line) for file in (service.data / "traces").glob("*.jsonl") for line in file.read_text().splitlines()
    ]
    acts = {span["trace_id"] for span in spans if span["name"] == "POST /van-ban/den/moi"}
    recomputations = {span["trace_id"] for span in spans if span["name"] == "job rollup.recompute"}
    assert acts & recomputations
