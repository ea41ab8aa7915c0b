"""Documents: both books, direction, drafts, signature, numbers and issuing."""

from lienxa.platform.module import EventType, Module, NavigationItem, OpenWork, Shareable
from lienxa.platform.text import _
from lienxa.tenants.documents import pages, rest
from lienxa.tenants.documents.demo import demo, strike_entry_of_closed_month
from lienxa.tenants.documents.figures import FIGURES
from lienxa.tenants.documents.jobs import SCHEDULES
from lienxa.tenants.documents.operations import closing, comparing, leaving, restoring
from lienxa.tenants.documents.operations.old_books import IMPORTS
from lienxa.tenants.documents.operations.printed_books import bound_books
from lienxa.tenants.documents.operations.series import opening_books, provision
from lienxa.tenants.documents.operations.succession import SUCCESSION
from lienxa.tenants.documents.permissions import PERMISSIONS, REGISTER
from lienxa.tenants.documents.repository.document import SIGHT

module = Module(
    name="documents",
    title=_("Văn bản"),
    routes=[
        pages.books.BookController,
        pages.printed_books.PrintedBookController,
        pages.closing.ClosingController,
        pages.comparing.ComparingController,
        pages.selection.SelectionController,
        pages.brought.BroughtController,
        pages.incoming.IncomingController,
        pages.drafts.DraftController,
        pages.document.DocumentController,
    ],
    rest=[
        rest.BookController,
        rest.BookFileController,
        rest.ClosingController,
        rest.SelectionController,
        rest.SeriesController,
        rest.BodyBooksController,
        rest.DocumentController,
    ],
    permissions=PERMISSIONS,
    navigation=[
        NavigationItem(_("Văn bản đến"), "/van-ban/den", "inbox", order=20, key="d", by_body=True),
        NavigationItem(_("Văn bản đi"), "/van-ban/di", "send", order=30, key="i", by_body=True),
    ],
    start=NavigationItem(_("Vào sổ văn bản đến"), "/van-ban/den/moi", "plus", order=20, permission=REGISTER),
    figures=FIGURES,
    work_items=pages.home.work_items,
    search=pages.home.search,
    shareable=[Shareable("document", pages.home.shared, SIGHT, _("Văn bản"))],
    open_work=[
        OpenWork("documents.handled", _("Văn bản đến đang xử lý"), leaving.handled_by, leaving.give_handled),
        OpenWork("documents.drafts", _("Dự thảo đang soạn"), leaving.drafted_by, leaving.give_drafts),
        OpenWork("documents.signing", _("Dự thảo sẽ ký"), leaving.to_be_signed_by, leaving.give_signing),
    ],
    provision=provision,
    provides=_("Sổ văn bản, loại văn bản và số bắt đầu"),
    opening_books=opening_books,
    books=bound_books,
    kept_books=closing.kept_books,
    imports=IMPORTS,
    succession=SUCCESSION,
    demo=demo,
    demo_correction=strike_entry_of_closed_month,
    events=[
        EventType("documents.issued", _("Văn bản được phát hành")),
    ],
    jobs="lienxa.tenants.documents.jobs",
    schedules=SCHEDULES,
    readiness=comparing.readiness,
    go_live=comparing.go_live,
    restored=restoring.give_up,
)
