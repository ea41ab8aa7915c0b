"""Health for whoever runs the process: does it live, and can it serve."""

import asyncio
from functools import cache

from litestar import MediaType, Response, get
from litestar.datastructures import State
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from lienxa.platform.db.revisions import head, known_revisions
from lienxa.platform.db.session import Database

_SECONDS = 2.0
_EVERY_HOST = {"host": "any"}


@get("/healthz", media_type=MediaType.TEXT, opt=_EVERY_HOST, sync_to_thread=False)
def healthz() -> str:
    """The process lives."""
    return "ok"


@get("/readyz", media_type=MediaType.TEXT, opt=_EVERY_HOST)
async def readyz(state: State) -> Response[str]:
    """The database answers and is not older than this code (503 otherwise)."""
    fault = await _fault(state.database)
    return Response(fault or "ok", status_code=503 if fault else 200, media_type=MediaType.TEXT)


async def _fault(database: Database) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS), database.control() as session:
            revision = await session.scalar(text("select version_num from control.alembic_version"))
    except (OSError, SQLAlchemyError, TimeoutError):
        return "the database does not answer"
    older = await asyncio.to_thread(_older_revisions)
    # A revision this code does not know was made by newer code, which keeps serving the old one while it is replaced.
    return "the database is to be migrated" if revision is None or revision in older else None


@cache
def _older_revisions() -> frozenset[str]:
    return known_revisions() - {head()}


routes = (healthz, readyz)
