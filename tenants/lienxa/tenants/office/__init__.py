"""The office itself: the home of its members, its staff, the common search."""

from lienxa.platform.module import Module, NavigationItem
from lienxa.platform.text import _
from lienxa.tenants.office import (
    administration,
    attention,
    connections,
    delegations,
    importing,
    joining,
    leaving,
    pages,
    receivers,
    rest,
    trail,
)
from lienxa.tenants.office.demo import demo
from lienxa.tenants.office.jobs import SCHEDULES
from lienxa.tenants.office.permissions import ADMINISTRATE, HAND_OVER, PERMISSIONS
from lienxa.tenants.office.staff_list import IMPORTS

module = Module(
    name="office",
    title=_("Văn phòng"),
    routes=[
        pages.OfficeController,
        pages.EmblemController,
        pages.GrantController,
        delegations.DelegationController,
        trail.TrailController,
        administration.AdministrationController,
        attention.AttentionController,
        administration.BodyController,
        administration.UnitController,
        administration.PostController,
        administration.StaffController,
        joining.JoiningController,
        leaving.LeavingController,
        importing.ImportController,
        connections.ConnectionController,
        receivers.ReceiverController,
        administration.SeriesController,
        administration.BodySeriesController,
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
    demo=demo,
    jobs="lienxa.tenants.office.jobs",
    schedules=SCHEDULES,
)
