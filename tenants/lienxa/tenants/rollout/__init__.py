"""The parent's side: its organs in one table, and the rollout of the merged offices."""

from lienxa.platform.module import Module, NavigationItem
from lienxa.platform.text import _
from lienxa.tenants.rollout import pages
from lienxa.tenants.rollout.demo import demo
from lienxa.tenants.rollout.permissions import PERMISSIONS, READ

module = Module(
    name="rollout",
    title=_("Tổng hợp"),
    routes=[
        pages.OverviewController,
        pages.HomeController,
        pages.RolloutController,
        pages.MilestoneController,
        pages.CommitteeController,
        pages.VisitController,
    ],
    permissions=PERMISSIONS,
    navigation=[
        NavigationItem(
            _("Việc của tôi"), "/tong-hop/hom-nay", "home", order=5, permission=READ, at_parent=True, key="v"
        ),
        NavigationItem(_("Tổng hợp"), "/tong-hop", "chart-bar", order=10, permission=READ, at_parent=True, key="t"),
        NavigationItem(
            _("Tiến độ hợp nhất"), "/tong-hop/tien-do", "progress", order=20, permission=READ, at_parent=True, key="m"
        ),
    ],
    demo=demo,
)
