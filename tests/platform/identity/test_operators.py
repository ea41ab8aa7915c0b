"""Operators sign on without an organ, on the sign-on host, by a role of the realm and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lienxa.platform import clock
from lienxa.platform.audit.operators import OperatorEvent
from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_PASSWORD
from lienxa.platform.identity.models import IssuerUser, SignOnSession
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.identity.refresh import refresh_sessions
from lienxa.platform.settings import Settings

from .conftest import Browser, Person, Service, csrf_of

NewBrowser = Callable[[], Browser]


@pytest.fixture
async def an_operator(operator_database: Database, test_settings: Settings) -> None:
    async with operator_database.control() as control:
        await provisioner_for(test_settings).provision_operator(
            control, "van-hanh", "Phan Thị Thử", DEMONSTRATION_PASSWORD
        )


def sign_on_host(service: Service) -> str:
    return f"localhost:{service.settings.port}"


async def actions(database: Database) -> list[tuple[str, str]]:
    async with database.control() as control:
        rows = await control.execute(
            select(OperatorEvent.operator, OperatorEvent.action)
            .where(OperatorEvent.action.startswith("operator."))
            .order_by(OperatorEvent.id)
        )
        return [tuple(row) for row in rows]


async def test_an_operator_signs_in_and_out(
    browser: Browser, service: Service, an_operator: None, database: Database
) -> None:
    host = sign_on_host(service)
    page = await browser.sign_in(host, "van-hanh", DEMONSTRATION_PASSWORD, "/van-hanh/nhat-ky")
    assert page.status_code == 200
    assert page.extensions["address"] == f"http://{host}/van-hanh/nhat-ky"
    out = await browser.post(f"http://{host}/van-hanh/dang-xuat", {"_csrf": csrf_of(page)})
    assert out.status_code == 200
    again = await browser.get(f"http://{host}/van-hanh")
    assert 'name="password"' in again.text
    assert await actions(database) == [("van-hanh", "operator.signed_in"), ("van-hanh", "operator.signed_out")]


async def test_who_serves_an_organ_is_no_operator(
    browser: Browser, service: Service, binh: Person, database: Database
) -> None:
    page = await browser.sign_in(sign_on_host(service), "binh", binh.password, "/van-hanh")
    assert page.status_code == 403
    assert "không phải của người vận hành" in page.text
    assert "Đăng nhập bằng tài khoản khác" in page.text
    assert await actions(database) == [("binh", "operator.sign_on_refused")]
    async with database.control() as control:
        assert (await control.scalars(select(SignOnSession))).all() == []


async def test_an_operator_is_no_member_of_an_organ(browser: Browser, service: Service, an_operator: None) -> None:
    await browser.sign_in(sign_on_host(service), "van-hanh", DEMONSTRATION_PASSWORD, "/van-hanh")
    page = await browser.get(f"http://{service.host('lam-son')}/viec-cua-toi")
    assert page.status_code in {403, 404}


async def test_the_cookie_is_good_for_no_organ_and_a_ticket_for_no_other_browser(
    browser: Browser, new_browser: NewBrowser, service: Service, an_operator: None, binh: Person
) -> None:
    host, organ = sign_on_host(service), service.host("lam-son")
    await browser.sign_in(host, "van-hanh", DEMONSTRATION_PASSWORD, "/van-hanh")
    browser.cookies[organ] = dict(browser.cookies[host])
    answer = await browser.get(f"http://{organ}/viec-cua-toi", follow=False)
    assert answer.headers["location"].startswith("/dang-nhap?")
    ticket = next(address for address in browser.visited if "/van-hanh/dang-nhap/xong?ve=" in address)
    assert (await new_browser().get(ticket)).status_code == 403


async def test_who_lost_the_role_is_out_with_the_next_refresh(
    browser: Browser, service: Service, an_operator: None, database: Database
) -> None:
    await browser.sign_in(sign_on_host(service), "van-hanh", DEMONSTRATION_PASSWORD, "/van-hanh")
    for roles, left in ((["operator"], 1), ([], 0)):
        async with database.control() as control:
            await control.execute(update(IssuerUser).where(IssuerUser.username == "van-hanh").values(roles=roles))
            await control.execute(update(SignOnSession).values(refresh_tried_at=clock.now() - timedelta(seconds=30)))
        await refresh_sessions(database, service.settings, service.oidc)
        async with database.control() as control:
            assert len((await control.scalars(select(SignOnSession))).all()) == left


async def test_the_login_page_names_the_invented_operator_alone(
    browser: Browser, service: Service, an_operator: None, operator_database: Database, test_settings: Settings
) -> None:
    async with operator_database.control() as control:
        await provisioner_for(test_settings).provision_operator(control, "nguoi-khac", "Đỗ Văn Thử", "mat-khau-khac")
    page = await browser.get(f"http://{sign_on_host(service)}/van-hanh")
    assert re.findall(r"<span>([^<]+)</span>", page.text) == ["van-hanh"]
