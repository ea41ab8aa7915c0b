"""People at the issuer: made, given to an organ, shut out. One port, two issuers.

Both ways end in the same rows of ours: an `account` under the issuer's configured name, and its `account_organ`.
"""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import Conflict, NotFound, Unavailable
from lienxa.platform.identity.accounts import join_organ, keep_account, leave_organ
from lienxa.platform.identity.addresses import OPERATOR_ROLE, issuer_server
from lienxa.platform.identity.issuer.passwords import (
    PBKDF2_ITERATIONS,
    hash_password,
    one_time_password,
    pbkdf2_hash,
)
from lienxa.platform.identity.models import Account, IssuerUser
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.text import _

if TYPE_CHECKING:
    from keycloak import KeycloakAdmin

# A provisioner serves one act, in whichever event loop that runs; nobody closes its connections afterwards.
_LEAVE_NOTHING_OPEN = {"Connection": "close"}
_TIMEOUT = 30  # a server that was started a moment ago takes its time for the first request
_NOT_FOUND = 404


@dataclass(frozen=True)
class ProvisionedPerson:
    """A person who can sign in. `one_time_password` is to be printed; None if they have a password already."""

    account_id: UUID
    sub: str
    username: str
    one_time_password: str | None


class Provisioner(Protocol):
    """What onboarding and an organ's administrator ask of an issuer."""

    async def provision_person(
        self,
        control: ControlSession,
        organ_slug: str,
        username: str,
        full_name: str,
        email: str | None,
        password: str | None = None,
    ) -> ProvisionedPerson:
        """Let the person sign in at that organ.

        Without `password` a new person gets a one-time password. A known user name keeps its password and serves one
        more organ. `NotFound` if there is no such organ; `Conflict` if the name is somebody else's.
        """

    async def provision_operator(
        self, control: ControlSession, username: str, full_name: str, password: str | None = None
    ) -> ProvisionedPerson:
        """Let the person sign in as an operator; a known user name keeps its password. `Conflict` as above."""

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let somebody who has an account serve this organ too; nothing happens if they do already."""

    async def part(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let somebody serve this organ no longer; the account and what it serves elsewhere stay."""

    async def readmit(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let the account of a restored organ sign in there again.

        Whom the issuer has forgotten is made anew with a password that nobody knows: one is given out later. `Conflict`
        if the user name is somebody else's by now.
        """

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """Take the organ itself out of the issuer, when nobody serves it any more."""

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """Shut a person out of the whole installation, or let them in again."""

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """A new one-time password in place of the one that was lost."""


def provisioner_for(settings: Settings) -> Provisioner:
    """The provisioner of the installation's issuer."""
    if settings.issuer_is_embedded:
        return EmbeddedProvisioner(settings.issuer_name)
    return KeycloakProvisioner.of(settings)


class EmbeddedProvisioner:
    """Writes the people of the embedded issuer in the caller's transaction: nothing is left if it is rolled back."""

    def __init__(self, issuer_name: str) -> None:
        self._issuer_name = issuer_name

    async def provision_person(
        self,
        control: ControlSession,
        organ_slug: str,
        username: str,
        full_name: str,
        email: str | None,
        password: str | None = None,
    ) -> ProvisionedPerson:
        """See `Provisioner`."""
        organ = await _organ(control, organ_slug)
        known = await control.scalar(select(IssuerUser).where(IssuerUser.username == username).with_for_update())
        if known is not None:
            _same_person(username, known.full_name, full_name)
            sub, printed = await self._add_organ(control, known, organ_slug), None
        else:
            printed = one_time_password() if password is None else None
            sub = await self._create(control, [organ_slug], [], username, full_name, email, password, printed)
        account_id = await _account_of(control, self._issuer_name, sub, organ, username, full_name, email)
        return ProvisionedPerson(account_id, sub, username, printed)

    async def provision_operator(
        self, control: ControlSession, username: str, full_name: str, password: str | None = None
    ) -> ProvisionedPerson:
        """See `Provisioner`."""
        known = await control.scalar(select(IssuerUser).where(IssuerUser.username == username).with_for_update())
        printed = None
        if known is not None:
            _same_person(username, known.full_name, full_name)
            known.roles = sorted({*known.roles, OPERATOR_ROLE})
            sub = known.sub
        else:
            printed = one_time_password() if password is None else None
            sub = await self._create(control, [], [OPERATOR_ROLE], username, full_name, None, password, printed)
        account = await keep_account(
            control, self._issuer_name, sub, username=username, full_name=full_name, email=None
        )
        return ProvisionedPerson(account.id, sub, username, printed)

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        await self._add_organ(control, await control.get_one(IssuerUser, account.sub), organ_slug)
        await join_organ(control, account.id, organ.id)

    async def part(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        await control.execute(
            update(IssuerUser)
            .where(IssuerUser.sub == account.sub)
            .values(organs=func.array_remove(IssuerUser.organs, organ_slug))
        )
        await leave_organ(control, account.id, organ.id)

    async def readmit(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        account = await _account(control, account_id)
        if await control.get(IssuerUser, account.sub) is None:
            unknown = hash_password(one_time_password())
            made = IssuerUser(
                sub=account.sub,
                username=account.username,
                password_hash=unknown,
                full_name=account.full_name,
                email=account.email,
                organs=[],
                roles=[],
                enabled=account.disabled_at is None,
                must_change_password=True,
                created_at=clock.now(),
            )
            if await control.scalar(select(IssuerUser.sub).where(IssuerUser.username == account.username)):
                raise _name_taken(account.username)
            control.add(made)
            await control.flush()
        await self.join(control, organ_slug, account_id)

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """See `Provisioner`. The embedded issuer knows an organ by its people alone."""

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """See `Provisioner`."""
        account = await _set_disabled_at(control, account_id, enabled=enabled)
        await control.execute(update(IssuerUser).where(IssuerUser.sub == account.sub).values(enabled=enabled))

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """See `Provisioner`."""
        account, printed = await _account(control, account_id), one_time_password()
        await control.execute(
            update(IssuerUser)
            .where(IssuerUser.sub == account.sub)
            .values(password_hash=hash_password(printed), must_change_password=True)
        )
        return printed

    async def _create(
        self,
        control: ControlSession,
        organ_slugs: list[str],
        roles: list[str],
        username: str,
        full_name: str,
        email: str | None,
        password: str | None,
        printed: str | None,
    ) -> str:
        query = (
            insert(IssuerUser)
            .values(
                sub=str(ids.new_id()),
                username=username,
                password_hash=hash_password(password or printed or ""),
                full_name=full_name,
                email=email,
                organs=organ_slugs,
                roles=roles,
                enabled=True,
                must_change_password=printed is not None,
                created_at=clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(IssuerUser.sub)
        )
        sub = await control.scalar(query)
        if sub is None:  # another transaction took the name while this one ran
            raise _name_taken(username)
        return sub

    async def _add_organ(self, control: ControlSession, user: IssuerUser, organ_slug: str) -> str:
        if organ_slug not in user.organs:
            await control.execute(
                update(IssuerUser)
                .where(IssuerUser.sub == user.sub)
                .values(organs=func.array_append(IssuerUser.organs, organ_slug))
            )
        return user.sub


class KeycloakProvisioner:
    """Writes through the admin interface of a Keycloak server; every step may be repeated.

    The server is no part of our transaction: after a rollback it keeps a user without an account here, who is refused
    at sign-on, and the retry finds them.
    """

    def __init__(self, admin: "KeycloakAdmin", issuer_name: str) -> None:
        self._admin = admin
        self._issuer_name = issuer_name

    @classmethod
    def of(cls, settings: Settings) -> "KeycloakProvisioner":
        """A provisioner that signs in with the service account of the provisioning client."""
        from keycloak import KeycloakAdmin

        admin = KeycloakAdmin(
            server_url=issuer_server(settings),
            realm_name=settings.realm,
            client_id=settings.provisioner_client_id,
            client_secret_key=settings.provisioner_client_secret.get_secret_value(),
            timeout=_TIMEOUT,
            custom_headers=_LEAVE_NOTHING_OPEN,
        )
        return cls(admin, settings.issuer_name)

    async def provision_person(
        self,
        control: ControlSession,
        organ_slug: str,
        username: str,
        full_name: str,
        email: str | None,
        password: str | None = None,
    ) -> ProvisionedPerson:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ = await _organ(control, organ_slug)
        try:
            organization_id = await self._organization(organ)
            sub, printed = await self._user(username, full_name, email, password)
            await self._join(organization_id, sub)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        account_id = await _account_of(control, self._issuer_name, sub, organ, username, full_name, email)
        return ProvisionedPerson(account_id, sub, username, printed)

    async def provision_operator(
        self, control: ControlSession, username: str, full_name: str, password: str | None = None
    ) -> ProvisionedPerson:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        try:
            sub, printed = await self._user(username, full_name, None, password)
            # The account may not list the realm's roles, only those that it may give to a person.
            roles = await self._admin.a_get_available_realm_roles_of_user(sub)
            await self._admin.a_assign_realm_roles(sub, [role for role in roles if role["name"] == OPERATOR_ROLE])
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        account = await keep_account(
            control, self._issuer_name, sub, username=username, full_name=full_name, email=None
        )
        return ProvisionedPerson(account.id, sub, username, printed)

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        try:
            await self._join(await self._organization(organ), account.sub)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        await join_organ(control, account.id, organ.id)

    async def part(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        try:
            organization_id = await self._organization(organ)
            if await self._is_member(organization_id, account.sub):
                await self._admin.a_organization_user_remove(account.sub, organization_id)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        await leave_organ(control, account.id, organ.id)

    async def readmit(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError
        from keycloak.exceptions import KeycloakGetError

        account = await _account(control, account_id)
        try:
            await self._admin.a_get_user(account.sub)
        except KeycloakGetError as error:
            if error.response_code != _NOT_FOUND:
                raise _issuer_unavailable() from error
            try:
                account.sub, _printed = await self._user(account.username, account.full_name, account.email, None)
            except KeycloakError as refused:
                raise _issuer_unavailable() from refused
            await control.flush()
        await self.join(control, organ_slug, account_id)

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ = await _organ(control, organ_slug)
        try:
            await self._admin.a_delete_organization(await self._organization(organ))
        except KeycloakError as error:
            raise _issuer_unavailable() from error

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account = await _set_disabled_at(control, account_id, enabled=enabled)
        try:
            await self._admin.a_update_user(account.sub, {"enabled": enabled})
        except KeycloakError as error:
            raise _issuer_unavailable() from error

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account, printed = await _account(control, account_id), one_time_password()
        try:
            await self._admin.a_set_user_password(account.sub, printed, temporary=True)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        return printed

    async def _organization(self, organ: Organ) -> str:
        found = await self._admin.a_get_organizations({"search": organ.slug, "exact": "false"})
        for organization in found:
            if organization.get("alias") == organ.slug:
                return str(organization["id"])
        # Keycloak wants a domain; ours is a name that no mail server answers to.
        payload = {
            "name": organ.slug,
            "alias": organ.slug,
            "description": organ.full_name,
            "domains": [{"name": f"{organ.slug}.lienxa.invalid"}],
        }
        return str(await self._admin.a_create_organization(payload))

    async def _user(
        self, username: str, full_name: str, email: str | None, password: str | None
    ) -> tuple[str, str | None]:
        found = await self._admin.a_get_users({"username": username, "exact": "true"})
        if found:
            _same_person(username, _full_name_at_keycloak(found[0]), full_name)
            return str(found[0]["id"]), None
        printed = one_time_password() if password is None else None
        # Keycloak writes a name as first name, last name; a Vietnamese name ends with the given name.
        family, _space, given = full_name.rpartition(" ")
        payload: dict[str, Any] = {
            "username": username,
            "firstName": family,
            "lastName": given,
            "enabled": True,
            "credentials": [_credential(password) if password else _one_time(printed)],
        }
        if email:
            payload |= {"email": email, "emailVerified": True}
        return str(await self._admin.a_create_user(payload)), printed

    async def _join(self, organization_id: str, sub: str) -> None:
        if not await self._is_member(organization_id, sub):
            await self._admin.a_organization_user_add(sub, organization_id)

    async def _is_member(self, organization_id: str, sub: str) -> bool:
        organizations = await self._admin.a_get_user_organizations(sub)
        return organization_id in {organization["id"] for organization in organizations}


async def _organ(control: ControlSession, slug: str) -> Organ:
    organ = await organ_by_slug(control, slug)
    if organ is None:
        raise NotFound(_("Không có đơn vị “{slug}”.", slug=slug))
    return organ


async def _account_of(
    control: ControlSession,
    issuer_name: str,
    sub: str,
    organ: Organ,
    username: str,
    full_name: str,
    email: str | None,
) -> UUID:
    account = await keep_account(control, issuer_name, sub, username=username, full_name=full_name, email=email)
    await join_organ(control, account.id, organ.id)
    return account.id


async def _set_disabled_at(control: ControlSession, account_id: UUID, *, enabled: bool) -> Account:
    account = await _account(control, account_id)
    account.disabled_at = None if enabled else clock.now()
    await control.flush()
    return account


async def _account(control: ControlSession, account_id: UUID) -> Account:
    account = await control.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(_("Không có tài khoản này."))
    return account


def _one_time(printed: str | None) -> dict[str, Any]:
    return {"type": "password", "value": printed, "temporary": True}


def _credential(password: str) -> dict[str, Any]:
    """A password as a hash that Keycloak reads: the demonstration's is shorter than what its policy lets people choose.

    Keycloak hashes it anew, its own way, when the person first signs in.
    """
    salt, digest = pbkdf2_hash(password)
    secret = {"value": base64.b64encode(digest).decode(), "salt": base64.b64encode(salt).decode()}
    data = {"algorithm": "pbkdf2-sha512", "hashIterations": PBKDF2_ITERATIONS}
    return {"type": "password", "secretData": json.dumps(secret), "credentialData": json.dumps(data)}


def _same_person(username: str, known_name: str, full_name: str) -> None:
    if known_name != full_name:
        raise _name_taken(username)


def _full_name_at_keycloak(user: dict[str, Any]) -> str:
    return " ".join(part for part in (user.get("firstName"), user.get("lastName")) if part)


def _name_taken(username: str) -> Conflict:
    return Conflict(_("Tên đăng nhập “{name}” đã có người dùng.", name=username), remedy=_("Chọn tên đăng nhập khác."))


def _issuer_unavailable() -> Unavailable:
    return Unavailable(_("Máy chủ đăng nhập không thực hiện được yêu cầu."), remedy=_("Thử lại sau ít phút."))
