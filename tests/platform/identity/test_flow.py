"""The sign-on of a browser from an organ's host to the issuer and back, and everything that it must refuse."""

import html
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, func, select, update

from lienxa.platform.access.models import Appointment
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Unavailable
from lienxa.platform.identity import flow
from lienxa.platform.identity.issuer.issuer import Client
from lienxa.platform.identity.models import Account, IssuerOrganization, SignOnSession, SignOnState, SignOnTicket
from lienxa.platform.tenancy.organs import Organ

from .conftest import Browser, NewPerson, Person, Service, form_address

NewBrowser = Callable[[], Browser]


async def _login_answer(browser: Browser, service: Service, person: Person, host: str) -> str:
    """Log in at the issuer and stop there: the address on the sign-on host that carries code and state."""
    page = await browser.get(f"http://{host}/phien")
    data = {"username": person.username, "password": person.password}
    answer = await browser.post(form_address(page), data, follow=False)
    return answer.text.split("url=")[1].split('"')[0].replace("&amp;", "&")


async def _ticket_address(browser: Browser, service: Service, person: Person, host: str) -> str:
    """Sign on up to the ticket: the address on the organ's host that would begin the session."""
    callback = await _login_answer(browser, service, person, host)
    answer = await browser.get(callback, follow=False)
    return answer.headers["location"]


async def test_a_stranger_signs_in_and_lands_where_they_wanted(
    browser: Browser, service: Service, binh: Person
) -> None:
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password, "/phien?x=1")
    assert page.status_code == 200
    assert page.extensions["address"] == f"http://{host}/phien?x=1"
    assert "Trần Thị Bình" in page.text


async def test_the_login_page_offers_the_people_of_the_asked_organ(
    browser: Browser, service: Service, lam_son: Organ
) -> None:
    page = await browser.get(f"http://{service.host('lam-son')}/phien")
    assert ".lam-son</span>" in page.text
    assert ".giang-son-tay</span>" not in page.text


async def test_a_second_organ_needs_no_password(
    browser: Browser, service: Service, lam_son: Organ, giang_son_tay: Organ, new_person: NewPerson
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    await browser.sign_in(service.host("lam-son"), person.username, person.password)
    page = await browser.get(f"http://{service.host('giang-son-tay')}/phien")
    assert page.status_code == 200
    assert page.extensions["address"].startswith(f"http://{service.host('giang-son-tay')}")


async def test_a_wrong_password_is_refused_and_not_told_from_a_wrong_name(
    browser: Browser, service: Service, binh: Person
) -> None:
    host = service.host("lam-son")
    wrong = await browser.sign_in(host, "binh", "sai-mat-khau")
    nobody = await browser.sign_in(host, "khong-co-ai", "sai-mat-khau")
    assert wrong.status_code == nobody.status_code == 422
    assert "không đúng" in wrong.text
    assert "không đúng" in nobody.text


async def test_a_user_name_is_limited(browser: Browser, service: Service, binh: Person) -> None:
    page = await browser.get(f"http://{service.host('lam-son')}/phien")
    for _try in range(10):
        await browser.fill_in(page, "binh", "sai-mat-khau")
    assert (await browser.fill_in(page, "binh", binh.password)).status_code == 429


async def test_a_replayed_ticket_is_refused(browser: Browser, service: Service, binh: Person) -> None:
    address = await _ticket_address(browser, service, binh, service.host("lam-son"))
    assert (await browser.get(address)).status_code == 200
    assert (await browser.get(address)).status_code == 403


async def test_a_ticket_without_the_binding_cookie_is_refused(
    browser: Browser, new_browser: NewBrowser, service: Service, binh: Person
) -> None:
    address = await _ticket_address(browser, service, binh, service.host("lam-son"))
    other = new_browser()
    refused = await other.get(address)
    assert refused.status_code == 403
    assert "lx_session" not in other.cookies[service.host("lam-son")]
    assert (await browser.get(address)).status_code == 403, "a ticket is used up by the first try"


async def test_a_ticket_of_another_browser_is_refused(
    browser: Browser, new_browser: NewBrowser, service: Service, binh: Person
) -> None:
    """Login CSRF: the attacker's ticket in the browser of a victim who began a sign-on of their own."""
    address = await _ticket_address(browser, service, binh, service.host("lam-son"))
    victim = new_browser()
    await victim.get(f"http://{service.host('lam-son')}/dang-nhap", follow=False)
    assert (await victim.get(address)).status_code == 403


async def test_a_ticket_on_another_host_is_refused(
    browser: Browser, service: Service, lam_son: Organ, giang_son_tay: Organ, new_person: NewPerson
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    address = await _ticket_address(browser, service, person, here)
    browser.cookies.setdefault(there, {}).update(browser.cookies[here])
    assert (await browser.get(address.replace(here, there))).status_code == 403


async def test_a_replayed_state_is_refused_and_leads_back_to_its_organ(
    browser: Browser, service: Service, binh: Person
) -> None:
    """It is what the button Back of a browser does: there must be a way on, though the state is gone."""
    host = service.host("lam-son")
    callback = await _login_answer(browser, service, binh, host)
    assert (await browser.get(callback)).status_code == 200
    refused = await browser.get(callback)
    assert refused.status_code == 403
    assert f'href="http://{host}/dang-nhap"' in refused.text


async def test_an_invented_state_leads_to_no_foreign_host(browser: Browser, service: Service, lam_son: Organ) -> None:
    for invented in ("", "x", "x.khong-co", "x.evil.example", "x./evil.example"):
        refused = await browser.get(f"http://localhost:{service.settings.port}/dang-nhap/tra-loi?state={invented}")
        assert refused.status_code == 403
        assert '<a class="button primary" href="/">' in refused.text


async def test_an_old_state_and_an_old_ticket_are_refused(
    browser: Browser, new_browser: NewBrowser, service: Service, binh: Person, database: Database
) -> None:
    callback = await _login_answer(browser, service, binh, service.host("lam-son"))
    async with database.control() as control:
        await control.execute(update(SignOnState).values(expires_at=SignOnState.expires_at - flow.STATE_LIVES))
    refused = await browser.get(callback)
    assert refused.status_code == 403
    assert "/dang-nhap?ve=%2Fphien" in refused.text, "where one was on the way to is not forgotten"

    second = new_browser()
    address = await _ticket_address(second, service, binh, service.host("lam-son"))
    async with database.control() as control:
        await control.execute(update(SignOnTicket).values(expires_at=SignOnTicket.expires_at - flow.TICKET_LIVES))
    assert (await second.get(address)).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "", "/a\nb", "/a b", "a"],
)
def test_a_foreign_return_path_becomes_the_first_page(wanted: str) -> None:
    assert flow.safe_return_path(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/van-ban/den?q=ng%C3%A2n+s%C3%A1ch&trang=2", "/lich"])
def test_a_return_path_of_this_host_is_kept(wanted: str) -> None:
    assert flow.safe_return_path(wanted) == wanted


async def test_a_foreign_return_path_is_never_followed(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    await browser.get(f"http://{service.host('lam-son')}/dang-nhap?ve=//evil.example/phien")
    async with database.control() as control:
        assert await control.scalar(select(SignOnState.return_path)) == "/"


async def test_a_code_of_another_client_is_refused(browser: Browser, service: Service, binh: Person) -> None:
    """The issuer gave the code to somebody else; ours sends it with its own secret."""
    callback_uri = next(iter(service.issuer.clients["lienxa-web"].redirect_uris))
    service.issuer.clients["other"] = Client("other", "secret", frozenset({callback_uri}), frozenset())
    page = await browser.get(f"http://{service.host('lam-son')}/phien")
    address = form_address(page).replace("client_id=lienxa-web", "client_id=other")
    answer = await browser.post(address, {"username": "binh", "password": binh.password})
    assert urlsplit(answer.extensions["address"]).path == "/dang-nhap/tra-loi"
    assert answer.status_code == 403


async def test_an_answer_in_another_issuers_name_is_refused(browser: Browser, service: Service, binh: Person) -> None:
    callback = await _login_answer(browser, service, binh, service.host("lam-son"))
    assert (await browser.get(callback.replace("iss=http%3A%2F%2Fid.", "iss=http%3A%2F%2Fevil."))).status_code == 403


async def test_a_refusal_by_the_issuer_is_a_plain_page(browser: Browser, service: Service, lam_son: Organ) -> None:
    start = await browser.get(f"http://{service.host('lam-son')}/dang-nhap", follow=False)
    state = parse_qs(urlsplit(start.headers["location"]).query)["state"][0]
    sso = f"http://localhost:{service.settings.port}"
    answer = await browser.get(f"{sso}/dang-nhap/tra-loi?state={state}&error=access_denied&iss={service.issuer.name}")
    assert answer.status_code == 403
    assert f"http://{service.host('lam-son')}/dang-nhap" in answer.text


async def test_somebody_of_another_organ_is_refused_and_the_asked_organ_knows(
    browser: Browser, service: Service, binh: Person, giang_son_tay: Organ, database: Database
) -> None:
    page = await browser.sign_in(service.host("giang-son-tay"), "binh", binh.password)
    assert page.status_code == 403
    assert "bằng tài khoản khác" in page.text
    async with database.tenant(giang_son_tay.id) as session:
        event = (await session.scalars(select(AuditEvent))).one()
    assert (event.action, event.account_id) == ("identity.sign_on_refused", binh.account_id)


async def test_a_member_at_the_issuer_alone_is_refused(
    browser: Browser, service: Service, lam_son: Organ, giang_son_tay: Organ, new_person: NewPerson, database: Database
) -> None:
    """The issuer's claim names the organ, our own table does not."""
    person = await new_person("hai-noi", lam_son)
    async with database.control() as control:
        user = await service.issuer.directory.by_username(person.username)
        assert user is not None
        user.organs = ["lam-son", "giang-son-tay"]
        await control.merge(user)
    page = await browser.sign_in(service.host("giang-son-tay"), person.username, person.password)
    assert page.status_code == 403


async def test_another_organization_of_the_same_name_is_refused(
    browser: Browser, service: Service, binh: Person, lam_son: Organ, operator_database: Database
) -> None:
    """The issuer's organization was replaced: its alias is the organ's, its id is not the one that was made."""
    async with operator_database.control() as control:
        control.add(
            IssuerOrganization(
                issuer_name=service.settings.issuer_name, tenant_id=lam_son.id, organization_id="the-one-of-before"
            )
        )
    page = await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    assert page.status_code == 403


async def test_somebody_else_may_log_in_after_a_refusal(
    browser: Browser, service: Service, binh: Person, giang_son_tay: Organ, new_person: NewPerson
) -> None:
    there = service.host("giang-son-tay")
    refused = await browser.sign_in(there, "binh", binh.password)
    other = await new_person("chi", giang_son_tay)
    links = re.findall(r'href="([^"]+/protocol/openid-connect/logout[^"]+)"', refused.text)
    assert (await browser.get(html.unescape(links[0]))).status_code == 200
    assert (await browser.sign_in(there, other.username, other.password)).status_code == 200


async def test_a_disabled_account_is_refused(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    async with database.control() as control:
        await control.execute(update(Account).where(Account.id == binh.account_id).values(disabled_at=func.now()))
    page = await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    assert page.status_code == 403
    assert "bị khóa" in page.text


async def test_who_holds_no_post_is_told_so_and_the_organ_knows(
    browser: Browser, service: Service, binh: Person, lam_son: Organ, database: Database
) -> None:
    async with database.tenant(lam_son.id) as session:
        await session.execute(delete(Appointment))
    page = await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    assert page.status_code == 403
    assert "hiện không giữ chức vụ nào" in page.text
    assert f'href="http://{service.host("lam-son")}/dang-nhap"' in page.text
    async with database.tenant(lam_son.id) as session:
        event = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1))).one()
    assert (event.action, event.detail["reason"]) == ("identity.sign_on_refused", "no_post")


async def test_an_issuer_that_falls_silent_between_login_and_answer(
    browser: Browser, service: Service, binh: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = await _login_answer(browser, service, binh, service.host("lam-son"))

    async def silence(*_sent: object) -> None:
        raise Unavailable("silence")

    monkeypatch.setattr(service.oidc, "exchange", silence)
    refused = await browser.get(callback)
    assert refused.status_code == 503
    assert "Máy chủ đăng nhập chưa trả lời." in refused.text
    assert "/dang-nhap?ve=%2Fphien" in refused.text


async def test_an_identifier_that_the_browser_brought_is_not_adopted(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, "binh", binh.password)
    planted = browser.cookies[host]["lx_session"]
    async with database.control() as control:
        before = (await control.scalars(select(SignOnSession.id))).one()
        await control.execute(update(SignOnSession).values(expires_at=SignOnSession.created_at))
    await browser.get(f"http://{host}/phien")
    assert browser.cookies[host]["lx_session"] != planted
    async with database.control() as control:
        assert (await control.scalars(select(SignOnSession.id))).one() != before, "the old session ended"


async def test_cookies_stay_on_their_host_and_out_of_scripts(browser: Browser, service: Service, binh: Person) -> None:
    host = service.host("lam-son")
    address = await _ticket_address(browser, service, binh, host)
    answer = await browser.get(address, follow=False)
    (line,) = answer.headers.get_list("set-cookie")
    assert line.startswith("lx_session=")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in line.split(";")}
    assert "domain" not in line.lower()
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_only_the_way_in_makes_state(
    browser: Browser, service: Service, lam_son: Organ, database: Database
) -> None:
    for path in ("/phien", "/khong-co", "/dang-xuat/roi", "/dang-nhap/xong"):
        await browser.get(f"http://{service.host('lam-son')}{path}", follow=False)
    async with database.control() as control:
        assert await control.scalar(select(func.count()).select_from(SignOnState)) == 0
