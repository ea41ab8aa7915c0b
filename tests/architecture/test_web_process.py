"""The web process stays small: what only papers, scans and exports need is never loaded there (design: stack, 2)."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from litestar import Litestar

from lienxa.platform.tenancy.organs import Organ

HEAVY = (
    "typst",
    "docx",
    "docxtpl",
    "openpyxl",
    "pyhanko",
    "tesserocr",
    "pypdfium2",
    "PIL",
    "holidays",
    "numpy",
    "grpc",
    "opentelemetry.exporter.otlp.proto.grpc",
    "dramatiq_postgres",
    "babel",
)
PEOPLE = ("clerk", "leader", "counter", "administrator")


async def test_pages_of_every_module_load_no_heavy_library(
    app: Litestar, busy_lam_son: Organ, do_luong: Organ, visit: Any, actor_with: Any, test_settings: Any
) -> None:
    asked = []
    for organ, role in [*((busy_lam_son, role) for role in PEOPLE), (do_luong, "watcher")]:
        visitor = await visit(organ, await actor_with(organ, role))
        cookie = visitor.http.cookies["lx_session"]
        asked += [(f"{organ.slug}.localhost", cookie, path) for path in pages(app)]
    environment = {**os.environ, "LIENXA_DB_APP_DSN": app.state.settings.db_app_dsn.get_secret_value()}
    answer = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(Path(__file__).with_name("served_pages.py")), ",".join(HEAVY)],
        input=json.dumps(asked),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["statuses"].keys() >= {"/viec-cua-toi", "/van-ban/den", "/lich", "/ho-so", "/thu-tuc", "/tong-hop"}
    assert [path for path, status in told["statuses"].items() if status >= 500] == []
    assert told["loaded"] == []


def pages(app: Litestar) -> list[str]:
    """The pages of an organ's host that need no identifier and come to an end."""
    found = []
    for route in app.routes:
        handlers = getattr(route, "route_handler_map", {})
        if "GET" in handlers and handlers["GET"][0].opt.get("host", "organ") == "organ":
            path = route.path_format
            if "{" not in path and not path.endswith("/luong") and not path.startswith("/dang-"):
                found.append(path)
    return found
