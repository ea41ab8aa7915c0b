"""Procedures: the public catalogue, the one-stop's cases and their clock."""

from lienxa.platform.module import EventType, Module, NavigationItem, OpenWork, SealedColumn, Shareable
from lienxa.platform.text import _
from lienxa.tenants.procedures import pages, repository, rest, rules
from lienxa.tenants.procedures.demo import demo
from lienxa.tenants.procedures.figures import FIGURES
from lienxa.tenants.procedures.jobs import SCHEDULES, calendar_changed
from lienxa.tenants.procedures.models import Case
from lienxa.tenants.procedures.operations import give_handled, give_signing, handled_by, provision, to_be_signed_by
from lienxa.tenants.procedures.permissions import PERMISSIONS, RECEIVE, USE
from lienxa.tenants.procedures.readiness import go_live, readiness
from lienxa.tenants.procedures.succession import SUCCESSION

module = Module(
    name="procedures",
    title=_("Hồ sơ một cửa"),
    routes=[pages.CatalogueController, pages.LookUpController, pages.CaseController],
    rest=[rest.CatalogueController, rest.CasesController, rest.CaseController],
    permissions=PERMISSIONS,
    navigation=[NavigationItem(_("Hồ sơ một cửa"), "/ho-so", "list-check", order=50, permission=USE, key="h")],
    start=NavigationItem(_("Tiếp nhận hồ sơ"), "/ho-so/moi", "plus", order=10, permission=RECEIVE),
    figures=FIGURES,
    work_items=pages.work_items,
    search=pages.search,
    shareable=[Shareable("one_stop_case", pages.shared, repository.SIGHT, _("Hồ sơ một cửa"))],
    succession=SUCCESSION,
    sealed=[
        SealedColumn(
            Case.receipt_secret,
            _("mã bí mật trên giấy tiếp nhận hồ sơ"),
            rules.RECEIPT,
            derived=rules.secret_before,
            derived_from=[Case.tenant_id, Case.receipt_organ_id, Case.receipt_case_id],
        )
    ],
    open_work=[
        OpenWork("procedures.handled", _("Hồ sơ một cửa đang giải quyết"), handled_by, give_handled),
        OpenWork("procedures.signing", _("Kết quả hồ sơ một cửa chờ ký"), to_be_signed_by, give_signing),
    ],
    provision=provision,
    jobs="lienxa.tenants.procedures.jobs",
    schedules=SCHEDULES,
    calendar_changed=calendar_changed,
    provides=_("112 thủ tục và Bộ phận Một cửa"),
    demo=demo,
    events=[
        EventType("procedures.decided", _("Hồ sơ một cửa có kết quả")),
        EventType("procedures.closed", _("Hồ sơ một cửa kết thúc không có kết quả (từ chối, dừng, rút)")),
    ],
    readiness=readiness,
    go_live=go_live,
)
