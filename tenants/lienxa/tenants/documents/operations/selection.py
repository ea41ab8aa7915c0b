"""The same act on several papers of a book at once; what cannot be done to one keeps none of the others back."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden
from lienxa.platform.notify import notices
from lienxa.platform.rollup import marks
from lienxa.platform.text import _
from lienxa.platform.webhooks.events import tell_others
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.operations.common import refuse
from lienxa.tenants.documents.operations.incoming import due_faults, told_handlers, write_direction, write_proposal
from lienxa.tenants.documents.operations.issuing import issued, write_issue, write_number
from lienxa.tenants.documents.schemas import Direction, SharedDirection

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Outcome:
    """What comes of one paper among several: `refusal` says why the act is not for it, empty if it is."""

    document: Document
    refusal: str = ""


async def foresee(session: TenantSession, actor: Actor, act: str, document_ids: Collection[UUID]) -> list[Outcome]:
    """What the act would come to with each of the papers that the person may see, in the order of their numbers."""
    actor.require(rules.RIGHTS[act].permission)
    return [
        Outcome(document, _refusal(actor, document, act))
        for document in await repository.document.selected(session, actor, document_ids)
    ]


async def give_several(
    session: TenantSession, actor: Actor, act: str, document_ids: Collection[UUID], wanted: SharedDirection
) -> list[Outcome]:
    """Propose (`rules.PROPOSE`) or direct (`rules.DIRECT`) each paper as `propose` and `direct` do.

    A paper for which the act is not is left as it is and says why; a fault in `wanted` refuses them all.
    """
    actor.require(rules.RIGHTS[act].permission)
    refuse(due_faults(wanted.due_on))
    papers = await repository.document.selected(session, actor, document_ids, lock=True)
    named = [staff_id for paper in papers for staff_id in (paper.proposed_lead_id, *paper.proposed_co_ids) if staff_id]
    handlers = await repository.document.names(
        session, {*named, *wanted.co_ids, *([wanted.lead_id] if wanted.lead_id else [])}
    )
    refuse(_handler_faults(wanted, handlers))
    outcomes = [Outcome(paper, _refusal(actor, paper, act) or _without_lead(paper, wanted)) for paper in papers]
    given = {
        outcome.document.id: _direction_of(outcome.document, wanted, handlers)
        for outcome in outcomes
        if not outcome.refusal
    }
    if act == rules.DIRECT and given:
        await repository.incoming.replace_handlers(session, given)
    with marks.left_to_the_end():
        for document in (outcome.document for outcome in outcomes if not outcome.refusal):
            document.state = rules.after(document.direction, document.state, act, _by_right(actor, document))
            if act == rules.PROPOSE:
                await write_proposal(session, actor, document, given[document.id], handlers)
            else:
                await write_direction(session, actor, document, given[document.id], handlers, act)
    if act == rules.DIRECT:
        done = (outcome.document for outcome in outcomes if not outcome.refusal)
        told = [one for document in done for one in told_handlers(document, given[document.id])]
        await notices.tell(session, actor, *told)
    await marks.mark(session, "documents")
    return outcomes


async def number_several(session: TenantSession, actor: Actor, document_ids: Collection[UUID]) -> list[Outcome]:
    """Give each signed paper its number as `give_number` does, in the order in which they were signed."""
    actor.require(permissions.NUMBER)
    await repository.series.hold_all_series(session)
    return await _each(session, actor, rules.GIVE_NUMBER, document_ids, write_number)


async def issue_several(session: TenantSession, actor: Actor, document_ids: Collection[UUID]) -> list[Outcome]:
    """Issue each numbered paper as `issue` does."""
    outcomes = await _each(session, actor, rules.ISSUE, document_ids, write_issue)
    await tell_others(session, *(issued(outcome.document) for outcome in outcomes if not outcome.refusal))
    return outcomes


async def _each(
    session: TenantSession,
    actor: Actor,
    act: str,
    document_ids: Collection[UUID],
    write: Callable[[TenantSession, Actor, Document, str], Awaitable[None]],
) -> list[Outcome]:
    """`write` to each paper. What it refuses, it refuses before it has changed anything."""
    actor.require(rules.RIGHTS[act].permission)
    outcomes = []
    with marks.left_to_the_end():
        for document in await repository.document.selected(session, actor, document_ids, lock=True):
            try:
                following = rules.after(document.direction, document.state, act, _by_right(actor, document))
                await write(session, actor, document, following)
                outcomes.append(Outcome(document))
            except (Forbidden, Conflict) as refusal:
                outcomes.append(Outcome(document, refusal.message))
    await marks.mark(session, "documents")
    return outcomes


def _by_right(actor: Actor, document: Document) -> rules.Standing:
    """How the person stands to a paper for an act that takes a right in its body, and no part in the paper."""
    return rules.Standing(actor.acting.permissions, document.body_id in actor.acting.body_ids, frozenset())


def _refusal(actor: Actor, document: Document, act: str) -> str:
    try:
        rules.after(document.direction, document.state, act, _by_right(actor, document))
    except (Forbidden, Conflict) as refusal:
        return refusal.message
    return ""


def _without_lead(document: Document, wanted: SharedDirection) -> str:
    """Why a paper cannot be given as it was proposed."""
    if wanted.lead_id is not None:
        return ""
    if document.state in (rules.DIRECTED, rules.ANSWERED):
        return _("Văn bản đã giao xử lý: chọn người chủ trì nếu giao lại.")
    return "" if document.proposed_lead_id else _("Chưa ai đề xuất người chủ trì cho văn bản này.")


def _handler_faults(wanted: SharedDirection, handlers: Mapping[UUID, str]) -> list[FieldError]:
    found = []
    if wanted.lead_id is not None and wanted.lead_id not in handlers:
        found.append(FieldError("lead", _("Người chủ trì không thuộc đơn vị."), _("Chọn một cán bộ trong danh sách.")))
    if not handlers.keys() >= set(wanted.co_ids):
        found.append(FieldError("co", _("Có người phối hợp không thuộc đơn vị."), _("Chọn lại trong danh sách.")))
    return found


def _direction_of(document: Document, wanted: SharedDirection, handlers: Mapping[UUID, str]) -> Direction:
    """What is wanted for all, and where that is left open what was proposed for this paper."""
    due_on = wanted.due_on or document.due_on
    if wanted.lead_id is not None:
        return Direction(wanted.lead_id, wanted.co_ids, wanted.text, due_on)
    lead_id = document.proposed_lead_id
    assert lead_id is not None
    text = wanted.text or document.proposal_text or rules.usual_direction(handlers[lead_id])
    return Direction(lead_id, wanted.co_ids or document.proposed_co_ids, text, due_on)
