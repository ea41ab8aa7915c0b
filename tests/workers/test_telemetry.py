"""What leaves the processes for a collector: one trace through everything, tenants everywhere, nobody's words."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import trial_jobs
from collector import Receiver, attributes, receiving

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.tenancy.organs import Organ

CITIZEN = "Nguyễn Thị Minh Hoạ"
SUBJECT = "Giải quyết đơn của bà Nguyễn Thị Minh Hoạ"
SYMBOL = "9917/UBND-BIMAT"
CASE_SECRET = "7F3K9Q2X"
FEED_SECRET = "f12c8ad77d00b21e416cff968f123e0e"
SIGN_ON_CODE = "uYx1-2Kq9sLmN0pQr7TvWz"


def _story(host: str, cookie: str, csrf: str) -> list[dict[str, Any]]:
    """A person signs on, registers, searches; a citizen looks a case up; a calendar asks for a feed."""
    document = {
        "_csrf": csrf,
        "_once": "01900000-0000-7000-8000-0000000000aa",
        "secrecy": "open",
        "body": "committee",
        "author_organ": f"Văn phòng {CITIZEN}",
        "author_symbol": SYMBOL,
        "doc_date": f"{clock.today():%d/%m/%Y}",
        "type": "state/cong-van",
        "abstract": SUBJECT,
        "urgency": "normal",
    }
    refused = {"doc_date": "31/02/2026", "_once": "01900000-0000-7000-8000-0000000000ab"}
    return [
        {"method": "GET", "url": f"{host}/dang-nhap?ve=/tim?q={CITIZEN}"},
        {"method": "GET", "url": f"http://localhost:8000/dang-nhap/ve?code={SIGN_ON_CODE}&state={SIGN_ON_CODE}"},
        {"method": "POST", "url": f"{host}/van-ban/den/moi", "cookie": cookie, "form": document},
        {"method": "GET", "url": f"{host}/tim?q={CITIZEN}", "cookie": cookie},
        {"method": "POST", "url": f"{host}/tra-cuu", "form": {"code": SYMBOL, "secret": CASE_SECRET}},
        {"method": "GET", "url": f"{host}/tra-cuu/{SYMBOL}/{CASE_SECRET}"},
        {"method": "GET", "url": f"{host}/lich/nguon/{FEED_SECRET}.ics"},
        {"method": "GET", "url": f"{host}/quan-tri", "cookie": cookie},
        {"method": "GET", "url": f"{host}/api/v1/{FEED_SECRET}"},
        {"method": "POST", "url": f"{host}/van-ban/den/moi", "cookie": cookie, "form": {**document, **refused}},
    ]


def _values(receiver: Receiver, name: str) -> dict[frozenset[tuple[str, Any]], float]:
    """The last value of each series of a metric."""
    found = {}
    for metric in receiver.metrics:
        if metric.name == name:
            for point in getattr(metric, metric.WhichOneof("data")).data_points:
                value = point.count if hasattr(point, "bucket_counts") else point.as_int or point.as_double
                found[frozenset(attributes(point).items())] = value
    return found


async def test_a_collector_gets_one_trace_tenants_everywhere_and_nobodys_words(
    lam_son: Organ,
    clerk: Actor,
    visit: Any,
    database: Database,
    processes: Any,
    until: Any,
    told: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor = await visit(lam_son, clerk)
    cookie = visitor.http.cookies["lx_session"]
    with receiving() as receiver:
        monkeypatch.setenv("LIENXA_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv("LIENXA_SLOW_STATEMENT_SECONDS", "0")  # so that every statement is told in the log
        monkeypatch.setenv("LIENXA_METRICS_SECONDS", "0.3")
        processes.worker("quick")
        processes.start("lienxa.workers.scheduler")
        async with database.tenant(lam_son.id) as session:
            await enqueue(session, trial_jobs.fail, lam_son.id, "story")
        statuses = await told(_story("http://lam-son.localhost:8000", cookie, visitor.csrf))
        assert (statuses[2], statuses[3], statuses[5:]) == (303, 200, [404, 404, 403, 404, 422]), statuses

        def rolled_up() -> list[Any]:
            request = next((span for span in receiver.spans if span.name == "POST /van-ban/den/moi"), None)
            of_trace = [span for span in receiver.spans if request and span.trace_id == request.trace_id]
            done = any(span.name == "job rollup.recompute" for span in of_trace)
            # A job that finds another at the same figures ends at once; the statements are that one's.
            wrote = any("rollup.figure" in attributes(span).get("db.statement", "") for span in of_trace)
            return of_trace if done and wrote else []

        await until(rolled_up)
        await until(lambda: _values(receiver, "lienxa.queue.waiting"))
        await until(lambda: _values(receiver, "lienxa.jobs"))
        organ = str(lam_son.id)

        # One trace: the request, its statements, the roll-up that it made necessary and the statements of that.
        trace = rolled_up()
        statements = [attributes(span)["db.statement"] for span in trace if span.kind == 3]
        assert any("app.document" in statement for statement in statements)
        assert any("rollup.figure" in statement for statement in statements)
        assert any("COMMIT" in statement for statement in statements)
        of_organ = [span for span in trace if attributes(span)["lienxa.tenant"] == organ]
        assert {"POST /van-ban/den/moi", "job rollup.recompute"} <= {span.name for span in of_organ}

        # Each says whose it is.
        assert all("lienxa.tenant" in attributes(span) for span in receiver.spans)
        assert all("lienxa.tenant" in attributes(line) for line in receiver.logs)
        slow = [line for line in receiver.logs if line.body.string_value == "slow statement"]
        assert any(attributes(line)["lienxa.tenant"] == organ for line in slow)
        assert all(attributes(line)["statement"] for line in slow)
        assert any(line.trace_id == trace[0].trace_id for line in slow), "a line belongs to its trace"

        # What is counted.
        given = _values(receiver, "lienxa.numbers.given")
        assert given == {frozenset({"lienxa.tenant": organ, "book": "documents"}.items()): 1}
        refused = _values(receiver, "lienxa.refusals")
        assert refused[frozenset({"lienxa.tenant": organ, "code": "forbidden"}.items())] == 1
        assert refused[frozenset({"lienxa.tenant": organ, "code": "not_found"}.items())] == 3
        assert refused[frozenset({"lienxa.tenant": organ, "code": "invalid_input"}.items())] == 1
        ran = _values(receiver, "lienxa.jobs")
        assert ran[frozenset({"lienxa.tenant": organ, "queue": "quick", "outcome": "failed"}.items())] >= 1
        waiting = _values(receiver, "lienxa.queue.waiting")
        assert {dict(labels)["queue"] for labels in waiting} == {"quick", "heavy", "operator"}
        assert _values(receiver, "lienxa.statements.slow")[frozenset({"lienxa.tenant": organ}.items())] > 10
        assert _values(receiver, "http.server.request.duration")
        assert _values(receiver, "db.client.connection.max")

    # Nobody's words, in anything that left and in what lies on this machine.
    sent = "\n".join([*receiver.raw, processes.log.read_text()])
    assert "slow statement" in sent
    typed = [CITIZEN, "Minh Ho", SUBJECT, SYMBOL, CASE_SECRET, FEED_SECRET, SIGN_ON_CODE]
    for value in [*typed, cookie, visitor.csrf, clerk.name]:
        assert value not in sent, value


@pytest.fixture
def silent() -> Iterator[str]:
    """A collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("away", ["nobody listens", "nobody answers"])
async def test_a_collector_that_is_away_slows_and_breaks_nothing(
    lam_son: Organ,
    told: Any,
    processes: Any,
    until: Any,
    silent: str,
    away: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processes serve, and end in order: a worker that did not in time would be ended before its last line."""
    monkeypatch.setenv("LIENXA_OTLP_ENDPOINT", silent if away == "nobody answers" else "http://127.0.0.1:9")
    monkeypatch.setenv("LIENXA_METRICS_SECONDS", "0.1")
    assert await told([{"method": "GET", "url": "http://lam-son.localhost:8000/thu-tuc"}] * 20) == [200] * 20
    worker = processes.worker("quick")
    await until(lambda: any(line["message"] == "worker ready" for line in processes.logged()))
    worker.terminate()
    assert await asyncio.to_thread(worker.wait, 30) == 0
    assert [line["message"] for line in processes.logged()][-1] == "worker stopped"


async def test_without_a_collector_traces_and_metrics_are_lines_of_files(
    lam_son: Organ, told: Any, processes: Any
) -> None:
    assert await told([{"method": "GET", "url": "http://lam-son.localhost:8000/thu-tuc"}]) == [200]
    assert "GET /thu-tuc" in {span["name"] for span in processes.spans()}
    lines = [json.loads(line) for line in (processes.folder / "metrics" / "web.jsonl").read_text().splitlines()]
    (requests,) = [line for line in lines if line["name"] == "lienxa.requests"]
    assert requests["value"] == 1
    assert requests["attributes"] == {"lienxa.tenant": str(lam_son.id), "status": "2xx"}
