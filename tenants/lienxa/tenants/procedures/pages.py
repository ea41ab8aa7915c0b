"""The public catalogue and look-up, and the pages of those who handle cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any, cast, get_args
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Response, Stream, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import record_read
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.content import SHOWN_INLINE
from lienxa.platform.identity import limits
from lienxa.platform.module import SearchHit, Thing, WorkItem
from lienxa.platform.print import qr
from lienxa.platform.rest.limits import caller_address
from lienxa.platform.rules import case_rules, case_rules_named
from lienxa.platform.settings import get_settings
from lienxa.platform.succession import passages
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web import export, trail
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import Badge, page, place_asked, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.documents import api as documents
from lienxa.tenants.documents.api import Attachment
from lienxa.tenants.procedures import operations, papers, repository, rules
from lienxa.tenants.procedures.models import Case, Procedure
from lienxa.tenants.procedures.permissions import READ_ALL, RECEIVE, RULES, USE
from lienxa.tenants.procedures.repository import CaseFilter, CaseLine, Cursor
from lienxa.tenants.procedures.schemas import (
    Apologise,
    AskSupplement,
    CloseAct,
    CloseCase,
    DraftResult,
    HandOver,
    OnePerson,
    ReceiveCase,
    ReturnDraft,
    ReturnResult,
    SupplyPapers,
)
from lienxa.tenants.procedures.trail import steps_of

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Here = NamedDependency[Organ]

NO_REFERRER = {"referrer-policy": "no-referrer"}
# Tries at the public look-up in a window of so many seconds: of one address, and of one address for one case code.
# There is no limit for a code from wherever, with which anybody could shut its owner out.
LOOK_UP_WINDOW = 900
TRIES_OF_ADDRESS = 45
TRIES_OF_CODE = 10
# When an organ is asked more often than that, from however many addresses, each of them has fewer tries.
TRIES_OF_ORGAN = 3000
TRIES_IN_A_RUSH = 5
# What the counter is offered first: so many procedures, those most received lately.
_USUAL, _LATELY = 6, timedelta(days=90)
_SEARCH_HITS = 20


@dataclass(frozen=True)
class FieldGroup:
    """The procedures of one field (lĩnh vực)."""

    name: str
    procedures: Sequence[Procedure]


def by_field(procedures: Sequence[Procedure]) -> list[FieldGroup]:
    """The procedures by field, both in the catalogue's order."""
    places: dict[str, int] = {}
    for procedure in procedures:
        places.setdefault(procedure.field, len(places))
    ordered = sorted(procedures, key=lambda procedure: places[procedure.field])
    return [FieldGroup(name, list(group)) for name, group in groupby(ordered, key=lambda procedure: procedure.field)]


def standing_of(case: Case, calendar: Calendar, *, passed_to: str = "") -> Badge:
    """The badge of a case: its outcome once there is a result, else how pressing it is; or the organ that goes on."""
    if passed_to:
        return Badge("neutral", _("Đã chuyển {organ}", organ=passed_to))
    if case.outcome:
        kinds = {"early": "ok", "on_time": "ok", "late": "late"}
        return Badge(kinds[case.outcome], rules.outcome_title(case.outcome))
    warning_days = case_rules_named(case.rule_set).clock.warning_days
    pressing = rules.urgency(case.state, case.due, clock.now(), warning_days, calendar)
    if pressing == "late":
        return Badge("late", _("Quá hạn"))
    if pressing == "soon":
        return Badge("warn", _("Hạn hôm nay") if case.due_on == clock.today() else _("Sắp đến hạn"))
    return Badge("info" if case.state in rules.OPEN_STATES else "neutral", rules.state_title(case.state))


def _standing(line: CaseLine, calendar: Calendar) -> Badge:
    return standing_of(line.case, calendar, passed_to=line.passed_to)


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The cases that wait for this person: to hand over, to handle, to give back."""
    return [_work_item(line) for line in await repository.waiting_cases(session, actor)]


def _work_item(line: CaseLine) -> WorkItem:
    case = line.case
    title, path = f"{case.code} - {line.procedure}", f"/ho-so/{case.id}"
    if case.state == "done":
        return WorkItem("waiting", title, path, _("Trả kết quả"), source=case.applicant_name)
    if case.state == "received":
        label = _("Chuyển trước hết ngày {day}", day=f"{case.hand_over_by:%d/%m/%Y}")
        action, source = _("Chuyển xử lý"), case.applicant_name
        return WorkItem("due", title, path, action, source=source, due_on=case.hand_over_by, due_label=label)
    if case.state == "signing":
        return WorkItem("due", title, path, _("Ký kết quả"), source=line.handler, due_on=case.due_on)
    if case.state == "signed":
        action = _("Cấp số, đóng dấu") if line.numbered else _("Đóng dấu")
        return WorkItem("due", title, path, action, source=line.handler, due_on=case.due_on)
    return WorkItem("due", title, path, _("Giải quyết"), source=case.applicant_name, due_on=case.due_on)


async def shared(session: TenantSession, actor: Actor, case_id: UUID) -> Thing:
    """A case that the person may see, for the page of its grants."""
    case, procedure = await repository.visible_case(session, actor, case_id)
    return Thing(f"{case.code} - {procedure.short_name}", f"/ho-so/{case_id}", case.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Cases whose code, applicant or telephone contains what was typed, with or without marks."""
    lines = await repository.search_cases(session, actor, query, _SEARCH_HITS)
    return [
        SearchHit(
            f"{line.case.code} - {line.case.applicant_name}",
            f"/ho-so/{line.case.id}",
            f"{line.procedure}, {rules.state_title(line.case.state).lower()}",
        )
        for line in lines
    ]


class CatalogueController(Controller):
    """The catalogue of procedures, open to everybody."""

    path = "/thu-tuc"
    opt = {"public": True}

    @get("/", operation_id="ListProcedures")
    async def catalogue(self, request: HtmlRequest, session: Db, organ: Here) -> Template:
        """All procedures by field; `q` searches without marks, `linh-vuc` keeps one field."""
        _require_commune(organ)
        words = request.query_params.get("q", "").strip()[:200]
        chosen = request.query_params.get("linh-vuc", "")
        groups = by_field(await repository.catalogue(session))
        asked = FormReader(request.query_params)
        asked.choice("linh-vuc", _("Lĩnh vực"), [group.name for group in groups], required=False)
        asked.check()
        found = by_field(await repository.catalogue(session, words)) if words else groups
        shown = [group for group in found if chosen in ("", group.name)]
        return page(
            request,
            "procedures/catalogue.html",
            fields=[group.name for group in groups],
            groups=shown,
            count=sum(len(group.procedures) for group in shown),
            words=words,
            chosen=chosen,
            time_title=rules.time_title,
        )

    @get("/{key:str}", operation_id="ShowProcedure")
    async def procedure(self, request: HtmlRequest, session: Db, organ: Here, key: FromPath[str]) -> Template:
        """One procedure: papers, time, fee, and how sure each of them is."""
        _require_commune(organ)
        procedure = await repository.procedure_in_use(session, key)
        return page(
            request,
            "procedures/procedure.html",
            procedure=procedure,
            time=rules.time_title(procedure.time_value, procedure.time_unit),
            time_note=rules.public_note(procedure.time_note),
            fee=rules.fee_title(procedure.fee, procedure.fee_note),
            source_title=rules.source_title,
        )


class LookUpController(Controller):
    """A citizen asks how a case stands, with the code and the secret of the receipt."""

    path = "/tra-cuu"
    opt = {"public": True}
    response_headers = NO_REFERRER

    @get("/", operation_id="LookUpCaseForm")
    async def form(self, request: HtmlRequest, organ: Here) -> Template:
        """The form; the receipt's QR code leads here with the case code (`ma`), its secret after the `#`."""
        _require_commune(organ)
        code = request.query_params.get("ma", "")[:60]
        return self._page(request, values={"code": code})

    @post("/", operation_id="LookUpCase", status_code=200, opt={WHILE_SUSPENDED: True})
    async def look_up(self, request: HtmlRequest, session: Db, organ: Here) -> Template:
        """The state and the due date, nothing else; every wrong pair gets the same answer."""
        _require_commune(organ)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._page, request, values=reader.values)):
            code = reader.text("code", _("Mã hồ sơ"), required=True, max=60)
            secret = reader.text("secret", _("Mã tra cứu"), required=True, max=20)
            reader.check()
        found = await look_up(request, session, organ, code, secret)
        return self._page(request, values={"code": code}, asked=True, found=found)

    def _page(
        self,
        request: HtmlRequest,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
        asked: bool = False,
        found: repository.Standing | None = None,
    ) -> Template:
        return page(
            request,
            "procedures/look_up.html",
            status=422 if errors else 200,
            values=values,
            errors=errors,
            asked=asked,
            found=found,
            state=rules.public_state_title(found.state) if found else "",
            after_supplement=rules.after_supplement_title(case_rules_named(found.rule_set), agreed=found.agreed)
            if found
            else "",
            issuer=rules.issuer_title,
            waiting=found is not None and found.state in rules.OPEN_STATES,
        )


class CaseController(Controller):
    """Everything below `/ho-so`."""

    path = "/ho-so"

    @get("/", operation_id="ListCases")
    async def cases(self, request: HtmlRequest, session: Db, actor: Me) -> Template | Redirect:
        """The cases that this person may see, by filter, a page at a time; a scanned code leads to its case."""
        actor.require(USE)
        chosen = _filter_of(request)
        if rules.is_case_code(chosen.text):
            case_id = await repository.visible_case_id(session, actor, rules.plain_code(chosen.text))
            if case_id is not None:
                return redirect(request, f"/ho-so/{case_id}")
        after = place_asked(request, Cursor.read)
        lines, following = await repository.list_cases(session, actor, chosen, after)
        calendar = await calendar_for(session)
        return page(
            request,
            "procedures/cases.html",
            lines=[(line, _standing(line, calendar), rules.state_title(line.case.state)) for line in lines],
            count=await repository.count_cases(session, actor, chosen),
            chosen=chosen,
            states={"open": _("Chưa có kết quả"), "all": _("Tất cả")}
            | {state: rules.state_title(state) for state in rules.STATES},
            next_path=_next_path(request, following),
            may_receive=actor.may(RECEIVE),
            sees_all=actor.may(READ_ALL),
            may_rule=actor.may(RULES),
            export_path=export.export_path(request, "/ho-so/xuat"),
        )

    @get("/xuat", operation_id="ExportCases")
    async def exported(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """The cases of the filter as a file for a spreadsheet."""
        actor.require(USE)
        chosen = _filter_of(request)

        async def read(part: TenantSession, after: Cursor | None) -> tuple[list[export.Row], Cursor | None]:
            found, following = await repository.list_cases(part, actor, chosen, after, export.PART)
            calendar = await calendar_for(part)
            return [_exported_row(line, _standing(line, calendar)) for line in found], following

        return export.spreadsheet(request, session, actor, "ho-so-mot-cua", _EXPORT_HEAD, read)

    @get("/quy-dinh", operation_id="OneStopRulesForm")
    async def rules_form(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What the organ has laid down for its one-stop."""
        actor.require(RULES)
        return await self._rules(request, session)

    @post("/quy-dinh", operation_id="ChangeOneStopRules", status_code=303)
    async def set_rules(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Lay it down anew."""
        actor.require(RULES)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._rules, request, session, values=reader.values)):
            wish = reader.choice("one_person", _("Khi người tiếp nhận cũng giải quyết"), get_args(OnePerson))
            reader.check()
            await operations.set_rules(session, actor, cast("OnePerson", wish))
        return redirect(request, "/ho-so/quy-dinh", notice=_("Đã lưu quy định của Bộ phận Một cửa."))

    @get("/moi", operation_id="ReceiveCaseForm")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """First the procedure is chosen (`thu-tuc`), then its form is filled in."""
        actor.require(RECEIVE)
        key = request.query_params.get("thu-tuc", "")
        if not key:
            words = request.query_params.get("q", "").strip()[:200]
            found = [procedure for procedure in await repository.catalogue(session, words) if procedure.at_one_stop]
            often = await repository.most_received(session, clock.today() - _LATELY, _USUAL)
            return page(
                request,
                "procedures/choose.html",
                groups=by_field(found),
                usual=[procedure for procedure in found if procedure.id in often],
                words=words,
                time_title=rules.time_title,
            )
        procedure = await repository.procedure_in_use(session, key)
        return await self._intake(request, session, procedure, values={})

    @post("/moi", operation_id="ReceiveCase", status_code=303)
    async def receive(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take the dossier in; the receipt follows where the procedure has one."""
        actor.require(RECEIVE)
        reader = FormReader(await request.form())
        procedure = await repository.procedure_in_use(session, reader.text("procedure", _("Thủ tục")))
        async with shown_again(session, partial(self._intake, request, session, procedure, values=reader.values)):
            command = ReceiveCase(
                procedure_key=procedure.key,
                applicant_name=reader.text("applicant_name", _("Họ và tên người nộp"), max=100),
                applicant_phone=reader.text("applicant_phone", _("Số điện thoại"), max=20),
                applicant_address=reader.text("applicant_address", _("Địa chỉ"), max=200),
                papers=tuple(reader.texts("papers")),
                note=reader.text("note", _("Ghi chú"), max=500),
                agreed_on=reader.day("agreed_on", _("Ngày hẹn trả")),
            )
            reader.check()
            case = await operations.receive_case(session, actor, command)
        path = f"/ho-so/{case.id}"
        return redirect(
            request,
            f"{path}/giay-tiep-nhan" if rules.has_receipt(procedure.time_unit) else path,
            notice=_("Đã tiếp nhận hồ sơ {code}, hạn trả {day}.", code=case.code, day=f"{case.due_on:%d/%m/%Y}"),
            next_label=_("Tiếp nhận hồ sơ khác"),
            next_path="/ho-so/moi",
        )

    @get("/{case_id:str}", operation_id="ShowCase")
    async def detail(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Template:
        """One case: its facts, what was done, and the next step."""
        return await self._detail(request, session, actor, case_id)

    @get("/{case_id:str}/giay-tiep-nhan", operation_id="ShowReceipt")
    async def receipt(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Template:
        """The receipt (Giấy tiếp nhận hồ sơ và hẹn trả kết quả) as a page, with the way to its PDF."""
        case, procedure = await repository.visible_case(session, actor, case_id)
        data = await papers.receipt(session, actor, case, procedure, request.url.netloc)
        return page(request, "procedures/receipt.html", case=case, paper=data)

    @get("/{case_id:str}/giay-tiep-nhan/pdf", operation_id="PrintReceipt")
    async def receipt_pdf(
        self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]
    ) -> Response[bytes]:
        """The receipt as a PDF, A5, with secret and QR code: for the counter alone."""
        return await receipt_paper(session, actor, case_id, request.url.netloc)

    @get("/{case_id:str}/phieu/{form:str}", operation_id="PrintCaseForm")
    async def form_pdf(self, session: Db, actor: Me, case_id: FromPath[UUID], form: FromPath[str]) -> Response[bytes]:
        """Another form of the case's rule set as a PDF, once there is something to say in it."""
        return await form_paper(session, actor, case_id, form)

    @post("/{case_id:str}/chuyen", operation_id="HandOverCase", status_code=303)
    async def hand_over(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The counter hands the dossier to who handles it."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            handler_id = reader.uuid("handler", _("Người giải quyết"), required=True)
            reader.check()
            assert handler_id is not None
            command = HandOver(case_id, handler_id, reader.checked("one_person"))
            await operations.hand_over(session, actor, command)
        return _done(request, case_id, _("Đã chuyển hồ sơ cho người giải quyết."))

    @post("/{case_id:str}/yeu-cau-bo-sung", operation_id="AskSupplement", status_code=303)
    async def ask_supplement(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The handler asks for missing papers."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            command = AskSupplement(case_id, reader.text("request", _("Giấy tờ cần bổ sung"), required=True, max=1000))
            reader.check()
            case = await operations.ask_supplement(session, actor, command)
        time = rules.after_supplement_title(case_rules_named(case.rule_set), agreed=case.clock_from is None)
        return _done(request, case_id, _("Đã ghi yêu cầu bổ sung. {time}", time=time))

    @post("/{case_id:str}/da-bo-sung", operation_id="SupplyPapers", status_code=303)
    async def supply_papers(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The missing papers came."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            command = SupplyPapers(case_id, reader.text("papers", _("Giấy tờ đã bổ sung"), max=1000))
            reader.check()
            case = await operations.supply_papers(session, actor, command)
        return _done(request, case_id, _("Đã nhận bổ sung, hạn trả mới {day}.", day=f"{case.due_on:%d/%m/%Y}"))

    @post("/{case_id:str}/trinh-ky", operation_id="DraftResult", status_code=303)
    async def draft_result(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The handler puts the result before a leader."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            result = reader.text("result", _("Kết quả"), required=True, max=1000)
            signer_id = reader.uuid("signer", _("Người ký"), required=True)
            sent = await reader.upload("file", _("Tệp kết quả"))
            reader.check()
            assert signer_id is not None
            file = Attachment(sent.name, sent.content) if sent else None
            await operations.draft_result(session, actor, DraftResult(case_id, result, signer_id, file))
        return _done(request, case_id, _("Đã trình ký kết quả."))

    @get("/{case_id:str}/tep-ket-qua", operation_id="ReadResultFile", opt={SENT_AS_IT_IS: True})
    async def result_file(self, session: Db, actor: Me, case_id: FromPath[UUID]) -> Response[bytes]:
        """The text of the result: the draft, then what was signed."""
        return await result_file_answer(session, actor, case_id)

    @post("/{case_id:str}/ky", operation_id="SignResult", status_code=303)
    async def sign(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The leader signs."""
        await operations.sign(session, actor, case_id)
        return _done(request, case_id, _("Đã ký. Văn thư cấp số, đóng dấu rồi chuyển về quầy Một cửa."))

    @post("/{case_id:str}/tra-lai", operation_id="ReturnDraft", status_code=303)
    async def return_draft(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The leader gives the draft back."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            command = ReturnDraft(case_id, reader.text("rework", _("Lý do trả lại"), required=True, max=500))
            reader.check()
            await operations.return_draft(session, actor, command)
        return _done(request, case_id, _("Đã trả lại người giải quyết."))

    @post("/{case_id:str}/dong-dau", operation_id="SealResult", status_code=303)
    async def seal(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The clerk numbers and seals."""
        case = await operations.seal(session, actor, case_id)
        if case.result_number:
            notice = _("Đã cấp số {number} và đóng dấu. Kết quả về quầy Một cửa.", number=case.result_number)
        else:
            notice = _("Đã đóng dấu. Kết quả về quầy Một cửa.")
        return _done(request, case_id, notice)

    @post("/{case_id:str}/xin-loi", operation_id="Apologise", status_code=303)
    async def apologise(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The handler apologises and names the one new date."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            reason = reader.text("apology", _("Lý do chậm"), required=True, max=500)
            new_date = reader.day("new_date", _("Ngày hẹn lại"), required=True)
            reader.check()
            assert new_date is not None
            case = await operations.apologise(session, actor, Apologise(case_id, reason, new_date))
        return redirect(
            request,
            f"/ho-so/{case_id}",
            notice=_("Đã xin lỗi và hẹn lại ngày {day}.", day=f"{case.due_on:%d/%m/%Y}"),
            next_label=_("Mở văn bản xin lỗi (PDF)"),
            next_path=f"/ho-so/{case_id}/phieu/xin-loi",
        )

    @post("/{case_id:str}/tra-ket-qua", operation_id="ReturnResult", status_code=303)
    async def return_result(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The citizen has the result."""
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            command = ReturnResult(case_id, reader.text("returned_to", _("Người nhận kết quả"), required=True, max=100))
            reader.check()
            case = await operations.return_result(session, actor, command)
        return _done(request, case_id, _("Đã trả kết quả hồ sơ {code}.", code=case.code))

    @post("/{case_id:str}/ket-thuc", operation_id="CloseCase", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, case_id: FromPath[UUID]) -> Redirect:
        """The case ends without a result."""
        reader = FormReader(await request.form())
        acts = {"refuse": _("Từ chối"), "withdraw": _("Công dân rút"), "stop": _("Dừng xử lý")}
        async with shown_again(session, partial(self._detail, request, session, actor, case_id, values=reader.values)):
            act = reader.choice("act", _("Cách kết thúc"), acts)
            reason = reader.text("reason", _("Lý do"), required=True, max=1000)
            reader.check()
            case = await operations.close_case(session, actor, CloseCase(case_id, cast("CloseAct", act), reason))
        return _done(request, case_id, _("Hồ sơ đã kết thúc: {state}.", state=rules.state_title(case.state).lower()))

    async def _rules(
        self,
        request: HtmlRequest,
        session: TenantSession,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        one_stop = await repository.one_stop(session)
        return page(
            request,
            "procedures/rules.html",
            status=422 if errors else 200,
            choices={wish: rules.one_person_title(wish) for wish in get_args(OnePerson)},
            values=values or {"one_person": one_stop.one_person},
            errors=errors,
        )

    async def _intake(
        self,
        request: HtmlRequest,
        session: TenantSession,
        procedure: Procedure,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
    ) -> Template:
        calendar = await calendar_for(session)
        due = rules.first_due(
            clock.now(), procedure.time_value, procedure.time_unit, case_rules(clock.today()), calendar
        )
        return page(
            request,
            "procedures/receive.html",
            status=422 if errors else 200,
            procedure=procedure,
            time=rules.time_title(procedure.time_value, procedure.time_unit),
            time_note=rules.counter_note(procedure.time_note),
            fee=rules.fee_title(procedure.fee, procedure.fee_note),
            due=due,
            papers=[(paper, paper) for paper in procedure.papers],
            values=values,
            errors=errors,
        )

    async def _detail(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        case_id: UUID,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        case, procedure = await repository.visible_case(session, actor, case_id)
        calendar = await calendar_for(session)
        passed = await passages.of_thing(session, repository.CASE, case_id)
        gone = next((passage.organ_name for passage in passed if passage.direction == passages.OUT), "")
        acts = [] if gone else operations.acts_on(actor, case)
        names = await repository.staff_names(session, {case.handler_id, case.signer_id, case.received_by})
        handlers = await operations.handlers_of(session, case) if "hand_over" in acts else []
        signers = await repository.signers(session, case.body_id) if "draft_result" in acts else []
        document_id = case.result_document_id
        opens_document = document_id is not None and await documents.is_visible(session, actor, document_id)
        events = [line for _action, line in await steps_of(session, case)]
        others = [found for found in handlers if found.staff_id != case.received_by]
        suggested = next((str(found.staff_id) for found in others if found.section == procedure.section), "")
        return page(
            request,
            "procedures/case.html",
            status=422 if errors else 200,
            case=case,
            procedure=procedure,
            state=rules.state_title(case.state),
            standing=standing_of(case, calendar, passed_to=gone),
            time=rules.time_title(procedure.time_value, procedure.time_unit),
            handler=names.get(case.handler_id, ""),
            receiver=names.get(case.received_by, ""),
            signer=names.get(case.signer_id, ""),
            acts=acts,
            signers={str(found.staff_id): f"{found.full_name} - {found.title}" for found in signers},
            warnings=_warnings(case, acts, calendar),
            handlers={str(found.staff_id): _handler_title(found, case) for found in handlers},
            values={
                "handler": suggested,
                "returned_to": case.applicant_name,
                "result": case.result,
                "signer": case.signer_id or (signers[0].staff_id if signers else ""),
            }
            | (values or {}),
            errors=errors,
            receipt=actor.may(RECEIVE) and rules.has_receipt(procedure.time_unit),
            papers=papers.forms_of(case),
            document_path=f"/van-ban/{document_id}" if opens_document else "",
            events=events[::-1],
            passages=passed,
            gone=gone,
        )


def _handler_title(found: repository.Handler, case: Case) -> str:
    title = f"{found.full_name} - {found.title}"
    return _("{title} (đã tiếp nhận hồ sơ này)", title=title) if found.staff_id == case.received_by else title


def _require_commune(organ: Organ) -> None:
    if organ.is_parent:
        raise NotFound


async def look_up(
    request: HtmlRequest, session: TenantSession, organ: Organ, code: str, secret: str
) -> repository.Standing | None:
    """A stranger's look-up, on the page or by the API: too many are refused, a wrong pair is counted in the trail."""
    await _count_try(request, organ, code)
    found = await operations.look_up(request.app.state.database, session, organ, code, secret)
    if found is None:
        trail.count(request, organ, trail.LOOK_UP)
    return found


async def _count_try(request: HtmlRequest, organ: Organ, code: str) -> None:
    of_organ = f"look-up:{organ.id}"
    of_address = f"{of_organ}:address:{caller_address(request)}"
    of_code = f"{of_address}:code:{rules.plain_code(code)}"
    tries = await limits.count_together(
        request.app.state.database, {of_organ: 1, of_address: 1, of_code: 1}, LOOK_UP_WINDOW
    )
    allowed = TRIES_OF_ADDRESS if tries[of_organ] <= TRIES_OF_ORGAN else TRIES_IN_A_RUSH
    if tries[of_address] > allowed or tries[of_code] > TRIES_OF_CODE:
        raise limits.too_many(LOOK_UP_WINDOW)


async def result_file_answer(session: TenantSession, actor: Actor, case_id: UUID) -> Response[bytes]:
    """The text of a result as browsers may have it (design: security, 4)."""
    stored = await repository.result_file(session, actor, case_id)
    record_read(session, actor, "case", case_id, stored.name)
    shown = "inline" if stored.content_type in SHOWN_INLINE else "attachment"
    return Response(
        await store.read(session, stored),
        media_type=stored.content_type,
        headers={
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(stored.name, safe='')}",
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "private, no-store",
        },
    )


async def receipt_paper(session: TenantSession, actor: Actor, case_id: UUID, host: str) -> Response[bytes]:
    """The receipt as a PDF; its QR code leads to the look-up at that host."""
    case, procedure = await repository.visible_case(session, actor, case_id)
    data = await papers.receipt(session, actor, case, procedure, host)
    address = f"{get_settings().scheme}://{host}/tra-cuu?ma={quote(case.code)}#{data['secret']}"
    return await paper("procedures/receipt.typ", {**data, "qr": qr(address)}, case.code)


async def form_paper(session: TenantSession, actor: Actor, case_id: UUID, form: str) -> Response[bytes]:
    """A form of the case as a PDF, by its address; `NotFound` while there is nothing to say in it."""
    case, procedure = await repository.visible_case(session, actor, case_id)
    if form == papers.CONTROL:
        steps = [line for _action, line in await steps_of(session, case)]
        data = await papers.control_slip(session, actor, case, procedure, steps)
        return await paper("procedures/control.typ", data, f"{case.code}-{form}")
    data = await papers.notice(session, actor, case, procedure, form)
    return await paper("procedures/notice.typ", data, f"{case.code}-{form}")


def _warnings(case: Case, acts: Sequence[rules.Act], calendar: Calendar) -> dict[str, str]:
    """What the person should know before an act: it would come later than the law allows."""
    case_rule_set = case_rules_named(case.rule_set)
    found = {}
    if "ask_supplement" in acts and rules.supplement_is_late(case.received_at, clock.now(), case_rule_set, calendar):
        found["ask_supplement"] = _(
            "Đã quá {days} ngày làm việc từ khi tiếp nhận: yêu cầu bổ sung lúc này được ghi là chậm.",
            days=case_rule_set.clock.supplement_notice_days,
        )
    if "apologise" in acts and rules.apology_is_late(case.due, clock.now(), case_rule_set, calendar):
        found["apologise"] = _(
            "Phải xin lỗi trước hạn ít nhất {days} ngày làm việc: lúc này được ghi là chậm.",
            days=case_rule_set.clock.apology_days,
        )
    return found


def _filter_of(request: HtmlRequest) -> CaseFilter:
    query = request.query_params
    asked = FormReader(query)
    state = asked.choice("trang-thai", _("Trạng thái"), ("open", "all", *rules.STATES), required=False)
    asked.check()
    return CaseFilter(
        state=state or "open",
        mine=bool(query.get("cua-toi")),
        late=bool(query.get("qua-han")),
        one_person=bool(query.get("mot-nguoi")),
        text=rules.scanned_code(query.get("q", ""))[:200],
    )


_EXPORT_HEAD = (
    _("Mã hồ sơ"),
    _("Thủ tục"),
    _("Người nộp"),
    _("Ngày tiếp nhận"),
    _("Hạn trả"),
    _("Trạng thái"),
    _("Tình hình"),
    _("Người giải quyết"),
    _("Cùng một người tiếp nhận và giải quyết"),
)


def _exported_row(line: CaseLine, standing: Badge) -> export.Row:
    case = line.case
    due_on = None if case.state == "supplement" else case.due_on
    state = rules.state_title(case.state)
    said = _("Có") if case.one_person else ""
    who = (case.code, line.procedure, case.applicant_name, case.received_on, due_on)
    return (*who, state, standing.text if standing.text != state else "", line.handler, said)


def _next_path(request: HtmlRequest, following: Cursor | None) -> str:
    if following is None:
        return ""
    return f"/ho-so?{urlencode({**dict(request.query_params), 'sau': str(following)})}"


def _done(request: HtmlRequest, case_id: UUID, notice: str) -> Redirect:
    return redirect(
        request,
        f"/ho-so/{case_id}",
        notice=notice,
        next_label=_("Việc của tôi"),
        next_path="/",
    )
