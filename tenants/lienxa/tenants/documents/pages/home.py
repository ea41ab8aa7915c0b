"""What the home page, the common search and the page of grants get."""

from collections.abc import Mapping
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import SearchHit, Thing, WorkItem
from lienxa.platform.tenancy.organs import PARALLEL
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.operations import comparing
from lienxa.tenants.documents.rules import OUTGOING
from lienxa.tenants.documents.schemas import WorkLine

_SEARCH_LIMIT = 20
# What "Việc của tôi" calls the step that is due in each state.
WORK_ACTIONS: Mapping[str, str] = {
    rules.REGISTERED: _("Đề xuất xử lý"),
    rules.PROPOSED: _("Cho ý kiến chỉ đạo"),
    rules.DIRECTED: _("Xử lý"),
    rules.ANSWERED: _("Xem dự thảo"),
    rules.DRAFT: _("Trình"),
    rules.RETURNED: _("Sửa và trình lại"),
    rules.CONTENT_CHECK: _("Kiểm tra nội dung"),
    rules.FORM_CHECK: _("Kiểm tra thể thức"),
    rules.SUBMITTED: _("Ký duyệt"),
    rules.SIGNED: _("Cấp số"),
    rules.NUMBERED: _("Phát hành"),
}
# Who may take the step that is due; others with the paper in their list follow it.
_TAKES_STEP: Mapping[str, str] = {
    rules.REGISTERED: permissions.PROPOSE,
    rules.PROPOSED: permissions.DIRECT,
}


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The documents that wait for the person, in one statement; an organ above keeps no books here."""
    if actor.organ.is_parent:
        return []
    found = [_work_item(actor, line) for line in await repository.books.work_lines(session, actor)]
    if actor.organ.phase == PARALLEL and actor.may(permissions.REGISTER):
        found += await _comparison_of_today(session)
    return found


async def _comparison_of_today(session: TenantSession) -> list[WorkItem]:
    """Paper registers are compared with ours each day of the parallel run, until it is done."""
    today = clock.today()
    if await repository.comparing.is_compared(session, today):
        return []
    title, path = _("Đối chiếu sổ giấy với phần mềm"), f"{comparing.PATH}/moi"
    return [WorkItem("due", title, path, _("Đối chiếu"), due_on=today, place="/van-ban/den")]


def _work_item(actor: Actor, line: WorkLine) -> WorkItem:
    named = _("Số {number}: {abstract}", number=line.number_text, abstract=line.abstract)
    if line.to_acknowledge or line.to_hand_over:
        return _hand_over_item(line, named if line.number_text else line.abstract)
    own_check = line.state == rules.CONTENT_CHECK and rules.DRAFTER in line.relations
    elsewhere = line.state == rules.DIRECTED and not line.relations & {rules.LEAD, rules.CO}
    followed = own_check or elsewhere or (line.state in _TAKES_STEP and not actor.may(_TAKES_STEP[line.state]))
    return WorkItem(
        group="due" if line.due_on else "waiting",
        title=named if line.number_text else line.abstract,
        path=f"/van-ban/{line.id}",
        action=_("Theo dõi") if followed else WORK_ACTIONS[line.state],
        source=_("ở {lead}", lead=line.lead)
        if elsewhere
        else line.source
        or _("{name} soạn · {state}", name=line.entered_by, state=rules.state_title(line.state, line.body_system)),
        due_on=line.due_on,
        at=line.listed_at,
        when_label=_("từ {day:%d/%m}", day=clock.legal(line.listed_at)),
        followed=followed,
    )


def _hand_over_item(line: WorkLine, title: str) -> WorkItem:
    """The paper copy lies at the clerk, or with who is to sign for it."""
    return WorkItem(
        group="due" if line.due_on and line.to_acknowledge else "waiting",
        title=title,
        path=f"/van-ban/{line.id}",
        action=_("Ký nhận") if line.to_acknowledge else _("Chuyển giao"),
        source=line.source if line.to_acknowledge else _("cho {lead}", lead=line.lead),
        due_on=line.due_on if line.to_acknowledge else None,
        at=line.listed_at,
        when_label=_("từ {day:%d/%m}", day=clock.legal(line.listed_at)),
    )


async def shared(session: TenantSession, actor: Actor, document_id: UUID) -> Thing:
    """A document that the person may see, for the page of its grants."""
    document = (await repository.document.held(session, actor, document_id)).document
    return Thing(document.abstract, f"/van-ban/{document_id}", document.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Documents that contain what was typed, with or without diacritics."""
    found = await repository.books.search(session, actor, query, _SEARCH_LIMIT)
    return [SearchHit(document.abstract, f"/van-ban/{document.id}", _hit_detail(document)) for document in found]


def _hit_detail(document: Document) -> str:
    state = rules.STATE_TITLES[document.state]
    if document.direction == OUTGOING:
        return f"{document.number_text} · {state}" if document.number_text else state
    symbol = f"{document.author_organ} {document.author_symbol}".strip()
    return _("Số đến {number} · {symbol} · {state}", number=document.number_text, symbol=symbol, state=state)
