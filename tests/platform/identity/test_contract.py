"""One contract, two issuers: what the service asks of whoever vouches for people (design: identity, 5 and 6).

Every test runs against the embedded issuer, and in `make test-all` against a real Keycloak server; one whole day runs
against both always.
"""

import base64
import hmac
import html
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import func, select, update
from tests.conftest import FindActor

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post, Staff
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.identity import accounts, oidc, sealing
from lienxa.platform.identity.jobs import end_at_issuer
from lienxa.platform.identity.models import Account, SignOnSession, SignOnState
from lienxa.platform.identity.oidc import GrantEnded, OidcClient, TokenRefused
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.identity.refresh import RefreshOutcome, refresh_sessions
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.keycloak import realm
from lienxa.platform.keycloak.server import Keycloak
from lienxa.platform.life import acts, erasing, works
from lienxa.platform.operator import onboarding, specs
from lienxa.platform.operator.specs import OrganSpec
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import LIVE, Organ
from lienxa.tenants.office import joining, operations

from .conftest import Browser, NewPerson, Person, Service, csrf_of, form_address
from .issuers import OTHER_CLIENT, Embedded, Issuer, Real


class Killed(BaseException):
    """The process is gone."""


NewBrowser = Callable[[], Browser]
EMBEDDED, KEYCLOAK = "embedded", "keycloak"
ALWAYS_BOTH = pytest.mark.parametrize("kind", [EMBEDDED, KEYCLOAK], indirect=True)


@pytest.fixture(autouse=True, params=[EMBEDDED, pytest.param(KEYCLOAK, marks=pytest.mark.long)])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Which issuer the service of this test has."""
    if request.param == KEYCLOAK:
        server: Keycloak = request.getfixturevalue("keycloak_server")
        monkeypatch.setenv("LIENXA_SSO", KEYCLOAK)
        monkeypatch.setenv("LIENXA_KEYCLOAK_PORT", str(server.port))
        monkeypatch.setenv("LIENXA_PROVISIONER_CLIENT_SECRET", "of-the-provisioner")
    get_settings.cache_clear()
    yield request.param
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def issuer(request: pytest.FixtureRequest, kind: str, service: Service, browser: Browser, tmp_path: Path) -> Issuer:
    """The issuer, ready for this service's addresses."""
    if kind == EMBEDDED:
        return Embedded(service, browser, tmp_path)
    server: Keycloak = request.getfixturevalue("keycloak_server")
    realm.bring_up(server, service.settings)
    return Real(server, service)


@pytest.fixture
async def an(issuer: Issuer, new_person: NewPerson, lam_son: Organ) -> Person:
    """A clerk of Lam Sơn whom no other test knows: a server outlives the database of a test."""
    return await new_person(f"an-{uuid4().hex[:8]}", lam_son)


async def _callback(browser: Browser, host: str, person: Person) -> str:
    """Log in at the issuer and stop there: the address on the sign-on host that carries code and state."""
    page = await browser.get(f"http://{host}/phien")
    data = {"username": person.username, "password": person.password}
    return _onward(await browser.post(form_address(page), data, follow=False))


def _onward(answer: httpx.Response) -> str:
    """Where an issuer's answer leads: by a redirect, or by a page that leads on."""
    if answer.is_redirect:
        return answer.headers["location"]
    return html.unescape(answer.text.split("url=")[1].split('"')[0])


async def _ticket(browser: Browser, host: str, person: Person) -> str:
    answer = await browser.get(await _callback(browser, host, person), follow=False)
    return answer.headers["location"]


async def _sessions(database: Database) -> list[SignOnSession]:
    async with database.control() as control:
        return list(await control.scalars(select(SignOnSession)))


async def due(database: Database) -> None:
    async with database.control() as control:
        await control.execute(update(SignOnSession).values(refresh_tried_at=clock.now() - timedelta(seconds=30)))


async def _log_out(browser: Browser, host: str) -> httpx.Response:
    page = await browser.get(f"http://{host}/dang-xuat")
    return await browser.post(f"http://{host}/dang-xuat", {"_csrf": csrf_of(page)})


@ALWAYS_BOTH
async def test_a_whole_day(
    browser: Browser, service: Service, issuer: Issuer, an: Person, database: Database, lam_son: Organ
) -> None:
    """In the morning a login, all day long refreshes, in the evening a logout that reaches the issuer."""
    host = service.host("lam-son")
    page = await browser.sign_in(host, an.username, an.password, "/phien?x=1")
    assert page.extensions["address"] == f"http://{host}/phien?x=1"
    assert "Trần Thị Bình" in page.text

    tokens = [(await _sessions(database))[0].refresh_token]
    for _time in range(3):
        await due(database)
        assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(1, 0, 0)
        tokens.append((await _sessions(database))[0].refresh_token)
    assert len(set(tokens)) == len(tokens)

    page = await _log_out(browser, host)
    assert page.extensions["address"] == f"http://{host}/dang-xuat/roi"
    assert await _sessions(database) == []
    page = await browser.get(f"http://{host}/phien")
    assert 'name="password"' in page.text, "the issuer's own session has ended as well"


async def test_a_wrong_password_is_refused(browser: Browser, service: Service, an: Person) -> None:
    wrong = await browser.sign_in(service.host("lam-son"), an.username, "sai-mat-khau")
    nobody = await browser.sign_in(service.host("lam-son"), "khong-co-ai", "sai-mat-khau")
    for page in (wrong, nobody):
        assert "Tên đăng nhập hoặc mật khẩu không đúng." in page.text


async def test_a_second_organ_needs_no_password_and_both_are_refreshed(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
) -> None:
    person = await new_person(f"hai-{uuid4().hex[:8]}", lam_son, giang_son_tay)
    await browser.sign_in(service.host("lam-son"), person.username, person.password)
    page = await browser.get(f"http://{service.host('giang-son-tay')}/phien")
    assert page.extensions["address"].startswith(f"http://{service.host('giang-son-tay')}/phien"), page.text
    for _time in range(2):
        await due(database)
        assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(2, 0, 0)

    assert (await _log_out(browser, service.host("lam-son"))).status_code == 200
    assert await _sessions(database) == [], "one logout ends the sessions of this browser at every organ"


async def test_the_token_names_the_asked_organ_alone_with_its_id(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
) -> None:
    person = await new_person(f"hai-{uuid4().hex[:8]}", lam_son, giang_son_tay)
    await browser.sign_in(service.host("lam-son"), person.username, person.password)
    (session,) = await _sessions(database)
    claims = _claims(session.id_token)
    assert list(claims["organization"]) == ["lam-son"]
    assert claims["organization"]["lam-son"]["id"]


async def test_somebody_of_another_organ_is_refused(
    browser: Browser, service: Service, an: Person, giang_son_tay: Organ
) -> None:
    page = await browser.sign_in(service.host("giang-son-tay"), an.username, an.password)
    assert page.status_code == 403
    assert "bằng tài khoản khác" in page.text


async def _ask_to_giang_son_tay(database: Database, organ: Organ, an: Person, actor_with: FindActor) -> None:
    """Its administrator invites somebody of Lam Sơn as a clerk."""
    there = await actor_with(organ, "administrator")
    async with database.tenant(organ.id) as session:
        post_id = (await session.scalars(select(Post.id).where(Post.code == "van-thu"))).one()
        await joining.invite(session, there, an.username, "Trần Thị Bình", post_id, clock.today(), together=True)


async def test_who_is_invited_comes_in_to_answer_and_works_there_once_they_agreed(
    new_browser: NewBrowser,
    service: Service,
    issuer: Issuer,
    an: Person,
    database: Database,
    giang_son_tay: Organ,
    actor_with: FindActor,
) -> None:
    """The issuer knows them as somebody of that organ when they agreed, not before; they type no password again."""
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    await _ask_to_giang_son_tay(database, giang_son_tay, an, actor_with)
    browser = new_browser()
    page = await browser.sign_in(here, an.username, an.password)
    assert f'href="http://{there}/loi-moi"' in page.text
    assert "Có lời mời từ Xã Giang Sơn Tây" in page.text
    assert f'href="http://{there}/dang-nhap"' not in page.text

    page = await browser.get(f"http://{there}/viec-cua-toi")
    assert page.extensions["address"] == f"http://{there}/loi-moi"
    [asking] = [session for session in await _sessions(database) if session.tenant_id == giang_son_tay.id]
    assert "giang-son-tay" not in _claims(asking.id_token).get("organization", ())
    for path in ("/", "/van-ban/den", "/quan-tri/can-bo", "/phien"):
        assert (await browser.get(f"http://{there}{path}")).extensions["address"] == f"http://{there}/loi-moi", path
    assert (await browser.get(f"http://{there}/api/v1/office/staff")).status_code == 403
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(2, 0, 0)

    page = await browser.post(f"http://{there}/loi-moi/dong-y", {"_csrf": csrf_of(page)})
    assert "Việc của tôi" in page.text
    assert "Sang Xã Lam Sơn" in page.text
    assert "Sang Xã Giang Sơn Tây" in (await browser.get(f"http://{here}/phien")).text
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(2, 0, 0)
    assert (await browser.get(f"http://{there}/loi-moi")).extensions["address"].startswith(f"http://{there}/viec-cua")

    elsewhere = new_browser()
    page = await elsewhere.sign_in(there, an.username, an.password, "/loi-moi")
    assert page.extensions["address"].startswith(f"http://{there}/viec-cua-toi"), "the letter leads on to work by now"
    newest = max(await _sessions(database), key=lambda session: session.created_at)
    assert list(_claims(newest.id_token)["organization"]) == ["giang-son-tay"]


async def test_who_refuses_an_invitation_is_of_another_organ_as_before(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    an: Person,
    database: Database,
    giang_son_tay: Organ,
    actor_with: FindActor,
) -> None:
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    await _ask_to_giang_son_tay(database, giang_son_tay, an, actor_with)
    page = await browser.sign_in(here, an.username, an.password)
    assert "Có lời mời từ Xã Giang Sơn Tây" in page.text
    page = await browser.get(f"http://{there}/loi-moi")
    page = await browser.post(f"http://{there}/loi-moi/tu-choi", {"_csrf": csrf_of(page)})
    assert "Đã từ chối lời mời" in page.text
    [stays] = await _sessions(database)
    assert stays.tenant_id != giang_son_tay.id
    refused = await browser.get(f"http://{there}/loi-moi")
    assert refused.status_code == 403
    assert "không thuộc xã Giang Sơn Tây" in refused.text
    assert "Có lời mời" not in (await browser.get(f"http://{here}/phien")).text


async def test_an_operator_is_known_by_the_role(
    browser: Browser, service: Service, issuer: Issuer, operator_database: Database, database: Database
) -> None:
    name = f"van-hanh-{uuid4().hex[:8]}"
    async with operator_database.control() as control:
        await provisioner_for(service.settings).provision_operator(control, name, "Phan Thị Vận Hành", "lien-xa")
    sso = f"http://localhost:{service.settings.port}"
    page = await browser.sign_in(f"localhost:{service.settings.port}", name, "lien-xa", "/van-hanh")
    assert page.extensions["address"] == f"{sso}/van-hanh"
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(1, 0, 0)


async def test_a_clerk_is_no_operator(browser: Browser, service: Service, an: Person) -> None:
    page = await browser.sign_in(f"localhost:{service.settings.port}", an.username, an.password, "/van-hanh")
    assert page.status_code == 403


# Refusals ------------------------------------------------------------------------------------------------------------


async def test_a_replayed_ticket_is_refused(browser: Browser, service: Service, an: Person) -> None:
    address = await _ticket(browser, service.host("lam-son"), an)
    assert (await browser.get(address)).status_code == 200
    assert (await browser.get(address)).status_code == 403


async def test_a_ticket_without_its_cookie_is_refused(
    browser: Browser, new_browser: NewBrowser, service: Service, an: Person
) -> None:
    address = await _ticket(browser, service.host("lam-son"), an)
    assert (await new_browser().get(address)).status_code == 403


async def test_a_ticket_on_another_host_is_refused(
    browser: Browser, service: Service, an: Person, giang_son_tay: Organ
) -> None:
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    address = await _ticket(browser, here, an)
    browser.cookies.setdefault(there, {}).update(browser.cookies[here])
    assert (await browser.get(address.replace(here, there))).status_code == 403


async def test_a_replayed_state_is_refused(browser: Browser, service: Service, an: Person) -> None:
    callback = await _callback(browser, service.host("lam-son"), an)
    assert (await browser.get(callback)).status_code == 200
    assert (await browser.get(callback)).status_code == 403


async def test_a_code_works_once(
    browser: Browser, new_browser: NewBrowser, service: Service, an: Person, database: Database
) -> None:
    """The code of one sign-on with the state of another."""
    host = service.host("lam-son")
    first = await _callback(browser, host, an)
    assert (await browser.get(first)).status_code == 200
    other = new_browser()
    start = await other.get(f"http://{host}/dang-nhap", follow=False)
    state = parse_qs(urlsplit(start.headers["location"]).query)["state"][0]
    used = parse_qs(urlsplit(first).query)
    address = f"http://localhost:{service.settings.port}/dang-nhap/tra-loi"
    answer = await other.http.get(
        f"http://127.0.0.1:{service.settings.port}/dang-nhap/tra-loi",
        params={"state": state, "code": used["code"][0], "iss": used["iss"][0]},
        headers={"host": urlsplit(address).netloc},
    )
    assert answer.status_code == 403


async def test_a_foreign_return_path_is_never_followed(
    browser: Browser, service: Service, an: Person, database: Database
) -> None:
    page = await browser.get(f"http://{service.host('lam-son')}/dang-nhap?ve=//evil.example/phien")
    page = await browser.fill_in(page, an.username, an.password)
    assert urlsplit(page.extensions["address"]).netloc == service.host("lam-son")


async def test_a_code_of_another_client_is_refused(
    browser: Browser, service: Service, issuer: Issuer, an: Person
) -> None:
    await issuer.add_other_client()
    start = await browser.get(f"http://{service.host('lam-son')}/dang-nhap", follow=False)
    address = start.headers["location"].replace("client_id=lienxa-web", f"client_id={OTHER_CLIENT}")
    page = await browser.get(address)
    answer = await browser.fill_in(page, an.username, an.password)
    assert urlsplit(answer.extensions["address"]).path == "/dang-nhap/tra-loi"
    assert answer.status_code == 403


async def test_an_answer_to_another_nonce_is_refused(
    browser: Browser, service: Service, an: Person, database: Database
) -> None:
    callback = await _callback(browser, service.host("lam-son"), an)
    async with database.control() as control:
        await control.execute(update(SignOnState).values(nonce="another"))
    assert (await browser.get(callback)).status_code == 403


async def test_an_answer_to_another_verifier_is_refused(
    browser: Browser, service: Service, an: Person, database: Database
) -> None:
    callback = await _callback(browser, service.host("lam-son"), an)
    async with database.control() as control:
        await control.execute(update(SignOnState).values(code_verifier="v" * 43))
    assert (await browser.get(callback)).status_code == 403


async def test_a_token_for_somebody_else_is_refused(
    browser: Browser, service: Service, an: Person, database: Database
) -> None:
    await browser.sign_in(service.host("lam-son"), an.username, an.password)
    token = (await _sessions(database))[0].id_token
    nonce = _claims(token)["nonce"]
    assert await service.oidc.verify_id_token(token, nonce)
    stranger = OidcClient(service.settings.model_copy(update={"client_id": "somebody-else"}))
    with pytest.raises(TokenRefused, match="wrong audience"):
        await stranger.verify_id_token(token, nonce)
    await stranger.aclose()


async def test_tokens_without_a_signature_of_the_issuer_are_refused(
    browser: Browser, service: Service, an: Person, database: Database
) -> None:
    await browser.sign_in(service.host("lam-son"), an.username, an.password)
    token = (await _sessions(database))[0].id_token
    head, body, _signature = token.split(".")
    kid = json.loads(_bytes(head))["kid"]
    published = (await service.oidc._keycloak.a_certs())["keys"]
    public = next(key for key in published if key["kid"] == kid)
    secret = RSAKey.import_key(public).as_pem(private=False)
    confused = f"{_text({'alg': 'HS256', 'kid': kid})}.{body}"
    mac = base64.urlsafe_b64encode(hmac.digest(secret, confused.encode(), "sha256")).rstrip(b"=").decode()
    forged = [
        f"{_text({'alg': 'none'})}.{body}.",
        f"{_text({'alg': 'none', 'kid': kid})}.{body}.",
        f"{confused}.{mac}",
        f"{head}.{body}.{'A' * 342}",
    ]
    for wrong in forged:
        with pytest.raises(TokenRefused):
            await service.oidc.verify_id_token(wrong, _claims(token)["nonce"])


# Sessions ------------------------------------------------------------------------------------------------------------


async def test_a_disabled_person_is_out_with_the_next_refresh(
    browser: Browser, service: Service, issuer: Issuer, an: Person, database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, an.username, an.password)
    await issuer.disable(an)
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(0, 1, 0)
    page = await browser.get(f"http://{host}/phien")
    assert 'name="password"' in page.text
    assert "bị khóa" in (await browser.fill_in(page, an.username, an.password)).text


async def test_a_logout_at_the_issuer_ends_the_sessions(
    browser: Browser, new_browser: NewBrowser, service: Service, issuer: Issuer, an: Person, database: Database
) -> None:
    """Only those of that session: the same person at another machine works on."""
    await browser.sign_in(service.host("lam-son"), an.username, an.password)
    await new_browser().sign_in(service.host("lam-son"), an.username, an.password)
    first, second = await _sessions(database)
    await issuer.log_out(an, first.issuer_sid)
    assert [session.issuer_sid for session in await _sessions(database)] == [second.issuer_sid]


async def test_a_new_key_of_the_issuer_is_fetched_once(
    browser: Browser,
    new_browser: NewBrowser,
    service: Service,
    issuer: Issuer,
    an: Person,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, an.username, an.password)
    asked: list[int] = []
    fetch = service.oidc._keycloak.a_certs

    async def counted() -> Any:
        asked.append(1)
        return await fetch()

    monkeypatch.setattr(service.oidc._keycloak, "a_certs", counted)
    await issuer.change_keys()
    for _time in range(2):
        page = await new_browser().sign_in(host, an.username, an.password)
        assert page.extensions["address"] == f"http://{host}/phien"
    assert len(asked) == 1
    assert len({json.loads(_bytes(each.id_token.split(".")[0]))["kid"] for each in await _sessions(database)}) == 2


async def test_while_the_issuer_is_down_sessions_go_on_and_a_login_gets_a_plain_page(
    browser: Browser, new_browser: NewBrowser, service: Service, an: Person, database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, an.username, an.password)
    away = OidcClient(service.settings.model_copy(update={"issuer_server_url": "http://127.0.0.1:9"}))
    running, service.app.state.oidc = service.app.state.oidc, away
    await due(database)
    assert await refresh_sessions(database, service.settings, away) == RefreshOutcome(0, 0, 1)
    assert (await browser.get(f"http://{host}/phien")).status_code == 200
    page = await new_browser().get(f"http://{host}/phien")
    assert page.status_code == 503
    assert "Máy chủ đăng nhập chưa trả lời." in page.text
    service.app.state.oidc = running
    await away.aclose()
    async with database.control() as control:
        assert await control.scalar(select(func.count()).select_from(SignOnState)) == 0, "it left nothing"


@pytest.mark.parametrize(("seconds", "status"), [(-20, 200), (20, 200), (-120, 403), (400, 403)])
async def test_a_clock_that_is_a_little_off_is_forgiven(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    an: Person,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    status: int,
) -> None:
    callback = await _callback(browser, service.host("lam-son"), an)
    shifted = SimpleNamespace(time=lambda: time.time() + seconds, monotonic=time.monotonic)
    monkeypatch.setattr(oidc, "time", shifted)
    page = await browser.get(callback)
    assert page.status_code == status
    assert ("Đồng hồ của máy chủ đăng nhập và của Liên Xã lệch nhau" in page.text) == (status == 403)


# A lost password -----------------------------------------------------------------------------------------------------

TRIES = 10  # in a row, by either issuer; then it pauses


async def test_a_renewed_password_ends_the_pause_after_too_many_wrong_ones(
    browser: Browser, service: Service, issuer: Issuer, an: Person, operator_database: Database
) -> None:
    """And the sessions; it is to be replaced at once, and the old one is good for nothing."""
    host, signed_in = service.host("lam-son"), Browser(browser.http, browser.port)
    await signed_in.sign_in(host, an.username, an.password)
    page = await browser.get(f"http://{host}/phien")
    for _try in range(TRIES):
        page = await browser.fill_in(page, an.username, "sai-mat-khau")
    page = await browser.fill_in(page, an.username, an.password)
    assert page.text.count('type="password"') == 1, "not even the right one is good now"

    async with operator_database.control() as control:
        printed = await provisioner_for(service.settings).renew_password(control, an.account_id)
    page = await browser.fill_in(await browser.get(f"http://{host}/phien"), an.username, printed)
    assert page.text.count('type="password"') == 2, "one chooses one's own"
    signed_in.cookies[host].clear()  # ours; that of the issuer is on its own host
    page = await signed_in.get(f"http://{host}/phien")
    assert 'name="password"' in page.text, "the session at the issuer has ended"
    page = await signed_in.fill_in(page, an.username, an.password)
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in page.text


# Shut out by an organ ------------------------------------------------------------------------------------------------


async def _suspend(database: Database, administrator: Actor, person: Person) -> None:
    async with database.tenant(administrator.organ.id) as session:
        (staff,) = (await session.scalars(select(Staff).where(Staff.account_id == person.account_id))).all()
        await operations.suspend(session, administrator, staff.id, staff.version, "Thử")


async def _leave(database: Database, administrator: Actor, person: Person) -> None:
    async with database.tenant(administrator.organ.id) as session:
        (staff,) = (await session.scalars(select(Staff).where(Staff.account_id == person.account_id))).all()
        await operations.leave(session, administrator, staff.id, staff.version, clock.today())
    with clock.fixed_at(clock.now() + timedelta(days=1)):
        async with database.tenant(administrator.organ.id) as session:
            assert await operations.release_leavers(session) == 1


async def run_wanted(database: Database) -> int:
    """Run what is to be done at the issuer; returns how much that was."""
    async with database.control() as control:
        wanted = (await control.scalars(select(QueuedJob))).all()
    messages = [one for one in wanted if one.message["actor_name"] == end_at_issuer.name]
    for one in messages:
        await run_job(end_at_issuer, database, one.message_id, tuple(one.message["args"]))
    return len(messages)


@pytest.mark.parametrize("shut_out", [_suspend, _leave])
async def test_who_is_suspended_or_leaves_is_signed_out_at_the_issuer_too(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    an: Person,
    lam_son: Organ,
    database: Database,
    actor_with: FindActor,
    shut_out: Callable[[Database, Actor, Person], Awaitable[None]],
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, an.username, an.password)
    kept = sealing.unseal(service.settings, (await _sessions(database))[0].refresh_token)
    assert kept is not None
    await shut_out(database, await actor_with(lam_son, "administrator"), an)
    assert await _sessions(database) == []
    assert await run_wanted(database) == 1
    with pytest.raises(GrantEnded):
        await service.oidc.refresh(kept)
    page = await browser.get(f"http://{host}/phien")
    assert 'name="password"' in page.text, "the issuer's own session has ended as well"


async def test_who_serves_another_organ_works_on_there(
    browser: Browser,
    service: Service,
    issuer: Issuer,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
    actor_with: FindActor,
) -> None:
    person = await new_person(f"hai-{uuid4().hex[:8]}", lam_son, giang_son_tay)
    await browser.sign_in(service.host("lam-son"), person.username, person.password)
    await browser.get(f"http://{service.host('giang-son-tay')}/phien")
    await _suspend(database, await actor_with(lam_son, "administrator"), person)
    assert await run_wanted(database) == 1
    assert [session.tenant_id for session in await _sessions(database)] == [giang_son_tay.id]
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(1, 0, 0)


async def test_who_is_shut_out_of_everything_and_let_in_again_logs_in_anew(
    browser: Browser, service: Service, issuer: Issuer, an: Person, database: Database, operator_database: Database
) -> None:
    host, provisioner = service.host("lam-son"), provisioner_for(service.settings)
    await browser.sign_in(host, an.username, an.password)
    for enabled in (False, True):
        async with operator_database.control() as control:
            await provisioner.set_enabled(control, an.account_id, enabled=enabled)
    await due(database)
    assert (await refresh_sessions(database, service.settings, service.oidc)).confirmed == 0
    page = await browser.get(f"http://{host}/phien")
    assert 'name="password"' in page.text
    assert (await browser.fill_in(page, an.username, an.password)).status_code == 200


# The end of an organ --------------------------------------------------------------------------------------------------


async def test_with_an_organ_go_the_accounts_that_were_for_it_alone(
    service: Service,
    issuer: Issuer,
    new_person: NewPerson,
    lam_son: Organ,
    database: Database,
    operator_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed between the issuer and us it goes on; who left goes too, who serves another organ or operates stays."""
    provisioner, mark = provisioner_for(service.settings), uuid4().hex[:8]
    spec = OrganSpec(
        slug=f"xuan-{mark}",
        name="Xuân Sơn",
        kind="commune",
        host=f"xuan-{mark}.localhost",
        parent_slug="do-luong",
        administrator=specs.Person(f"quan-tri-{mark}", "Nguyễn Văn Thử"),
        phase=LIVE,
    )
    organ = (await onboarding.add_organ(operator_database, provisioner, spec)).organ
    alone, gone, both, operating = [
        await new_person(f"{name}-{mark}", organ, *elsewhere)
        for name, elsewhere in (("rieng", ()), ("nghi", ()), ("chung", (lam_son,)), ("truc", ()))
    ]
    async with operator_database.control() as control:
        await provisioner.provision_operator(control, operating.username, "Trần Thị Bình")
    async with database.control() as control:
        await provisioner.part(control, organ.slug, gone.account_id)

    async with operator_database.control() as control:
        key = uuid4()
        await works.ask(control, None, key, "erase", "van-hanh", organ.id, reason="Thử")
    assert (await acts.carry_out(operator_database, key)).state == "done"
    whole = accounts.forget

    async def killed(_control: ControlSession, _account_id: UUID) -> None:
        raise Killed

    with clock.fixed_at(clock.now() + timedelta(days=31)):
        monkeypatch.setattr(accounts, "forget", killed)
        with pytest.raises(Killed):
            await erasing.carry_out_due(operator_database)
        monkeypatch.setattr(accounts, "forget", whole)
        await erasing.carry_out_due(operator_database)
    async with operator_database.control() as control:
        erasure = await erasing.find(control, key)
        left = set(await control.scalars(select(Account.username).where(Account.username.endswith(mark))))
    assert (erasure.state, erasure.accounts, erasure.accounts_kept) == ("done", 3, 2)
    assert left == {both.username, operating.username}
    names = [spec.administrator.username, alone.username, gone.username, both.username, operating.username]
    assert [await issuer.knows(name) for name in names] == [False, False, False, True, True]


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(_bytes(token.split(".")[1]))
    return claims


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _text(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
