"""The operator's pages, on the sign-on host: the organs, adding one, and the operators' trail.

Whatever these pages want done a worker does with the operator's login; this process never has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock, ids, places
from lienxa.platform.audit import operators
from lienxa.platform.doctor.words import lasting
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.module import Opening, OpeningBook, all_modules
from lienxa.platform.operator import additions, batches, dead_letters, organs, passwords, registry, renewals
from lienxa.platform.operator.console import moment
from lienxa.platform.operator.jobs import add_organ, make_demonstration, renew_password
from lienxa.platform.operator.models import OrganAddition, PasswordRenewal
from lienxa.platform.operator.specs import LEVEL_LABELS, OrganSpec, Person, proposed_slug
from lienxa.platform.readiness.phases import PHASES
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE, PARENT_KINDS, PREPARING, host_of
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader, plain
from lienxa.platform.web.page import page, place_asked, redirect

TEMPLATES = Path(__file__).parent / "templates"

KINDS = {"commune": _("Xã"), "township": _("Thị trấn"), "district": _("Huyện"), "province": _("Tỉnh")}
ACTIONS = {
    "operator.added": _("Thêm người vận hành"),
    "operator.removed": _("Cho thôi làm người vận hành"),
    "account.disable_asked": _("Yêu cầu khóa tài khoản"),
    "account.enable_asked": _("Yêu cầu mở lại tài khoản"),
    "account.not_changed": _("Không khóa, không mở lại được tài khoản"),
    "account.disabled": _("Khóa tài khoản"),
    "account.enabled": _("Mở lại tài khoản"),
    "account.password_renewed": _("Cấp lại mật khẩu của tài khoản"),
    "operator.signed_in": _("Đăng nhập"),
    "operator.signed_out": _("Đăng xuất"),
    "operator.sign_on_refused": _("Bị từ chối đăng nhập"),
    "organ.asked": _("Yêu cầu thêm đơn vị"),
    "organ.list_brought": _("Đưa lên danh sách đơn vị"),
    "organ.list_asked": _("Yêu cầu thêm các đơn vị của danh sách"),
    "organ.announced": _("Báo trước đơn vị của dữ liệu minh họa"),
    "organ.added": _("Thêm đơn vị"),
    "organ.not_added": _("Không thêm được đơn vị"),
    "organ.password_shown": _("Xem mật khẩu dùng một lần"),
    "organ.password_asked": _("Yêu cầu mật khẩu mới cho người quản trị"),
    "organ.password_renewed": _("Cấp mật khẩu mới cho người quản trị"),
    "organ.password_not_renewed": _("Không cấp được mật khẩu mới cho người quản trị"),
    "organ.suspend_asked": _("Yêu cầu tạm dừng đơn vị"),
    "organ.suspend_done": _("Tạm dừng đơn vị"),
    "organ.suspend_failed": _("Không làm được: tạm dừng đơn vị"),
    "organ.resume_asked": _("Yêu cầu cho đơn vị hoạt động lại"),
    "organ.resume_done": _("Cho đơn vị hoạt động lại"),
    "organ.resume_failed": _("Không làm được: cho đơn vị hoạt động lại"),
    "organ.move_asked": _("Yêu cầu đổi địa chỉ đơn vị"),
    "organ.move_done": _("Đổi địa chỉ đơn vị"),
    "organ.move_failed": _("Không làm được: đổi địa chỉ đơn vị"),
    "organ.export_asked": _("Yêu cầu xuất dữ liệu đơn vị"),
    "organ.export_done": _("Xuất dữ liệu đơn vị"),
    "organ.export_failed": _("Không làm được: xuất dữ liệu đơn vị"),
    "organ.restore_asked": _("Yêu cầu khôi phục đơn vị từ tệp lưu"),
    "organ.restore_done": _("Khôi phục đơn vị từ tệp lưu"),
    "organ.restore_failed": _("Không làm được: khôi phục đơn vị từ tệp lưu"),
    "organ.erase_asked": _("Yêu cầu quyết định xóa đơn vị"),
    "organ.erase_done": _("Quyết định xóa đơn vị"),
    "organ.erase_failed": _("Không làm được: quyết định xóa đơn vị"),
    "organ.phase_asked": _("Yêu cầu chuyển giai đoạn đơn vị"),
    "organ.phase_done": _("Chuyển giai đoạn đơn vị"),
    "organ.phase_failed": _("Không làm được: chuyển giai đoạn đơn vị"),
    "organ.call_back_asked": _("Yêu cầu rút lại quyết định xóa"),
    "organ.call_back_done": _("Rút lại quyết định xóa"),
    "organ.call_back_failed": _("Không làm được: rút lại quyết định xóa"),
    "organ.merge_asked": _("Yêu cầu sáp nhập đơn vị"),
    "organ.merge_from": _("Tạm dừng để sáp nhập vào đơn vị khác"),
    "organ.merge_into": _("Nhận sáp nhập"),
    "organ.merge_done": _("Sáp nhập đơn vị"),
    "organ.merge_failed": _("Không làm được: sáp nhập đơn vị"),
    "organ.split_asked": _("Yêu cầu chia tách đơn vị"),
    "organ.split_from": _("Tạm dừng để chia tách"),
    "organ.split_into": _("Nhận phần chia tách"),
    "organ.split_done": _("Chia tách đơn vị"),
    "organ.split_failed": _("Không làm được: chia tách đơn vị"),
    "organ.call_off_asked": _("Yêu cầu bỏ việc đang hẹn"),
    "organ.call_off_done": _("Bỏ việc đang hẹn"),
    "organ.call_off_failed": _("Không làm được: bỏ việc đang hẹn"),
    "organ.record_asked": _("Yêu cầu lập biên bản bàn giao"),
    "organ.record_done": _("Lập biên bản bàn giao"),
    "organ.record_failed": _("Không làm được: lập biên bản bàn giao"),
    "organ.record_taken": _("Tải biên bản bàn giao"),
    "organ.succeeded": _("Bàn giao xong giữa hai đơn vị"),
    "organ.restored": _("Ghi đơn vị từ tệp lưu"),
    "organ.erasing": _("Bắt đầu xóa đơn vị"),
    "organ.erased": _("Xóa xong đơn vị"),
    "organ.archive_taken": _("Tải tệp lưu của đơn vị"),
    "organ.go_on": _("Yêu cầu làm tiếp dữ liệu minh họa"),
    "job.retried": _("Chạy lại việc hỏng"),
    "job.given_up": _("Bỏ việc hỏng"),
    "keys.rotated": _("Đổi khóa của hệ thống"),
    "demonstration.filled": _("Tạo dữ liệu minh họa"),
}

PageRequest = Request[Any, Any, State]


@dataclass(frozen=True)
class Step:
    """A step of an addition: `done`, `current` or `later`."""

    title: str
    state: str


@dataclass(frozen=True)
class BookField:
    """The field of a book in the form."""

    name: str
    book: OpeningBook


class OperatorController(Controller):
    """Everything an operator sees."""

    path = OPERATOR_PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/")
    async def organs(self, request: PageRequest, q: FromQuery[str] = "", loi: FromQuery[str] = "") -> Template:
        """The organs of the installation: all, those with `q` in name or address, or (`loi`) those with a fault."""
        words = plain(q)[:100]
        after = place_asked(request, registry.read_place) or ""
        async with request.app.state.database.control() as control:
            among = await organs.faulty(control) if loi else None
            entries = await registry.entries(control, after, words, among)
            standings = await organs.standings(control, [entry.organ.id for entry in entries])
            asked = await additions.recent(control)
            lists = await batches.recent(control)
        settings: Settings = request.app.state.settings
        chosen = {name: value for name, value in (("q", words), ("loi", "1" if loi else "")) if value}
        first = f"{OPERATOR_PATH}?{urlencode(chosen)}" if chosen else OPERATOR_PATH
        following = ""
        if len(entries) == registry.PAGE:
            following = f"{OPERATOR_PATH}?{urlencode({**chosen, 'sau': entries[-1].organ.slug})}"
        return page(
            request,
            "operator/organs.html",
            entries=entries,
            standings=standings,
            lasting=lasting,
            address=settings.address,
            asked=[(addition, additions.spec_of(addition)) for addition in asked if addition.state != "done"],
            lists=[
                (batch, total, still) for batch, total, still in lists if still or batch.state in ("reading", "checked")
            ],
            following=following,
            first=first if after else "",
            words=words,
            only_faulty=bool(loi),
        )

    @get("/them")
    async def form(self, request: PageRequest, tu: FromQuery[UUID | None] = None) -> Template:
        """The form; `tu` is an addition that failed, whose entries stand in it again."""
        values: Mapping[str, Any] = {
            "kind": "commune",
            "term": Opening.term,
            "term_opened": _day(Opening.term_opened_on),
        }
        if tu is not None:
            async with request.app.state.database.control() as control:
                values = _typed(additions.spec_of(await additions.find(control, tu)))
        return await _form(request, values)

    @post("/them", status_code=303)
    async def ask(self, request: PageRequest) -> Redirect | Template:
        """Want the organ; a worker makes it."""
        app, signed = request.app.state, person_of(request)
        sent = await request.form()
        reader = FormReader(sent)
        spec = _read(reader, app.settings)
        key = form_key(sent.get("_once"))
        try:
            async with app.database.control() as control:
                if reader.faults:
                    raise InvalidInput(_together(reader, await additions.faults_in(control, app.settings, spec)))
                await additions.ask(control, app.settings, add_organ, key, (signed.account_id, signed.username), spec)
        except InvalidInput as errors:
            return await _form(request, reader.values, errors)
        return redirect(request, f"{OPERATOR_PATH}/them/{key}")

    @get("/them/{addition_id:str}")
    async def addition(self, request: PageRequest, addition_id: FromPath[UUID]) -> Template:
        """How far it is, and how it ended."""
        async with request.app.state.database.control() as control:
            addition = await additions.find(control, addition_id)
            done = await additions.steps_done(control, addition_id)
        return _addition_page(request, addition, done)

    @post("/them/{addition_id:str}/mat-khau", status_code=200)
    async def show_password(self, request: PageRequest, addition_id: FromPath[UUID]) -> Template:
        """The first administrator's one-time password, once: a form, so that nothing fetches it ahead."""
        app = request.app.state
        async with app.database.control() as control:
            addition = await additions.find(control, addition_id)
            password = await passwords.take(control, app.settings, OrganAddition, addition_id)
            if password:
                operators.note(control, person_of(request).username, "organ.password_shown", addition.tenant_id)
        spec = additions.spec_of(addition)
        return page(
            request,
            "operator/slip.html",
            organ=spec.name,
            full_name=spec.administrator.full_name,
            username=spec.administrator.username,
            password=password,
            address=app.settings.address(spec.host),
            back=f"{OPERATOR_PATH}/them/{addition_id}",
        )

    @get("/don-vi/{slug:str}")
    async def organ(self, request: PageRequest, slug: FromPath[str]) -> Template:
        """One organ: how it stands, and the password of its administrator."""
        async with request.app.state.database.control() as control:
            entry = await registry.entry(control, slug)
            standing = (await organs.standings(control, [entry.organ.id]))[entry.organ.id]
            sign_ons = await organs.sign_ons(control, entry.organ.id)
            dead = await dead_letters.kinds(control, organ_id=entry.organ.id)
            renewal = await renewals.latest(control, entry.organ)
        settings: Settings = request.app.state.settings
        return page(
            request,
            "operator/organ.html",
            entry=entry,
            standing=standing,
            sign_ons=sign_ons,
            dead=dead,
            lasting=lasting,
            moment=moment,
            renewal=renewal,
            phases=PHASES,
            address=settings.address(entry.host),
            level=entry.organ.level_label,
        )

    @post("/don-vi/{slug:str}/lam-tiep", status_code=303)
    async def go_on(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Want what was broken off while the organ was made; a second click wants nothing more."""
        async with request.app.state.database.control() as control:
            entry = await registry.entry(control, slug)
            wanted = await organs.go_on(control, make_demonstration, entry)
            if wanted:
                operators.note(control, person_of(request).username, "organ.go_on", entry.organ.id)
        notice = _("Đã yêu cầu làm tiếp.") if wanted else _("Việc làm tiếp đã nằm trong hàng đợi.")
        return redirect(request, f"{OPERATOR_PATH}/don-vi/{slug}", notice=notice)

    @post("/don-vi/{slug:str}/mat-khau", status_code=303)
    async def ask_for_password(self, request: PageRequest, slug: FromPath[str]) -> Redirect:
        """Want a new one-time password for the organ's administrator; a worker makes it."""
        key = form_key((await request.form()).get("_once"))
        async with request.app.state.database.control() as control:
            entry = await registry.entry(control, slug)
            await renewals.ask(control, renew_password, key, person_of(request).username, entry.organ)
        return redirect(request, f"{OPERATOR_PATH}/mat-khau/{key}")

    @get("/mat-khau/{renewal_id:str}")
    async def renewal(self, request: PageRequest, renewal_id: FromPath[UUID]) -> Template:
        """Whether the new password is there."""
        async with request.app.state.database.control() as control:
            renewal, organ = await renewals.find(control, renewal_id)
        return page(request, "operator/renewal.html", renewal=renewal, organ=organ)

    @post("/mat-khau/{renewal_id:str}/phieu", status_code=200)
    async def show_renewed(self, request: PageRequest, renewal_id: FromPath[UUID]) -> Template:
        """The new password, once."""
        app = request.app.state
        async with app.database.control() as control:
            renewal, organ = await renewals.find(control, renewal_id)
            password = await passwords.take(control, app.settings, PasswordRenewal, renewal_id)
            if password:
                operators.note(control, person_of(request).username, "organ.password_shown", organ.id)
            host = await host_of(control, organ.id)
        return page(
            request,
            "operator/slip.html",
            organ=organ.title,
            full_name=renewal.full_name,
            username=renewal.username,
            password=password,
            address=app.settings.address(host or ""),
            back=f"{OPERATOR_PATH}/don-vi/{organ.slug}",
        )

    @get("/nhat-ky")
    async def trail(self, request: PageRequest) -> Template:
        """What operators did."""
        before = place_asked(request, places.read_id)
        async with request.app.state.database.control() as control:
            events = await operators.latest(control, before=before)
        following = f"{OPERATOR_PATH}/nhat-ky?sau={events[-1].id}" if len(events) == operators.PAGE else ""
        return page(
            request,
            "operator/trail.html",
            events=events,
            actions=ACTIONS,
            following=following,
            first=f"{OPERATOR_PATH}/nhat-ky" if before else "",
        )


def _addition_page(request: PageRequest, addition: OrganAddition, done: set[str]) -> Template:
    settings: Settings = request.app.state.settings
    spec = additions.spec_of(addition)
    return page(
        request,
        "operator/addition.html",
        addition=addition,
        spec=spec,
        steps=_steps(spec, addition, done),
        faults=additions.faults_of(addition),
        address=settings.address(spec.host),
    )


def _steps(spec: OrganSpec, addition: OrganAddition, done: set[str]) -> Sequence[Step]:
    titles = [("registered", _("Đăng ký tên miền và địa chỉ")), ("access", _("Cơ quan, bộ phận, vai trò và chức vụ"))]
    if spec.kind not in PARENT_KINDS:
        titles += [(module.name, module.provides) for module in all_modules() if module.provides]
    titles += [("people", _("Người quản trị đầu tiên")), ("address", _("Địa chỉ {host} trả lời", host=spec.host))]
    reached = done | ({code for code, _title in titles[:-1]} if addition.state in ("added", "done") else set())
    reached |= {"address"} if addition.state == "done" else set()
    missing = next((code for code, _title in titles if code not in reached), "")
    return [
        Step(title, "done" if code in reached else "current" if code == missing else "later") for code, title in titles
    ]


async def _form(request: PageRequest, values: Mapping[str, Any], errors: InvalidInput | None = None) -> Template:
    async with request.app.state.database.control() as control:
        parents = await registry.parents(control)
    settings: Settings = request.app.state.settings
    groups: dict[str, list[BookField]] = {}
    for field in _book_fields():
        groups.setdefault(field.book.heading, []).append(field)
    faulty = {fault.field for fault in errors.fields} if errors else set()
    return page(
        request,
        "operator/add.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        parents=parents,
        kinds=KINDS,
        domain=settings.base_domain,
        by_mail=settings.invite_by_mail,
        groups=[
            (heading, fields, any(values.get(field.name) or field.name in faulty for field in fields))
            for heading, fields in groups.items()
        ],
    )


@cache
def _books_of(_on: date) -> tuple[OpeningBook, ...]:
    return tuple(book for module in all_modules() if module.opening_books for book in module.opening_books())


def _book_fields() -> Iterator[BookField]:
    for number, book in enumerate(_books_of(clock.today()), start=1):
        yield BookField(f"so-{number}", book)


def _read(reader: FormReader, settings: Settings) -> OrganSpec:
    """What was typed; what is left empty follows from the name. The reader holds the faults of what cannot be read."""
    name = reader.text("name", _("Tên đơn vị"), required=True, max=100)
    slug = reader.text("slug", _("Tên miền")) or proposed_slug(name)
    kind = reader.choice("kind", _("Loại đơn vị"), tuple(LEVEL_LABELS))
    level = reader.text("level", _("Tên gọi của cấp"))
    parent = reader.text("parent", _("Đơn vị cấp trên"))
    host = reader.text("host", _("Địa chỉ")).lower() or f"{slug}.{settings.base_domain}"
    full_name = reader.text("full_name", _("Họ và tên người quản trị"), required=True, max=100)
    username = reader.text("username", _("Tên đăng nhập")) or f"quan-tri.{slug}"
    email = reader.text("email", _("Địa chỉ thư"), max=200)
    term = reader.text("term", _("Nhiệm kỳ")) or Opening.term
    opened = reader.day("term_opened", _("Ngày mở nhiệm kỳ"), required=True)
    numbers = {field.book.code: number for field in _book_fields() if (number := _number(reader, field))}
    if kind in PARENT_KINDS and numbers:
        first = next(field for field in _book_fields() if field.book.code in numbers)
        reader.refuse(first.name, _("Đơn vị cấp trên không mở sổ ở đây."), _("Bỏ các số bắt đầu."))
        numbers = {}
    return OrganSpec(
        slug=slug,
        name=name,
        kind=kind,
        level_label=level,
        host=host,
        parent_slug=parent or None,
        administrator=Person(username, full_name, email=email),
        opening=Opening(numbers, term, opened or clock.today()),
        phase=LIVE if reader.checked("live") else PREPARING,
    )


def _together(reader: FormReader, more: Sequence[FieldError]) -> list[FieldError]:
    """The faults of reading and those of what was read, one for a field; a missing name has no consequences."""
    known = {fault.field for fault in reader.faults}
    if "name" in known:
        known |= {field for field in ("slug", "host", "username") if not reader.values[field]}
    return [*reader.faults, *(fault for fault in more if fault.field not in known)]


def _number(reader: FormReader, field: BookField) -> int | None:
    return reader.integer(field.name, field.book.title, min=1, max=999_999)


def _typed(spec: OrganSpec) -> dict[str, Any]:
    """The form's entries from which the spec was read."""
    numbers = {field.name: spec.opening.numbers.get(field.book.code, "") for field in _book_fields()}
    return numbers | {
        "name": spec.name,
        "slug": spec.slug,
        "kind": spec.kind,
        "level": spec.level_label,
        "parent": spec.parent_slug or "",
        "host": spec.host,
        "full_name": spec.administrator.full_name,
        "username": spec.administrator.username,
        "email": spec.administrator.email,
        "live": spec.phase == LIVE,
        "term": spec.opening.term,
        "term_opened": _day(spec.opening.term_opened_on),
    }


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def form_key(typed: Any) -> UUID:
    """The key of the form; one that carries none is a new wish."""
    try:
        return UUID(typed)
    except (AttributeError, TypeError, ValueError):
        return ids.new_id()
