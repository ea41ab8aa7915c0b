"""People at both kinds of issuer."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from keycloak import KeycloakAdmin
from sqlalchemy import func, select

from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, NotFound, Unavailable
from lienxa.platform.identity.issuer import passwords
from lienxa.platform.identity.models import Account, AccountOrgan, IssuerUser
from lienxa.platform.identity.provisioning import (
    EmbeddedProvisioner,
    KeycloakProvisioner,
    ProvisionedPerson,
    Provisioner,
    provisioner_for,
    undone_on_failure,
)
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ


async def _provision(
    database: Database, provisioner: Provisioner, organ: str = "lam-son", name: str = "Lê Thị Ân"
) -> ProvisionedPerson:
    async with database.control() as control:
        return await provisioner.provision_person(control, organ, "an", name, "an@example.com")


async def _organs(database: Database, account_id: UUID) -> set[UUID]:
    async with database.control() as control:
        query = select(AccountOrgan.tenant_id).where(AccountOrgan.account_id == account_id)
        return set(await control.scalars(query))


@pytest.fixture
def embedded(test_settings: Settings) -> Provisioner:
    """The provisioner of the embedded issuer."""
    return provisioner_for(test_settings)


async def test_a_new_person_gets_a_printed_password(
    operator_database: Database, embedded: Provisioner, lam_son: Organ
) -> None:
    made = await _provision(operator_database, embedded)
    assert made.one_time_password is not None
    async with operator_database.control() as control:
        user = await control.get(IssuerUser, made.sub)
        account = await control.get(Account, made.account_id)
    assert user is not None
    assert account is not None
    assert user.must_change_password
    assert passwords.matches(made.one_time_password, user.password_hash)
    assert made.one_time_password not in user.password_hash
    assert (account.issuer_name, account.sub, account.full_name) == ("lienxa", made.sub, "Lê Thị Ân")
    assert await _organs(operator_database, made.account_id) == {lam_son.id}


async def test_it_may_be_repeated_and_adds_organs(
    operator_database: Database, embedded: Provisioner, lam_son: Organ, giang_son_tay: Organ
) -> None:
    first = await _provision(operator_database, embedded)
    again = await _provision(operator_database, embedded)
    there = await _provision(operator_database, embedded, "giang-son-tay")
    assert first.account_id == again.account_id == there.account_id
    assert again.one_time_password is there.one_time_password is None
    assert await _organs(operator_database, first.account_id) == {lam_son.id, giang_son_tay.id}


async def test_a_name_that_is_somebody_elses_is_refused(
    operator_database: Database, embedded: Provisioner, lam_son: Organ
) -> None:
    await _provision(operator_database, embedded)
    with pytest.raises(Conflict):
        await _provision(operator_database, embedded, name="Lê Văn Ấn")
    with pytest.raises(NotFound):
        await _provision(operator_database, embedded, "khong-co")


async def test_a_rollback_leaves_nobody(operator_database: Database, embedded: Provisioner, lam_son: Organ) -> None:
    async with operator_database.control() as control:
        before = await control.scalar(select(func.count()).select_from(IssuerUser))

    async def broken_off() -> None:
        async with operator_database.control() as control:
            await embedded.provision_person(control, "lam-son", "an", "Lê Thị Ân", None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken_off()
    async with operator_database.control() as control:
        assert await control.scalar(select(func.count()).select_from(IssuerUser)) == before
        assert await control.scalar(select(Account).where(Account.username == "an")) is None


async def test_shutting_somebody_out(operator_database: Database, embedded: Provisioner, lam_son: Organ) -> None:
    made = await _provision(operator_database, embedded)
    for enabled in (False, True):
        async with operator_database.control() as control:
            await embedded.set_enabled(control, made.account_id, enabled=enabled)
        async with operator_database.control() as control:
            user, account = await control.get(IssuerUser, made.sub), await control.get(Account, made.account_id)
        assert user is not None
        assert account is not None
        assert user.enabled is enabled
        assert (account.disabled_at is None) is enabled


def test_printed_passwords_are_typeable() -> None:
    printed = {passwords.one_time_password() for _each in range(50)}
    assert len(printed) == 50
    assert all(len(text) == 14 and not set(text) & set("0o1il") for text in printed)


class AdminInterface:
    """The few paths of Keycloak's admin REST interface that provisioning uses, as its documentation describes them."""

    def __init__(self) -> None:
        self.organizations: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.members: set[tuple[str, str]] = set()
        self.passwords: dict[str, dict[str, Any]] = {}
        self.mailed: list[str] = []
        self.signed_out: list[str] = []
        self.sends_mail = False
        self.down = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            return httpx.Response(503, json={"error": "down"})
        path = request.url.path.removeprefix("/admin/realms/lienxa")
        body = json.loads(request.content) if request.content[:1] in (b"{", b'"') else None
        match request.method, path.strip("/").split("/"):
            case "POST", ["realms", *_]:
                return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
            case "GET", ["organizations"]:
                return httpx.Response(200, json=list(self.organizations.values()))
            case "POST", ["organizations"]:
                return self._created(request, self.organizations, body)
            case "GET", ["users"]:
                name = request.url.params["username"]
                return httpx.Response(200, json=[u for u in self.users.values() if u["username"] == name])
            case "POST", ["users"]:
                return self._created(request, self.users, body)
            case "PUT", ["users", user_id, "reset-password"]:
                self.passwords[user_id] = body
                self.users[user_id]["requiredActions"] = ["UPDATE_PASSWORD"]
                return httpx.Response(204)
            case "PUT", ["users", user_id, "execute-actions-email"]:
                if not self.sends_mail:
                    return httpx.Response(500, json={"error": "no mail server"})
                self.mailed.append(user_id)
                return httpx.Response(204)
            case "DELETE", [kind, row_id]:
                del getattr(self, kind)[row_id]
                return httpx.Response(204)
            case "POST", ["users", user_id, "logout"]:
                self.signed_out.append(user_id)
                return httpx.Response(204)
            case "PUT", ["users", user_id]:
                self.users[user_id].update(body)
                return httpx.Response(204)
            case "GET", ["organizations", "members", user_id, "organizations"]:
                mine = [self.organizations[one] for one, member in self.members if member == user_id]
                return httpx.Response(200, json=mine)
            case "POST", ["organizations", organization_id, "members"]:
                self.members.add((organization_id, request.content.decode().strip('"')))
                return httpx.Response(201)
        raise AssertionError(f"{request.method} {request.url}")

    def _created(self, request: httpx.Request, rows: dict[str, dict[str, Any]], body: Any) -> httpx.Response:
        row_id = f"id-{len(rows) + 1}"
        rows[row_id] = {**body, "id": row_id}
        return httpx.Response(201, headers={"location": f"{request.url}/{row_id}"})


@pytest.fixture
def admin_interface() -> AdminInterface:
    """A server without anybody."""
    return AdminInterface()


@pytest.fixture
async def keycloak(admin_interface: AdminInterface) -> AsyncIterator[KeycloakProvisioner]:
    """The provisioner of a Keycloak server, which is answered by `admin_interface`."""
    admin = KeycloakAdmin(
        "http://keycloak.invalid", realm_name="lienxa", token={"access_token": "t", "expires_in": 300}
    )
    await admin.connection.aclose()
    admin.connection.async_s = httpx.AsyncClient(transport=httpx.MockTransport(admin_interface.answer))
    yield KeycloakProvisioner(admin, "lienxa")
    await admin.connection.async_s.aclose()


async def test_keycloak_gets_organization_user_and_membership_once(
    operator_database: Database,
    keycloak: KeycloakProvisioner,
    admin_interface: AdminInterface,
    lam_son: Organ,
    giang_son_tay: Organ,
) -> None:
    first = await _provision(operator_database, keycloak)
    again = await _provision(operator_database, keycloak)
    there = await _provision(operator_database, keycloak, "giang-son-tay")
    assert first.one_time_password is not None
    assert again == there
    assert again.one_time_password is None
    assert [one["alias"] for one in admin_interface.organizations.values()] == ["lam-son", "giang-son-tay"]
    (user,) = admin_interface.users.values()
    assert (user["firstName"], user["lastName"]) == ("Lê Thị", "Ân")
    said = {"type": "password", "value": first.one_time_password, "temporary": True}
    assert admin_interface.passwords[first.sub] == said
    assert len(admin_interface.members) == 2
    assert await _organs(operator_database, first.account_id) == {lam_son.id, giang_son_tay.id}

    async with operator_database.control() as control:
        await keycloak.set_enabled(control, first.account_id, enabled=False)
    assert admin_interface.users[first.sub]["enabled"] is False
    assert admin_interface.signed_out == [first.sub]


@pytest.mark.parametrize("sends_mail", [True, False])
async def test_a_new_person_is_invited_by_mail_or_gets_a_printed_password(
    operator_database: Database,
    keycloak: KeycloakProvisioner,
    admin_interface: AdminInterface,
    lam_son: Organ,
    sends_mail: bool,
) -> None:
    by_mail = KeycloakProvisioner(keycloak._admin, "lienxa", inviting="lienxa-web")
    admin_interface.sends_mail = sends_mail
    made = await _provision(operator_database, by_mail)
    assert made.invited_at == ("an@example.com" if sends_mail else "")
    assert (made.one_time_password is None) is sends_mail
    assert admin_interface.mailed == ([made.sub] if sends_mail else [])


async def test_what_was_made_is_taken_back_and_nothing_else(
    operator_database: Database,
    keycloak: KeycloakProvisioner,
    admin_interface: AdminInterface,
    lam_son: Organ,
    giang_son_tay: Organ,
) -> None:
    await _provision(operator_database, keycloak)
    later = KeycloakProvisioner(keycloak._admin, "lienxa")

    async def broken_off() -> None:
        async with undone_on_failure(later), operator_database.control() as control:
            await later.provision_person(control, "giang-son-tay", "an", "Lê Thị Ân", None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await broken_off()
    assert [one["alias"] for one in admin_interface.organizations.values()] == ["lam-son"]
    assert [user["username"] for user in admin_interface.users.values()] == ["an"]


async def test_a_keycloak_that_is_down_stops_the_onboarding(
    operator_database: Database, keycloak: KeycloakProvisioner, admin_interface: AdminInterface, lam_son: Organ
) -> None:
    admin_interface.down = True
    with pytest.raises(Unavailable):
        await _provision(operator_database, keycloak)


def test_the_profile_chooses(test_settings: Settings) -> None:
    assert isinstance(provisioner_for(test_settings), EmbeddedProvisioner)
    production = test_settings.model_copy(
        update={"profile": "production", "issuer_server_url": "http://keycloak.invalid"}
    )
    assert isinstance(provisioner_for(production), KeycloakProvisioner)
