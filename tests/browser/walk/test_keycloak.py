"""People sign on at a real Keycloak server that `lienxa run` has started, in a real browser (design: identity, 5-6)."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from lienxa.platform.keycloak import distribution

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.timeout(700),
    pytest.mark.skipif(not distribution.is_ready(), reason="the Keycloak server cannot be fetched here"),
]
SETTINGS = {"LIENXA_SSO": "keycloak"}
READY_SECONDS = 500  # of a machine with much else to do; a quiet one takes half a minute

Seat = Callable[..., Any]
IN_BOTH = pytest.mark.parametrize("chromium", ["chromium-current", "chromium-oldest"], indirect=True)


def fill_in(page: Page, username: str, password: str = "lien-xa") -> None:
    """Send the login form."""
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


@IN_BOTH
def test_a_clerk_signs_in_and_out(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    clerk.open("/van-ban/den")
    assert "/realms/lienxa/" in clerk.page.url
    clerk.shot("keycloak-login")
    clerk.examine()
    fill_in(clerk.page, "van-thu.lam-son", "sai-mat-khau")
    expect(clerk.page.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng.")
    expect(clerk.page.get_by_label("Tên đăng nhập")).to_have_value("van-thu.lam-son")
    clerk.examine()
    fill_in(clerk.page, "van-thu.lam-son")
    clerk.page.wait_for_url("**/van-ban/den")
    clerk.page.locator(".person summary").click()
    clerk.page.get_by_role("button", name="Đăng xuất").click()
    expect(clerk.page.get_by_role("heading", name="Đã đăng xuất")).to_be_visible()
    assert urlsplit(clerk.page.url).netloc == f"lam-son.localhost:{clerk.service.port}"
    clerk.open("/viec-cua-toi")
    expect(clerk.page.get_by_label("Mật khẩu", exact=True)).to_be_visible()


def test_on_a_telephone(somebody: Seat) -> None:
    clerk = somebody("lam-son", phone=True)
    clerk.sign_in("van-thu.lam-son")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("Việc của tôi")


def test_an_operator_adds_a_commune_whose_administrator_chooses_a_password(somebody: Seat) -> None:
    operator = somebody("")
    operator.open("/van-hanh")
    fill_in(operator.page, "van-hanh")
    operator.page.wait_for_url("**/van-hanh")
    said = operator.service.command(
        "organ", "add", "xuan-son", "Xuân Sơn", "--parent", "do-luong", "--admin-name", "Lê Thị Quản"
    )
    username = re.findall(r"quan-tri\.xuan-son|[a-z-]+\.xuan-son", said)[0]
    password = re.findall(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", said)[0]
    administrator = somebody("xuan-son")
    administrator.open("/")
    fill_in(administrator.page, username, password)
    expect(administrator.page.get_by_role("heading", name="Đặt mật khẩu mới")).to_be_visible()
    administrator.shot("keycloak-choose-password")
    administrator.examine()
    administrator.page.get_by_label("Mật khẩu mới", exact=True).fill("mat-khau-cua-toi")
    administrator.page.get_by_label("Nhập lại mật khẩu mới").fill("mat-khau-khac-di")
    administrator.page.get_by_role("button", name="Đặt mật khẩu và vào").click()
    expect(administrator.page.get_by_role("alert")).to_have_text("Hai lần nhập mật khẩu mới không giống nhau.")
    for label in ("Mật khẩu mới", "Nhập lại mật khẩu mới"):
        administrator.page.get_by_label(label, exact=True).fill("mat-khau-cua-toi")
    administrator.page.get_by_role("button", name="Đặt mật khẩu và vào").click()
    administrator.page.wait_for_url(f"http://xuan-son.localhost:{operator.service.port}/**")


def test_a_ticket_serves_its_own_browser_once(somebody: Seat) -> None:
    clerk, stranger = somebody("lam-son"), somebody("lam-son")
    tickets: list[str] = []
    clerk.page.on("request", lambda request: tickets.append(request.url) if "/dang-nhap/xong" in request.url else None)
    clerk.sign_in("van-thu.lam-son")
    (ticket,) = tickets
    for person in (clerk, stranger):
        answer = person.page.goto(ticket)
        assert answer.status == 403
        expect(person.page.get_by_text("Đăng nhập lại từ đầu.").first).to_be_visible()
        person.complaints.clear()  # the console names the 403
    clerk.open("/viec-cua-toi")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("Việc của tôi")


def test_a_replayed_answer_of_the_issuer_is_refused(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    answers: list[str] = []
    clerk.page.on(
        "request", lambda request: answers.append(request.url) if "/dang-nhap/tra-loi" in request.url else None
    )
    clerk.sign_in("van-thu.lam-son")
    assert clerk.page.goto(answers[0]).status == 403
    clerk.complaints.clear()


def test_a_foreign_return_path_and_another_commune(somebody: Seat) -> None:
    clerk = somebody("lam-son")
    clerk.open("/dang-nhap?ve=//evil.example/")
    fill_in(clerk.page, "van-thu.lam-son")
    clerk.page.wait_for_url(f"http://lam-son.localhost:{clerk.service.port}/**")
    # The server knows the browser, but not as somebody of that commune: it asks whether it is still the same person.
    clerk.page.goto(clerk.service.at("giang-son-tay", "/viec-cua-toi"))
    expect(clerk.page.get_by_text("Đang đăng nhập với tên van-thu.lam-son")).to_be_visible()
    clerk.shot("keycloak-another-commune")
    clerk.page.get_by_label("Mật khẩu", exact=True).fill("lien-xa")
    clerk.page.get_by_role("button", name="Đăng nhập").click()
    expect(clerk.page.get_by_role("link", name="bằng tài khoản khác").first).to_be_visible()
    clerk.complaints.clear()  # the console names the 403
    clerk.page.get_by_role("link", name="bằng tài khoản khác").first.click()
    clerk.page.wait_for_url(f"http://giang-son-tay.localhost:{clerk.service.port}/dang-xuat/roi")
    clerk.open("/viec-cua-toi")
    expect(clerk.page.get_by_label("Tên đăng nhập")).to_be_visible()


def test_whoever_sets_up_a_telephone_is_asked_for_its_code(somebody: Seat) -> None:
    """TOTP is offered, not imposed (RFC 6238)."""
    person = somebody("lam-son")
    person.sign_in("to-truong.lam-son")
    person.open("/phien")
    issuer = person.service.issuer
    person.page.goto(
        f"{issuer}/realms/lienxa/protocol/openid-connect/auth?client_id=lienxa-web&response_type=code&scope=openid"
        f"&redirect_uri=http://localhost:{person.service.port}/dang-nhap/tra-loi&state=s&nonce=n&kc_action=CONFIGURE_TOTP"
        f"&code_challenge={'c' * 43}&code_challenge_method=S256"
    )
    expect(person.page.get_by_role("heading", name="Bật mã xác thực trên điện thoại")).to_be_visible()
    person.shot("keycloak-totp")
    person.page.get_by_role("link", name="Không quét được?").click()
    secret = person.page.locator("#kc-totp-secret-key").inner_text().replace(" ", "")
    person.page.get_by_label("Mã 6 chữ số").fill(_code(secret))
    person.page.get_by_label("Tên điện thoại").fill("Máy của tôi")
    person.page.get_by_role("button", name="Xác nhận").click()
    person.page.wait_for_url("**/dang-nhap/tra-loi?**")
    person.complaints.clear()  # that answer belongs to no sign-on of ours: 403

    again = somebody("lam-son")
    again.open("/viec-cua-toi")
    fill_in(again.page, "to-truong.lam-son")
    again.page.get_by_label("Mã 6 chữ số").fill("000000")
    again.page.get_by_role("button", name="Đăng nhập").click()
    expect(again.page.get_by_text("Mã không đúng hoặc đã hết hạn.")).to_be_visible()
    again.shot("keycloak-code")
    again.page.get_by_label("Mã 6 chữ số").fill(_code(secret, steps_ahead=1))  # a code serves once
    again.page.get_by_role("button", name="Đăng nhập").click()
    again.page.wait_for_url("**/viec-cua-toi")


def _code(secret: str, steps_ahead: int = 0) -> str:
    """The code of this half minute (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps_ahead), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
