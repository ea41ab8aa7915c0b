"""What the contract tests ask of an issuer beyond the protocol: the embedded one, and a real Keycloak server."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pytest
from keycloak import KeycloakAdmin
from keycloak.connection import ConnectionManager
from sqlalchemy import select, update

from lienxa.platform.identity.addresses import callback_address
from lienxa.platform.identity.issuer.issuer import Client
from lienxa.platform.identity.issuer.keys import SigningKey
from lienxa.platform.identity.models import IssuerUser
from lienxa.platform.identity.provisioning import KeycloakProvisioner
from lienxa.platform.keycloak import realm
from lienxa.platform.keycloak.server import Keycloak

from .conftest import Browser, Person, Service

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
OTHER_CLIENT = "other"
Result = TypeVar("Result")


class Issuer(Protocol):
    """An issuer in the hands of whoever runs it."""

    async def knows(self, username: str) -> bool:
        """Whether somebody of that name can sign in there."""

    async def disable(self, person: Person) -> None:
        """Shut a person out."""

    async def remove(self, username: str) -> None:
        """Take a person out for good, without our knowing."""

    async def log_out(self, person: Person, sid: str) -> None:
        """End a session from the issuer's side; the client is told over the back channel."""

    async def change_keys(self) -> None:
        """Sign with a new key from now on."""

    async def add_other_client(self) -> None:
        """Let another application ask, with our own redirect address."""


@dataclass
class Embedded:
    """The embedded issuer of the service."""

    service: Service
    browser: Browser
    folder: Any

    async def knows(self, username: str) -> bool:
        """See `Issuer`."""
        async with self.service.app.state.database.control() as control:
            return await control.scalar(select(IssuerUser.sub).where(IssuerUser.username == username)) is not None

    async def disable(self, person: Person) -> None:
        """See `Issuer`."""
        async with self.service.app.state.database.control() as control:
            await control.execute(update(IssuerUser).where(IssuerUser.sub == person.sub).values(enabled=False))

    async def remove(self, username: str) -> None:
        """See `Issuer`."""
        async with self.service.app.state.database.control() as control:
            user = (await control.scalars(select(IssuerUser).where(IssuerUser.username == username))).one()
            await control.delete(user)

    async def log_out(self, person: Person, sid: str) -> None:
        """See `Issuer`. It has no administrator who could do so: the token that Keycloak would send is signed here."""
        settings, present = self.service.settings, int(time.time())
        claims = {"iss": self.service.issuer.name, "aud": settings.client_id, "sub": person.sub, "sid": sid}
        claims |= {"iat": present, "exp": present + 60, "events": {LOGOUT_EVENT: {}}}
        token = self.service.issuer.key.sign(claims)
        headers = {"host": f"{settings.sso_host}:{settings.port}"}
        address = f"{self.service.back_channel}/dang-xuat/kenh-sau"
        answer = await self.browser.http.post(address, data={"logout_token": token}, headers=headers)
        assert answer.status_code == 200

    async def change_keys(self) -> None:
        """See `Issuer`."""
        self.service.issuer.key = SigningKey.kept_in(self.folder)

    async def add_other_client(self) -> None:
        """See `Issuer`."""
        address = frozenset({callback_address(self.service.settings)})
        self.service.issuer.clients[OTHER_CLIENT] = Client(OTHER_CLIENT, "secret", address, frozenset())


@dataclass
class Real:
    """A Keycloak server, through its own administrator."""

    server: Keycloak
    service: Service

    async def knows(self, username: str) -> bool:
        """See `Issuer`."""
        return bool(await self.ask(lambda admin: admin.get_users({"username": username, "exact": "true"})))

    async def disable(self, person: Person) -> None:
        """See `Issuer`."""
        await self.ask(lambda admin: admin.update_user(person.sub, {"enabled": False}))

    async def remove(self, username: str) -> None:
        """See `Issuer`."""
        await self.ask(lambda admin: admin.delete_user(str(admin.get_user_id(username))))

    async def log_out(self, person: Person, sid: str) -> None:
        """See `Issuer`."""
        path = f"/admin/realms/{self.service.settings.realm}/sessions/{sid}"
        await self.ask(lambda admin: admin.connection.raw_delete(path))

    async def change_keys(self) -> None:
        """See `Issuer`."""
        await self.ask(add_key)

    async def add_other_client(self) -> None:
        """See `Issuer`."""
        client = {
            "clientId": OTHER_CLIENT,
            "secret": "secret",
            "redirectUris": [callback_address(self.service.settings)],
            "optionalClientScopes": ["organization"],
        }

        def add(admin: KeycloakAdmin) -> None:
            admin.create_client(client, skip_exists=True)
            admin.update_client(str(admin.get_client_id(OTHER_CLIENT)), client)

        await self.ask(add)

    async def ask(self, act: Callable[[KeycloakAdmin], Any]) -> Any:
        """What the administrator answers. In a thread: what the server then asks of us is answered meanwhile."""

        def work() -> Any:
            with realm.administrator(self.server, self.service.settings.realm) as admin:
                return act(admin)

        return await asyncio.to_thread(work)


def add_key(admin: KeycloakAdmin) -> None:
    """Let the realm sign with a new key; the old ones stay good."""
    found = admin.get_components({"type": "org.keycloak.keys.KeyProvider"})
    highest = max(int(key["config"].get("priority", ["0"])[0]) for key in found)
    admin.create_component(
        {
            "name": f"rsa-{highest + 1}",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": [str(highest + 1)]},
        }
    )


class Killed(BaseException):
    """The process is gone: nothing runs after it, not even what takes back."""


async def killed_after_each_request(
    monkeypatch: pytest.MonkeyPatch, attempt: Callable[[], Awaitable[Result]]
) -> tuple[Result, int]:
    """Begin an act anew again and again; each time it comes one request to the server further before it is killed.

    What it answers when it lives, and how often it was killed.
    """
    left = killed = 0

    def dying(carry_out: Callable[..., Any]) -> Callable[..., Any]:
        async def asked(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            answer = await carry_out(*arguments, **named)
            left -= 1
            if left == 0:
                raise Killed
            return answer

        return asked

    async def nothing(_provisioner: KeycloakProvisioner) -> None:
        """Whoever is killed takes nothing back."""

    with monkeypatch.context() as patched:
        patched.setattr(KeycloakProvisioner, "undo", nothing)
        for name in ("a_raw_get", "a_raw_post", "a_raw_put", "a_raw_delete"):
            patched.setattr(ConnectionManager, name, dying(getattr(ConnectionManager, name)))
        while True:
            left = 1 + killed
            try:
                return await attempt(), killed
            except Killed:
                killed += 1
