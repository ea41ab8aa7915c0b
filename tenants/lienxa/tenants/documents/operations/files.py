"""The files of a document: adding one, taking one away, pictures of pages."""

from uuid import UUID

from lienxa.platform import jobs
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Forbidden, InvalidInput
from lienxa.platform.files import pictures, store
from lienxa.platform.files.content import SHOWN_INLINE
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.text import _
from lienxa.tenants.documents import repository, rules
from lienxa.tenants.documents.models import Document, DocumentFile
from lienxa.tenants.documents.operations.acts import relations_of
from lienxa.tenants.documents.operations.common import record
from lienxa.tenants.documents.repository.document import Held
from lienxa.tenants.documents.schemas import Attachment, FileEntry


async def attach(
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    file: Attachment,
    role: str = rules.ANNEX,
    reason: str = "",
) -> DocumentFile:
    """Add an annex, the text itself, or what was signed and sealed; an earlier one of the latter two is kept.

    Who may add which when: `rules.may_add_files`. What is done is mended with a reason only.
    """
    held = await repository.document.held(session, actor, document_id, lock=True)
    _require_files(actor, held, role)
    _require_file_reason(held.document, reason)
    if role != rules.ANNEX:
        await repository.files.set_aside(session, document_id, role)
    added = await add_file(session, actor, document_id, file, role)
    verb = "attach_signed" if role == rules.SIGNED_ORIGINAL else "attach"
    await record(session, actor, verb, held.document, name=file.name, role=role, reason=reason)
    return added


async def detach(session: TenantSession, actor: Actor, document_id: UUID, file_id: UUID, reason: str = "") -> None:
    """Take an annex away again, content and pictures included; the trail keeps its name.

    What is done is mended with a reason only.
    """
    held = await repository.document.held(session, actor, document_id, lock=True)
    _require_files(actor, held, rules.ANNEX)
    _require_file_reason(held.document, reason)
    name = await repository.files.remove_annex(session, document_id, file_id)
    await record(session, actor, "detach", held.document, name=name, reason=reason)


def _require_file_reason(document: Document, reason: str) -> None:
    if document.state == rules.DONE and not reason:
        raise InvalidInput.of("file_reason", _("Văn bản đã xử lý xong."), _("Ghi vì sao phải thêm, bớt tệp lúc này."))


async def want_pictures(session: TenantSession, file: FileEntry) -> None:
    """Let the pages of a PDF be drawn, unless they are or will be."""
    if await pictures.want(session, file.stored_id):
        await jobs.enqueue(session, draw_pages, session.tenant_id, file.stored_id)


def may_add_files(actor: Actor, held: Held) -> tuple[str, ...]:
    """As what this person may add files now; an annex that may be added may be removed."""
    document = held.document
    in_body = document.body_id in actor.acting.body_ids
    standing = rules.Standing(actor.acting.permissions, in_body, relations_of(actor, held))
    return rules.may_add_files(document.direction, document.state, standing)


def _require_files(actor: Actor, held: Held, role: str) -> None:
    if role not in may_add_files(actor, held):
        raise Forbidden(
            _("Lúc này không thêm, bớt được tệp đó của văn bản này."),
            remedy=_(
                "Văn bản đi: người soạn khi còn là dự thảo, văn thư thêm bản đã ký khi đã ký. "
                "Văn bản đến: văn thư giữ sổ."
            ),
        )


async def add_file(
    session: TenantSession, actor: Actor, document_id: UUID, file: Attachment, role: str = rules.MAIN
) -> DocumentFile:
    # What is signed and sealed is a picture of the paper, or a PDF with its signatures.
    allowed = SHOWN_INLINE if role == rules.SIGNED_ORIGINAL else store.OFFICE_TYPES
    stored = await store.keep(session, actor, file.name, file.content, allowed=allowed)
    added = DocumentFile(document_id=document_id, stored_file_id=stored.id, role=role)
    session.add(added)
    return added
