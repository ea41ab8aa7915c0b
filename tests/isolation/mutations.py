"""What is taken away from the isolation, one thing at a time, and which probe must notice (`test_prove.py`)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.util import LoaderCriteriaOption
from tests.isolation.test_catalogue import load_models

from lienxa.platform.db import session as sessions
from lienxa.platform.db.base import metadata
from lienxa.platform.db.session import Prepared, TenantSession

load_models()  # what is not known when tests are collected would never be taken away

LEAKS, REFUSES, UNSEEN = "leaks", "refuses", "unseen"
# As a policy that lets everybody read and write everything.
OPEN = "using (true) with check (true)"

Off = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Mutation:
    """Statements of a superuser, and what of the code is switched off; then what each probe must show.

    `http`, `core`, `orm` as in the table; `walk`: the walk through the catalogue must complain. `table` is the only one
    that the statements touch: requests that do not name it need not be asked again.
    """

    name: str
    statements: tuple[str, ...] = ()
    off: Off = nullcontext
    http: str = UNSEEN
    core: str = UNSEEN
    orm: str = UNSEEN
    walk: bool = True
    table: str = ""
    long: bool = False

    def apply(self, owner_dsn: str) -> None:
        """Send the statements."""
        with psycopg.connect(owner_dsn) as connection:
            for statement in self.statements:
                connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def without_predicate() -> Iterator[None]:
    """ORM statements, prepared ones too, say nothing of the tenant."""
    kept = TenantSession.rows

    async def rows(self: TenantSession, prepared: Prepared, **given: Any) -> Any:
        statement = prepared.statement._generate()
        options = statement._with_options
        statement._with_options = tuple(one for one in options if not isinstance(one, LoaderCriteriaOption))
        return (await self.execute(statement, {**given, "tenant": self.tenant_id})).all()

    event.remove(sessions._TenantSyncSession, "do_orm_execute", sessions._add_tenant_predicate)
    TenantSession.rows = rows  # type: ignore[method-assign]
    try:
        yield
    finally:
        TenantSession.rows = kept  # type: ignore[method-assign]
        event.listen(sessions._TenantSyncSession, "do_orm_execute", sessions._add_tenant_predicate)


@contextmanager
def without_binding() -> Iterator[None]:
    """Transactions do not tell the database whose they are."""
    event.remove(sessions._TenantSyncSession, "after_begin", sessions._bind_tenant)
    try:
        yield
    finally:
        event.listen(sessions._TenantSyncSession, "after_begin", sessions._bind_tenant)


@contextmanager
def bound_for_the_session() -> Iterator[None]:
    """Transactions tell the database whose they are, and leave it said on the connection."""

    def bind(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection.exec_driver_sql("select set_config('app.tenant', $1, false)", (str(session.info["tenant"]),))

    event.listen(sessions._TenantSyncSession, "after_begin", bind)
    try:
        with without_binding():
            yield
    finally:
        event.remove(sessions._TenantSyncSession, "after_begin", bind)


def office_tables() -> list[str]:
    """The tables that row security guards, by name."""
    return sorted(table.fullname for table in metadata.tables.values() if table.schema == "app")


def _all_policies() -> tuple[str, ...]:
    return tuple(f"alter policy tenant on {table} {OPEN}" for table in office_tables())


def mutations() -> Iterator[Mutation]:
    """All of them, the healthy state first; `long` are left to `make prove-isolation`."""
    yield Mutation("nothing", http=REFUSES, core=REFUSES, orm=REFUSES, walk=False)
    yield Mutation("predicate off", off=without_predicate, orm=LEAKS, walk=False)
    yield Mutation("after_begin off", off=without_binding, http=REFUSES, core=REFUSES, walk=False)
    yield Mutation("both filters off", _all_policies(), without_predicate, http=LEAKS, core=LEAKS, orm=LEAKS)
    yield Mutation("every policy USING (true)", _all_policies(), core=LEAKS)
    for name, (table, statements) in _SINGLE.items():
        yield Mutation(name, statements, core=LEAKS, table=table, long=True)
    unforced = ("alter table app.document no force row level security",)
    yield Mutation("FORCE off: app.document", unforced, table="app.document", long=True)
    for table in office_tables():
        opened = (f"alter policy tenant on {table} {OPEN}",)
        yield Mutation(f"USING (true): {table}", opened, core=LEAKS, table=table, long=True)


def _single_foreign_key(table: str, parent: str) -> tuple[str, ...]:
    column = f"{parent}_id"
    return (
        f"alter table app.{parent} add unique (id)",
        f"alter table app.{table} drop constraint {table}_tenant_id_{column}_fkey",
        f"alter table app.{table} add foreign key ({column}) references app.{parent} (id)",
    )


def _single_primary_key(table: str) -> tuple[str, ...]:
    return (f"alter table app.{table} drop constraint {table}_pkey", f"alter table app.{table} add primary key (id)")


def _view(owner: str) -> tuple[str, ...]:
    return (
        "create view app.document_seen as select tenant_id, id, abstract from app.document",
        f"grant create on schema app to {owner}",
        f"alter view app.document_seen owner to {owner}",
        f"revoke create on schema app from {owner}",
        "grant select on app.document_seen to lx_app",
    )


_SINGLE = {
    "a key of one column: sign_off.document_id": ("app.sign_off", _single_foreign_key("sign_off", "document")),
    "a primary key of one column: sign_off": ("app.sign_off", _single_primary_key("sign_off")),
    "a view of lx_migrator without security_invoker": ("app.document", _view("lx_migrator")),
    "row security off: app.document": ("app.document", ("alter table app.document disable row level security",)),
    "USING (true): rollup.figure": ("rollup.figure", ("alter policy read on rollup.figure using (true)",)),
}
