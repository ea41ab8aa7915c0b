"""Two communes become a third, and that one two again, on the operator's pages and then at the new communes' desks."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from lienxa.platform import clock

pytestmark = pytest.mark.browser

Seat = Callable[..., Any]
# A commune rests eleven seconds until every process knows that it may only be read.
UNTIL_IT_IS_DONE = 120_000


@pytest.mark.timeout(400)
def test_two_communes_are_merged_into_a_third_which_is_split_again(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    clerk.sign_in("van-thu.lam-son")
    operator = somebody("")
    operator.sign_in("van-hanh", path="/van-hanh")
    page = operator.page

    say(operator, day=clock.today() + timedelta(days=30))
    operator.shot("80-merger-preview")
    operator.examine()
    confirm(operator, "Sáp nhập đơn vị", "lam-son")
    expect(page.get_by_role("status")).to_contain_text("Được hẹn")
    operator.shot("80-merger-planned")
    operator.examine()
    page.get_by_role("button", name="Bỏ việc đang hẹn").click()
    expect(page.get_by_role("main")).to_contain_text("Đã bỏ; không có gì thay đổi.")

    say(operator)
    expect(page.get_by_role("heading", name="Việc đang mở sẽ chuyển")).to_be_visible()
    page.get_by_label("Ký hiệu của Văn phòng").fill("VPTH")
    page.get_by_role("button", name="Tính lại").click()
    expect(page.get_by_label("Ký hiệu của Văn phòng")).to_have_value("VPTH")
    confirm(operator, "Sáp nhập đơn vị", "lam-son")
    expect(page.get_by_role("list", name="Các bước")).to_contain_text("Chờ mọi nơi thấy đơn vị cũ đã dừng")
    operator.shot("80-merger-going-on")
    operator.examine()
    expect(page.get_by_role("main")).to_contain_text("Đã sáp nhập xong.", timeout=UNTIL_IT_IS_DONE)
    operator.shot("80-merger-done")
    operator.examine()
    page.get_by_role("button", name="Lập biên bản bàn giao").click()
    with page.expect_download() as record:
        page.get_by_role("link", name="Tải biên bản (PDF)").click()
    assert record.value.suggested_filename == "bien-ban-ban-giao.pdf"
    operator.shot("80-merger-record")
    operator.examine()
    page.get_by_role("link", name="Xem việc sáp nhập, chia tách").click()
    page.set_viewport_size({"width": 390, "height": 844})
    operator.shot("80-merger-done-phone")
    page.set_viewport_size({"width": 1366, "height": 768})

    clerk.open("/van-ban/den")  # the old books stay and may be read
    expect(clerk.page.get_by_role("table").first).to_be_visible()
    clerk.shot("81-old-commune")
    newcomer = somebody("luong-son")
    newcomer.sign_in("van-thu.lam-son", path="/van-ban/den")
    expect(newcomer.page.get_by_role("banner")).to_contain_text("Lương Sơn")
    newcomer.page.get_by_role("table").first.get_by_role("link").first.click()
    expect(newcomer.page.get_by_role("main")).to_contain_text(re.compile("xã (Lam Sơn|Giang Sơn Tây)"))
    newcomer.shot("81-new-commune")
    split(somebody, operator)


def split(somebody: Seat, operator: Any) -> None:
    """Lương Sơn becomes two again, each with what was chosen for it."""
    page = operator.page
    operator.open("/van-hanh/don-vi/luong-son/vong-doi")
    page.get_by_role("link", name="Chia tách").click()
    for place, (number, name) in enumerate((("thứ nhất", "Lương Thượng"), ("thứ hai", "Lương Hạ")), start=1):
        page.get_by_text(f"Đơn vị mới {number}").click()
        page.locator(f"[name=name-{place}]").fill(name)
        page.locator(f"[name=administrator-{place}]").fill("quan-tri.lam-son")
    operator.shot("82-split-form")
    operator.examine()
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_label("Văn phòng sang", exact=True).select_option(label="Xã Lương Hạ")
    page.get_by_label("Phòng họp số 1 (Lam Sơn) sang").select_option(label="Xã Lương Hạ")
    page.get_by_role("button", name="Tính lại").click()
    expect(page.get_by_label("Văn phòng sang", exact=True)).to_have_value("luong-ha")
    expect(page.get_by_role("main")).to_contain_text("Theo bộ phận: Xã Lương Hạ")
    operator.shot("82-split-preview")
    operator.examine()
    confirm(operator, "Chia tách đơn vị", "luong-son")
    expect(page.get_by_role("main")).to_contain_text("Đã chia tách xong.", timeout=UNTIL_IT_IS_DONE)
    operator.shot("82-split-done")
    clerk = somebody("luong-ha")
    clerk.sign_in("van-thu.lam-son")
    expect(clerk.page.get_by_role("banner")).to_contain_text("Lương Hạ")


def say(operator: Any, day: Any = None) -> None:
    """Fill the first page of the merger of Lam Sơn and Giang Sơn Tây into Lương Sơn, as far as the preview."""
    operator.open("/van-hanh/don-vi/lam-son/vong-doi")
    page = operator.page
    page.get_by_role("link", name="Sáp nhập", exact=True).click()
    page.get_by_label("Xã Giang Sơn Tây").check()
    page.get_by_label("Tên đơn vị mới").fill("Lương Sơn")
    if day is not None:
        page.get_by_label("Đơn vị nhận làm việc từ ngày").fill(f"{day:%d/%m/%Y}")
    operator.examine()
    page.get_by_role("button", name="Xem trước").click()


def confirm(operator: Any, act: str, slug: str) -> None:
    """Type the slug again and press the button."""
    operator.page.get_by_label("Gõ lại tên miền").fill(slug)
    operator.page.get_by_role("button", name=act).click()
    operator.page.wait_for_url("**/viec-don-vi/*")
