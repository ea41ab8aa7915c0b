"""A migration on a large table: as many rows of documents in each table, of few communes or of many."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from lienxa.platform.db.embedded import SUPERUSER, Cluster

_COLUMN, _INDEX = "shelf", "shelf_idx"


class Large:
    """A table with the columns, keys and row security of `app.document`, whose rows lie mixed as they come in life."""

    def __init__(self, cluster: Cluster, rows: int, communes: int) -> None:
        self._cluster = cluster
        self._rows = rows
        self._communes = communes
        self._name = f"bench_of_{communes}"

    def fill(self) -> None:
        """Make the table, with copies of one document."""
        name = f"app.{self._name}"
        with self._as(SUPERUSER) as admin:
            columns = admin.scalars(
                sa.text(
                    "select quote_ident(attname) from pg_attribute where attrelid = 'app.document'::regclass "
                    "and attnum > 0 and not attisdropped and attgenerated = '' order by attnum"
                )
            ).all()
            other = {
                "tenant_id": f"md5((n % {self._communes})::text)::uuid",
                "id": "gen_random_uuid()",
                "number": "n",
                "number_text": "n::text",
            }
            chosen = ", ".join(other.get(column, f"d.{column}") for column in columns)
            for statement in (
                f"create table {name} (like app.document including defaults including generated)",
                f"insert into {name} ({', '.join(columns)}) select {chosen} "
                f"from (select * from app.document limit 1) d, generate_series(1, {self._rows}) n",
                f"alter table {name} add primary key (tenant_id, id)",
                f"alter table {name} enable row level security",
                f"alter table {name} force row level security",
                f"create policy tenant on {name} using (tenant_id = app.current_tenant())",
                f"alter table {name} owner to lx_owner",
            ):
                admin.execute(sa.text(statement))
        with self._as(SUPERUSER, autocommit=True) as admin:
            admin.execute(sa.text(f"vacuum (analyze, freeze) {name}"))

    async def migrate(self) -> float:
        """Seconds of the migration, as the login and the role that migrate; then it is taken back, which is no part."""
        with self._as(SUPERUSER, autocommit=True) as admin:
            admin.execute(sa.text("checkpoint"))
        with self._as("lx_migrator") as connection:
            connection.execute(sa.text("set role lx_owner"))
            op = Operations(MigrationContext.configure(connection))
            column = sa.Column(_COLUMN, sa.Text, nullable=False, server_default="")
            began = time.perf_counter()
            op.add_column(self._name, column, schema="app")
            op.create_index(f"{self._name}_{_INDEX}", self._name, ["tenant_id", _COLUMN], schema="app")
            connection.commit()
            taken = time.perf_counter() - began
            op.drop_column(self._name, _COLUMN, schema="app")
            connection.commit()
        return taken

    def drop(self) -> None:
        """Leave nothing behind."""
        with self._as(SUPERUSER) as admin:
            admin.execute(sa.text(f"drop table if exists app.{self._name}"))

    @contextmanager
    def _as(self, login: str, *, autocommit: bool = False) -> Iterator[sa.Connection]:
        address = self._cluster.dsn(login, "lienxa").replace("postgresql://", "postgresql+psycopg://", 1)
        engine = sa.create_engine(address, poolclass=sa.NullPool)
        if autocommit:
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
            if not autocommit:
                connection.commit()
        engine.dispose()
