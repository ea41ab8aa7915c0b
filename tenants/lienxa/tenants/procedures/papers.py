"""What the printed forms of a case show (forms of its rule set; their layout is the office's own).

Every function returns the data of a template: plain text, never markup.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import OrganProfile
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.print import picture_as_svg
from lienxa.platform.rules import case_rules_named
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.tenants.procedures import operations, repository, rules
from lienxa.tenants.procedures.models import Case, Procedure
from lienxa.tenants.procedures.permissions import RECEIVE

# Address of a form -> its code in the rule set.
NOTICES = {"bo-sung": "supplement", "tu-choi": "refusal", "xin-loi": "apology", "dung": "stop"}
CONTROL = "kiem-soat"


def forms_of(case: Case) -> list[tuple[str, str]]:
    """The forms that there is something to say in: pairs of address and name."""
    said = {
        "bo-sung": case.supplement_asked_at is not None,
        "tu-choi": case.state == "refused",
        "xin-loi": case.apologised_at is not None,
        "dung": case.state == "stopped",
    }
    rule_set = case_rules_named(case.rule_set)
    known = {form.code: form.name for form in rule_set.forms}
    found = [(address, known[code]) for address, code in NOTICES.items() if said[address] and code in known]
    return [*found, (CONTROL, known["control"])]


async def receipt(session: TenantSession, actor: Actor, case: Case, procedure: Procedure, host: str) -> dict[str, Any]:
    """The receipt, with the citizen's secret: for the counter alone. `host` is where the citizen looks up."""
    require_receipt(actor, procedure)
    names = await repository.staff_names(session, {case.received_by})
    return {
        **await _head(session, actor, case, procedure, "receipt", clock.legal(case.received_at).date()),
        "papers": list(case.received_papers),
        "time": rules.time_title(procedure.time_value, procedure.time_unit),
        "fee": rules.fee_title(procedure.fee, procedure.fee_note),
        "received_at": moment(case.received_at),
        "due_at": moment(case.due_at),
        "look_up": f"{host}/tra-cuu",
        "secret": operations.secret_of(actor.organ, case),
        "receiver": names.get(case.received_by, ""),
    }


def require_receipt(actor: Actor, procedure: Procedure) -> None:
    """Raise if the actor may not have receipts and what is on them, or cases of that procedure have none."""
    actor.require(RECEIVE)
    if not rules.has_receipt(procedure.time_unit):
        raise NotFound(_("Thủ tục trả ngay không có giấy tiếp nhận."))


async def notice(session: TenantSession, actor: Actor, case: Case, procedure: Procedure, form: str) -> dict[str, Any]:
    """A letter to the citizen: what is missing, why it is refused or stopped, or an apology with the new date."""
    if form not in dict(forms_of(case)) or form == CONTROL:
        raise NotFound
    told_at = {"bo-sung": case.supplement_asked_at, "xin-loi": case.apologised_at}.get(form, case.closed_at)
    assert told_at is not None
    names = await repository.staff_names(session, {case.handler_id, case.received_by})
    return {
        **await _head(session, actor, case, procedure, NOTICES[form], clock.legal(told_at).date()),
        "lines": _lines_of(case, form),
        "writer": names.get(case.handler_id) or names.get(case.received_by, ""),
    }


async def control_slip(
    session: TenantSession, actor: Actor, case: Case, procedure: Procedure, steps: Sequence[TimelineLine]
) -> dict[str, Any]:
    """Who had the case from when to when, with room for their signatures."""
    return {
        **await _head(session, actor, case, procedure, "control", clock.legal(case.received_at).date()),
        "due_at": moment(case.due_at),
        "steps": [
            [str(number), moment(step.at), step.staff_name, step.post_title, step.text, ""]
            for number, step in enumerate(steps, start=1)
        ],
        "outcome": rules.outcome_title(case.outcome) if case.outcome else _("chưa có kết quả"),
        "returned": _("{name}, {when}", name=case.returned_to, when=moment(case.returned_at))
        if case.returned_at
        else "",
    }


def moment(at: datetime | None) -> str:
    """An instant as papers say it: `08 giờ 05, ngày 16/11/2026`."""
    if at is None:
        return ""
    legal = clock.legal(at)
    return _("{hour} giờ {minute}, ngày {day}", hour=f"{legal:%H}", minute=f"{legal:%M}", day=f"{legal:%d/%m/%Y}")


def _lines_of(case: Case, form: str) -> list[str]:
    if form == "bo-sung":
        return [
            _("Để có cơ sở giải quyết, đề nghị ông/bà bổ sung, hoàn thiện những giấy tờ sau:"),
            *case.supplement_request.splitlines(),
            rules.after_supplement_title(case_rules_named(case.rule_set), agreed=case.clock_from is None),
        ]
    if form == "xin-loi":
        return [
            _(
                "Hồ sơ hẹn trả kết quả lúc {first}, đến nay chưa giải quyết xong. Lý do: {reason}",
                first=moment(case.first_due_at),
                reason=case.apology_reason,
            ),
            _(
                "Đơn vị xin lỗi ông/bà về sự chậm trễ này và hẹn lại thời gian trả kết quả: {due}.",
                due=moment(case.due_at),
            ),
        ]
    opening = {
        "tu-choi": _("Qua xem xét, hồ sơ này không được tiếp nhận, giải quyết. Lý do:"),
        "dung": _("Đơn vị dừng giải quyết hồ sơ này. Lý do:"),
    }
    return [opening[form], *case.closing_reason.splitlines()]


async def _head(
    session: TenantSession, actor: Actor, case: Case, procedure: Procedure, form_code: str, day: date
) -> dict[str, Any]:
    rule_set = case_rules_named(case.rule_set)
    form = rule_set.form(form_code)
    organ, profile = actor.organ, await people.profile(session)
    return {
        "title": form.name,
        "form": _("Mẫu số {number}, {source}. Cách trình bày của đơn vị.", number=form.number, source=rule_set.title),
        "organ": rules.issuer_title(actor.face.title or organ.full_name),
        "emblem": await _emblem(session, profile),
        "contact": rules.contact_title(profile.address, profile.phone) if profile else "",
        "one_stop": (await repository.one_stop(session)).name,
        "day": _("{place}, ngày {day} tháng {month} năm {year}", place=organ.name, **_parts(day)),
        "code": case.code,
        "applicant": case.applicant_name,
        "address": case.applicant_address,
        "phone": case.applicant_phone,
        "procedure": f"{procedure.short_name} ({procedure.code})" if procedure.code else procedure.short_name,
        "specimen": organ.demonstration,
        "trial": _("Đơn vị đang chạy song song: sổ theo dõi hồ sơ trên giấy là bản chính.")
        if organ.on_trial(case.received_at) and not organ.is_live
        else "",
    }


async def _emblem(session: TenantSession, profile: OrganProfile | None) -> str | None:
    """The organ's emblem as a drawing (SVG), or None."""
    if profile is None or profile.emblem_id is None:
        return None
    return picture_as_svg(await store.read(session, await session.find(StoredFile, profile.emblem_id)))


def _parts(day: date) -> dict[str, str]:
    """NĐ 30/2020, Appendix I: days below 10 and the months 1 and 2 are written with a leading zero."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return {"day": f"{day.day:02d}", "month": month, "year": str(day.year)}
