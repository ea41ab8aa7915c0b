"""One trace follows a request and the job it wanted, and holds no secret."""

from typing import Any

SECRET = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4"


async def test_one_trace_follows_request_and_job(processes: Any, until: Any) -> None:
    processes.worker("quick")
    request = processes.start("traced_request")

    def done() -> list[Any]:
        return [span for span in processes.spans() if span["name"] == "job trial_jobs.quick_effect"]

    await until(done)
    assert request.wait(20) == 0

    spans = processes.spans()
    (job,) = done()
    (received,) = [span for span in spans if span["name"] == "POST /cases/{secret}"]
    assert job["trace_id"] == received["trace_id"] != "ab" * 16
    assert job["parent_id"] == received["span_id"]
    assert (received["process"], job["process"]) == ("web", "worker-quick")
    assert received["attributes"] == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/cases/{secret}",
        "url.path": "/cases/*",
        "lienxa.tenant": "platform",
    }

    of_trace = [span for span in spans if span["trace_id"] == job["trace_id"]]
    statements = {span["process"]: span["attributes"]["db.statement"] for span in of_trace if span["kind"] == "client"}
    assert set(statements) == {"web", "worker-quick"}, "SQL of both is in the trace"
    assert any("control.job_queue" in str(span["attributes"].get("db.statement")) for span in of_trace)
    assert SECRET not in str(spans)
    assert "traced" not in str([span["attributes"] for span in of_trace]), "no parameter of a statement"
