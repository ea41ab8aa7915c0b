"""What a person may do with a document in its present state."""

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.repository.document import Held


def refuse_struck(document: Document) -> None:
    if document.state == rules.STRUCK:
        raise Conflict(_("Số này đã gạch sổ."), remedy=_("Vào sổ lại với số mới nếu cần."))


async def acts_on(session: TenantSession, actor: Actor, held: Held) -> list[str]:
    """What the person may do with the document now; the first is the one to offer."""
    return rules.open_acts(held.document.direction, held.document.state, await standing(session, actor, held))


async def standing(session: TenantSession, actor: Actor, held: Held) -> rules.Standing:
    """How the person stands to the document in the acting post; what is left to another of their posts waits there."""
    document = held.document
    relations = relations_of(actor, held)
    sole_checker = direct_route = False
    if document.state == rules.CONTENT_CHECK and rules.DRAFTER in relations and actor.may(permissions.CHECK_CONTENT):
        sole_checker = not await repository.drafts.others_check_content(
            session, document.body_id, actor.staff_id, clock.today()
        )
    if document.state == rules.REGISTERED and actor.may(permissions.PROPOSE):
        direct_route = await repository.incoming.routed_directly(session, document)
    in_body = document.body_id in actor.acting.body_ids
    leads_drafter = in_body and document.entered_by in actor.acting.led - {actor.staff_id}
    return rules.Standing(actor.acting.permissions, in_body, relations, sole_checker, direct_route, leads_drafter)


def relations_of(actor: Actor, held: Held) -> frozenset[str]:
    return frozenset() if held.document.body_id in actor.elsewhere("documents") else held.relations


async def state_after(session: TenantSession, actor: Actor, held: Held, act: str) -> str:
    return rules.after(held.document.direction, held.document.state, act, await standing(session, actor, held))
