"""The forms of outgoing documents up to the signature."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import operations, permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.pages.common import Db, HtmlRequest, Me, attachment, back, keeps_books, require_open
from lienxa.tenants.documents.schemas import Attachment, Draft


class DraftController(Controller):
    """The forms of outgoing documents up to the signature."""

    path = "/van-ban"
    guards = [keeps_books]

    @get("/di/moi", operation_id="NewDraft")
    async def new_draft(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for an outgoing document."""
        actor.require(permissions.HANDLE)
        return await _draft_form(request, session, actor, action="/van-ban/di/moi")

    @post("/di/moi", operation_id="CreateDraft", status_code=303)
    async def create_draft(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Begin an outgoing document, and put it before its signer if asked to."""
        actor.require(permissions.HANDLE)
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_draft_form, request, session, actor, action="/van-ban/di/moi", values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.drafts.create_draft(session, actor, draft, file)
            return await _saved(request, session, actor, document, submit=submit)

    @get("/{document_id:str}/tra-loi", operation_id="NewAnswer")
    async def new_answer(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form for the draft of an answer, filled from the document that it answers."""
        actor.require(permissions.HANDLE)
        return await _answer_form(request, session, actor, document_id)

    @post("/{document_id:str}/tra-loi", operation_id="AnswerWithDraft", status_code=303)
    async def answer(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Begin the answer, and put it before its signer if asked to."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_answer_form, request, session, actor, document_id, values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.drafts.answer_with_draft(session, actor, document_id, draft, file)
            return await _saved(request, session, actor, document, submit=submit)

    @get("/{document_id:str}/sua", operation_id="EditDraft")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that changes a draft."""
        actor.require(permissions.HANDLE)
        return await _revision_form(request, session, actor, document_id)

    @post("/{document_id:str}/sua", operation_id="ReviseDraft", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Change a draft, and put it before its signer if asked to."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_revision_form, request, session, actor, document_id, values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.drafts.revise(session, actor, document_id, draft, file)
            return await _saved(request, session, actor, document, submit=submit)

    @post("/{document_id:str}/trinh-ky", operation_id="SubmitDraft", status_code=303)
    async def submit(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Send a draft on its way to the signature."""
        async with shown_again(session, partial(_revision_form, request, session, actor, document_id)):
            document = await operations.drafts.submit(session, actor, document_id)
        return back(request, document_id, _submitted(document))

    @post("/{document_id:str}/rut-lai", operation_id="WithdrawDraft", status_code=303)
    async def withdraw(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Take one's own draft back before it is signed."""
        await operations.drafts.withdraw(session, actor, document_id)
        return back(request, document_id, _("Đã rút dự thảo về để sửa."))

    @get("/{document_id:str}/bo-du-thao", operation_id="ConfirmDiscard")
    async def confirm_discard(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """Ask whether the draft is to be given up, and why."""
        actor.require(permissions.HANDLE)
        return await _discard_form(request, session, actor, document_id)

    @post("/{document_id:str}/bo-du-thao", operation_id="DiscardDraft", status_code=303)
    async def discard(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give one's own draft up; it stays readable."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_discard_form, request, session, actor, document_id, values=form.values)
        ):
            reason = form.text("reason", _("Lý do bỏ dự thảo"), required=True, max=300)
            form.check()
            await operations.drafts.discard(session, actor, document_id, reason)
        return back(request, document_id, _("Đã bỏ dự thảo. Trang này vẫn xem lại được."))


async def _saved(
    request: HtmlRequest, session: TenantSession, actor: Actor, document: Document, *, submit: bool
) -> Redirect:
    if not submit:
        return back(request, document.id, _("Đã lưu dự thảo."))
    await operations.drafts.submit(session, actor, document.id)
    return back(request, document.id, _submitted(document))


def _submitted(document: Document) -> str:
    party = document.type_code.partition("/")[0] in rules.TYPE_SYSTEMS["party"]
    return _("Đã trình thẩm định.") if party else _("Đã trình kiểm tra nội dung.")


async def _draft_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    action: str,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
    answers: Document | None = None,
    revises: Document | None = None,
) -> Template:
    """The form of a draft of one body, with that body's types and signers; until one is chosen, the choice of it."""
    bodies = await _drafting_bodies(session, actor, answers, revises)
    code = str((values or {}).get("body") or request.query_params.get("co-quan", ""))
    body = _drafting_body(bodies, code, answers)
    if body is None:
        return page(request, "documents/draft_body.html", action=action, errors=errors, answers=answers, bodies=bodies)
    today = clock.today()
    return page(
        request,
        "documents/draft.html",
        status=422 if errors else 200,
        action=action,
        values=_blank_draft(body, answers) if values is None else values,
        errors=errors,
        answers=answers,
        revises=revises,
        body=body,
        bodies=[(found.name, f"{action}?{urlencode({'co-quan': found.code})}", None) for found in bodies],
        here=f"{action}?{urlencode({'co-quan': body.code})}",
        types=rules.type_options(rules.issued_types(body.code, body.system, today), apart=False),
        signers=await _signer_options(session, body.id, today),
        congress=body.code == "party" and await repository.terms.congress_sits(session, today),
        urgencies=rules.URGENCIES,
        secrecies=rules.SECRECIES,
    )


async def _drafting_bodies(
    session: TenantSession, actor: Actor, answers: Document | None, revises: Document | None
) -> list[Body]:
    """For which bodies the draft may be: those of the acting post, and the one that received what it answers."""
    bodies = await people.bodies(session)
    if revises is not None:
        return [body for body in bodies if body.id == revises.body_id]
    given = answers.body_id if answers is not None else None
    return [body for body in bodies if body.id == given or (body.in_use and body.id in actor.acting.body_ids)]


def _drafting_body(bodies: Sequence[Body], code: str, answers: Document | None) -> Body | None:
    """The body of that code, else the one that received what is answered, else the only one there is."""
    if len(bodies) == 1:
        return bodies[0]
    received = next((body for body in bodies if answers is not None and body.id == answers.body_id), None)
    return next((body for body in bodies if body.code == code), received)


def _blank_draft(body: Body, answers: Document | None) -> Mapping[str, Any]:
    filed = rules.filing_line(body.system)
    if answers is None:
        return {"urgency": "normal", "secrecy": "open", "recipients": filed}
    return {
        "type": "party/cong-van" if body.system == "party" else rules.OFFICIAL_LETTER,
        "abstract": _("Trả lời {symbol}: {abstract}", symbol=answers.author_symbol, abstract=answers.abstract),
        "recipients": f"{answers.author_organ};\n{filed}",
        "urgency": answers.urgency,
        "secrecy": "open",
    }


async def _answer_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.document.held(session, actor, document_id)
    await require_open(session, actor, held, rules.ANSWER)
    return await _draft_form(
        request,
        session,
        actor,
        action=f"/van-ban/{document_id}/tra-loi",
        values=values,
        errors=errors,
        answers=held.document,
    )


async def _revision_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.document.held(session, actor, document_id)
    await require_open(session, actor, held, rules.REVISE)
    document = held.document
    written = {
        "type": document.type_code,
        "abstract": document.abstract,
        "recipients": document.recipients,
        "signer": str(document.signer_id),
        "urgency": document.urgency,
        "secrecy": "open",
        "of_congress": document.of_congress,
    }
    return await _draft_form(
        request,
        session,
        actor,
        action=f"/van-ban/{document_id}/sua",
        values=written if values is None else values,
        errors=errors,
        revises=document,
    )


async def _discard_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.document.held(session, actor, document_id)
    await require_open(session, actor, held, rules.DISCARD)
    return page(
        request,
        "documents/discard.html",
        status=422 if errors else 200,
        document=held.document,
        values=values,
        errors=errors,
    )


async def _read_draft(session: TenantSession, form: FormReader) -> tuple[Draft, Attachment | None, bool]:
    """The draft, its text, and whether to put it before the signer at once."""
    secrecy = form.choice("secrecy", _("Độ mật"), rules.SECRECIES)
    rules.refuse_secret(secrecy or "open")
    bodies = {body.code: body.id for body in await people.bodies(session)}
    body = form.choice("body", _("Cơ quan ban hành"), bodies)
    type_code = form.choice("type", _("Loại văn bản"), rules.types_by_code(clock.today()))
    abstract = form.text("abstract", _("Trích yếu"), required=True)
    recipients = form.text("recipients", _("Nơi nhận"), required=True, max=1000)
    signer = form.uuid("signer", _("Người ký"), required=True)
    urgency = form.choice("urgency", _("Độ khẩn"), rules.URGENCIES)
    of_congress = form.checked("of_congress")
    submit = form.text("then", _("Bước tiếp theo")) == "submit"
    file = attachment(await form.upload("file", _("Tệp dự thảo")))
    form.check()
    assert signer is not None
    draft = Draft(
        body_id=bodies[body],
        type_code=type_code,
        abstract=abstract,
        recipients=recipients,
        signer_id=signer,
        urgency=urgency,
        secrecy=secrecy,
        of_congress=of_congress,
    )
    return draft, file, submit


async def _signer_options(session: TenantSession, body_id: UUID, on: date) -> dict[str, str]:
    """Who may sign for the body on that day, by rank, with the first of their posts in it."""
    options: dict[str, str] = {}
    for row in await repository.drafts.signers(session, on, body_id):
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options
