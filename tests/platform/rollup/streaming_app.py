"""The smallest application with a stream, for a server process of its own."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from litestar import Litestar, Request, get
from litestar.datastructures import State
from litestar.response import ServerSentEvent
from pydantic import SecretStr

from lienxa.platform.rollup import stream
from lienxa.platform.settings import Settings

READER = UUID("01900000-0000-7000-8000-000000000001")


async def _signed_in() -> bool:
    return True


@get("/")
async def changes(request: Request[None, None, State]) -> ServerSentEvent:
    """The changes of one reader."""
    return ServerSentEvent(stream.changes(request.app, READER, _signed_in))


@asynccontextmanager
async def _feed(application: Litestar) -> AsyncIterator[None]:
    await stream.start(application)
    yield
    await stream.stop(application)


app = Litestar(
    [changes],
    lifespan=[_feed],
    state=State({"settings": Settings(db_app_dsn=SecretStr(os.environ["STREAM_DSN"]))}),
)
