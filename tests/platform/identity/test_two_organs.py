"""One person at two organs: one account, one password, and from one to the other without a new login."""

from collections.abc import Callable

from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import Database
from lienxa.platform.identity import enrolment, sessions
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import Organ

from .conftest import Browser, NewPerson, Person, Service


async def test_the_menu_leads_to_the_other_organ_without_a_login(
    browser: Browser, service: Service, lam_son: Organ, giang_son_tay: Organ, new_person: NewPerson
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    page = await browser.sign_in(here, "hai-noi", person.password)
    assert f'href="http://{there}/dang-nhap"' in page.text
    assert "Sang Xã Giang Sơn Tây" in page.text
    other = await browser.get(f"http://{there}/dang-nhap")
    assert other.status_code == 200
    assert 'name="password"' not in other.text
    assert f'href="http://{here}/dang-nhap"' in other.text
    assert (await browser.get(f"http://{here}/phien")).text.count("<tr>") == 3  # the head and a session at each


async def test_who_serves_one_organ_has_nowhere_to_switch_to(
    browser: Browser, service: Service, binh: Person, giang_son_tay: Organ
) -> None:
    page = await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    assert "Đơn vị khác của đồng chí" not in page.text


async def test_who_was_released_is_out_at_once_and_stays_at_the_other_organ(
    new_browser: Callable[[], Browser],
    service: Service,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    database: Database,
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    here, there = service.host("lam-son"), service.host("giang-son-tay")
    browser = new_browser()
    await browser.sign_in(here, "hai-noi", person.password)
    await browser.get(f"http://{there}/dang-nhap")
    async with database.tenant(lam_son.id) as session:
        [staff] = await session.scalars(select(Staff).where(Staff.account_id == person.account_id))
        await enrolment.release(session, staff)
    refused = await browser.get(f"http://{here}/phien")
    assert refused.status_code == 403
    assert "không thuộc xã Lam Sơn" in refused.text
    stays = await browser.get(f"http://{there}/phien")
    assert stays.status_code == 200
    assert "Đơn vị khác của đồng chí" not in stays.text
    async with database.tenant(lam_son.id) as session:
        await enrolment.rejoin(session, person.account_id)
    assert (await browser.get(f"http://{here}/phien")).status_code == 200


async def test_an_organ_that_is_not_at_work_is_no_place_to_go(
    browser: Browser,
    service: Service,
    lam_son: Organ,
    giang_son_tay: Organ,
    new_person: NewPerson,
    operator_database: Database,
    database: Database,
) -> None:
    person = await new_person("hai-noi", lam_son, giang_son_tay)
    await browser.sign_in(service.host("lam-son"), "hai-noi", person.password)
    secret = browser.cookies[service.host("lam-son")]["lx_session"]
    given_up = TenantHost(host="a-cu.localhost", tenant_id=giang_son_tay.id, retired_until=clock.now())
    async with operator_database.control() as control:
        control.add(given_up)
    found = await sessions.look_up(database, lam_son.id, secret)
    assert found is not None
    assert [one.host for one in found.elsewhere] == ["giang-son-tay.localhost"]
    assert [one.title for one in found.elsewhere] == ["Xã Giang Sơn Tây"]
    async with operator_database.control() as control:
        (await control.get_one(Tenant, giang_son_tay.id)).state = "suspended"
    found = await sessions.look_up(database, lam_son.id, secret)
    assert found is not None
    assert found.elsewhere == ()
