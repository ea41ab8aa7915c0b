"""Filters under row security use leakproof operators only (design: database, 4.4).

An operator that is not leakproof is tried after the policy, row by row: no index serves it, and a list of a large
commune becomes slow. So every condition that the pages, searches and verbs send is collected, as SQLAlchemy knows it,
and each operator looked up in the catalogue with the types of its two sides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from sqlalchemy import Table, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement, CollectionAggregate, TextClause, Tuple
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Exists, Join, ScalarSelect, Select
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType

from lienxa.platform.db.base import PLACEMENT
from lienxa.platform.db.session import Database
from lienxa.platform.module import DemoVolume
from lienxa.platform.operator import demo
from lienxa.platform.tenancy.organs import Organ

ROLES = ("clerk", "leader", "office_head", "specialist", "counter", "administrator")
# Functions that may be asked of a column in a condition although they are not leakproof, each with its reason.
EXCUSED_FUNCTIONS: dict[str, str] = {}

Used = tuple[str, str, str]


def conditions(statement: ClauseElement) -> Iterator[ClauseElement]:
    """Every WHERE and ON of a statement and of what is nested in it."""
    for element in iterate(statement):
        if isinstance(element, Join):
            yield element.onclause
        found = getattr(element, "whereclause", None)
        if found is not None:
            yield found


def parts(condition: ClauseElement) -> Iterator[ClauseElement]:
    """The elements of one condition, without those of nested selects, which have conditions of their own."""
    yield condition
    if isinstance(condition, Select | ScalarSelect | Exists):
        return
    for child in condition.get_children():
        yield from parts(child)


def sides(compared: BinaryExpression[Any]) -> Iterator[tuple[Any, Any]]:
    """The two sides; a comparison of tuples compares their members."""
    if isinstance(compared.left, Tuple) and isinstance(compared.right, Tuple):
        yield from zip(compared.left.clauses, compared.right.clauses, strict=True)
    else:
        yield compared.left, compared.right


def operators_of(statement: ClauseElement) -> Iterator[Used]:
    """Each operator of a condition with the PostgreSQL types of its sides; schema `control` has no row security."""
    tables = (getattr(element, "table", element) for element in iterate(statement))
    if {getattr(table, "schema", None) for table in tables} <= {None, "control"}:
        return
    for condition in conditions(statement):
        for part in parts(condition):
            if isinstance(part, FunctionElement) and any(_is_column(child) for child in part.get_children()):
                yield ("function", part.name, "")
            if not isinstance(part, BinaryExpression) or part.operator in (operators.is_, operators.is_not):
                continue
            for left, right in sides(part):
                yield _name(part), _type(left), _type(right) or _type(left)


def _is_column(element: ClauseElement) -> bool:
    return any(getattr(found, "table", None) is not None for found in iterate(element))


def _name(compared: BinaryExpression[Any]) -> str:
    if isinstance(compared.operator, operators.custom_op):
        return compared.operator.opstring
    if compared.operator in (operators.in_op, operators.eq, operators.between_op):
        return "=" if compared.operator is not operators.between_op else "<="
    written = {
        operators.ne: "<>",
        operators.not_in_op: "<>",
        operators.lt: "<",
        operators.le: "<=",
        operators.gt: ">",
        operators.ge: ">=",
        operators.like_op: "~~",
        operators.ilike_op: "~~*",
    }
    return written.get(compared.operator, getattr(compared.operator, "__name__", "?"))


def _type(element: Any) -> str:
    if isinstance(element, CollectionAggregate):  # `= any(array)` compares with its members, one by one
        return _type(element.element).removesuffix("[]")
    if isinstance(element.type, NullType):
        return ""
    compiled = str(element.type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return {"VARCHAR": "text", "TIMESTAMP WITH TIME ZONE": "timestamptz"}.get(compiled, compiled.lower())


@contextmanager
def collecting() -> Iterator[set[Used]]:
    """Collect the operators of everything that is sent inside."""
    found: set[Used] = set()
    seen: set[int] = set()
    kept: list[Any] = []

    def note(_connection: Any, statement: Any, _many: Any, _one: Any, _options: Any) -> None:
        if not isinstance(statement, ClauseElement) or isinstance(statement, TextClause) or id(statement) in seen:
            return
        seen.add(id(statement))
        kept.append(statement)  # an identity is worth something only while its object lives
        found.update(operators_of(statement))

    event.listen(Engine, "before_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", note)


# The table of a parent begins with one statement for the oldest mark and the ends of its months (docs/citus.md).
MIXED_ON_PURPOSE = {"control.rollup_mark"}


@contextmanager
def collecting_mixtures() -> Iterator[set[str]]:
    """Collect the tables of the coordinator that are read in one statement with tables of an office (docs/citus.md)."""
    found: set[str] = set()

    def note(_connection: Any, statement: Any, _many: Any, _one: Any, _options: Any) -> None:
        if isinstance(statement, ClauseElement) and not isinstance(statement, TextClause):
            found.update(mixture_of(statement))

    event.listen(Engine, "before_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", note)


def mixture_of(statement: ClauseElement) -> set[str]:
    """The tables of `control` without another place, if the statement has tables of `app` or `rollup` as well."""
    elements = (getattr(element, "table", element) for element in iterate(statement))
    tables = {element for element in elements if isinstance(element, Table)}
    apart = {table.fullname for table in tables if table.schema == "control" and PLACEMENT not in table.info}
    return apart if any(table.schema in ("app", "rollup") for table in tables) else set()


def unsafe(owner_dsn: str, used: set[Used]) -> list[str]:
    """Those that are neither leakproof nor ours."""
    found = []
    with psycopg.connect(owner_dsn) as connection:
        for name, left, right in sorted(used):
            if name == "function":
                safe = (
                    left == "coalesce"
                    or left in EXCUSED_FUNCTIONS
                    or _every(connection, "select proleakproof from pg_proc where proname = %s", [left])
                )
            elif name.startswith("operator(app."):
                safe = True
            else:
                safe = _every(
                    connection,
                    "select p.proleakproof from pg_operator o join pg_proc p on p.oid = o.oprcode "
                    "where oprname = %s and oprleft = to_regtype(nullif(%s, '')) "
                    "and oprright = to_regtype(nullif(%s, ''))",  # PostgreSQL 15 calls '' a syntax error
                    [name, left, right],
                )
            if not safe:
                found.append(f"{name} {left} {right}".strip())
    return found


def _every(connection: psycopg.Connection, query: str, values: list[str]) -> bool:
    rows = connection.execute(query, values).fetchall()
    return bool(rows) and all(row[0] for row in rows)


async def test_pages_and_searches(
    app: Litestar, busy_lam_son: Organ, do_luong: Organ, visit: Any, actor_with: Any, owner_dsn: str
) -> None:
    people = [(busy_lam_son, role) for role in ROLES] + [(do_luong, "watcher")]
    with collecting() as used, collecting_mixtures() as mixed:
        for organ, role in people:
            visitor = await visit(organ, await actor_with(organ, role))
            for route in app.routes:
                handlers = getattr(route, "route_handler_map", {})
                if "GET" not in handlers or handlers["GET"][0].opt.get("host", "organ") != "organ":
                    continue
                path = route.path_format
                if "{" in path or path.endswith("/luong") or path.startswith("/dang-"):
                    continue
                for query in ("", "?q=xã"):
                    assert (await visitor.get(path + query)).status_code < 500, path
    assert len(used) > 6
    assert ("operator(app.~~~*)", "text", "text") in used
    assert unsafe(owner_dsn, used) == []
    assert mixed <= MIXED_ON_PURPOSE


async def test_the_verbs(
    lam_son: Organ, operator_database: Database, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demonstration goes through every verb of every module."""
    tiny = DemoVolume(incoming=10, party=4, office=4, sections=4, meetings=8, cases=10)
    monkeypatch.setitem(demo.VOLUMES, lam_son.slug, tiny)
    row = next(row for row in demo.organ_rows() if row["slug"] == lam_son.slug)
    with collecting() as used, collecting_mixtures() as mixed:
        await demo.fill_with_papers(operator_database, lam_son, row, {lam_son.slug: lam_son.id})
    assert len(used) > 4
    assert unsafe(owner_dsn, used) == []
    assert mixed == set()


def test_what_is_not_leakproof_is_found(owner_dsn: str) -> None:
    """A search that finds nothing anywhere would pass for ever."""
    from sqlalchemy import func, select

    from lienxa.platform.access.models import Staff

    statement = select(Staff.id).where(Staff.full_name.ilike("%an%"), func.lower(Staff.full_name) == "an")
    found = unsafe(owner_dsn, set(operators_of(statement)))
    assert "~~* text text" in found
    assert "function lower" in found


def test_a_statement_that_leaves_the_nodes_of_an_office_is_found() -> None:
    from sqlalchemy import select

    from lienxa.platform.access.models import Staff
    from lienxa.platform.identity.models import Account
    from lienxa.platform.tenancy.models import Tenant

    joined = select(Staff.id).join(Account, Account.id == Staff.account_id)
    assert mixture_of(joined) == {"control.account"}
    assert mixture_of(select(Staff.id).where(Staff.account_id.in_(select(Account.id)))) == {"control.account"}
    assert mixture_of(select(Account.id)) == set()
    assert mixture_of(select(Staff.id).where(Staff.tenant_id.in_(select(Tenant.id)))) == set()
