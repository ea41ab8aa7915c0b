"""The operator's pages on which communes are merged or one is split: what is wanted, what would pass, and the word."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import File, Redirect, Template

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.errors import Conflict, FieldError, InvalidInput, NotFound
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.life import planning, previewing, recording, works
from lienxa.platform.life.jobs import carry_out
from lienxa.platform.life.pages import WORKS, PageRequest, key_of, operator_of, want
from lienxa.platform.life.plans import MERGE, SPLIT, USUAL_KIND, USUAL_TERM, Move, NewOrgan, Plan
from lienxa.platform.life.previewing import SYMBOL
from lienxa.platform.operator import registry
from lienxa.platform.operator.specs import LEVEL_LABELS, proposed_slug
from lienxa.platform.tenancy.organs import PARENT_KINDS, Organ, children_of
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect

_TITLES = {MERGE: _("Sáp nhập đơn vị"), SPLIT: _("Chia tách đơn vị")}
_PATHS = {MERGE: "sap-nhap", SPLIT: "chia-tach"}
_NEW = {MERGE: (1,), SPLIT: (1, 2)}
_PERSON, _UNIT, _HALL = "nguoi-", "bo-phan-", "phong-"
_DO = "lam"
_LONGEST_PLAN = 200_000
# Where the form shows what is wrong with a plan.
_FIELDS = {
    MERGE: {"predecessors": "others", "successors": "target", "rest": "target"},
    SPLIT: {"predecessors": "receivers", "successors": "receivers", "rest": "receivers"},
}
_OF_THE_ADMINISTRATOR = re.compile("^(username|full_name)-")


class SuccessionController(Controller):
    """Merging and splitting, from one of the predecessors."""

    path = OPERATOR_PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/don-vi/{slug:str}/sap-nhap")
    async def merging(self, request: PageRequest, slug: FromPath[str]) -> Template:
        """What is to be said of a merger."""
        return await _form(request, slug, MERGE)

    @post("/don-vi/{slug:str}/sap-nhap", status_code=303)
    async def merge(self, request: PageRequest, slug: FromPath[str]) -> Redirect | Template:
        """Merge, if that was pressed on the page of what a merger would move; else show that page."""
        return await _preview_or_do(request, slug, MERGE)

    @get("/don-vi/{slug:str}/chia-tach")
    async def splitting(self, request: PageRequest, slug: FromPath[str]) -> Template:
        """What is to be said of a split."""
        return await _form(request, slug, SPLIT)

    @post("/don-vi/{slug:str}/chia-tach", status_code=303)
    async def split(self, request: PageRequest, slug: FromPath[str]) -> Redirect | Template:
        """Split, if that was pressed on the page of what a split would move; else show that page."""
        return await _preview_or_do(request, slug, SPLIT)

    @post("/viec-don-vi/{work_id:str}/lam-tiep", status_code=303)
    async def go_on(self, request: PageRequest, work_id: FromPath[UUID]) -> Redirect:
        """Take a merger or a split up again that has failed: what is done stays."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
        if not planning.may_go_on(work):
            raise NotFound
        return await want(request, work.kind, work.tenant_id, **work.wanted)

    @post("/viec-don-vi/{work_id:str}/bo", status_code=303)
    async def give_up(self, request: PageRequest, work_id: FromPath[UUID]) -> Redirect:
        """Give up one that waits for its day and has not begun."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
        if work.kind not in planning.KINDS:
            raise NotFound
        return await want(request, "call_off", work.tenant_id, work=str(work_id))

    @post("/viec-don-vi/{work_id:str}/bien-ban", status_code=303)
    async def want_record(self, request: PageRequest, work_id: FromPath[UUID]) -> Redirect:
        """Want the record of a merger or a split that is done."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
        if work.kind not in planning.KINDS or work.state != "done":
            raise NotFound
        return await want(request, "record", work.tenant_id, work=str(work_id))

    @get("/viec-don-vi/{work_id:str}/bien-ban", opt={SENT_AS_IT_IS: True})
    async def record(self, request: PageRequest, work_id: FromPath[UUID]) -> File:
        """The record that was made; the trail says who took it."""
        async with request.app.state.database.control() as control:
            work = await works.find(control, work_id)
            path = recording.path_of(work_id)
            if work.kind != "record" or work.state != "done" or not path.is_file():
                raise NotFound
            operators.note(control, operator_of(request), "organ.record_taken", work.tenant_id)
        name = "bien-ban-ban-giao.pdf"
        return File(path, filename=name, media_type="application/pdf", headers={"cache-control": "no-store"})


async def _siblings(request: PageRequest, slug: str) -> tuple[registry.Entry, Mapping[str, str]]:
    """The organ, and the names of those at work beside it, below the same parent, by their slugs."""
    async with request.app.state.database.control() as control:
        entry = await registry.entry(control, slug)
        if entry.organ.is_parent or entry.organ.parent_id is None:
            raise NotFound
        beside = await children_of(control, entry.organ.parent_id)
    return entry, {organ.slug: organ.title for organ in beside if _may_receive(organ, entry.organ)}


def _may_receive(organ: Organ, predecessor: Organ) -> bool:
    return organ.id != predecessor.id and organ.state == "active" and not organ.is_parent


async def _form(
    request: PageRequest,
    slug: str,
    kind: str,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    entry, beside = await _siblings(request, slug)
    administrators = {f"administrator-{number}": f"quan-tri.{slug}" for number in _NEW[kind]}
    return page(
        request,
        "life/merge.html" if kind == MERGE else "life/split.html",
        status=422 if errors else 200,
        title=_TITLES[kind],
        entry=entry,
        beside=beside,
        new=_NEW[kind],
        kinds={code: label.capitalize() for code, label in LEVEL_LABELS.items() if code not in PARENT_KINDS},
        values=values or {"from_day": f"{clock.today():%d/%m/%Y}", **administrators},
        errors=errors,
        domain=request.app.state.settings.base_domain,
    )


async def _preview_or_do(request: PageRequest, slug: str, kind: str) -> Redirect | Template:
    """The preview of what was typed, or of a plan that was shown before with other choices; or the act itself."""
    reader = FormReader(await request.form())
    try:
        plan = _chosen(reader, slug, kind) or _typed(reader, slug, kind, request.app.state.settings.base_domain)
        if not reader.checked(_DO):
            return await _shown(request, slug, plan)
        return await _do(request, slug, plan, reader)
    except InvalidInput as errors:
        return await _form(request, slug, kind, reader.values, _in_the_form(kind, errors))


async def _shown(request: PageRequest, slug: str, plan: Plan, said: Sequence[FieldError] = ()) -> Template:
    entry, _beside = await _siblings(request, slug)
    found = await previewing.preview(request.app.state.database, plan)
    faults = [*found.faults, *said]
    return page(
        request,
        "life/succession_preview.html",
        status=422 if faults else 200,
        title=_TITLES[plan.kind],
        entry=entry,
        here=f"{OPERATOR_PATH}/don-vi/{slug}/{_PATHS[plan.kind]}",
        plan=plan,
        split=plan.kind == SPLIT,
        plan_text=msgspec.json.encode(plan).decode(),
        preview=found,
        moves=_moves(found.names),
        values=_written(plan, found),
        errors=InvalidInput(faults) if faults else None,
        do=_DO,
        prefixes={"person": _PERSON, "unit": _UNIT, "hall": _HALL, "symbol": SYMBOL},
        later=plan.from_day > clock.today(),
    )


async def _do(request: PageRequest, slug: str, plan: Plan, reader: FormReader) -> Redirect | Template:
    if reader.text("confirm", "") != slug:
        said = FieldError("confirm", _("Tên miền gõ lại không khớp."), _("Gõ đúng: {slug}", slug=slug))
        return await _shown(request, slug, plan, [said])
    database = request.app.state.database
    if (await previewing.preview(database, plan)).faults:
        return await _shown(request, slug, plan)
    key = key_of(reader.text("_once", ""))
    try:
        await planning.want(database, carry_out, key, plan, operator_of(request))
    except Conflict as refused:
        return await _shown(request, slug, plan, [FieldError("confirm", refused.message, refused.remedy)])
    return redirect(request, f"{WORKS}/{key}")


def _in_the_form(kind: str, errors: InvalidInput) -> InvalidInput:
    """The same faults under the names that the fields have there."""
    named = [
        replace(fault, field=_OF_THE_ADMINISTRATOR.sub("administrator-", _FIELDS[kind].get(fault.field, fault.field)))
        for fault in errors.fields
    ]
    return InvalidInput(named)


# What was typed and chosen -------------------------------------------------------------------------------------------


def _typed(reader: FormReader, slug: str, kind: str, domain: str) -> Plan:
    """The plan as the first page says it; `InvalidInput` with every fault."""
    from_day = reader.day("from_day", _("Ngày bắt đầu"), required=True) or clock.today()
    if kind == MERGE:
        others = reader.texts("others")
        target = reader.text("target", _("Đơn vị nhận"))
        new = [] if target else [_new_organ(reader, 1, domain)]
        successors = [target] if target else [new[0].slug]
        predecessors = [one for one in dict.fromkeys((slug, *others)) if one != target]
        if not target and len(predecessors) < 2:
            said = _("Chưa chọn đơn vị sáp nhập cùng.")
            reader.refuse("others", said, _("Chọn ít nhất một đơn vị, hoặc chọn đơn vị nhận đã có."))
    else:
        new = [_new_organ(reader, number, domain) for number in _NEW[SPLIT] if reader.text(f"name-{number}", "")]
        for number in _NEW[SPLIT]:  # shown again as they were typed, used or not
            _new_organ(reader, number, domain, required=False)
        predecessors, successors = [slug], [*reader.texts("receivers"), *(one.slug for one in new)]
        if len(successors) < 2:
            said = _("Chia tách cần ít nhất hai đơn vị nhận.")
            reader.refuse("receivers", said, _("Chọn đơn vị đã có, hoặc đặt tên đơn vị mới."))
    reader.check()
    return Plan(predecessors, successors, from_day, successors[0], new)


def _new_organ(reader: FormReader, number: int, domain: str, *, required: bool = True) -> NewOrgan:
    name = reader.text(f"name-{number}", _("Tên đơn vị mới"), required=required, max=100)
    slug = reader.text(f"slug-{number}", _("Tên miền")).lower() or proposed_slug(name)
    host = reader.text(f"host-{number}", _("Địa chỉ")).lower() or f"{slug}.{domain}"
    return NewOrgan(
        slug=slug,
        name=name,
        host=host,
        administrator=reader.text(f"administrator-{number}", _("Tên đăng nhập của người quản trị"), required=required),
        kind=reader.text(f"kind-{number}", _("Loại đơn vị")) or USUAL_KIND,
        level_label=reader.text(f"level-{number}", _("Tên gọi của cấp"), max=100),
        term=reader.text(f"term-{number}", _("Nhiệm kỳ")) or USUAL_TERM,
    )


def _chosen(reader: FormReader, slug: str, kind: str) -> Plan | None:
    """The plan that the second page carries, with what was chosen there on it; None if it carries none."""
    written = reader.text("plan", "", max=_LONGEST_PLAN)
    if not written:
        return None
    try:
        plan = msgspec.json.decode(written, type=Plan)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise NotFound from None
    if plan.kind != kind or slug not in plan.predecessors:
        raise NotFound
    people = {thing: move for thing, typed in _each(reader, _PERSON).items() if (move := _move(typed)) is not None}
    symbols = {code: typed for code, typed in _each(reader, SYMBOL).items() if typed}
    return msgspec.structs.replace(
        plan,
        people=people,
        symbols=symbols,
        rest=reader.text("rest", _("Nơi nhận phần còn lại")) or plan.rest,
        units=_but_the_rest(_each(reader, _UNIT)),
        things=_but_the_rest(_each(reader, _HALL)),
    )


def _each(reader: FormReader, prefix: str) -> dict[str, str]:
    """What was sent in the fields with this prefix, by what follows it."""
    names = [name for name in reader.fields() if name.startswith(prefix)]
    return {name.removeprefix(prefix): reader.text(name, "") for name in names}


def _but_the_rest(chosen: Mapping[str, str]) -> dict[str, str]:
    return {thing: to for thing, to in chosen.items() if to}


def _written(plan: Plan, found: previewing.Preview) -> dict[str, str]:
    """What the fields of the second page show."""
    values = {"rest": plan.rest}
    values |= {f"{_UNIT}{unit.id}": plan.units.get(str(unit.id), "") for unit in found.units}
    values |= {f"{_HALL}{hall.id}": plan.things.get(str(hall.id), "") for hall in found.halls}
    values |= {f"{SYMBOL}{unit.code}": unit.symbol for unit in found.symbols}
    for mover in found.movers:
        said = plan.people.get(str(mover.id))
        values[f"{_PERSON}{mover.id}"] = "" if said is None else f"{said.to}|{int(said.posts)}" if said.to else "|"
    return values


def _move(typed: str) -> Move | None:
    """Where a person goes; None if nothing is said of them."""
    if not typed:
        return None
    to, _bar, posts = typed.partition("|")
    return Move(to, posts != "0")


def _moves(names: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """What may be chosen for a person beside going where their unit goes, with their posts."""
    if len(names) == 1:
        return [(f"{next(iter(names))}|0", _("Sang, chưa giao chức vụ")), ("|", _("Không sang"))]
    found = []
    for slug, name in names.items():
        found.append((f"{slug}|1", _("Sang {name}, giữ chức vụ", name=name)))
        found.append((f"{slug}|0", _("Sang {name}, chưa giao chức vụ", name=name)))
    return [*found, ("|", _("Không sang"))]
