"""Unsafe requests from elsewhere: the organs are one site to a browser, so cookies alone prove nothing."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select

from lienxa.platform.db.session import Database
from lienxa.platform.identity.models import SignOnSession
from lienxa.platform.identity.requests import binding_cookie_name, csrf_token, masked, session_cookie_name, unmasked
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

from .conftest import Browser, NewPerson, Person, Service, csrf_of

NewBrowser = Callable[[], Browser]


async def _sessions(database: Database) -> int:
    async with database.control() as control:
        return len((await control.scalars(select(SignOnSession.id))).all())


async def test_a_token_of_another_organ_is_refused(
    browser: Browser,
    service: Service,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
) -> None:
    """A double-submit cookie under one key would accept this: same person, same browser, the other host's token."""
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    here = await browser.sign_in(service.host("lam-son"), person.username, person.password)
    there = await browser.get(f"http://{service.host('giang-son-tay')}/phien")
    address = f"http://{service.host('giang-son-tay')}/dang-xuat"
    assert (await browser.post(address, {"_csrf": csrf_of(here)})).status_code == 403
    assert (await browser.post(address, {"_csrf": csrf_of(here)}, origin=None)).status_code == 403
    assert await _sessions(database) == 2
    assert (await browser.post(address, {"_csrf": csrf_of(there)})).status_code == 200
    assert await _sessions(database) == 0


async def test_a_foreign_origin_is_refused_even_with_the_right_token(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    host = service.host("lam-son")
    token = csrf_of(await browser.sign_in(host, "binh", binh.password))
    foreign = [
        f"http://{service.host('giang-son-tay')}",
        f"https://{host}",
        "http://lam-son.localhost",
        "http://evil.example",
        "null",
        None,
    ]
    for origin in foreign:
        answer = await browser.post(f"http://{host}/dang-xuat", {"_csrf": token}, origin=origin)
        assert answer.status_code == 403, origin
    assert await _sessions(database) == 1


async def test_no_token_or_a_wrong_one_is_refused(browser: Browser, service: Service, binh: Person) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, "binh", binh.password)
    for form in ({}, {"_csrf": ""}, {"_csrf": "0" * 64}, {"_csrf": "đ"}):
        assert (await browser.post(f"http://{host}/phien/may-dung-chung", form)).status_code == 403, form


async def test_fetch_metadata_stands_in_for_a_hidden_origin(browser: Browser, service: Service, binh: Person) -> None:
    """Pages with `no-referrer` send `Origin: null` with their own forms."""
    host = service.host("lam-son")
    token = csrf_of(await browser.sign_in(host, "binh", binh.password))
    cookie = f"lx_session={browser.cookies[host]['lx_session']}"
    for site, status in (("same-site", 403), ("cross-site", 403), ("none", 403), ("same-origin", 303)):
        answer = await browser.http.post(
            f"{service.back_channel}/phien/may-dung-chung",
            data={"shared": "1"},
            headers={"host": host, "cookie": cookie, "origin": "null", "sec-fetch-site": site, "x-csrf-token": token},
        )
        assert answer.status_code == status, site


async def test_a_session_of_one_organ_is_none_at_another(
    browser: Browser, service: Service, binh: Person, giang_son_tay: Organ
) -> None:
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    await browser.sign_in(here, "binh", binh.password)
    browser.cookies[there] = dict(browser.cookies[here])
    answer = await browser.get(f"http://{there}/phien", follow=False)
    assert answer.headers["location"].startswith("/dang-nhap")


def test_the_token_depends_on_session_organ_and_key(test_settings: Settings) -> None:
    session_id, tenant_id = uuid4(), uuid4()
    token = csrf_token(test_settings, session_id, tenant_id)
    other_key = test_settings.model_copy(update={"secret_key": type(test_settings.secret_key)("1" * 64)})
    assert token == csrf_token(test_settings, session_id, tenant_id)
    assert token != csrf_token(test_settings, uuid4(), tenant_id)
    assert token != csrf_token(test_settings, session_id, uuid4())
    assert token != csrf_token(other_key, session_id, tenant_id)


def test_host_cookies_belong_to_https_alone(test_settings: Settings) -> None:
    https = test_settings.model_copy(update={"scheme": "https"})
    assert session_cookie_name(https) == "__Host-lx_session"
    assert binding_cookie_name(https) == "__Host-lx_binding"
    assert session_cookie_name(test_settings) == "lx_session"


def test_a_page_carries_the_token_in_other_letters_each_time(test_settings: Settings) -> None:
    token = csrf_token(test_settings, uuid4(), uuid4())
    one, other = masked(token), masked(token)
    assert len({token, one, other}) == 3
    assert token not in one
    assert unmasked(one) == unmasked(other) == token


@pytest.mark.parametrize("sent", ["", "0", "zz", "đ", "00" * 32])
def test_what_is_no_token_is_none(test_settings: Settings, sent: str) -> None:
    assert unmasked(sent) != csrf_token(test_settings, uuid4(), uuid4())
