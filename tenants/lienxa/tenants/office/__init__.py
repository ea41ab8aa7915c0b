"""The office itself: the home of its members, its staff, the common search."""

from lienxa.platform.module import Module, NavigationItem
from lienxa.platform.text import _
from lienxa.tenants.office import pages, rest
from lienxa.tenants.office.demo import demo
from lienxa.tenants.office.jobs import SCHEDULES
from lienxa.tenants.office.permissions import ADMINISTRATE, HAND_OVER, PERMISSIONS
from lienxa.tenants.office.readiness import readiness
from lienxa.tenants.office.staff_list import IMPORTS
from lienxa.tenants.office.succession import INHERITANCE

module = Module(
    name="office",
    title=_("Văn phòng"),
    routes=[
        pages.home.OfficeController,
        pages.home.EmblemController,
        pages.grants.GrantController,
        pages.delegations.DelegationController,
        pages.trail.TrailController,
        pages.seals.SealController,
        pages.sight.SightController,
        pages.administration.AdministrationController,
        pages.attention.AttentionController,
        pages.readiness.ReadinessController,
        pages.bodies.BodyController,
        pages.units.UnitController,
        pages.posts.PostController,
        pages.staff.StaffController,
        pages.joining.JoiningController,
        pages.joining.AnswerController,
        pages.leaving.LeavingController,
        pages.handover.HandoverController,
        pages.importing.ImportController,
        pages.connections.ConnectionController,
        pages.receivers.ReceiverController,
        pages.series.SeriesController,
        pages.series.BodySeriesController,
    ],
    rest=[
        rest.OfficeController,
        rest.NoticeController,
        rest.BodyController,
        rest.UnitController,
        rest.PostController,
        rest.StaffController,
        rest.TransferController,
        rest.ProfileController,
        rest.GrantController,
        rest.DelegationController,
        rest.TrailController,
        rest.SightController,
    ],
    permissions=PERMISSIONS,
    navigation=[
        NavigationItem(_("Việc của tôi"), "/viec-cua-toi", "home", order=10, key="v"),
        NavigationItem(_("Cán bộ"), "/can-bo", "users", order=90, key="c"),
        NavigationItem(_("Cán bộ"), "/can-bo", "users", order=90, at_parent=True, key="c"),
        NavigationItem(_("Bàn giao"), "/ban-giao", "switch-horizontal", order=92, permission=HAND_OVER),
        NavigationItem(_("Quản trị"), "/quan-tri", "settings", order=95, permission=ADMINISTRATE),
        NavigationItem(_("Quản trị"), "/quan-tri", "settings", order=95, permission=ADMINISTRATE, at_parent=True),
    ],
    imports=IMPORTS,
    inheritance=INHERITANCE,
    demo=demo,
    jobs="lienxa.tenants.office.jobs",
    schedules=SCHEDULES,
    readiness=readiness,
)
