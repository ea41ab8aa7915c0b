"""Logs are JSON lines, also of libraries and of the end of a process."""

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from opentelemetry.sdk.trace import TracerProvider
from lienxa.platform.telemetry import logs

logs.configure("worker-quick")
with structlog.contextvars.bound_contextvars(tenant="lam-son"):
    with TracerProvider().get_tracer("t").start_as_current_span("s"):
        structlog.get_logger().info("it ran", number=3, detail="Ông A " * 200)
logging.getLogger("dramatiq").warning("from a library")
logging.getLogger("httpx").info("GET http://id.localhost/token?code=secret")
raise ValueError("DETAIL:  Key (name)=(An) already exists.\\nDETAIL:  Key (name)=(An) already exists.")
"""


def test_every_line_is_json_and_says_where_it_comes_from() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    ran, library, end = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ran["message"] == "it ran"
    assert (ran["process"], ran["tenant"], ran["number"], ran["level"]) == ("worker-quick", "lam-son", 3, "info")
    assert list(ran)[:8] == ["time", "level", "logger", "message", "process", "tenant", "trace_id", "span_id"]
    assert "event" not in ran, "said once"
    assert len(ran["detail"]) <= 201, "what is told beside a message is short"
    assert (len(ran["trace_id"]), len(ran["span_id"])) == (32, 16)
    assert (library["message"], library["logger"], library["process"]) == ("from a library", "dramatiq", "worker-quick")
    assert library["tenant"] == "platform"
    assert (end["level"], end["message"]) == ("critical", "the process ends: ValueError")
    assert "Traceback" in end["exception"]
    assert "secret" not in ended.stderr
    assert "(An)" not in ended.stderr


def test_for_a_person_at_a_terminal_lines_are_words() -> None:
    program = (
        "import structlog\n"
        "from lienxa.platform.telemetry import logs\n"
        "logs.configure('web', 'text')\n"
        "structlog.get_logger('x').warning('it ran', number=3)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "it ran" in ended.stderr
    assert "number=3" in ended.stderr
    assert not ended.stderr.startswith("{")
