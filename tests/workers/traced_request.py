"""One traced request that wants a job, in a process of its own: tracing is set up once for a whole process."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import trial_jobs
from litestar import Litestar, Request, post
from litestar.datastructures import State

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.settings import get_settings
from lienxa.platform.telemetry import pipeline, tracing

TENANT = UUID("01900000-0000-7000-8000-000000000001")
SECRET = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4"


@post("/cases/{secret:str}")
async def take_in(request: Request[Any, Any, State], secret: str) -> None:
    """Want a job, as an operation does."""
    database: Database = request.app.state.database
    async with database.tenant(TENANT) as session:
        await enqueue(session, trial_jobs.quick_effect, TENANT, "traced")


async def main() -> None:
    """Send the request, with secrets in path and query and a foreign trace."""
    database = Database(get_settings().db_app_dsn.get_secret_value())
    app = tracing.instrument_app(Litestar([take_in], state=State({"database": database})))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://lam-son.localhost") as client:
        foreign = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
        answer = await client.post(f"/cases/{SECRET}?key={SECRET}", headers=foreign)
        answer.raise_for_status()
    await database.close()


if __name__ == "__main__":
    pipeline.start("web", get_settings())
    asyncio.run(main())
    pipeline.stop()
