"""A PostgreSQL that somebody else runs, in place of the tests' own cluster: `LIENXA_TEST_DSN` leads to it."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import pooler
import psycopg
import pytest
from sqlalchemy import make_url

from lienxa.platform.db.embedded import LOGINS, SUPERUSER

ENVIRONMENT = "LIENXA_TEST_DSN"
# Who may be led through a pooler: nobody else does without a connection of its own.
POOLED = ("lx_app", "lx_operator")
ROLES = ("lx_owner", "lx_migrator", "lx_app", "lx_operator")


@dataclass(frozen=True)
class GivenServer:
    """Offers what the tests want of a `Cluster`. `address` is a superuser's, of a server that nobody uses."""

    address: str
    pooler: str = ""  # `host:port` of a PgBouncer before it
    passwords: dict[str, str] = field(default_factory=lambda: {role: secrets.token_hex(24) for role in LOGINS})

    def dsn(self, role: str, database: str) -> str:
        """The address of a database for one of the service's logins; `SUPERUSER` is whoever `address` names."""
        url = make_url(self.address).set(database=database)
        if role != SUPERUSER:
            url = url.set(username=role, password=self.passwords[role])
        # Of a template no connection may be left when it is cloned, and a pooler keeps some.
        if self.pooler and role in POOLED and not database.startswith("template_"):
            host, _colon, port = self.pooler.rpartition(":")
            url = url.set(host=host, port=int(port))
        return url.render_as_string(hide_password=False)

    def start(self) -> None:
        """Refuse a server that somebody's data or our roles are on."""
        found = [*self._databases(), *self._roles()]
        if found:
            pytest.exit(f"{ENVIRONMENT}: the tests want an empty server, and this one has {', '.join(found)}", 2)

    def remove(self) -> None:
        """Leave it as it was found."""
        for name in self._databases():
            self._run(f'drop database "{name}" with (force)')
        for role in self._roles():
            self._run(f"drop role {role}")

    def _databases(self) -> Sequence[str]:
        kept = ["postgres", "template0", "template1", make_url(self.address).database]
        return self._names("select datname from pg_database where datname <> all(%s) order by 1", [kept])

    def _roles(self) -> Sequence[str]:
        return self._names("select rolname from pg_roles where rolname = any(%s) order by 1", [list(ROLES)])

    def _names(self, query: str, values: list[object]) -> Sequence[str]:
        with psycopg.connect(self.dsn(SUPERUSER, "postgres")) as connection:
            return [row[0] for row in connection.execute(query.encode(), values).fetchall()]

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def given_server() -> GivenServer | None:
    """The server that the environment names, if it does."""
    address = os.environ.get(ENVIRONMENT)
    if address and "PYTEST_XDIST_WORKER" in os.environ:
        pytest.exit(f"{ENVIRONMENT}: one server serves one process of tests; run pytest without --numprocesses", 2)
    return GivenServer(address, os.environ.get(pooler.ENVIRONMENT, "")) if address else None
