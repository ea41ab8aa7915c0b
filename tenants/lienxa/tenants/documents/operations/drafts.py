"""An outgoing document from the draft to the signature (NĐ 30/2020, articles 10-13)."""

from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.notify import notices
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document, DocumentParticipant, SignOff
from lienxa.tenants.documents.operations.acts import state_after
from lienxa.tenants.documents.operations.common import notice, record, refuse
from lienxa.tenants.documents.operations.files import add_file
from lienxa.tenants.documents.operations.incoming import handle_again
from lienxa.tenants.documents.rules import OUTGOING
from lienxa.tenants.documents.schemas import Attachment, Draft


async def create_draft(session: TenantSession, actor: Actor, draft: Draft, file: Attachment | None = None) -> Document:
    """Begin an outgoing document of a body that the acting post reaches."""
    actor.require(permissions.HANDLE)
    if draft.body_id not in actor.acting.body_ids:
        raise InvalidInput.of("body", _("Chức vụ này không soạn văn bản cho cơ quan đó."), _("Chọn cơ quan khác."))
    return await _write_draft(session, actor, draft, file, answers_id=None)


async def answer_with_draft(
    session: TenantSession, actor: Actor, incoming_id: UUID, draft: Draft, file: Attachment | None = None
) -> Document:
    """Begin the answer to an incoming document; its handlers may do so for the body that received it."""
    actor.require(permissions.HANDLE)
    incoming = await repository.document.held(session, actor, incoming_id, lock=True)
    incoming.document.state = await state_after(session, actor, incoming, rules.ANSWER)
    if draft.body_id != incoming.document.body_id and draft.body_id not in actor.acting.body_ids:
        raise InvalidInput.of("body", _("Chức vụ này không soạn văn bản cho cơ quan đó."), _("Chọn cơ quan khác."))
    document = await _write_draft(session, actor, draft, file, answers_id=incoming_id)
    await record(session, actor, "answer", incoming.document)
    return document


async def revise(
    session: TenantSession, actor: Actor, document_id: UUID, draft: Draft, file: Attachment | None = None
) -> Document:
    """Change a draft; a new file replaces the text, which is kept as an earlier one. The body stays."""
    actor.require(permissions.HANDLE)
    held = await repository.document.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await state_after(session, actor, held, rules.REVISE)
    await _check_draft(session, draft)
    if draft.body_id != document.body_id:
        raise InvalidInput.of("body", _("Không đổi được cơ quan ban hành."), _("Soạn một văn bản mới."))
    _write(document, draft)
    await repository.drafts.replace_signer(session, document_id, draft.signer_id)
    if file is not None:
        await repository.files.set_aside(session, document_id, rules.MAIN)
        await add_file(session, actor, document_id, file)
    await record(session, actor, "revise", document)
    return document


async def submit(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Send a draft on its way: content, form, signature.

    `InvalidInput` on `file` while it has no text, on `signer` if that person does not sign for the body any more.
    """
    actor.require(permissions.HANDLE)
    held = await repository.document.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await state_after(session, actor, held, rules.SUBMIT)
    if not await repository.files.has_text(session, document_id):
        raise InvalidInput.of("file", _("Dự thảo chưa có tệp."), _("Chọn tệp rồi trình."))
    if document.signer_id not in await _signer_ids(session, document.body_id):
        raise InvalidInput.of(
            "signer", _("Người ký đã chọn hiện không giữ chức vụ ký."), _("Chọn một lãnh đạo của cơ quan đó.")
        )
    await record(session, actor, "submit", held.document)
    return held.document


async def withdraw(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Take one's draft back before it is signed; what was signed off ends with that."""
    actor.require(permissions.HANDLE)
    held = await repository.document.held(session, actor, document_id, lock=True)
    held.document.state = await state_after(session, actor, held, rules.WITHDRAW)
    await repository.drafts.withdraw_sign_offs(session, document_id, clock.now())
    await record(session, actor, "withdraw", held.document)
    return held.document


async def discard(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Give one's draft up before it is on its way, or after it came back; it stays readable, with the reason.

    What it was to answer is handled again, unless another answer is under way.
    """
    actor.require(permissions.HANDLE)
    held = await repository.document.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await state_after(session, actor, held, rules.DISCARD)
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do bỏ dự thảo."), _("Ghi vì sao không ban hành nữa."))
    document.discarded_at, document.discarded_reason = clock.now(), reason
    await record(session, actor, "discard", document, reason=reason)
    if document.answers_id is not None:
        await handle_again(session, actor, document.answers_id, document)
    return document


async def check_content(session: TenantSession, actor: Actor, document_id: UUID, *, form_too: bool = False) -> Document:
    """Find the content of a draft in order (kiểm tra nội dung; Party: thẩm định): its unit's head, or the office's.

    Nobody does so for their own draft, unless nobody else of the body has the right: then it is recorded so.
    `form_too`: who has the right finds the form in order in the same step.
    """
    held = await repository.document.held(session, actor, document_id, lock=True)
    held.document.state = await state_after(session, actor, held, rules.CHECK_CONTENT)
    alone = rules.DRAFTER in held.relations
    await _sign_off(session, actor, held.document, "content", alone=alone)
    if form_too:
        held.document.state = await state_after(session, actor, held, rules.CHECK_FORM)
        await _sign_off(session, actor, held.document, "form")
        await _ask_signature(session, actor, held.document)
    return held.document


async def check_form(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Find the form (thể thức) of a draft in order; it goes before its signer."""
    actor.require(permissions.CHECK_FORM)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    held.document.state = await state_after(session, actor, held, rules.CHECK_FORM)
    await _sign_off(session, actor, held.document, "form")
    await _ask_signature(session, actor, held.document)
    return held.document


async def _ask_signature(session: TenantSession, actor: Actor, document: Document) -> None:
    told = notice(document, "ask_signature", _("Chờ đồng chí ký: {abstract}"), document.signer_id)
    await notices.tell(session, actor, told)


async def _sign_off(
    session: TenantSession, actor: Actor, document: Document, kind: str, *, alone: bool = False
) -> None:
    session.add(
        SignOff(
            document_id=document.id,
            kind=kind,
            staff_id=actor.staff_id,
            post_title=actor.acting.title,
            signed_off_at=clock.now(),
            alone=alone,
        )
    )
    await record(session, actor, f"check_{kind}", document, alone=int(alone))


async def sign(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Sign. Another leader of the body may sign instead of the one who was named: the paper bears who did."""
    actor.require(permissions.SIGN)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await state_after(session, actor, held, rules.SIGN)
    if document.signer_id != actor.staff_id:
        await repository.drafts.replace_signer(session, document_id, actor.staff_id)
    document.signer_id, document.signer_title = actor.staff_id, actor.acting.signs_as
    document.signed_at = clock.now()
    await record(session, actor, "sign", document)
    return document


async def return_for_rework(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Give a draft back to its drafter with the reason: whoever checks it now, or its signer.

    A paper that is signed and has no number yet goes back as well, from the clerk or from who signed: its signature
    ends, and no number is lost.
    """
    held = await repository.document.held(session, actor, document_id, lock=True)
    document = held.document
    act = rules.RETURNS.get(document.state, rules.RETURN)
    document.state = await state_after(session, actor, held, act)
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do trả lại."), _("Ghi rõ điều cần sửa."))
    document.return_reason = reason
    await repository.drafts.withdraw_sign_offs(session, document_id, clock.now())
    told = [notice(document, "return", _("Trả lại để sửa: {abstract}"), document.entered_by)]
    if act == rules.RETURN_SIGNED:
        document.signed_at, document.signer_title = None, ""
        await repository.files.set_aside(session, document_id, rules.SIGNED_ORIGINAL)
        title = _("Văn bản đồng chí đã ký được trả lại, chưa cấp số: {abstract}")
        told.append(notice(document, "return_signed", title, document.signer_id))
    await record(session, actor, act if act == rules.RETURN_SIGNED else "return", document, reason=reason)
    await notices.tell(session, actor, *told)
    return document


async def _write_draft(
    session: TenantSession, actor: Actor, draft: Draft, file: Attachment | None, *, answers_id: UUID | None
) -> Document:
    rules.refuse_secret(draft.secrecy)
    await _check_draft(session, draft)
    document = Document(
        id=ids.new_id(),
        direction=OUTGOING,
        body_id=draft.body_id,
        state=rules.DRAFT,
        listed_at=clock.now(),
        entered_by=actor.staff_id,
        answers_id=answers_id,
        unit_id=actor.acting.unit_id,
    )
    _write(document, draft)
    session.add(document)
    await session.flush()
    session.add_all(
        DocumentParticipant(document_id=document.id, staff_id=staff_id, relation=relation)
        for staff_id, relation in ((actor.staff_id, rules.DRAFTER), (draft.signer_id, rules.SIGNER))
    )
    if file is not None:
        await add_file(session, actor, document.id, file)
    await record(session, actor, "draft", document)
    return document


async def _check_draft(session: TenantSession, draft: Draft) -> None:
    rules.refuse_secret(draft.secrecy)
    today = clock.today()
    body = await session.find(Body, draft.body_id)
    found = []
    if draft.type_code not in rules.issued_types(body.code, body.system, today):
        reason = _("{body} không ban hành loại văn bản này.", body=body.name)
        found.append(FieldError("type", reason, _("Chọn loại khác hoặc cơ quan khác.")))
    if draft.of_congress and body.code != "party":
        found.append(FieldError("body", _("Chỉ đại hội Đảng có văn bản đại hội."), _("Chọn Đảng ủy.")))
    if draft.signer_id not in await _signer_ids(session, body.id):
        reason = _("Người này không ký văn bản của {body}.", body=body.name)
        found.append(FieldError("signer", reason, _("Chọn một lãnh đạo của cơ quan đó.")))
    if not draft.abstract:
        found.append(FieldError("abstract", _("Chưa nhập trích yếu."), _("Ghi nội dung tóm tắt.")))
    if not draft.recipients:
        found.append(FieldError("recipients", _("Chưa nhập nơi nhận."), _("Ghi các nơi nhận, mỗi nơi một dòng.")))
    refuse(found)


async def _signer_ids(session: TenantSession, body_id: UUID) -> set[UUID]:
    """Who may sign for the body today."""
    return {row.staff_id for row in await repository.drafts.signers(session, clock.today(), body_id)}


def _write(document: Document, draft: Draft) -> None:
    document.type_code = draft.type_code
    document.abstract = draft.abstract
    document.recipients = draft.recipients
    document.urgency = draft.urgency
    document.signer_id = draft.signer_id
    document.of_congress = draft.of_congress
