"""What the pages of the office share."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict, InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, TimelineLine
from lienxa.tenants.office import rules
from lienxa.tenants.office.schemas import Holding

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Refusal = InvalidInput | Conflict
_SOON = timedelta(days=30)
_ORDER_MOST = 999


def options(rows: Sequence[Any]) -> dict[str, str]:
    return {str(row.id): row.name for row in rows}


def told(events: Sequence[AuditEvent]) -> list[TimelineLine]:
    return [
        TimelineLine(event.at, event.staff_name, event.post_title, str(event.detail.get("text", "")))
        for event in reversed(events)
    ]


def status(errors: AppError | None) -> int:
    if errors is None:
        return 200
    return 422 if isinstance(errors, InvalidInput) else 409


def read_version(form: FormReader) -> int:
    return form.integer("version", _("Phiên bản"), required=True) or 0


def read_name(form: FormReader, field: str, label: str, *, most: int = 120) -> str:
    return " ".join(form.text(field, label, required=True, max=most).split())


def read_symbol(form: FormReader) -> str:
    symbol = form.text("symbol", _("Ký hiệu"), required=True, max=12)
    if symbol and not rules.is_symbol(symbol):
        form.refuse("symbol", *rules.ODD_SYMBOL)
    return symbol


def read_position(form: FormReader) -> int:
    return form.integer("position", _("Thứ tự"), required=True, max=_ORDER_MOST) or 0


def standing_badge(holding: Holding) -> Badge:
    today = clock.today()
    if holding.held_from > today:
        return Badge("info", _("Sắp tới"))
    if holding.held_to is not None and holding.held_to < today:
        return Badge("neutral", _("Đã thôi"))
    if holding.held_to is not None and holding.held_to - today <= _SOON:
        return Badge("warn", _("Sắp hết hạn"))
    return Badge("ok", _("Đang giữ"))
