"""The tables of a new server, laid in one go: making them one change after the other takes most of its first start.

What the first server of an account has made is kept beside the programs: tables and the list of changes that made
them. No row of a realm is in it, so every server makes its own keys, realms and administrator.
"""

import os
import subprocess
from pathlib import Path

from lienxa.platform.db.embedded import Cluster
from lienxa.platform.keycloak import distribution

_CHANGES = ("databasechangelog", "databasechangeloglock")


def lay(cluster: Cluster, database: str, password: str) -> bool:
    """Make the tables in the empty database of that name, as its owner; False, and nothing made, if none are kept."""
    file = _file(cluster)
    if not file.is_file():
        return False
    arguments = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={file}"]
    return _run(cluster, "psql", database, password, *arguments).returncode == 0


def keep(cluster: Cluster, database: str, password: str) -> None:
    """Keep the tables of a server that has made its own, unless some are kept. A failure costs only time."""
    file = _file(cluster)
    if file.is_file():
        return
    tables = _run(cluster, "pg_dump", database, password, "--no-owner", "--no-acl", "--schema-only")
    only = [f"--table={name}" for name in _CHANGES]
    changes = _run(cluster, "pg_dump", database, password, "--no-owner", "--no-acl", "--data-only", *only)
    if tables.returncode or changes.returncode:
        return
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_bytes(tables.stdout + changes.stdout)
    fresh.rename(file)


def _file(cluster: Cluster) -> Path:
    return distribution.beside(f".postgresql-{cluster.programs.major}.sql")


def _run(
    cluster: Cluster, program: str, database: str, password: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(cluster.port),
        "PGDATABASE": database,
        "PGUSER": database,
        "PGPASSWORD": password,
        "PGOPTIONS": "-c client_min_messages=warning",
    }
    command = [cluster.programs.path(program), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
