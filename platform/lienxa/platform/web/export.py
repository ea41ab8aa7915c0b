"""A list as a file for a spreadsheet: CSV in UTF-8 with a byte order mark and `;`, as Excel in Vietnam opens it.

It is sent as it is read, a part at a time, each in a transaction of its own: a book of years needs no memory, and
nothing waits for it. That somebody took a list away stands in the trail.
"""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import Request
from litestar.response import Stream

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession

PART = 500
Cell = str | int | date | None
Row = Sequence[Cell]
Cursor = TypeVar("Cursor")
Read = Callable[[TenantSession, Cursor | None], Awaitable[tuple[Iterable[Row], Cursor | None]]]

_MARK = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, also in full width and after what it skips.
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")


def export_path(request: Request[Any, Any, Any], path: str) -> str:
    """The address of the export of the list that is shown: `path` with the same filter, from its first page on."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "sau" and value]
    return f"{path}?{urlencode(query)}" if query else path


def spreadsheet(
    request: Request[Any, Any, Any], session: TenantSession, actor: Actor, name: str, head: Row, read: Read[Cursor]
) -> Stream:
    """The file `<name>-<day>.csv`: `head` and all rows.

    `read(session, after)` gives the rows that follow `after` (None: the first) and where the next part begins, None
    at the end; it asks with the visibility of `actor` as the list itself does.
    """
    trail.record(session, actor, "web.export", "list", None, {"list": name})
    headers = {
        "content-disposition": f'attachment; filename="{name}-{clock.today():%Y-%m-%d}.csv"',
        "cache-control": "no-store",
    }
    return Stream(_parts(request, actor, head, read), media_type="text/csv", headers=headers)


async def _parts(request: Request[Any, Any, Any], actor: Actor, head: Row, read: Read[Cursor]) -> AsyncIterator[str]:
    yield _MARK + lines([head])
    after: Cursor | None = None
    while True:
        async with request.app.state.database.tenant(actor.organ.id) as session:
            rows, after = await read(session, after)
            written = lines(rows)
        yield written
        if after is None:
            return


def lines(rows: Iterable[Row]) -> str:
    """Rows as lines of the file. What would be computed as a formula gets an apostrophe before it."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([_written(cell) for cell in row] for row in rows)
    return out.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, int):
        return str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
