"""A paper as the answer to a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar.response import Response

from lienxa.platform.print import pdf_aside


async def paper(template: str, data: Mapping[str, Any], name: str) -> Response[bytes]:
    """The PDF of a template, opened in the browser; `name` (without `.pdf`) is offered when it is saved."""
    return Response(
        await pdf_aside(template, data),
        media_type="application/pdf",
        headers={
            "content-disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}.pdf",
            "content-security-policy": "default-src 'none'",
            "referrer-policy": "no-referrer",
            "cache-control": "private, no-store",
        },
    )
