"""What the pages of the calendar share."""

from datetime import date, timedelta
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import odd_day, parse_day

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
DAY = timedelta(days=1)
WEEKDAYS = (
    _("Thứ Hai"),
    _("Thứ Ba"),
    _("Thứ Tư"),
    _("Thứ Năm"),
    _("Thứ Sáu"),
    _("Thứ Bảy"),
    _("Chủ nhật"),
)


def chosen_day(day: str) -> date:
    chosen = parse_day(day) if day else clock.today()
    if chosen is None:
        raise InvalidInput.of("ngay", *odd_day(day))
    return chosen
