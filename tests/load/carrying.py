"""One commune out of the service and into it again, beside the dump of a database that holds nothing else."""

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from service import Office

from lienxa.platform import ids
from lienxa.platform.db import migrations
from lienxa.platform.db.embedded import SUPERUSER, Cluster, bootstrap
from lienxa.platform.db.session import Database
from lienxa.platform.life import acts, erasing, exporting, works
from lienxa.platform.life.models import Erasure, OrganWork
from lienxa.platform.tenancy.organs import Organ

_ALONE, _AGAIN = "carried_alone", "carried_again"


class Carrier:
    """Carries a commune by our own acts, or a copy of it, alone in a database, by PostgreSQL's programs."""

    def __init__(self, office: Office, organ: Organ) -> None:
        self._office = office
        self._organ = organ
        self._cluster = Cluster(office.settings.data / "postgresql")
        self._cluster.port = int(office.settings.db_app_dsn.get_secret_value().rsplit(":", 1)[1].split("/")[0])
        self._archive = ""
        self._dump: Path = exporting.folder() / "bench.dump"

    async def prepare(self) -> None:
        """A database in which nobody is but this commune."""
        await self._server(f"drop database if exists {_ALONE} with (force)")
        bootstrap(self._cluster, _ALONE)
        migrations.upgrade(self._cluster.dsn("lx_migrator", _ALONE))
        await self._act(self._office.operator, "export", books=False)
        alone = Database(self._cluster.dsn("lx_operator", _ALONE), pool_size=2)
        try:
            await self._act(alone, "restore", archive=self._archive)
        finally:
            await alone.close()

    async def ours(self) -> float:
        """Seconds of an export and a restore, which fails unless every table is byte by byte that of the archive.

        The erasure between them is not counted.
        """
        began = time.perf_counter()
        await self._act(self._office.operator, "export", books=False)
        taken = time.perf_counter() - began
        await self._erase()
        began = time.perf_counter()
        await self._act(self._office.operator, "restore", archive=self._archive)
        return taken + time.perf_counter() - began

    async def reference(self) -> float:
        """Seconds of `pg_dump` and `pg_restore`."""
        await self._server(f"drop database if exists {_AGAIN} with (force)", f"create database {_AGAIN}")
        began = time.perf_counter()
        self._program("pg_dump", "-Fc", "-f", str(self._dump), _ALONE)
        self._program("pg_restore", "-d", _AGAIN, str(self._dump))
        return time.perf_counter() - began

    async def clean(self) -> None:
        """Leave nothing behind."""
        await self._server(*(f"drop database if exists {name} with (force)" for name in (_ALONE, _AGAIN)))
        self._dump.unlink(missing_ok=True)

    async def _act(self, database: Database, kind: str, **wanted: Any) -> OrganWork:
        key = ids.new_id()
        async with database.control() as control:
            organ_id = None if kind == "restore" else self._organ.id
            await works.ask(control, None, key, kind, "bench", organ_id, **wanted)
        work = await acts.carry_out(database, key)
        if work.state != "done":
            raise RuntimeError(work.reason)
        if kind == "export":
            self._archive = work.result["archive"]
        return work

    async def _erase(self) -> None:
        work = await self._act(self._office.operator, "erase", reason="bench")
        async with self._office.operator.control() as control:
            (await control.get_one(Erasure, work.id)).due_at = datetime(2000, 1, 1, tzinfo=UTC)
        await erasing.carry_out(self._office.operator, work.id)

    async def _server(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._cluster.dsn(SUPERUSER, "postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def _program(self, name: str, *arguments: str) -> None:
        where = ["-h", "127.0.0.1", "-p", str(self._cluster.port), "-U", SUPERUSER]
        environment = {**os.environ, "PGPASSWORD": self._cluster.passwords[SUPERUSER]}
        command = [str(self._cluster.programs.folder / name), *where, *arguments]
        subprocess.run(command, env=environment, capture_output=True, check=True)
