"""Communes that merge and one that is split, at the issuer: organizations, members, sessions, and who is shut out.

With the embedded issuer, and in `make test-all` at a real Keycloak server (design: identity, 4; ADR 0035).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from keycloak import KeycloakAdmin
from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.access.staffing import add_staff, appoint
from lienxa.platform.db.session import Database
from lienxa.platform.identity import accounts, enrolment
from lienxa.platform.identity.models import SignOnSession
from lienxa.platform.identity.provisioning import Provisioner, provisioner_for
from lienxa.platform.identity.refresh import RefreshOutcome, refresh_sessions
from lienxa.platform.life import acts, following, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator import onboarding, specs
from lienxa.platform.operator.specs import OrganSpec
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE, Organ, organ_by_slug
from lienxa.tenants.office import operations

from .conftest import Browser, Service
from .issuers import Issuer, Real, killed_after_each_request
from .test_contract import KEYCLOAK, due, issuer, kind, run_wanted  # noqa: F401 -- fixtures, too

PASSWORD = "lien-xa"
NewBrowser = Callable[[], Browser]


@dataclass
class Communes:
    """Hạ and Thượng, which nobody else knows: a server outlives the database of a test. `both` serves both."""

    service: Service
    database: Database
    operator_database: Database
    mark: str

    def slug(self, name: str) -> str:
        return f"{name}-{self.mark}"

    def username(self, name: str, organ: str) -> str:
        return f"{name}.{self.slug(organ)}"

    def host(self, organ: str) -> str:
        return self.service.host(self.slug(organ))

    async def organ(self, name: str) -> Organ:
        async with self.database.control() as control:
            found = await organ_by_slug(control, self.slug(name))
        assert found is not None, name
        return found

    async def account_id(self, username: str) -> UUID:
        async with self.database.control() as control:
            account = await accounts.by_username(control, self.service.settings.issuer_name, username)
        assert account is not None, username
        return account.id

    async def serving(self, username: str) -> set[str]:
        """The organs that somebody serves, as we have it, without the mark."""
        account_id = await self.account_id(username)
        async with self.database.control() as control:
            return {organ.slug.partition("-")[0] for organ in await accounts.organs_of(control, account_id)}

    async def signed_in(self, username: str) -> int:
        """How many sessions of ours somebody has."""
        theirs = SignOnSession.account_id == await self.account_id(username)
        async with self.database.control() as control:
            return int(await control.scalar(select(func.count()).select_from(SignOnSession).where(theirs)) or 0)

    async def actor(self, organ: Organ, username: str) -> Actor:
        account_id = await self.account_id(username)
        async with self.database.tenant(organ.id) as session:
            found = await members.member(session, organ, account_id)
        assert found is not None, username
        return found

    async def person(self, organ: Organ, username: str) -> Staff:
        account_id = await self.account_id(username)
        async with self.database.tenant(organ.id) as session:
            return (await session.scalars(select(Staff).where(Staff.account_id == account_id))).one()

    def new(self, name: str, title: str, administrator: str) -> dict[str, Any]:
        slug = self.slug(name)
        return {"slug": slug, "name": title, "host": f"{slug}.localhost", "administrator": administrator}

    def merger(self) -> dict[str, Any]:
        """Hạ and Thượng become Lương."""
        return {
            "predecessors": [self.slug("ha"), self.slug("thuong")],
            "successors": [self.slug("luong")],
            "from_day": clock.today().isoformat(),
            "rest": self.slug("luong"),
            "new": [self.new("luong", "Lương", self.username("quan-tri", "ha"))],
        }

    async def split(self) -> dict[str, Any]:
        """Lương becomes Đông, to which the clerk of Hạ goes alone, and Đoài."""
        clerk = await self.person(await self.organ("luong"), self.username("van-thu", "ha"))
        return {
            "predecessors": [self.slug("luong")],
            "successors": [self.slug("dong"), self.slug("doai")],
            "from_day": clock.today().isoformat(),
            "rest": self.slug("doai"),
            "new": [
                self.new("dong", "Đông", self.username("quan-tri", "ha")),
                self.new("doai", "Đoài", self.username("quan-tri", "thuong")),
            ],
            "people": {str(clerk.id): {"to": self.slug("dong")}},
        }

    async def carried_out(self, plan: dict[str, Any], key: UUID | None = None) -> OrganWork:
        key = key or uuid4()
        async with self.operator_database.control() as control:
            await works.ask(control, None, key, following.plans.plan_of(plan).kind, "van-hanh", None, **plan)
        try:
            return await acts.carry_out(self.operator_database, key)
        finally:
            self.service.app.state.hosts._known.clear()  # what a process remembers for ten seconds


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", timedelta(0))


@pytest.fixture
async def communes(
    service: Service,
    issuer: Issuer,  # noqa: F811
    lam_son: Organ,
    database: Database,
    operator_database: Database,
) -> Communes:
    """Both at work, each with an administrator, a clerk and one who is suspended."""
    found = Communes(service, database, operator_database, uuid4().hex[:8])
    for name, title in (("ha", "Hạ"), ("thuong", "Thượng")):
        people = [
            specs.Person(found.username(post, name), f"{given} {title}", (post,), PASSWORD)
            for post, given in (("quan-tri", "Lê Quản"), ("van-thu", "Trần Thư"), ("bi-thu", "Phan Tạm"))
        ]
        spec = OrganSpec(
            slug=found.slug(name),
            name=title,
            kind="commune",
            host=f"{found.slug(name)}.localhost",
            parent_slug="do-luong",
            administrator=people[0],
            people=tuple(people[1:]),
            phase=LIVE,
        )
        provisioner = provisioner_for(service.settings)
        organ = (await onboarding.add_organ(operator_database, provisioner, spec)).organ
        await _suspend(found, organ, found.username("quan-tri", name), found.username("bi-thu", name))
    clerk, other = await found.account_id(found.username("van-thu", "ha")), await found.organ("thuong")
    async with operator_database.control() as control:
        await provisioner_for(service.settings).join(control, other.slug, clerk)
    async with database.tenant(other.id) as session:
        staff = await add_staff(session, clerk, "Trần Thư Hạ")
        await appoint(session, staff.id, "van-thu", clock.today())
    return found


async def _suspend(communes: Communes, organ: Organ, administrator: str, username: str) -> None:
    actor, person = await communes.actor(organ, administrator), await communes.person(organ, username)
    async with communes.database.tenant(organ.id) as session:
        await operations.suspend(session, actor, person.id, person.version, "Thử")


async def _readmit(communes: Communes, organ: Organ, administrator: str, username: str) -> None:
    actor, person = await communes.actor(organ, administrator), await communes.person(organ, username)
    async with communes.database.tenant(organ.id) as session:
        await operations.readmit(session, actor, person.id, person.version)


async def organizations(issuer: Issuer, communes: Communes) -> dict[str, set[str]]:  # noqa: F811
    """At a real server: the members of each organization, both without the mark; all of them are enabled."""
    assert isinstance(issuer, Real)

    def ask(admin: KeycloakAdmin) -> dict[str, set[str]]:
        found = {}
        for name in ("ha", "thuong", "luong", "dong", "doai"):
            for one in admin.get_organizations({"search": communes.slug(name), "exact": "true"}):
                assert one["enabled"], name
                assert name not in found, "one for each organ"
                people = admin.get_organization_members(one["id"])
                found[name] = {person["username"].replace(f"-{communes.mark}", "") for person in people}
        return found

    return await issuer.ask(ask)


async def reaches(browser: Browser, communes: Communes, organ: str, username: str, password: str = PASSWORD) -> bool:
    """Whether somebody who signs on at an organ comes in."""
    page = await browser.sign_in(communes.host(organ), username, password)
    assert page.status_code in (200, 403), page.text
    return page.status_code == 200 and page.extensions["address"] == f"http://{communes.host(organ)}/phien"


async def test_members_come_along_read_on_and_are_shut_out_everywhere(
    communes: Communes,
    issuer: Issuer,  # noqa: F811
    kind: str,  # noqa: F811
    new_browser: NewBrowser,
    database: Database,
) -> None:
    service, clerk, chief = communes.service, communes.username("van-thu", "ha"), communes.username("quan-tri", "ha")
    at_work = new_browser()
    assert await reaches(at_work, communes, "ha", clerk)
    assert (await communes.carried_out(communes.merger())).state == "done"
    luong = await communes.organ("luong")

    # Whoever was at work reads on and goes to the new organ without a new login.
    await due(database)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(1, 0, 0)
    for organ in ("ha", "luong", "thuong"):
        page = await at_work.get(f"http://{communes.host(organ)}/phien")
        assert page.extensions["address"] == f"http://{communes.host(organ)}/phien", organ
    for username in (clerk, chief, communes.username("van-thu", "thuong")):
        for organ in ("luong", username.rpartition(".")[2].partition("-")[0]):
            assert await reaches(new_browser(), communes, organ, username), (username, organ)
    for organ in ("ha", "luong"):
        assert not await reaches(new_browser(), communes, organ, communes.username("bi-thu", "ha")), organ
    everybody = {f"{post}.{organ}" for organ in ("ha", "thuong") for post in ("quan-tri", "van-thu", "bi-thu")}
    of_ha = {name for name in everybody if name.endswith(".ha")}
    both = {"ha": of_ha, "thuong": everybody - of_ha | {"van-thu.ha"}}
    if kind == KEYCLOAK:
        assert await organizations(issuer, communes) == both | {"luong": everybody}

    # Who is suspended in the new one is out of all of them, and back in all of them.
    await _suspend(communes, luong, chief, clerk)
    assert await communes.signed_in(clerk) == 0
    assert await run_wanted(database) > 0
    assert await communes.serving(clerk) == {"luong"}
    for organ in ("ha", "thuong", "luong"):
        assert not await reaches(new_browser(), communes, organ, clerk), organ
    if kind == KEYCLOAK:
        without = {organ: people - {"van-thu.ha"} for organ, people in both.items()}
        assert await organizations(issuer, communes) == without | {"luong": everybody}
    await _readmit(communes, luong, chief, clerk)
    for organ in ("ha", "thuong", "luong"):
        assert await reaches(new_browser(), communes, organ, clerk), organ

    # The new one gives out a password in place of one that an organ before it gave out.
    async with database.tenant(luong.id) as session:
        printed = await enrolment.renew_password(session, await communes.account_id(clerk), "Quản trị")
    page = await new_browser().sign_in(communes.host("luong"), clerk, printed)
    assert page.text.count('type="password"') == 2, "one chooses one's own"
    assert not await _knows(new_browser(), communes, clerk)

    # And is split in its turn.
    assert (await communes.carried_out(await communes.split())).state == "done"
    if kind == KEYCLOAK:
        there = await organizations(issuer, communes)
        assert there["dong"] == {"van-thu.ha", "quan-tri.ha"}
        assert there["doai"] == everybody - {"van-thu.ha"}
        assert {organ: there[organ] for organ in both} == both
    dong = await communes.organ("dong")
    for organ in ("dong", "luong", "ha"):
        assert await reaches(new_browser(), communes, organ, chief), organ
    assert not await reaches(new_browser(), communes, "dong", communes.username("van-thu", "thuong"))
    person = await communes.person(dong, clerk)
    async with database.tenant(dong.id) as session:
        await enrolment.release(session, person)
    assert await communes.serving(clerk) == set()
    if kind == KEYCLOAK:
        assert not any("van-thu.ha" in people for people in (await organizations(issuer, communes)).values())


async def _knows(browser: Browser, communes: Communes, username: str) -> bool:
    """Whether the old password still opens anything."""
    page = await browser.sign_in(communes.host("luong"), username, PASSWORD)
    return "Tên đăng nhập hoặc mật khẩu không đúng." not in page.text


# Broken off ----------------------------------------------------------------------------------------------------------

AT_THE_SERVER = pytest.mark.parametrize("kind", [pytest.param(KEYCLOAK, marks=pytest.mark.long)], indirect=True)


async def _is_whole(communes: Communes, issuer: Issuer, new_browser: NewBrowser) -> None:  # noqa: F811
    everybody = {f"{post}.{organ}" for organ in ("ha", "thuong") for post in ("quan-tri", "van-thu", "bi-thu")}
    assert (await organizations(issuer, communes))["luong"] == everybody
    luong = await communes.organ("luong")
    async with communes.database.control() as control:
        serving = set(await accounts.members_of(control, luong.id))
    async with communes.database.tenant(luong.id) as session:
        people = (await session.scalars(select(Staff.account_id))).all()
    assert sorted(people) == sorted(serving)
    assert len(people) == len(everybody)
    for username in (communes.username("quan-tri", "ha"), communes.username("van-thu", "thuong")):
        assert await reaches(new_browser(), communes, "luong", username)


@AT_THE_SERVER
async def test_killed_after_any_request_to_the_server_it_is_gone_on_with_and_ends_whole(
    communes: Communes,
    issuer: Issuer,  # noqa: F811
    new_browser: NewBrowser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, key = communes.merger(), uuid4()
    monkeypatch.setattr(works, "ATTEMPTS", 10_000)
    done, killed = await killed_after_each_request(monkeypatch, lambda: communes.carried_out(plan, key))
    assert killed > 7
    assert done.state == "done", done.reason
    await _is_whole(communes, issuer, new_browser)


@AT_THE_SERVER
@pytest.mark.parametrize("step", ["organs", "people"])
async def test_while_the_server_is_away_it_stops_and_is_gone_on_with_later(
    communes: Communes,
    issuer: Issuer,  # noqa: F811
    new_browser: NewBrowser,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Nothing is left if it had not begun; else the organs before it wait, and another try takes it up."""
    plan, away, asked = communes.merger(), {"issuer_server_url": "http://127.0.0.1:9"}, 0

    def in_the_step(settings: Settings) -> Provisioner:
        nonlocal asked
        asked += 1
        return provisioner_for(settings if asked == 1 and step == "people" else settings.model_copy(update=away))

    with monkeypatch.context() as patched:
        patched.setattr(following, "provisioner_for", in_the_step)
        stopped = await communes.carried_out(plan)
    assert stopped.state == "failed"
    assert "Máy chủ đăng nhập không thực hiện được yêu cầu." in stopped.reason
    assert (await communes.organ("ha")).state == ("active" if step == "organs" else "suspended")
    assert ("luong" in await organizations(issuer, communes)) == (step == "people")
    done = await communes.carried_out(plan)
    assert done.state == "done", done.reason
    await _is_whole(communes, issuer, new_browser)


async def test_whom_the_issuer_has_forgotten_holds_nobody_up_and_comes_back_with_a_new_password(
    communes: Communes,
    issuer: Issuer,  # noqa: F811
    kind: str,  # noqa: F811
    new_browser: NewBrowser,
) -> None:
    """Somebody removed them there by hand. They come along, and are made anew for all organs that they serve."""
    clerk = communes.username("van-thu", "ha")
    await issuer.remove(clerk)
    done = await communes.carried_out(communes.merger())
    assert done.state == "done", done.reason
    assert not await issuer.knows(clerk)
    async with communes.database.tenant((await communes.organ("luong")).id) as session:
        printed = await enrolment.renew_password(session, await communes.account_id(clerk), "Quản trị")
    page = await new_browser().sign_in(communes.host("luong"), clerk, printed)
    assert page.text.count('type="password"') == 2, "one chooses one's own"
    if kind == KEYCLOAK:
        found = await organizations(issuer, communes)
        assert [organ for organ in found if "van-thu.ha" in found[organ]] == ["ha", "thuong", "luong"]
