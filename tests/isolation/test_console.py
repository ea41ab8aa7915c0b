"""The operator's pages read no table of an office and show nothing that anybody wrote there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from sqlalchemy import Table, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.visitors import iterate
from tests.conftest import Visitor
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "stranger"]


@contextmanager
def collecting_tables() -> Iterator[set[str]]:
    """Collect the tables, with their schema, of everything that is sent inside."""
    found: set[str] = set()

    def note(_connection: Any, statement: Any, _many: Any, _one: Any, _options: Any) -> None:
        if isinstance(statement, ClauseElement):
            parts = (getattr(element, "table", element) for element in iterate(statement))
            found.update(part.fullname for part in parts if isinstance(part, Table))

    event.listen(Engine, "before_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", note)


# What an organ tells of its readiness is read inside it, in figures; no text of it may stand there either.
TOLD_BY_THE_ORGAN = "/san-sang"


@pytest.fixture
def dead_letter(owner_dsn: str, busy_lam_son: Organ) -> str:
    """A job of the organ that failed for good."""
    with psycopg.connect(owner_dsn) as connection:
        row = connection.execute(
            "insert into control.job_queue (queue_name, message_id, state, message, available_at) values ('quick', "
            "gen_random_uuid(), 'rejected', jsonb_build_object('actor_name', 'trial.job', 'args', array[%s]), now()) "
            "returning message_id",
            [str(busy_lam_son.id)],
        ).fetchone()
    assert row is not None
    return str(row[0])


async def test_the_operators_pages_hold_nothing_of_an_office(
    app: Litestar, operator: Visitor, busy_lam_son: Organ, dead_letter: str, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set row_security = off")
        query = "select abstract from app.document union select full_name from app.staff"
        written = {row[0] for row in connection.execute(query) if row[0] and len(row[0]) > 8}
    assert len(written) > 20
    paths = {route.path_format for route in app.routes if _is_operators(route)}
    with collecting_tables() as read:
        for path in sorted(paths, key=lambda path: path.endswith(TOLD_BY_THE_ORGAN)):
            if path.endswith(TOLD_BY_THE_ORGAN):
                assert {table for table in read if not table.startswith("control.")} == set()
            path = path.replace("{slug}", busy_lam_son.slug).replace("{message_id}", dead_letter)
            if "{" in path:
                continue
            page = await operator.get(path)
            assert page.status_code == 200, path
            assert [text for text in written if text in page.text] == [], path
    assert {"control.job_queue", "control.tenant"} <= read
    assert {"/van-hanh/tinh-trang", "/van-hanh/viec-hong", "/van-hanh/don-vi/{slug}"} <= paths


def _is_operators(route: Any) -> bool:
    handler = getattr(route, "route_handler_map", {}).get("GET")
    return handler is not None and bool(handler[0].opt.get("operator"))
