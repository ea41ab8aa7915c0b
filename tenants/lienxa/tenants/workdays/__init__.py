"""Working days: the national calendar with what the organ and the one above change in it."""

from lienxa.platform.module import Module, NavigationItem
from lienxa.platform.text import _
from lienxa.tenants.workdays import pages, rest
from lienxa.tenants.workdays.demo import demo
from lienxa.tenants.workdays.operations import provision
from lienxa.tenants.workdays.permissions import MANAGE, PERMISSIONS
from lienxa.tenants.workdays.readiness import readiness
from lienxa.tenants.workdays.succession import INHERITANCE

module = Module(
    name="workdays",
    title=_("Ngày làm việc"),
    routes=[pages.CalendarController],
    rest=[rest.WorkdaysController],
    permissions=PERMISSIONS,
    navigation=[
        NavigationItem(_("Ngày làm việc"), "/ngay-lam-viec", "calendar-event", order=85, permission=MANAGE, key="n"),
        NavigationItem(
            _("Ngày làm việc"), "/ngay-lam-viec", "calendar-event", order=85, permission=MANAGE, at_parent=True
        ),
    ],
    provision=provision,
    inheritance=INHERITANCE,
    demo=demo,
    readiness=readiness,
)
