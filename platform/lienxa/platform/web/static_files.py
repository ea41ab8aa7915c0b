"""The files that browsers load: held in memory, compressed once, kept by browsers for a year under their address."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from lienxa.platform.errors import NotFound
from lienxa.platform.web.headers import SENT_AS_IT_IS

_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_A_YEAR = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent; `version` changes with its content."""

    content: bytes
    compressed: bytes
    media_type: str
    version: str


@cache
def _files() -> dict[str, StaticFile]:
    found = [file for file in _STATIC.rglob("*") if file.suffix in _KINDS]
    return {str(file.relative_to(_STATIC)): _held(file) for file in found}


def _held(file: Path) -> StaticFile:
    content = file.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(content, gzip.compress(content, mtime=0), _KINDS[file.suffix], version)


def asset(name: str) -> str:
    """The address of a static file, which changes with its content. KeyError if there is none of that name."""
    return f"/static/{name}?v={_files()[name].version}"


@get("/static/{name:path}", operation_id="StaticFile", opt={"host": "any", SENT_AS_IT_IS: True}, sync_to_thread=False)
def static_file(request: Request[Any, Any, State], name: FromPath[str]) -> Response[bytes]:
    """The file; under an address of `asset` for good."""
    file = _files().get(name.removeprefix("/"))
    if file is None:
        raise NotFound
    lasting = request.query_params.get("v") == file.version
    headers = {"cache-control": _A_YEAR if lasting else _AN_HOUR, "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.media_type, headers=headers)
    return Response(file.compressed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})
