"""Three ways to reach another organ's rows, each past one filter or past both.

* `core`: statements without any predicate, as the application's login: the policies alone are in the way.
* `orm`: ORM statements as a login that row security does not bind: the predicate alone is in the way.
* `http`: requests of a member with every right at home, to everything that the other organ has.

A probe asks many questions and tells what each was answered. Two probes of the same state give the same answers, and
no answer depends on what was asked before: so of a table that was tampered with only what concerns it need be asked.
"""

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import psycopg
from litestar import Litestar
from sqlalchemy import Table, event, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from tests.conftest import Visitor
from tests.isolation import test_catalogue
from tests.isolation.kept import kept
from tests.isolation.test_routes import OWN_SESSION, Route, ask, organ_routes
from tests.isolation.twins import of_twin

from lienxa.platform import clock
from lienxa.platform.db.base import TenantScoped, metadata
from lienxa.platform.db.session import Database, Prepared, TenantSession
from lienxa.platform.errors import AppError
from lienxa.platform.tenancy.organs import Organ

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What of a page is another each time it is made: the masked token of its forms.
_TOKEN = re.compile("[0-9a-f]{64,}")
_TABLE = re.compile(r"\b(?:app|rollup)\.\w+")
Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Answer:
    """What was said, and whether it gave away or changed something of the other organ.

    `tables` are those that the statements of a request named: what is done to another one cannot change the answer.
    """

    said: str
    leaks: bool = False
    tables: frozenset[str] = field(default=frozenset(), compare=False)


Seen = dict[str, Answer]


@dataclass(frozen=True)
class Organs:
    """Who asks, and whose things are asked for; `rows` has one of the latter from each table, as text."""

    asking: Organ
    asked: Organ
    rows: Rows


# --- the database -----------------------------------------------------------------------------------------------


async def core(database: Database, organs: Organs, of: str = "") -> Seen:
    """Read and change every table and view without saying whose; let own rows point to and become another's.

    If given, only the table `of`, those that point to it, and the views.
    """
    seen: Seen = {}
    async with _undone(database, organs) as session:
        for table in metadata.sorted_tables:
            if table.schema in ("app", "rollup") and (not of or _concerns(table, of)):
                seen |= await _of_table(session, table, organs)
        for view in await _views(session):
            statement = text(f"select distinct tenant_id from {view}")
            seen[f"read {view}"] = await _whose(session, statement, organs)
    return seen


def _concerns(table: Table, other: str) -> bool:
    return other in {table.fullname, *(key.referred_table.fullname for key in table.foreign_key_constraints)}


async def _of_table(session: TenantSession, table: Table, organs: Organs) -> Seen:
    seen = {
        f"read {table.fullname}": await _whose(session, select(table.c.tenant_id).distinct(), organs),
        f"change {table.fullname}": await _whose(
            session, update(table).values(tenant_id=table.c.tenant_id).returning(table.c.tenant_id), organs
        ),
    }
    theirs = organs.rows.get(table.name)
    if "id" not in table.c or theirs is None:
        return seen
    own = update(table).where(table.c.tenant_id == organs.asking.id, table.c.id == of_twin(UUID(theirs["id"])))
    seen[f"give away a row of {table.fullname}"] = await _accepted(session, own.values(tenant_id=organs.asked.id))
    seen[f"take an identifier of {table.fullname}"] = await _free(session, own.values(id=UUID(theirs["id"])))
    for key in table.foreign_key_constraints:
        parent = organs.rows.get(key.referred_table.name)
        for column in key.columns:
            if column.name != "tenant_id" and parent is not None and "id" in key.referred_table.c:
                pointing = own.values({column.name: UUID(parent["id"])})
                seen[f"point {column.name} of {table.fullname} there"] = await _accepted(session, pointing)
    return seen


async def _whose(session: TenantSession, statement: Any, organs: Organs) -> Answer:
    rows, _count, refused = await _tried(session, statement)
    whose = {row[0] for row in rows}
    return Answer(refused or ", ".join(sorted(map(str, whose))), leaks=organs.asked.id in whose)


async def _accepted(session: TenantSession, statement: Any) -> Answer:
    """Accepting it would be the leak."""
    _rows, count, refused = await _tried(session, statement)
    return Answer(refused or f"{count} rows", leaks=count > 0)


async def _free(session: TenantSession, statement: Any) -> Answer:
    """A refusal because it is taken would tell that another has it."""
    _rows, count, refused = await _tried(session, statement)
    return Answer(refused or f"{count} rows", leaks=refused == "refused: 23505")


async def _tried(session: TenantSession, statement: Any) -> tuple[list[Any], int, str]:
    """Rows, how many it changed, and the SQLSTATE with which it was refused; nothing of it stays."""
    try:
        async with session.begin_nested() as savepoint:
            result: Any = await session.execute(statement)
            rows, count = ([], result.rowcount) if statement.is_dml and not statement._returning else (result.all(), 0)
            await savepoint.rollback()
    except DBAPIError as refused:
        return [], 0, f"refused: {getattr(refused.orig, 'sqlstate', '?')}"
    return rows, count, ""


async def _views(session: TenantSession) -> list[str]:
    query = "select oid::regclass::text from pg_class where relkind = 'v' and relnamespace = 'app'::regnamespace"
    rows, _count, _refused = await _tried(session, text(query))
    return sorted(row[0] for row in rows)


@asynccontextmanager
async def _undone(database: Database, organs: Organs) -> AsyncIterator[TenantSession]:
    """A transaction of whoever asks; nothing of it stays."""
    async with database.tenant_session(organs.asking.id) as session:
        yield session
        await session.rollback()


async def orm(database: Database, organs: Organs, of: str = "") -> Seen:
    """Read and change the rows of every model in each way that the code does, as one whom no policy binds.

    If given, only the model of the table `of`.
    """
    seen: Seen = {}
    async with _undone(database, organs) as session:
        for model in sorted(_models(), key=lambda model: model.__tablename__):
            if of not in ("", f"app.{model.__tablename__}"):
                continue
            name, other = model.__tablename__, aliased(model)
            own = update(model).values(tenant_id=model.tenant_id).returning(model.tenant_id)
            seen[f"read {name}"] = await _whose(session, select(model.tenant_id).distinct(), organs)
            seen[f"read {name} by another name"] = await _whose(session, select(other.tenant_id).distinct(), organs)
            seen[f"read {name}, prepared"] = await _prepared(session, Prepared(select(model.tenant_id)), organs)
            seen[f"change {name}"] = await _whose(session, own.execution_options(synchronize_session=False), organs)
            seen[f"find one of {name}"] = await _found(session, model, UUID(organs.rows[name]["id"]))
    return seen


def _models() -> Iterator[type[TenantScoped]]:
    waiting = [TenantScoped]
    while waiting:
        for model in waiting.pop().__subclasses__():
            waiting.append(model)
            if "__table__" in vars(model):
                yield model


async def _prepared(session: TenantSession, prepared: Prepared, organs: Organs) -> Answer:
    whose = {row[0] for row in await session.rows(prepared)}
    return Answer(", ".join(sorted(map(str, whose))), leaks=organs.asked.id in whose)


async def _found(session: TenantSession, model: type[TenantScoped], row_id: UUID) -> Answer:
    try:
        await session.find(model, row_id)
    except AppError as refused:
        return Answer(type(refused).__name__)
    return Answer("found", leaks=True)


# --- the whole service ------------------------------------------------------------------------------------------


async def http(
    app: Litestar, visitor: Visitor, organs: Organs, owner_dsn: str, among: Collection[str] | None = None
) -> Seen:
    """Open every page at home, then try everything with the things of the other organ; if given, only these questions.

    Both organs show the same names and numbers. A leak is an identifier of the other, an answer where there was none,
    a change there; whoever compares with a healthy state sees figures and orders that depend on the other, too.
    """
    theirs = _identifiers(owner_dsn, organs.asked)
    before = kept(owner_dsn, organs.asked)
    cookies = dict(visitor.http.cookies)
    seen: Seen = {}
    with _named_tables(app) as named, _forgetting(owner_dsn, organs.asking) as forget:
        for question, route, path in _questions(app, organs.rows):
            if among is not None and question not in among:
                continue
            forget()
            visitor.http.cookies = cookies  # without the notice that the question before may have left
            named.clear()
            answer = _read(await ask(visitor, route, path), theirs, path)
            seen[question] = replace(answer, tables=frozenset(named))
    after = kept(owner_dsn, organs.asked)
    changed = sorted(before.changed(after))
    seen["the other organ's tables"] = Answer(f"changed: {changed}", leaks=changed != [])
    return seen


def _questions(app: Litestar, rows: Rows) -> Iterator[tuple[str, Route, str]]:
    """Every page, with and without a word to look for; then every route to a thing, with those of the other."""
    routes = list(organ_routes(app))
    for route in routes:
        if route.method == "GET" and not route.parameters:
            yield str(route), route, route.path
            yield f"{route}?q=", route, f"{route.path}?q=xã"
    for route in routes:
        if route.parameters and not route.path.startswith(OWN_SESSION):
            for path in route.with_rows(rows):
                yield f"{route.method} {path}", route, path


@contextmanager
def _named_tables(app: Litestar) -> Iterator[set[str]]:
    """The tables that statements of the application name from now on."""
    named: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        named.update(_TABLE.findall(statement))

    engine = app.state.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield named
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def _forgetting(owner_dsn: str, organ: Organ) -> Iterator[Callable[[], None]]:
    """Lets the organ's trail, which pages show, forget what it was told since now: each question meets the same one."""
    moment = clock.now()
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # the trail takes nothing back
        statement = "delete from app.audit_event where tenant_id = %s and at >= %s"

        def forget() -> None:
            connection.execute(statement, [organ.id, moment])

        yield forget


def _read(answer: Any, theirs: frozenset[str], path: str) -> Answer:
    """What of an answer may not differ, and whether it tells of the other what its address did not name."""
    text = text_of(answer)
    named = frozenset(_UUID.findall(path))
    theirs -= named
    told = theirs.intersection(_UUID.findall(text))
    if answer.status_code >= 500:
        return Answer(f"{answer.status_code}")
    plain = _TOKEN.sub("", _UUID.sub(lambda found: found[0] if found[0] in theirs or found[0][14] == "8" else "", text))
    # Every thing that an address names here is the other's.
    reached = bool(named) and answer.status_code < 400
    return Answer(f"{answer.status_code} {sha256(plain.encode()).hexdigest()}", leaks=bool(told) or reached)


def text_of(answer: Any) -> str:
    """What an answer says; of a workbook its sheets, for its archive says when it was made."""
    if not answer.content.startswith(b"PK"):
        text: str = answer.text
        return text
    with ZipFile(BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/"))


def _identifiers(owner_dsn: str, organ: Organ) -> frozenset[str]:
    found: set[str] = set()
    with psycopg.connect(owner_dsn) as connection:
        for table in metadata.sorted_tables:
            if table.schema == "app":
                query = f"select id::text from {table.fullname} where tenant_id = %s"
                found |= {row[0] for row in connection.execute(query, [organ.id])}  # type: ignore[arg-type]
    return frozenset(found)


# --- the catalogue ----------------------------------------------------------------------------------------------


def catalogue(owner_dsn: str) -> list[str]:
    """The rules of the walk through the catalogue that do not hold."""
    broken = []
    for name, rule in _rules().items():
        with psycopg.connect(owner_dsn, row_factory=psycopg.rows.namedtuple_row) as connection:
            try:
                rule(connection)
            except AssertionError:
                broken.append(name)
    return broken


def _rules() -> dict[str, Callable[[Any], None]]:
    """The tests of the walk that need nothing but the catalogue."""
    return {
        name: found
        for name, found in vars(test_catalogue).items()
        if name.startswith("test_") and found.__code__.co_varnames[: found.__code__.co_argcount] == ("catalogue",)
    }
