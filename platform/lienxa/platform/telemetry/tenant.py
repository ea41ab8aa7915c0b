"""Whose work the present moment is: what each span, log line and count says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from opentelemetry import trace
from structlog.contextvars import bound_contextvars, get_contextvars

ATTRIBUTE = "lienxa.tenant"
# Work of no organ: sign-on, schedules, the operator.
PLATFORM = "platform"


@contextmanager
def bound(tenant_id: UUID) -> Iterator[None]:
    """Inside, everything belongs to that organ: the span that is open, and all spans, lines and counts to come."""
    trace.get_current_span().set_attribute(ATTRIBUTE, str(tenant_id))
    with bound_contextvars(tenant=str(tenant_id)):
        yield


def current() -> str:
    """The organ's id, or `PLATFORM`."""
    found: str = get_contextvars().get("tenant", PLATFORM)
    return found
