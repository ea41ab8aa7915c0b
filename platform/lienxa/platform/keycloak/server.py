"""One Keycloak server, with a folder of its own for what it writes and a database of its own in our PostgreSQL.

Browsers come to `id.localhost`, our code to 127.0.0.1, under one issuer name: Keycloak's dynamic back channel.
"""

import http.client
import json
import os
import secrets
import shutil
from functools import cached_property
from pathlib import Path

from lienxa.platform.children import Child
from lienxa.platform.db.embedded import Cluster, free_port, own_database, write_private
from lienxa.platform.keycloak import distribution, schema

DATABASE = "keycloak"
ADMINISTRATOR = "admin"
CHOSEN_FILE = "chosen.json"
INFRA = Path(__file__).parents[4] / "infra" / "keycloak"
THEMES = INFRA / "themes"
_HEALTH_SECONDS = 2


class Keycloak:
    """The server of a data folder. `home` is its own folder; what it chose once (ports, passwords) is kept there."""

    def __init__(self, home: Path, id_host: str = "id.localhost") -> None:
        self.home = home.absolute()
        self._id_host = id_host

    @property
    def port(self) -> int:
        """The port for browsers and for our code."""
        return int(self._chosen["port"])

    @property
    def address(self) -> str:
        """The server as browsers reach it."""
        return f"http://{self._id_host}:{self.port}"

    @property
    def back_channel(self) -> str:
        """The server as our code reaches it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def administrator_password(self) -> str:
        """The password of `ADMINISTRATOR` in the realm `master`."""
        return self._chosen["administrator"]

    def prepare(self, cluster: Cluster) -> None:
        """Programs, folder and database: all that a start needs. Raises `CannotStart`."""
        programs = distribution.prepare()
        for name in ("conf", "data", "providers"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        library = self.home / "lib"
        library.unlink(missing_ok=True)
        library.symlink_to(programs / "lib")
        shutil.rmtree(self.home / "themes", ignore_errors=True)
        shutil.copytree(THEMES, self.home / "themes")
        if own_database(cluster, DATABASE, self._chosen["database"]):
            schema.lay(cluster, DATABASE, self._chosen["database"])

    def child(self, cluster: Cluster, log: Path, options: tuple[str, ...] = ()) -> Child:
        """The server as a process to start; `options` are further ones of the Java runtime."""
        # Its cache lies in memory alone and there is one server, so nobody else need find it.
        arguments = ["start", "--optimized", "--cache=local", "--http-enabled=true", "--http-host=127.0.0.1"]
        arguments += [f"--http-port={self.port}", f"--http-management-port={self._chosen['management_port']}"]
        arguments += [f"--hostname={self.address}", "--hostname-backchannel-dynamic=true"]
        # A new look is seen within the hour, though the server's own version is part of its addresses.
        arguments += ["--spi-theme--static-max-age=3600", "--log-level=INFO,io.smallrye.health:ERROR"]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "TZ": "UTC",
            "KC_DB": "postgres",
            "KC_DB_URL": f"jdbc:postgresql://127.0.0.1:{cluster.port}/{DATABASE}",
            "KC_DB_USERNAME": DATABASE,
            "KC_DB_PASSWORD": self._chosen["database"],
            "KC_DB_POOL_MAX_SIZE": "20",
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMINISTRATOR,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.administrator_password,
        }
        return Child("keycloak", distribution.command(self.home, *arguments, options=options), environment, log)

    def answers(self) -> bool:
        """Whether it serves."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", int(self._chosen["management_port"]), timeout=_HEALTH_SECONDS
        )
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def keep_tables(self, cluster: Cluster) -> None:
        """Let the next server of this account begin with the tables that this one, which answers, has made."""
        schema.keep(cluster, DATABASE, self._chosen["database"])

    @cached_property
    def _chosen(self) -> dict[str, str]:
        """Chosen at the first start: accounts and bookmarks lead to one port, the database knows one password."""
        file = self.home / CHOSEN_FILE
        if not file.is_file():
            self.home.mkdir(parents=True, exist_ok=True)
            port = free_port()
            chosen = {
                "port": str(port),
                "management_port": str(_another_port(port)),
                "database": secrets.token_hex(24),
                "administrator": secrets.token_hex(16),
            }
            write_private(file, json.dumps(chosen))
        kept: dict[str, str] = json.loads(file.read_text())
        return kept


def _another_port(port: int) -> int:
    found = free_port()
    while found == port:
        found = free_port()
    return found
