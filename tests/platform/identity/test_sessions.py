"""How a session lives and ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from lienxa.platform import clock
from lienxa.platform.access.models import Appointment, Post, Staff
from lienxa.platform.access.staffing import appoint
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Unavailable
from lienxa.platform.identity import sessions
from lienxa.platform.identity.models import SignOnSession
from lienxa.platform.tenancy.organs import Organ

from .conftest import Browser, NewPerson, Person, Service, csrf_of

NewBrowser = Callable[[], Browser]


async def _change(database: Database, **values: Any) -> None:
    async with database.control() as control:
        await control.execute(update(SignOnSession).values(**values))


async def _rows(database: Database) -> list[SignOnSession]:
    async with database.control() as control:
        return list(await control.scalars(select(SignOnSession)))


async def _is_in(browser: Browser, host: str) -> bool:
    answer = await browser.get(f"http://{host}/phien", follow=False)
    return answer.status_code == 200


async def test_limits_of_a_session(browser: Browser, service: Service, binh: Person, database: Database) -> None:
    host, minute = service.host("lam-son"), timedelta(minutes=1)
    await browser.sign_in(host, "binh", binh.password)
    (row,) = await _rows(database)
    assert row.expires_at - row.created_at == timedelta(hours=12)
    cases = [
        (False, {"last_seen_at": clock.now() - timedelta(hours=8) + minute}, True),
        (False, {"last_seen_at": clock.now() - timedelta(hours=8) - minute}, False),
        (True, {"last_seen_at": clock.now() - timedelta(minutes=29)}, True),
        (True, {"last_seen_at": clock.now() - timedelta(minutes=31)}, False),
        (False, {"expires_at": clock.now() - timedelta(seconds=1)}, False),
        (False, {"confirmed_at": clock.now() - timedelta(hours=8) + minute}, True),
        (False, {"confirmed_at": clock.now() - timedelta(hours=8) - minute}, False),
    ]
    right = {"last_seen_at": row.last_seen_at, "expires_at": row.expires_at, "confirmed_at": row.confirmed_at}
    for shared, changed, lives in cases:
        await _change(database, shared=shared, **{**right, **changed})
        assert await sessions.lives(database, row.id) is lives, changed
        assert await _is_in(browser, host) is lives, changed


async def test_a_request_costs_one_statement_and_notes_the_use_once_a_minute(
    browser: Browser, service: Service, binh: Person, lam_son: Organ, database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, "binh", binh.password)
    secret = browser.cookies[host]["lx_session"]
    statements: list[str] = []
    listen = (database.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    event.listen(*listen)
    assert await sessions.look_up(database, lam_son.id, secret)
    assert len(statements) == 1
    await _change(database, last_seen_at=clock.now() - timedelta(minutes=2))
    statements.clear()
    for _request in range(3):
        assert await sessions.look_up(database, lam_son.id, secret)
    assert len(statements) == 3 + 1
    event.remove(*listen)


async def test_a_counter_gets_the_short_limit_by_itself(
    browser: Browser, service: Service, lam_son: Organ, new_person: NewPerson, database: Database
) -> None:
    person = await new_person("quay", lam_son, post="can-bo-mot-cua")
    await browser.sign_in(service.host("lam-son"), person.username, person.password)
    assert [row.shared for row in await _rows(database)] == [True]


async def test_a_shared_machine_stays_one(browser: Browser, service: Service, binh: Person, database: Database) -> None:
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password)
    form = {"_csrf": csrf_of(page), "shared": "1"}
    assert (await browser.post(f"http://{host}/phien/may-dung-chung", form)).status_code == 200
    assert [row.shared for row in await _rows(database)] == [True]
    del browser.cookies[host]["lx_session"]
    await browser.get(f"http://{host}/phien")
    assert all(row.shared for row in await _rows(database))


async def test_logging_out_ends_every_organ(
    browser: Browser,
    service: Service,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    page = await browser.sign_in(here, person.username, person.password)
    await browser.get(f"http://{there}/phien")
    assert len(await _rows(database)) == 2

    leaving = await browser.post(f"http://{here}/dang-xuat", {"_csrf": csrf_of(page)}, follow=False)
    assert leaving.status_code == 200, "a redirect after a sent form would be stopped by form-action"
    assert await _rows(database) == []
    assert not await _is_in(browser, there)


async def test_logging_out_leads_back_to_the_organ(browser: Browser, service: Service, binh: Person) -> None:
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password)
    last = await browser.post(f"http://{host}/dang-xuat", {"_csrf": csrf_of(page)})
    assert last.extensions["address"] == f"http://{host}/dang-xuat/roi"
    assert any("/protocol/openid-connect/logout" in address for address in browser.visited)
    login = await browser.get(f"http://{host}/phien")
    assert 'name="password"' in login.text, "the issuer asks for the password again"


async def test_logging_out_while_the_issuer_is_away_is_told(
    browser: Browser, service: Service, binh: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password)

    async def silence(*_sent: object) -> None:
        raise Unavailable("silence")

    monkeypatch.setattr(service.oidc, "refresh", silence)
    last = await browser.post(f"http://{host}/dang-xuat", {"_csrf": csrf_of(page)})
    assert last.extensions["address"].startswith(f"http://{host}/dang-xuat/roi")
    assert "đóng hết cửa sổ của trình duyệt" in last.text
    assert await _rows(database) == []


async def test_what_the_embedded_issuer_cannot_do_is_not_offered(
    browser: Browser, service: Service, binh: Person
) -> None:
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password)
    assert "/phien/doi/" not in page.text
    assert (await browser.get(f"http://{host}/phien/doi/mat-khau")).status_code == 404


async def test_the_end_of_a_logout_leads_nowhere_else(browser: Browser, service: Service, lam_son: Organ) -> None:
    sso = f"http://localhost:{service.settings.port}/dang-xuat/xong"
    for state in ("", "khong-co", "//evil.example", "evil.example"):
        answer = await browser.get(f"{sso}?state={state}", follow=False)
        assert answer.status_code == 200, state


async def test_logging_out_everywhere(
    new_browser: NewBrowser, service: Service, binh: Person, database: Database
) -> None:
    host = service.host("lam-son")
    office, phone = new_browser(), new_browser()
    page = await office.sign_in(host, "binh", binh.password)
    await phone.sign_in(host, "binh", binh.password)
    listed = await office.get(f"http://{host}/phien")
    assert listed.text.count("python-httpx") == 2
    await office.post(f"http://{host}/phien/dang-xuat-tat-ca", {"_csrf": csrf_of(page)})
    assert await _rows(database) == []
    login = await phone.get(f"http://{host}/phien")
    assert 'name="password"' in login.text, "the issuer's session of the other device ended too"


async def test_acting_in_another_post(
    browser: Browser, service: Service, binh: Person, lam_son: Organ, database: Database
) -> None:
    async with database.tenant(lam_son.id) as session:
        posts = {post.code: post.id for post in await session.scalars(select(Post))}
        staff_id = (await session.execute(select(Staff.id).where(Staff.account_id == binh.account_id))).scalar_one()
        await appoint(session, staff_id, "van-thu-ubkt", clock.today())
    host = service.host("lam-son")
    page = await browser.sign_in(host, "binh", binh.password)
    form = {"_csrf": csrf_of(page), "post": str(posts["van-thu-ubkt"])}
    assert (await browser.post(f"http://{host}/chuc-vu", form, follow=False)).status_code == 303
    assert [row.acting_post_id for row in await _rows(database)] == [posts["van-thu-ubkt"]]
    form["post"] = str(posts["bi-thu"])
    assert (await browser.post(f"http://{host}/chuc-vu", form, follow=False)).status_code == 403, "not held"


async def test_somebody_without_a_post_can_leave(
    browser: Browser, service: Service, binh: Person, lam_son: Organ, database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, "binh", binh.password)
    async with database.tenant(lam_son.id) as session:
        await session.execute(update(Appointment).values(held_from=clock.today() + timedelta(days=1)))
    assert (await browser.get(f"http://{host}/phien")).status_code == 403
    page = await browser.get(f"http://{host}/dang-xuat")
    assert (await browser.post(f"http://{host}/dang-xuat", {"_csrf": csrf_of(page)})).status_code == 200
    assert await _rows(database) == []


async def test_what_can_no_longer_be_used_is_removed(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    await _change(database, expires_at=clock.now() - timedelta(seconds=1))
    async with database.control() as control:
        await sessions.forget_expired(control)
    assert await _rows(database) == []
