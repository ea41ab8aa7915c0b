"""`/metrics` is read on this machine or with the operator's token, and shows how the installation stands."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr

from lienxa.platform import clock
from lienxa.platform.audit.jobs import seal_events
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.operator import standing
from lienxa.platform.rollup import marks
from lienxa.platform.telemetry import metrics

ORGAN = UUID("01900000-0000-7000-8000-000000000001")


async def _asked(app: Litestar, client: str, headers: dict[str, str] | None = None) -> int:
    transport = httpx.ASGITransport(app, client=(client, 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as asking:
        return (await asking.get("/metrics", headers=headers)).status_code


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.1.2.3", {}, 404),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 404),
        ("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 404),
    ],
)
async def test_without_a_token_only_this_machine_reads(
    app: Litestar, client: str, headers: dict[str, str], status: int
) -> None:
    assert await _asked(app, client, headers) == status


async def test_with_a_token_whoever_has_it_reads_and_nobody_else(app: Litestar) -> None:
    app.state.settings = app.state.settings.model_copy(update={"metrics_token": SecretStr("t" * 32)})
    assert await _asked(app, "10.1.2.3", {"authorization": "Bearer " + "t" * 32}) == 200
    assert await _asked(app, "10.1.2.3", {"authorization": "Bearer " + "x" * 32}) == 404
    assert await _asked(app, "127.0.0.1") == 404


async def test_it_tells_what_waits_and_how_old_it_is(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database.control() as control:
        await enqueue(control, seal_events)
        await enqueue(control, seal_events, delay=timedelta(hours=1))
    with clock.fixed_at(clock.now() - timedelta(seconds=90)):
        async with database.tenant(ORGAN) as session:
            await marks.mark(session, "documents")

    async with database.control() as control:
        found: Any = await standing.look(control)

    waiting = {labels["queue"]: value for value, labels in found[metrics.QUEUE_WAITING]}
    assert waiting == {"quick": 1, "heavy": 0, "operator": 0}, "what is wanted later does not wait yet"
    assert all(value == 0 for value, _labels in found[metrics.QUEUE_DEAD])
    assert found[metrics.ROLLUP_WAITING] == [(1, {})]
    ((age, labels),) = found[metrics.ROLLUP_AGE]
    assert labels == {"lienxa.tenant": str(ORGAN)}
    assert 90 <= age < 900
