"""People at the issuer: made, given to an organ, shut out. One port, two issuers.

Both ways end in the same rows of ours: an `account` under the issuer's configured name, and its `account_organ`.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import Conflict, NotFound, Unavailable
from lienxa.platform.identity.accounts import join_organ, keep_account, leave_organ, organs_of
from lienxa.platform.identity.addresses import OPERATOR_ROLE, issuer_server
from lienxa.platform.identity.issuer.passwords import (
    PBKDF2_ITERATIONS,
    hash_password,
    one_time_password,
    pbkdf2_hash,
)
from lienxa.platform.identity.issuer_faults import described
from lienxa.platform.identity.models import Account, IssuerOrganization, IssuerUser
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.text import _

if TYPE_CHECKING:
    from keycloak import KeycloakAdmin

log = structlog.get_logger()

# A provisioner serves one act, in whichever event loop that runs; nobody closes its connections afterwards.
_LEAVE_NOTHING_OPEN = {"Connection": "close"}
_CHOOSE_PASSWORD = "UPDATE_PASSWORD"  # noqa: S105 - the name of what a person has to do at the server
_INVITATION_SECONDS = 3 * 24 * 3600
_TIMEOUT = 30  # a server that was started a moment ago takes its time for the first request
_NOT_FOUND = 404


@dataclass(frozen=True)
class ProvisionedPerson:
    """A person who can sign in. `one_time_password` is to be printed; None if they have a password already.

    It is None as well if an invitation to choose one went to `invited_at`, their mail address.
    """

    account_id: UUID
    sub: str
    username: str
    one_time_password: str | None
    invited_at: str = ""


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

        Without `password` a new person with an `email` is invited by mail where the installation does that; any other
        new person gets a one-time password. A known user name keeps its password and serves one
        more organ. `NotFound` if there is no such organ; `Conflict` if the name is somebody else's.
        """

    async def provision_operator(
        self, control: ControlSession, username: str, full_name: str, password: str | None = None
    ) -> ProvisionedPerson:
        """Let the person sign in as an operator; a known user name keeps its password. `Conflict` as above."""

    async def retire_operator(self, control: ControlSession, account_id: UUID) -> None:
        """Let somebody be no operator any more. `Conflict` if the issuer knows them as one by more than that role."""

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let somebody who has an account serve this organ too; nothing happens if they do already.

        Whom the issuer has forgotten serves it as well, but signs on nowhere (`readmit`, `renew_password`).
        """

    async def part(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let somebody serve this organ no longer; the account and what it serves elsewhere stay."""

    async def readmit(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """Let an account sign in at an organ again: of one that was restored, or of somebody who comes back.

        Whom the issuer has forgotten is made anew, for all organs that they serve and as no operator, with a password
        that nobody knows: one is given out later. `Conflict` if the user name is somebody else's by now.
        """

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """Take the organ itself out of the issuer, when nobody serves it any more."""

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """Shut a person out of the whole installation, also where they are signed in, or let them in again."""

    async def end_sessions(self, control: ControlSession, account_id: UUID) -> None:
        """Sign a person out at the issuer, in all browsers; nothing happens if it does not know them."""

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """A new one-time password in place of the one that was lost; who is signed in at the issuer is signed out.

        Whom the issuer has forgotten is made anew as in `readmit`.
        """

    async def operates(self, control: ControlSession, account_id: UUID) -> bool:
        """Whether the person may sign in as an operator, and so is no organ's to change."""

    async def forget(self, control: ControlSession, account_id: UUID) -> None:
        """Take a person out of the issuer for good; nothing happens if it does not know them any more."""

    async def undo(self) -> None:
        """Take back, as far as it can be, what this provisioner made at an issuer that knows no rollback of ours."""


@asynccontextmanager
async def undone_on_failure(provisioner: Provisioner) -> AsyncIterator[None]:
    """If the block fails, what it made at the issuer is taken back there; the database forgets its part by itself.

    It stands around the transaction. A process that is killed takes nothing back: the next try finds what is there.
    """
    try:
        yield
    except BaseException:
        await asyncio.shield(provisioner.undo())
        raise


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
        account_id = await _operator_of(control, self._issuer_name, sub, username, full_name)
        return ProvisionedPerson(account_id, sub, username, printed)

    async def retire_operator(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`."""
        account = await _account(control, account_id)
        await control.execute(
            update(IssuerUser)
            .where(IssuerUser.sub == account.sub)
            .values(roles=func.array_remove(IssuerUser.roles, OPERATOR_ROLE))
        )
        account.operator_since = None
        await control.flush()

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        if (user := await control.get(IssuerUser, account.sub)) is not None:
            await self._add_organ(control, user, organ_slug)
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
        await self._make_anew(control, await _account(control, account_id))
        await self.join(control, organ_slug, account_id)

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """See `Provisioner`. The embedded issuer knows an organ by its people alone."""

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """See `Provisioner`."""
        account = await _set_disabled_at(control, account_id, enabled=enabled)
        await control.execute(update(IssuerUser).where(IssuerUser.sub == account.sub).values(enabled=enabled))
        if not enabled:
            await self.end_sessions(control, account_id)

    async def end_sessions(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`."""
        account = await _account(control, account_id)
        await control.execute(
            update(IssuerUser)
            .where(IssuerUser.sub == account.sub)
            .values(signed_out_times=IssuerUser.signed_out_times + 1)
        )

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """See `Provisioner`."""
        account, printed = await _account(control, account_id), one_time_password()
        await self._make_anew(control, account)
        await control.execute(
            update(IssuerUser)
            .where(IssuerUser.sub == account.sub)
            .values(password_hash=hash_password(printed), must_change_password=True)
        )
        return printed

    async def operates(self, control: ControlSession, account_id: UUID) -> bool:
        """See `Provisioner`."""
        account = await _account(control, account_id)
        roles = await control.scalar(select(IssuerUser.roles).where(IssuerUser.sub == account.sub))
        return OPERATOR_ROLE in (roles or ())

    async def forget(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`."""
        account = await _account(control, account_id)
        await control.execute(delete(IssuerUser).where(IssuerUser.sub == account.sub))

    async def undo(self) -> None:
        """See `Provisioner`: its people are rows of the caller's transaction."""

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

    async def _make_anew(self, control: ControlSession, account: Account) -> None:
        if await control.get(IssuerUser, account.sub) is not None:
            return
        if await control.scalar(select(IssuerUser.sub).where(IssuerUser.username == account.username)):
            raise _name_taken(account.username)
        served = await organs_of(control, account.id)
        control.add(
            IssuerUser(
                sub=account.sub,
                username=account.username,
                password_hash=hash_password(one_time_password()),
                full_name=account.full_name,
                email=account.email,
                organs=[organ.slug for organ in served],
                roles=[],
                enabled=account.disabled_at is None,
                must_change_password=True,
                created_at=clock.now(),
            )
        )
        await control.flush()

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

    The server is no part of our transaction. What one provisioner made there `undo` takes back; what is left when a
    process was killed (an organization, a person without an account here, who is refused at sign-on) the next try finds
    and takes up. `inviting`: the server sends mail, and people with an address are invited to this client.
    """

    def __init__(self, admin: "KeycloakAdmin", issuer_name: str, *, inviting: str = "") -> None:
        self._admin = admin
        self._issuer_name = issuer_name
        self._inviting = inviting
        self._made_users: list[str] = []
        self._made_organizations: list[str] = []

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
        inviting = settings.client_id if settings.invite_by_mail else ""
        return cls(admin, settings.issuer_name, inviting=inviting)

    async def undo(self) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        users, organizations = self._made_users, self._made_organizations
        self._made_users, self._made_organizations = [], []
        for act, made in ((self._admin.a_delete_user, users), (self._admin.a_delete_organization, organizations)):
            for identifier in made:
                try:
                    await act(identifier)
                except KeycloakError as error:
                    log.warning("left at the issuer", identifier=identifier, fault=described(error))

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
            organization_id = await self._organization(control, organ)
            sub, waits = await self._user(control, username, full_name, email, password)
            await self._join(organization_id, sub)
            printed = await self._let_choose_password(sub, email) if waits else None
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        account_id = await _account_of(control, self._issuer_name, sub, organ, username, full_name, email)
        return ProvisionedPerson(account_id, sub, username, printed, (email or "") if waits and not printed else "")

    async def provision_operator(
        self, control: ControlSession, username: str, full_name: str, password: str | None = None
    ) -> ProvisionedPerson:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        try:
            sub, waits = await self._user(control, username, full_name, None, password)
            printed = await self._let_choose_password(sub, None) if waits else None
            # The account may not list the realm's roles, only those that it may give to a person.
            roles = await self._admin.a_get_available_realm_roles_of_user(sub)
            await self._admin.a_assign_realm_roles(sub, [role for role in roles if role["name"] == OPERATOR_ROLE])
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        account_id = await _operator_of(control, self._issuer_name, sub, username, full_name)
        return ProvisionedPerson(account_id, sub, username, printed)

    async def retire_operator(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account = await _account(control, account_id)
        try:
            roles = await self._admin.a_get_realm_roles_of_user(account.sub)
            held = [role for role in roles if role["name"] == OPERATOR_ROLE]
            if held:
                await self._admin.a_delete_realm_roles_of_user(account.sub, held)
        except KeycloakError as error:
            if error.response_code != _NOT_FOUND:
                raise _issuer_unavailable() from error
        if await self.operates(control, account_id):
            raise Conflict(
                _("{name} có vai trò người vận hành qua một nhóm hoặc một vai trò khác.", name=account.username),
                remedy=_("Gỡ vai trò ấy ở trang quản trị của máy chủ đăng nhập."),
            )
        account.operator_since = None
        await control.flush()

    async def join(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        try:
            if not await self._join(await self._organization(control, organ), account.sub):
                log.warning("unknown at the issuer", sub=account.sub, organ=organ_slug)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        await join_organ(control, account.id, organ.id)

    async def part(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ, account = await _organ(control, organ_slug), await _account(control, account_id)
        try:
            organization_id = await self._organization(control, organ)
            if organization_id in (await self._organizations_of(account.sub) or ()):
                await self._admin.a_organization_user_remove(account.sub, organization_id)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        await leave_organ(control, account.id, organ.id)

    async def readmit(self, control: ControlSession, organ_slug: str, account_id: UUID) -> None:
        """See `Provisioner`."""
        await self._make_anew(control, await _account(control, account_id))
        await self.join(control, organ_slug, account_id)

    async def dissolve(self, control: ControlSession, organ_slug: str) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        organ = await _organ(control, organ_slug)
        kept = await control.get(IssuerOrganization, (self._issuer_name, organ.id))
        try:
            organization_id = kept.organization_id if kept else await self._find_organization(organ)
            if organization_id is not None:
                await self._admin.a_delete_organization(organization_id)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        if kept is not None:
            await control.delete(kept)
            await control.flush()

    async def set_enabled(self, control: ControlSession, account_id: UUID, *, enabled: bool) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account = await _set_disabled_at(control, account_id, enabled=enabled)
        try:
            await self._admin.a_update_user(account.sub, {"enabled": enabled})
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        if not enabled:
            await self.end_sessions(control, account_id)

    async def end_sessions(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`. Keycloak tells us of each session while it answers: hold no lock on ours meanwhile."""
        from keycloak import KeycloakError

        account = await _account(control, account_id)
        try:
            await self._admin.a_user_logout(account.sub)
        except KeycloakError as error:
            if error.response_code != _NOT_FOUND:
                raise _issuer_unavailable() from error

    async def renew_password(self, control: ControlSession, account_id: UUID) -> str:
        """See `Provisioner`.

        With it the person comes in at once: a pause after too many wrong tries ends, and a telephone that was asked for
        codes is asked no more, for it may be lost as well.
        """
        from keycloak import KeycloakError

        account, printed = await _account(control, account_id), one_time_password()
        await self._make_anew(control, account)
        try:
            await self._admin.a_user_logout(account.sub)
            await self._admin.a_set_user_password(account.sub, printed, temporary=True)
            await self._admin.a_clear_bruteforce_attempts_for_user(account.sub)
            for credential in await self._admin.a_get_credentials(account.sub):
                if credential["type"] == "otp":
                    await self._admin.a_delete_credential(account.sub, credential["id"])
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        return printed

    async def operates(self, control: ControlSession, account_id: UUID) -> bool:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account = await _account(control, account_id)
        try:
            roles = await self._admin.a_get_composite_realm_roles_of_user(account.sub)
        except KeycloakError as error:
            if error.response_code == _NOT_FOUND:
                return False
            raise _issuer_unavailable() from error
        return OPERATOR_ROLE in {role["name"] for role in roles}

    async def forget(self, control: ControlSession, account_id: UUID) -> None:
        """See `Provisioner`."""
        from keycloak import KeycloakError

        account = await _account(control, account_id)
        try:
            await self._admin.a_delete_user(account.sub)
        except KeycloakError as error:
            if error.response_code != _NOT_FOUND:
                raise _issuer_unavailable() from error

    async def _organization(self, control: ControlSession, organ: Organ) -> str:
        """The id of the organ's organization: as it was kept, else found by its name, else made."""
        kept = await control.get(IssuerOrganization, (self._issuer_name, organ.id))
        if kept is not None:
            return kept.organization_id
        organization_id = await self._find_organization(organ) or await self._make_organization(organ)
        row = insert(IssuerOrganization).values(
            issuer_name=self._issuer_name, tenant_id=organ.id, organization_id=organization_id
        )
        await control.execute(row.on_conflict_do_nothing())
        return organization_id

    async def _find_organization(self, organ: Organ) -> str | None:
        # Exactly: a part of a name finds many, and the server answers with ten of them.
        found = await self._admin.a_get_organizations({"search": organ.slug, "exact": "true"})
        return next((str(one["id"]) for one in found if one.get("alias") == organ.slug), None)

    async def _make_organization(self, organ: Organ) -> str:
        # Keycloak wants a domain; ours is a name that no mail server answers to.
        payload = {
            "name": organ.slug,
            "alias": organ.slug,
            "description": organ.full_name,
            "domains": [{"name": f"{organ.slug}.lienxa.invalid"}],
        }
        organization_id = str(await self._admin.a_create_organization(payload))
        self._made_organizations.append(organization_id)
        return organization_id

    async def _user(
        self, control: ControlSession, username: str, full_name: str, email: str | None, password: str | None
    ) -> tuple[str, bool]:
        """The person at the server, and whether they still wait for the means to choose a password."""
        # Keycloak writes a name as first name, last name; a Vietnamese name ends with the given name.
        family, _space, given = full_name.rpartition(" ")
        payload: dict[str, Any] = {"firstName": family, "lastName": given, "enabled": True}
        if email:
            payload |= {"email": email, "emailVerified": True}
        found = await self._admin.a_get_users({"username": username, "exact": "true"})
        if found:
            return await self._found_user(control, found[0], username, full_name, payload)
        if password is None:
            payload["requiredActions"] = [_CHOOSE_PASSWORD]
        else:
            payload["credentials"] = [_credential(password)]
        sub = str(await self._admin.a_create_user({"username": username, **payload}))
        self._made_users.append(sub)
        return sub, password is None

    async def _make_anew(self, control: ControlSession, account: Account) -> None:
        from keycloak import KeycloakError

        try:
            if await self._organizations_of(account.sub) is not None:
                return
            sub, _waits = await self._user(control, account.username, account.full_name, account.email, None)
            known = select(Account.id).where(Account.issuer_name == self._issuer_name, Account.sub == sub)
            if await control.scalar(known) is not None:  # made by hand meanwhile, and has signed on
                raise _name_taken(account.username)
            account.sub = sub
            if account.disabled_at is not None:
                await self._admin.a_update_user(account.sub, {"enabled": False})
            for organ in await organs_of(control, account.id):
                await self._join(await self._organization(control, organ), account.sub)
        except KeycloakError as error:
            raise _issuer_unavailable() from error
        await control.flush()

    async def _found_user(
        self,
        control: ControlSession,
        user: dict[str, Any],
        username: str,
        full_name: str,
        payload: dict[str, Any],
    ) -> tuple[str, bool]:
        """A person who is there already: the one who is meant, or what an earlier try left, which never signed in."""
        sub, waits = str(user["id"]), _CHOOSE_PASSWORD in user.get("requiredActions", ())
        known = select(Account.id).where(Account.issuer_name == self._issuer_name, Account.sub == sub)
        if await control.scalar(known) is not None or not waits:
            _same_person(username, _full_name_at_keycloak(user), full_name)
            return sub, False
        await self._admin.a_update_user(sub, payload)
        return sub, True

    async def _let_choose_password(self, sub: str, email: str | None) -> str | None:
        """Invite by mail; where that is not done or does not succeed, a one-time password to be printed."""
        from keycloak import KeycloakError

        if email and self._inviting:
            try:
                await self._admin.a_send_update_account(
                    sub, [_CHOOSE_PASSWORD], client_id=self._inviting, lifespan=_INVITATION_SECONDS
                )
            except KeycloakError as error:
                log.warning("invitation not sent", sub=sub, fault=described(error))
            else:
                return None
        printed = one_time_password()
        await self._admin.a_set_user_password(sub, printed, temporary=True)
        return printed

    async def _join(self, organization_id: str, sub: str) -> bool:
        """Let the person belong to the organization; False, and nothing done, if they are no more at the server."""
        organizations = await self._organizations_of(sub)
        if organizations is not None and organization_id not in organizations:
            await self._admin.a_organization_user_add(sub, organization_id)
        return organizations is not None

    async def _organizations_of(self, sub: str) -> Collection[str] | None:
        """The ids of the organizations that a person belongs to; None if they are not at the server (any more)."""
        from keycloak import KeycloakError

        try:
            found = await self._admin.a_get_user_organizations(sub)
        except KeycloakError as error:
            if error.response_code != _NOT_FOUND:
                raise
            return None
        return {organization["id"] for organization in found}


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


async def _operator_of(control: ControlSession, issuer_name: str, sub: str, username: str, full_name: str) -> UUID:
    account = await keep_account(control, issuer_name, sub, username=username, full_name=full_name, email=None)
    account.operator_since = account.operator_since or clock.now()
    await control.flush()
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
