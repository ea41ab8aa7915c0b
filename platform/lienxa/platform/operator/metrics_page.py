"""`/metrics` for a Prometheus: on this machine, or elsewhere with the operator's token. To everybody else it is 404.

It names organs by their identifiers and nothing that anybody wrote, but how busy an office is concerns only its own.
"""

import hmac
import ipaddress
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State

from lienxa.platform.errors import NotFound
from lienxa.platform.operator import standing
from lienxa.platform.settings import Settings
from lienxa.platform.telemetry import metrics, prometheus

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@get("/metrics", opt={"host": "any"})
async def metrics_page(request: Request[Any, Any, State]) -> Response[bytes]:
    """All metrics of this process, and how the installation stands at this moment."""
    if not _may_read(request, request.app.state.settings):
        raise NotFound
    async with request.app.state.database.control() as session:
        metrics.stand(await standing.look(session))
    return Response(prometheus.text(), headers={"content-type": prometheus.CONTENT_TYPE})


def _may_read(request: Request[Any, Any, State], settings: Settings) -> bool:
    """With a token set only who has it; without, who asks from this machine and not through a proxy on it."""
    if token := settings.metrics_token.get_secret_value():
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
