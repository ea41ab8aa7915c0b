"""The one-stop below `/api/v1/procedures`: the same operations as the pages, with the same rights."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, HeaderParameter, JSONBody, MultipartBody, QueryParameter
from msgspec import Meta

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.content import PDF
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import PATH, SENDS, act, created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.rules import case_rules_named
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import plain
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import TimelineLine
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.documents import api as documents
from lienxa.tenants.documents.api import Attachment
from lienxa.tenants.procedures import operations, pages, papers, permissions, repository, rules
from lienxa.tenants.procedures.models import Case, Procedure
from lienxa.tenants.procedures.repository import CaseFilter, CaseLine, Cursor, Handler, Standing
from lienxa.tenants.procedures.schemas import (
    Apologise,
    Apology,
    AskSupplement,
    CaseReason,
    CaseResult,
    CaseSecret,
    CaseStanding,
    CloseAct,
    CloseCase,
    DraftResult,
    HandedTo,
    HandlerNamed,
    HandOver,
    HappenedToCase,
    InvolvedInCase,
    ListedCase,
    ListedProcedure,
    MayHandle,
    MissingPapers,
    NewCase,
    OnePerson,
    OneStopRules,
    ReceiveCase,
    ReturnDraft,
    ReturnResult,
    ReworkReason,
    ShownCase,
    ShownProcedure,
    SuppliedPapers,
    SupplyPapers,
)
from lienxa.tenants.procedures.trail import steps_of

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Here = NamedDependency[Organ]
Part = NamedDependency[Window]
WordsAsked = Annotated[
    str, QueryParameter(name="q", max_length=200, description=_("Có những chữ này, có dấu hoặc không dấu"))
]
StateAsked = Annotated[
    Literal[
        "open",
        "all",
        "received",
        "processing",
        "supplement",
        "signing",
        "signed",
        "done",
        "returned",
        "refused",
        "withdrawn",
        "stopped",
    ],
    QueryParameter(name="state", description=_("Một trạng thái; `open`: chưa có kết quả; `all`: tất cả")),
]
# Code of a form in a rule set -> its address.
_FORMS: Mapping[str, str] = {code: address for address, code in papers.NOTICES.items()} | {"control": papers.CONTROL}
_CODES = {address: code for code, address in _FORMS.items()}


class SentResult(msgspec.Struct, frozen=True):
    """A result for the signature; `file` is its text, which a result that takes a number must have."""

    result: Annotated[
        str, Meta(min_length=1, max_length=1000, description=_("Nội dung kết quả"), examples=[_("Giấy khai sinh")])
    ]
    signer: Annotated[UUID, Meta(description=_("Người ký"))]
    file: UploadFile | None = None


def has_one_stop(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: an organ above its communes has no one-stop, so none of these addresses exists there."""
    organ = connection.scope["state"].get("organ")
    if organ is not None and organ.is_parent:
        raise NotFound


class CatalogueController(Controller):
    """What everybody may read without an account."""

    path = "/procedures"
    guards = [has_one_stop]
    opt = {"public": True}

    @get("/catalogue", operation_id="ListProcedures", summary=_("Danh mục thủ tục"))
    async def catalogue(
        self,
        session: Db,
        window: Part,
        words: WordsAsked = "",
        field: Annotated[str, QueryParameter(name="field", max_length=100, description=_("Chỉ lĩnh vực này"))] = "",
    ) -> Response[Page[ListedProcedure]]:
        """The procedures in use, in the catalogue's order."""
        after = window.place(_place_in_catalogue)
        found, following = await repository.catalogue_page(session, words, field, after, window.limit)
        return window.page([_listed_procedure(one) for one in found], " ".join(map(str, following or ())))

    @get("/catalogue/{key:str}", operation_id="GetProcedure", summary=_("Một thủ tục"))
    async def procedure(self, session: Db, key: FromPath[str]) -> ShownProcedure:
        """Papers, time, fee, and how sure each of them is."""
        return _shown_procedure(await repository.procedure_in_use(session, key))

    @get("/standing", operation_id="LookUpCase", summary=_("Tra cứu hồ sơ bằng mã trên giấy tiếp nhận"))
    async def look_up(
        self,
        request: Request[Any, Any, Any],
        session: Db,
        organ: Here,
        code: Annotated[str, QueryParameter(name="code", min_length=1, max_length=60, description=_("Mã hồ sơ"))],
        secret: Annotated[
            str,
            HeaderParameter(
                name="Case-Secret",
                min_length=1,
                max_length=20,
                description=_("Mã tra cứu; gửi trong header để không nằm lại trong nhật ký địa chỉ"),
            ),
        ],
    ) -> Response[CaseStanding]:
        """The state and the due date; every wrong pair gets the same answer, within the limits of the public page."""
        found = await pages.look_up(request, session, organ, code, secret)
        if found is None:
            raise NotFound(_("Không có hồ sơ nào với mã hồ sơ và mã tra cứu này."))
        return Response(_standing(rules.plain_code(code), found), headers={"cache-control": "private, no-store"})


class CasesController(Controller):
    """The list of cases, and taking one in."""

    path = "/procedures"
    guards = [has_one_stop]

    @get("/cases", operation_id="ListCases", summary=_("Sổ theo dõi hồ sơ"), opt={NEEDS: permissions.USE})
    async def cases(
        self,
        session: Db,
        actor: Me,
        window: Part,
        in_state: StateAsked = "open",
        mine: Annotated[bool, QueryParameter(name="mine", description=_("Chỉ hồ sơ người gọi giải quyết"))] = False,
        late: Annotated[bool, QueryParameter(name="late", description=_("Chỉ hồ sơ quá hạn"))] = False,
        words: WordsAsked = "",
        one_person: Annotated[
            bool,
            QueryParameter(name="one_person", description=_("Chỉ hồ sơ cùng một người tiếp nhận và giải quyết")),
        ] = False,
    ) -> Response[Page[ListedCase]]:
        """The cases that the caller may see: open ones by due date, all others latest first."""
        chosen = CaseFilter(in_state, mine, late, rules.scanned_code(words), one_person)
        lines, following = await repository.list_cases(session, actor, chosen, window.place(Cursor.read), window.limit)
        calendar = await calendar_for(session)
        return window.page([_listed(line, calendar) for line in lines], str(following or ""))

    @post("/cases", operation_id="ReceiveCase", summary=_("Tiếp nhận hồ sơ"), opt={NEEDS: permissions.RECEIVE})
    async def receive(self, session: Db, actor: Me, data: JSONBody[NewCase]) -> Response[ShownCase]:
        """Take a dossier in: it gets its code and its due date."""
        case = await operations.receive_case(session, actor, await _dossier(session, data))
        return created(f"/procedures/cases/{case.id}", await _shown(session, actor, case.id))

    @get(
        "/handlers",
        operation_id="ListHandlers",
        summary=_("Ai giải quyết được hồ sơ"),
        opt={NEEDS: permissions.RECEIVE},
    )
    async def handlers(self, session: Db) -> list[MayHandle]:
        """To whom a case may be handed over today, by rank."""
        return [_may_handle(one) for one in await repository.handlers(session)]

    @get("/rules", operation_id="GetOneStopRules", summary=_("Quy định một cửa"), opt={NEEDS: permissions.RULES})
    async def one_stop_rules(self, session: Db) -> OneStopRules:
        """What the organ has laid down for its one-stop."""
        return OneStopRules(cast("OnePerson", (await repository.one_stop(session)).one_person))

    @act("/rules", "ChangeOneStopRules", _("Đặt quy định một cửa"), needs=permissions.RULES)
    async def set_rules(self, session: Db, actor: Me, data: JSONBody[OneStopRules]) -> OneStopRules:
        """Lay it down anew."""
        await operations.set_rules(session, actor, data.one_person)
        return data

    @get("/signers", operation_id="ListSigners", summary=_("Ai ký được kết quả"), opt={NEEDS: permissions.PROCESS})
    async def signers(self, session: Db) -> list[MayHandle]:
        """Before whom a result may be put today, by rank."""
        one_stop = await repository.one_stop(session)
        return [_may_handle(one) for one in await repository.signers(session, one_stop.body_id)]


class CaseController(Controller):
    """One case and its acts. Each act answers with the case after it."""

    path = "/procedures/cases/{case_id:str}"
    guards = [has_one_stop]

    @get("/", operation_id="GetCase", summary=_("Một hồ sơ"))
    async def show(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> ShownCase:
        """A case with its dates, its people and what the caller may do with it."""
        return await _shown(session, actor, case_id)

    @get("/timeline", operation_id="GetCaseTimeline", summary=_("Diễn biến giải quyết"))
    async def timeline(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> list[HappenedToCase]:
        """What was done to it, oldest first."""
        case, _procedure = await repository.visible_case(session, actor, case_id)
        return [_happened(action, line) for action, line in await steps_of(session, case)]

    @get(
        "/secret", operation_id="GetCaseSecret", summary=_("Mã tra cứu của người dân"), opt={NEEDS: permissions.RECEIVE}
    )
    async def secret(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> Response[CaseSecret]:
        """What stands on the receipt for the citizen alone."""
        case, procedure = await repository.visible_case(session, actor, case_id)
        papers.require_receipt(actor, procedure)
        path = f"/tra-cuu?ma={quote(case.code)}"
        shown = CaseSecret(case.code, operations.secret_of(actor.organ, case), path)
        return Response(shown, headers={"cache-control": "private, no-store"})

    @get(
        "/receipt",
        operation_id="PrintReceipt",
        summary=_("Giấy tiếp nhận hồ sơ và hẹn trả kết quả (PDF)"),
        opt={NEEDS: permissions.RECEIVE, SENDS: (PDF,)},
    )
    async def receipt(
        self, request: Request[Any, Any, Any], session: Db, actor: Me, case_id: FromPath[UUID]
    ) -> Response[bytes]:
        """The receipt, with the citizen's secret."""
        return await pages.receipt_paper(session, actor, case_id, request.url.netloc)

    @get(
        "/forms/{form:str}",
        operation_id="PrintCaseForm",
        summary=_("Một phiếu của hồ sơ (PDF)"),
        opt={SENDS: (PDF,)},
    )
    async def form(self, session: Db, actor: Me, case_id: FromPath[UUID], form: FromPath[str]) -> Response[bytes]:
        """The control slip (`control`) or a letter to the citizen: one of the case's `forms`."""
        return await pages.form_paper(session, actor, case_id, _FORMS.get(form, ""))

    @get(
        "/result-file",
        operation_id="ReadResultFile",
        summary=_("Tệp kết quả"),
        opt={SENT_AS_IT_IS: True, SENDS: store.OFFICE_TYPES},
    )
    async def result_file(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> Response[bytes]:
        """The text of the result: the draft, then what was signed."""
        return await pages.result_file_answer(session, actor, case_id)

    @act("/hand-over", "HandOverCase", _("Chuyển cho người giải quyết"), needs=permissions.RECEIVE)
    async def hand_over(
        self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[HandlerNamed]
    ) -> ShownCase:
        """The counter hands the dossier over."""
        await operations.hand_over(session, actor, HandOver(case_id, data.handler, data.one_person))
        return await _shown(session, actor, case_id)

    @act("/ask-supplement", "AskSupplement", _("Yêu cầu bổ sung giấy tờ"), needs=permissions.PROCESS)
    async def ask_supplement(
        self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[MissingPapers]
    ) -> ShownCase:
        """The handler asks for what is missing, once."""
        await operations.ask_supplement(session, actor, AskSupplement(case_id, data.request))
        return await _shown(session, actor, case_id)

    @act("/supply", "SupplyPapers", _("Nhận giấy tờ bổ sung"), needs=permissions.RECEIVE)
    async def supply(
        self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[SuppliedPapers]
    ) -> ShownCase:
        """The missing papers came."""
        await operations.supply_papers(session, actor, SupplyPapers(case_id, data.papers))
        return await _shown(session, actor, case_id)

    @act("/draft-result", "DraftResult", _("Trình ký kết quả"), needs=permissions.PROCESS)
    async def draft_result(
        self, session: Db, actor: Me, case_id: FromPath[UUID], data: MultipartBody[SentResult]
    ) -> ShownCase:
        """The handler puts the result before a leader, one of `/procedures/signers`."""
        await operations.draft_result(session, actor, await _drafted(case_id, data))
        return await _shown(session, actor, case_id)

    @act("/sign", "SignResult", _("Ký kết quả"), needs=permissions.SIGN)
    async def sign(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> ShownCase:
        """A leader signs."""
        await operations.sign(session, actor, case_id)
        return await _shown(session, actor, case_id)

    @act("/return-draft", "ReturnDraftResult", _("Trả lại dự thảo kết quả"), needs=permissions.SIGN)
    async def return_draft(
        self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[ReworkReason]
    ) -> ShownCase:
        """The leader gives the draft back."""
        await operations.return_draft(session, actor, ReturnDraft(case_id, data.reason))
        return await _shown(session, actor, case_id)

    @act("/seal", "SealResult", _("Cấp số, đóng dấu"), needs=permissions.SEAL)
    async def seal(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> ShownCase:
        """The clerk numbers and seals the signed result."""
        await operations.seal(session, actor, case_id)
        return await _shown(session, actor, case_id)

    @act("/apologise", "Apologise", _("Xin lỗi và hẹn lại"), needs=permissions.PROCESS)
    async def apologise(self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[Apology]) -> ShownCase:
        """The handler says that it will be late, why, and until when; once."""
        await operations.apologise(session, actor, Apologise(case_id, data.reason, data.new_date))
        return await _shown(session, actor, case_id)

    @act("/hand-back", "ReturnResult", _("Trả kết quả"), needs=permissions.RETURN)
    async def hand_back(self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[HandedTo]) -> ShownCase:
        """The citizen has the result."""
        await operations.return_result(session, actor, ReturnResult(case_id, data.returned_to))
        return await _shown(session, actor, case_id)

    @act("/refuse", "RefuseCase", _("Từ chối"))
    async def refuse(self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[CaseReason]) -> ShownCase:
        """The counter refuses what it has not handed over, the handler what they handle."""
        return await _closed(session, actor, case_id, "refuse", data.reason)

    @act("/withdraw", "WithdrawCase", _("Công dân rút hồ sơ"), needs=permissions.RECEIVE)
    async def withdraw(self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[CaseReason]) -> ShownCase:
        """The counter records that the citizen takes the dossier back."""
        return await _closed(session, actor, case_id, "withdraw", data.reason)

    @act("/stop", "StopCase", _("Dừng xử lý"), needs=permissions.PROCESS)
    async def stop(self, session: Db, actor: Me, case_id: FromPath[UUID], data: JSONBody[CaseReason]) -> ShownCase:
        """The handler stops."""
        return await _closed(session, actor, case_id, "stop", data.reason)


async def _closed(session: TenantSession, actor: Actor, case_id: UUID, act: CloseAct, reason: str) -> ShownCase:
    await operations.close_case(session, actor, CloseCase(case_id, act, reason))
    return await _shown(session, actor, case_id)


def _place_in_catalogue(after: str) -> tuple[int, str] | None:
    position, _space, key = after.partition(" ")
    if not (position.isascii() and position.isdigit() and len(position) < 7):
        return None
    return int(position), key


async def _dossier(session: TenantSession, sent: NewCase) -> ReceiveCase:
    try:
        await repository.procedure_in_use(session, sent.procedure)
    except NotFound:
        remedy = _("Xem các thủ tục ở /api/v1/procedures/catalogue.")
        raise InvalidInput.of("procedure", _("Đơn vị không có thủ tục này."), remedy) from None
    return ReceiveCase(
        procedure_key=sent.procedure,
        applicant_name=sent.applicant_name,
        applicant_phone=sent.applicant_phone,
        applicant_address=sent.applicant_address,
        papers=tuple(sent.papers),
        note=sent.note,
        agreed_on=sent.agreed_on,
    )


async def _drafted(case_id: UUID, sent: SentResult) -> DraftResult:
    file = Attachment(sent.file.filename, await sent.file.read()) if sent.file else None
    return DraftResult(case_id, plain(sent.result), sent.signer, file)


def _may_handle(person: Handler) -> MayHandle:
    return MayHandle(person.staff_id, person.full_name, person.title)


def _happened(action: str, told: TimelineLine) -> HappenedToCase:
    return HappenedToCase(told.at, action, told.staff_name, told.post_title, told.text)


def _listed_procedure(procedure: Procedure) -> ListedProcedure:
    return ListedProcedure(
        key=procedure.key,
        code=procedure.code,
        name=procedure.name,
        short_name=procedure.short_name,
        field=procedure.field,
        time=rules.time_title(procedure.time_value, procedure.time_unit),
        fee=rules.fee_title(procedure.fee, procedure.fee_note),
        at_one_stop=procedure.at_one_stop,
    )


def _shown_procedure(procedure: Procedure) -> ShownProcedure:
    return ShownProcedure(
        key=procedure.key,
        code=procedure.code,
        name=procedure.name,
        short_name=procedure.short_name,
        field=procedure.field,
        authority=procedure.authority,
        at_one_stop=procedure.at_one_stop,
        time=rules.time_title(procedure.time_value, procedure.time_unit),
        time_value=procedure.time_value,
        time_unit=procedure.time_unit,
        time_note=rules.public_note(procedure.time_note),
        time_source=procedure.time_source,
        fee=rules.fee_title(procedure.fee, procedure.fee_note),
        fee_amount=procedure.fee,
        papers=procedure.papers,
        papers_source=procedure.documents_source,
        source=procedure.source,
        numbered=procedure.has_number,
    )


def _standing(code: str, found: Standing) -> CaseStanding:
    waiting = found.state in rules.OPEN_STATES
    # As on the public page: while papers are missing, no day is said, but what they do to the time.
    missing = found.state == "supplement"
    after_supplement = rules.after_supplement_title(case_rules_named(found.rule_set), agreed=found.agreed)
    return CaseStanding(
        code=code,
        state="processing" if found.state in ("signing", "signed") else found.state,
        state_title=rules.public_state_title(found.state),
        due_at=found.due_at if waiting and not missing else None,
        moved_to=rules.issuer_title(found.organ_name) if found.organ_name else "",
        due_exact=found.due_exact,
        first_due_at=found.first_due_at if waiting and not missing else None,
        said=after_supplement if missing else "",
    )


def _pressing(case: Case, calendar: Calendar) -> str:
    warning_days = case_rules_named(case.rule_set).clock.warning_days
    return rules.urgency(case.state, case.due, clock.now(), warning_days, calendar)


def _listed(line: CaseLine, calendar: Calendar) -> ListedCase:
    case = line.case
    return ListedCase(
        id=case.id,
        code=case.code,
        procedure_name=line.procedure,
        applicant_name=case.applicant_name,
        state=case.state,
        state_title=rules.state_title(case.state),
        received_at=case.received_at,
        due_at=case.due_at,
        due_exact=case.due_exact,
        pressing=_pressing(case, calendar),
        outcome=case.outcome,
        handler=line.handler,
    )


async def _shown(session: TenantSession, actor: Actor, case_id: UUID) -> ShownCase:
    case, procedure = await repository.visible_case(session, actor, case_id)
    names = await repository.staff_names(session, {case.handler_id, case.signer_id})
    document_id = case.result_document_id
    opens = document_id is not None and await documents.is_visible(session, actor, document_id)
    return ShownCase(
        id=case.id,
        code=case.code,
        procedure=procedure.key,
        procedure_name=procedure.short_name,
        state=case.state,
        state_title=rules.state_title(case.state),
        pressing=_pressing(case, await calendar_for(session)),
        applicant_name=case.applicant_name,
        applicant_phone=case.applicant_phone,
        applicant_address=case.applicant_address,
        papers=case.received_papers,
        note=case.note,
        received_at=case.received_at,
        hand_over_by=case.hand_over_by,
        due_at=case.due_at,
        due_exact=case.due_exact,
        first_due_at=case.first_due_at,
        handler=_involved(case.handler_id, names),
        one_person=case.one_person,
        supplement_request=case.supplement_request,
        supplement_asked_at=case.supplement_asked_at,
        supplied_at=case.supplied_at,
        apology_reason=case.apology_reason,
        rework_reason=case.rework_reason,
        closing_reason=case.closing_reason,
        result=_result(case, names, document_id if opens else None),
        forms=[_CODES[address] for address, _name in papers.forms_of(case)],
        acts=[act.replace("_", "-") for act in operations.acts_on(actor, case)],
    )


def _result(case: Case, names: Mapping[UUID | None, str], document_id: UUID | None) -> CaseResult:
    return CaseResult(
        text=case.result,
        signer=_involved(case.signer_id, names),
        signed_at=case.signed_at,
        number=case.result_number,
        document_id=document_id,
        file_path=f"{PATH}/procedures/cases/{case.id}/result-file" if case.result_file_id else "",
        finished_at=case.finished_at,
        outcome=case.outcome,
        returned_at=case.returned_at,
        returned_to=case.returned_to,
    )


def _involved(staff_id: UUID | None, names: Mapping[UUID | None, str]) -> InvolvedInCase | None:
    return None if staff_id is None else InvolvedInCase(staff_id, names.get(staff_id, ""))
