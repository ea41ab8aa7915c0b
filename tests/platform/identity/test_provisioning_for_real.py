"""Provisioning at a real Keycloak server: done once, taken up after a crash at any step, taken back on failure."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from keycloak import KeycloakAdmin
from tests.platform.mail.conftest import MailServer, certificate, mail_server  # noqa: F401 -- fixtures

from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.models import Account, IssuerOrganization
from lienxa.platform.identity.provisioning import KeycloakProvisioner, provisioner_for
from lienxa.platform.keycloak import realm
from lienxa.platform.keycloak.server import Keycloak
from lienxa.platform.operator import onboarding
from lienxa.platform.operator.specs import OrganSpec, Person
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import LIVE, Organ, organ_by_slug

from .conftest import Browser, form_address

pytestmark = pytest.mark.long

# What onboarding one organ with one person asks of the server, in this order.
CALLS = (
    "a_get_organizations",
    "a_create_organization",
    "a_get_users",
    "a_create_user",
    "a_get_user_organizations",
    "a_organization_user_add",
    "a_set_user_password",
)


class Killed(BaseException):
    """The process is gone: nothing runs after it, not even what takes back."""


@dataclass
class Server:
    """The server as its own administrator sees it, and provisioners of ours."""

    keycloak: Keycloak
    settings: Settings

    async def ask(self, question: Callable[[KeycloakAdmin], Any]) -> Any:
        def work() -> Any:
            with realm.administrator(self.keycloak, self.settings.realm) as admin:
                return question(admin)

        return await asyncio.to_thread(work)

    async def organizations(self, slug: str) -> list[dict[str, Any]]:
        return await self.ask(lambda admin: admin.get_organizations({"search": slug, "exact": "true"}))

    async def users(self, username: str) -> list[dict[str, Any]]:
        return await self.ask(lambda admin: admin.get_users({"username": username, "exact": "true"}))

    async def members(self, organization_id: str) -> set[str]:
        found = await self.ask(lambda admin: admin.get_organization_members(organization_id))
        return {member["username"] for member in found}

    def provisioner(self, **changed: Any) -> KeycloakProvisioner:
        made = provisioner_for(self.settings.model_copy(update=changed))
        assert isinstance(made, KeycloakProvisioner)
        return made


@pytest.fixture
async def server(keycloak_server: Keycloak, monkeypatch: pytest.MonkeyPatch, lam_son: Organ) -> AsyncIterator[Server]:
    """The real server with our realm."""
    monkeypatch.setenv("LIENXA_SSO", "keycloak")
    monkeypatch.setenv("LIENXA_KEYCLOAK_PORT", str(keycloak_server.port))
    monkeypatch.setenv("LIENXA_PROVISIONER_CLIENT_SECRET", "of-the-provisioner")
    get_settings.cache_clear()
    settings = get_settings()
    await asyncio.to_thread(realm.bring_up, keycloak_server, settings)
    yield Server(keycloak_server, settings)
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def spec() -> Callable[..., OrganSpec]:
    """A commune that no other test knows: the server outlives the database of a test."""

    def make(**changes: Any) -> OrganSpec:
        slug = f"xuan-{uuid4().hex[:8]}"
        person = Person(f"quan-tri.{slug}", "Nguyễn Văn Thử")
        usual = {"slug": slug, "name": "Xuân Sơn", "kind": "commune", "host": f"{slug}.localhost", "phase": LIVE}
        return OrganSpec(**{**usual, "parent_slug": "do-luong", "administrator": person, **changes})

    return make


def killed_at(provisioner: KeycloakProvisioner, call: str, *, after: bool) -> None:
    """Let the process die before or after that call reached the server."""
    admin = provisioner._admin  # the one seam at which a crash can be put between two calls
    carried_out = getattr(admin, call)

    async def die(*arguments: Any, **named: Any) -> Any:
        if after:
            await carried_out(*arguments, **named)
        raise Killed

    async def nothing() -> None:
        """A killed process takes nothing back."""

    setattr(admin, call, die)
    provisioner.undo = nothing  # type: ignore[method-assign]


async def test_an_organ_gets_one_organization_and_its_administrator_is_a_member(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    wanted = spec()
    added = await onboarding.add_organ(operator_database, server.provisioner(), wanted)
    (organization,) = await server.organizations(wanted.slug)
    (user,) = await server.users(wanted.administrator.username)
    assert organization["alias"] == wanted.slug
    assert (user["firstName"], user["lastName"]) == ("Nguyễn Văn", "Thử")
    assert user["requiredActions"] == ["UPDATE_PASSWORD"]
    assert await server.members(organization["id"]) == {wanted.administrator.username}
    assert added.administrator.one_time_password
    async with operator_database.control() as control:
        kept = await control.get(IssuerOrganization, (server.settings.issuer_name, added.organ.id))
        account = await control.get_one(Account, added.administrator.account_id)
    assert kept is not None
    assert kept.organization_id == organization["id"]
    assert account.sub == user["id"]


async def test_after_a_crash_at_any_step_the_retry_takes_up_what_is_there(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    for call in CALLS:
        for after in (False, True):
            wanted = spec()
            provisioner = server.provisioner()
            killed_at(provisioner, call, after=after)
            with pytest.raises(Killed):
                await onboarding.add_organ(operator_database, provisioner, wanted)
            async with operator_database.control() as control:
                assert await organ_by_slug(control, wanted.slug) is None, (call, after)
            added = await onboarding.add_organ(operator_database, server.provisioner(), wanted)
            (organization,) = await server.organizations(wanted.slug)
            (user,) = await server.users(wanted.administrator.username)
            assert await server.members(organization["id"]) == {wanted.administrator.username}, (call, after)
            assert added.administrator.sub == user["id"]
            assert added.administrator.one_time_password, (call, after)  # the one of before the crash is lost
            assert user["requiredActions"] == ["UPDATE_PASSWORD"]


async def test_what_a_crash_left_takes_the_name_that_is_typed_now(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    wanted = spec()
    provisioner = server.provisioner()
    killed_at(provisioner, "a_organization_user_add", after=True)
    with pytest.raises(Killed):
        await onboarding.add_organ(operator_database, provisioner, wanted)
    other = Person(wanted.administrator.username, "Trần Thị Khác")
    again = spec(slug=wanted.slug, host=wanted.host, administrator=other)
    await onboarding.add_organ(operator_database, server.provisioner(), again)
    (user,) = await server.users(other.username)
    assert (user["firstName"], user["lastName"]) == ("Trần Thị", "Khác")


async def test_a_failure_is_taken_back_at_the_server(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    wanted = spec()

    async def fail(_organ: Organ, _open_session: onboarding.OpenSession) -> None:
        raise RuntimeError("the last step")

    with pytest.raises(RuntimeError, match="the last step"):
        await onboarding.add_organ(operator_database, server.provisioner(), wanted, fail)
    assert await server.organizations(wanted.slug) == []
    assert await server.users(wanted.administrator.username) == []


async def test_what_was_there_before_is_not_taken_back(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    first = spec()
    await onboarding.add_organ(operator_database, server.provisioner(), first)
    second = spec(administrator=first.administrator, people=(Person("q", "x"),))
    with pytest.raises(InvalidInput):
        await onboarding.add_organ(operator_database, server.provisioner(), second)
    third = spec(administrator=Person(first.administrator.username, "Người Khác"))
    with pytest.raises(Conflict):
        await onboarding.add_organ(operator_database, server.provisioner(), third)
    assert len(await server.users(first.administrator.username)) == 1
    assert len(await server.organizations(first.slug)) == 1
    assert await server.organizations(third.slug) == []


async def test_a_member_joins_and_leaves_an_organization(
    server: Server, operator_database: Database, database: Database, spec: Callable[..., OrganSpec]
) -> None:
    here, there = spec(), spec()
    first = await onboarding.add_organ(operator_database, server.provisioner(), here)
    await onboarding.add_organ(operator_database, server.provisioner(), there)
    (one,), (other,) = await server.organizations(here.slug), await server.organizations(there.slug)
    username = here.administrator.username
    for _twice in range(2):
        async with operator_database.control() as control:
            await server.provisioner().join(control, there.slug, first.administrator.account_id)
    assert username in await server.members(other["id"])
    for _twice in range(2):
        async with database.control() as control:
            await server.provisioner().part(control, here.slug, first.administrator.account_id)
    assert username not in await server.members(one["id"])
    assert username in await server.members(other["id"])


async def test_who_cannot_be_mailed_gets_a_printed_password(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    """The realm of the tests sends no mail: the server refuses, and the password is printed instead."""
    wanted = spec()
    person = Person(wanted.administrator.username, wanted.administrator.full_name, email="thu@xuan-son.example")
    invited = spec(slug=wanted.slug, host=wanted.host, administrator=person)
    added = await onboarding.add_organ(operator_database, server.provisioner(invite_by_mail=True), invited)
    assert added.administrator.one_time_password
    assert added.administrator.invited_at == ""
    (user,) = await server.users(person.username)
    assert user["email"] == "thu@xuan-son.example"


async def test_who_is_invited_by_mail_chooses_a_password_and_is_led_to_us(
    server: Server,
    operator_database: Database,
    spec: Callable[..., OrganSpec],
    mail_server: MailServer,  # noqa: F811
    http: httpx.AsyncClient,
) -> None:
    mailbox, settings = mail_server(security="none", login=False), server.settings
    sending = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none", "mail_from": "a@x.example"}
    await asyncio.to_thread(realm.bring_up, server.keycloak, settings.model_copy(update=sending))
    wanted = spec()
    person = Person(wanted.administrator.username, wanted.administrator.full_name, email="thu@xuan-son.example")
    invited = spec(slug=wanted.slug, host=wanted.host, administrator=person)
    added = await onboarding.add_organ(operator_database, server.provisioner(invite_by_mail=True), invited)
    assert (added.administrator.one_time_password, added.administrator.invited_at) == (None, person.email)

    (letter,) = mailbox.taken
    text = letter.get_body(("plain",))
    assert text is not None
    (address,) = re.findall(r"http://id\.localhost:\S+", text.get_content())
    browser = Browser(http, server.keycloak.port)
    page = await browser.get(address)
    page = await browser.get(html.unescape(re.findall(r'class="button" href="([^"]+)"', page.text)[0]))
    chosen = "mot-mat-khau-rieng"
    page = await browser.post(form_address(page), {"password-new": chosen, "password-confirm": chosen})
    assert page.status_code == 200
    assert f'href="{settings.address(settings.sso_host)}/"' in page.text
    (user,) = await server.users(person.username)
    assert user["requiredActions"] == []


async def test_an_operator_is_known_and_no_other_and_a_lost_password_is_renewed(
    server: Server, operator_database: Database, spec: Callable[..., OrganSpec]
) -> None:
    """With the rights of the service account as the realm gives them."""
    wanted, provisioner = spec(), server.provisioner()
    added = await onboarding.add_organ(operator_database, provisioner, wanted)
    name = f"van-hanh-{uuid4().hex[:8]}"
    async with operator_database.control() as control:
        operator = await provisioner.provision_operator(control, name, "Người Vận Hành")
        assert await provisioner.operates(control, operator.account_id)
        assert not await provisioner.operates(control, added.administrator.account_id)
        for _twice in range(2):
            await provisioner.retire_operator(control, operator.account_id)
        assert not await provisioner.operates(control, operator.account_id)
        printed = await provisioner.renew_password(control, added.administrator.account_id)
    assert printed != added.administrator.one_time_password
    (user,) = await server.users(wanted.administrator.username)
    assert user["requiredActions"] == ["UPDATE_PASSWORD"]
