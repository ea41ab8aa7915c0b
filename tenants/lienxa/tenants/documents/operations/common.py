"""What all of these share: the trail, notices, refusals by field."""

from collections.abc import Sequence
from uuid import UUID

from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.notify.notices import Told
from lienxa.tenants.documents.models import Document

_OBJECT = "document"


def refuse(found: Sequence[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


def notice(document: Document, verb: str, title: str, *staff_ids: UUID | None) -> Told:
    """A notice of a document for people who take part in it."""
    return Told(staff_ids, f"documents.{verb}", title.format(abstract=document.abstract), f"/van-ban/{document.id}")


async def record(session: TenantSession, actor: Actor, verb: str, document: Document, **detail: str | int) -> None:
    await record_act(session, actor, f"documents.{verb}", _OBJECT, document.id, detail)
