"""The Keycloak server of a walk in the hands of whoever runs it: its administrator, and its process."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keycloak import KeycloakAdmin
from tests.platform.identity.issuers import add_key

from lienxa.platform.keycloak import realm
from lienxa.platform.keycloak.server import Keycloak

REALM = "lienxa"
BACK_SECONDS = 240  # of a machine with much else to do


class Issuer:
    """One server, and what can happen at it."""

    def __init__(self, data: Path) -> None:
        self._server = Keycloak(data / "keycloak")

    def lock(self, username: str) -> None:
        """Shut a person out."""
        with self._administrator() as admin:
            admin.update_user(_sub(admin, username), {"enabled": False})

    def failures(self, username: str) -> int:
        """How many wrong passwords of a person in a row were counted."""
        with self._administrator() as admin:
            return int(admin.get_bruteforce_detection_status(_sub(admin, username))["numFailures"])

    def forget_membership(self, username: str, slug: str) -> None:
        """Let a person belong to an organization no longer."""
        with self._administrator() as admin:
            (organization,) = admin.get_organizations({"search": slug, "exact": "true"})
            admin.organization_user_remove(_sub(admin, username), organization["id"])

    def end_sessions(self, username: str) -> None:
        """Log a person out, everywhere."""
        with self._administrator() as admin:
            for session in admin.get_sessions(_sub(admin, username)):
                admin.connection.raw_delete(f"/admin/realms/{REALM}/sessions/{session['id']}")

    def change_keys(self) -> None:
        """Sign with a new key; those that signed before are gone."""
        with self._administrator() as admin:
            found = admin.get_components({"type": "org.keycloak.keys.KeyProvider"})
            add_key(admin)
            for key in found:
                if key["providerId"] == "rsa-generated":
                    admin.delete_component(key["id"])

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill the server. Its supervisor starts it again by itself; the block ends when it serves."""
        os.kill(self._process(), signal.SIGKILL)
        yield
        deadline = time.monotonic() + BACK_SECONDS
        while not self._server.answers():
            assert time.monotonic() < deadline, "the server does not come back"
            time.sleep(0.2)

    def _process(self) -> int:
        mark = f"-Dkc.home.dir={self._server.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "cmdline").read_bytes().split(b"\0"):
                    return int(folder.name)
            except OSError:
                continue  # it has ended meanwhile
        raise AssertionError("the server does not run")

    @contextmanager
    def _administrator(self) -> Iterator[KeycloakAdmin]:
        with realm.administrator(self._server, REALM) as admin:
            yield admin


def _sub(admin: KeycloakAdmin, username: str) -> str:
    found = admin.get_user_id(username)
    assert found is not None, f"nobody is called {username}"
    return str(found)
