"""The verbs of the office: showing a thing to somebody; and what its administrator sets up.

What an administrator changes holds at the next request of everybody, because membership is read with each. A form
carries the `version` of what it shows: who saves over somebody else's change is told, and nothing is overwritten.
"""

from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import grants, staffing
from lienxa.platform.access.actor import Actor, vietnamese_sort_key
from lienxa.platform.access.models import (
    AccessGrant,
    Appointment,
    Body,
    OrganProfile,
    Post,
    Role,
    Staff,
    Unit,
)
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.content import PNG
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.provisioning import ProvisionedPerson
from lienxa.platform.module import Shareable, Thing, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.office import repository, rules
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import BodyEntry, PostEntry, ProfileEntry, Showing, UnitEntry

Kept = TypeVar("Kept", Body, Unit, Post, Staff)


async def thing_seen(session: TenantSession, actor: Actor, kind: str, thing_id: UUID) -> Thing:
    """The thing, if there are such things and the person sees this one; else `NotFound`."""
    return await _kind(kind).find(session, actor, thing_id)


def _kind(kind: str) -> Shareable:
    found = [shareable for module in all_modules() for shareable in module.shareable if shareable.kind == kind]
    if not found:
        raise NotFound
    return found[0]


async def grant(session: TenantSession, actor: Actor, kind: str, thing_id: UUID, showing: Showing) -> AccessGrant:
    """Show a thing that the person sees to somebody else, until a day; it is written into the thing's trail.

    `InvalidInput` on `to`: nobody such here, they were granted it already, or a unit for a paper of the Party, which
    only somebody named may see. `InvalidInput` on `ends_on`: a day that is over.
    """
    actor.require(grants.GRANT)
    thing = await thing_seen(session, actor, kind, thing_id)
    to = await _name_of(session, showing)
    if showing.unit_id is not None and (await session.find(Body, thing.body_id)).system == "party":
        raise InvalidInput.of(
            "to",
            _("Văn bản, cuộc họp của Đảng ủy và UBKT không mở cho cả một bộ phận."),
            _("Chọn từng người được xem."),
        )
    if showing.ends_on is not None and showing.ends_on < clock.today():
        raise InvalidInput.of("ends_on", _("Ngày này đã qua."), _("Nhập hôm nay hoặc một ngày sau, hoặc để trống."))
    if await grants.live(session, kind, thing_id, staff_id=showing.staff_id, unit_id=showing.unit_id):
        raise InvalidInput.of("to", _("{to} đang được xem.", to=to), _("Thôi cho xem trước, nếu cần đổi thời hạn."))
    made = AccessGrant(
        kind=kind,
        thing_id=thing_id,
        staff_id=showing.staff_id,
        unit_id=showing.unit_id,
        ends_on=showing.ends_on,
        reason=showing.reason,
        granted_by=actor.staff_id,
        granted_at=clock.now(),
    )
    session.add(made)
    until = _("đến hết {day:%d/%m/%Y}", day=showing.ends_on) if showing.ends_on else _("không thời hạn")
    told = {"to": to, "until": until, "reason": showing.reason}
    trail.record(session, actor, "office.grant", kind, thing_id, told)
    await session.flush()
    return made


async def revoke(session: TenantSession, actor: Actor, kind: str, thing_id: UUID, grant_id: UUID) -> None:
    """Take a grant of a thing that the person sees back; `Conflict` if it ended before."""
    actor.require(grants.GRANT)
    await thing_seen(session, actor, kind, thing_id)
    found = await session.find(AccessGrant, grant_id, lock=True)
    if (found.kind, found.thing_id) != (kind, thing_id):
        raise NotFound
    if found.revoked_at is not None:
        raise Conflict(_("Việc cho xem này đã thôi từ trước."), remedy=_("Mở lại trang để xem danh sách mới."))
    found.revoked_by, found.revoked_at = actor.staff_id, clock.now()
    to = await _name_of(session, Showing(found.staff_id, found.unit_id, None, ""))
    trail.record(session, actor, "office.revoke", kind, thing_id, {"to": to})
    await session.flush()


async def _name_of(session: TenantSession, showing: Showing) -> str:
    try:
        if showing.staff_id is not None:
            return (await staffing.person(session, showing.staff_id)).full_name
        if showing.unit_id is not None:
            return (await session.find(Unit, showing.unit_id)).name
    except NotFound:
        pass
    raise InvalidInput.of("to", _("Người được xem không có trong danh sách."), _("Chọn lại trong danh sách."))


# --- Bodies and units -----------------------------------------------------------------------------------------------


async def change_body(session: TenantSession, actor: Actor, body_id: UUID, version: int, entry: BodyEntry) -> Body:
    """Name a body, give it its symbol and place, use it or not. Numbers that were given keep their symbol."""
    actor.require(ADMINISTRATE)
    body = await _as_shown(session, Body, body_id, version)
    await _check_free(session, Body, entry.name, entry.symbol, besides=body_id)
    told = rules.changes(
        (_("tên"), body.name, entry.name),
        (_("ký hiệu"), body.symbol, entry.symbol),
        (_("thứ tự"), body.position, entry.position),
        (_("đang dùng"), _yes(body.in_use), _yes(entry.in_use)),
    )
    body.name, body.symbol, body.position, body.in_use = entry.name, entry.symbol, entry.position, entry.in_use
    await _record(session, actor, "change_body", body, told)
    return body


async def add_unit(session: TenantSession, actor: Actor, entry: UnitEntry) -> Unit:
    """Open a unit."""
    actor.require(ADMINISTRATE)
    await _check_free(session, Unit, entry.name, entry.symbol)
    code = await repository.free_code(session, Unit, rules.code_of(entry.name))
    unit = Unit(code=code, name=entry.name, symbol=entry.symbol, position=entry.position)
    session.add(unit)
    await session.flush()
    await _record(session, actor, "add_unit", unit, _("Lập bộ phận {name}", name=entry.name))
    return unit


async def change_unit(session: TenantSession, actor: Actor, unit_id: UUID, version: int, entry: UnitEntry) -> Unit:
    """Name a unit, give it its symbol and place."""
    actor.require(ADMINISTRATE)
    unit = await _as_shown(session, Unit, unit_id, version)
    await _check_free(session, Unit, entry.name, entry.symbol, besides=unit_id)
    told = rules.changes(
        (_("tên"), unit.name, entry.name),
        (_("ký hiệu"), unit.symbol, entry.symbol),
        (_("thứ tự"), unit.position, entry.position),
    )
    unit.name, unit.symbol, unit.position = entry.name, entry.symbol, entry.position
    await _record(session, actor, "change_unit", unit, told)
    return unit


async def close_unit(session: TenantSession, actor: Actor, unit_id: UUID, version: int) -> Unit:
    """Close a unit that has no open posts any more; `Conflict` otherwise."""
    actor.require(ADMINISTRATE)
    unit = await _as_shown(session, Unit, unit_id, version)
    if unit.closed_on is not None:
        raise _already()
    if await repository.has_posts(session, unit_id):
        raise Conflict(
            _("Bộ phận này còn chức vụ."), remedy=_("Chuyển hoặc bỏ các chức vụ của bộ phận trước, rồi đóng bộ phận.")
        )
    unit.closed_on = clock.today()
    await _record(session, actor, "close_unit", unit, _("Đóng bộ phận"))
    return unit


async def reopen_unit(session: TenantSession, actor: Actor, unit_id: UUID, version: int) -> Unit:
    """Open a closed unit again."""
    actor.require(ADMINISTRATE)
    unit = await _as_shown(session, Unit, unit_id, version)
    if unit.closed_on is None:
        raise _already()
    await _check_free(session, Unit, unit.name, unit.symbol, besides=unit_id)
    unit.closed_on = None
    await _record(session, actor, "reopen_unit", unit, _("Mở lại bộ phận"))
    return unit


async def _check_free(
    session: TenantSession, model: type[Body] | type[Unit], name: str, symbol: str, *, besides: UUID | None = None
) -> None:
    if await repository.is_taken(session, model, "name", name, besides):
        raise InvalidInput.of("name", _("Đã có “{name}”.", name=name), _("Chọn tên khác."))
    if await repository.is_taken(session, model, "symbol", symbol, besides):
        raise InvalidInput.of("symbol", _("Ký hiệu “{symbol}” đã dùng.", symbol=symbol), _("Chọn ký hiệu khác."))


# --- Posts and their holders in time --------------------------------------------------------------------------------


async def add_post(session: TenantSession, actor: Actor, entry: PostEntry) -> Post:
    """Create a post; nobody holds it yet."""
    actor.require(ADMINISTRATE)
    await _check_post(session, entry)
    code = await repository.free_code(session, Post, rules.code_of(entry.title))
    post = Post(code=code, **vars(entry))
    session.add(post)
    await session.flush()
    await _record(session, actor, "add_post", post, _("Lập chức vụ {title}", title=entry.title))
    return post


async def change_post(session: TenantSession, actor: Actor, post_id: UUID, version: int, entry: PostEntry) -> Post:
    """Change what a post is called, where it stands and what its holders may do, from the next request on."""
    actor.require(ADMINISTRATE)
    await repository.lock_administration(session)
    post = await _as_shown(session, Post, post_id, version)
    await _check_post(session, entry)
    told = rules.changes(
        (_("tên"), post.title, entry.title),
        (_("bộ phận"), await _title(session, Unit, post.unit_id), await _title(session, Unit, entry.unit_id)),
        (_("cơ quan"), await _title(session, Body, post.body_id), await _title(session, Body, entry.body_id)),
        (_("quyền"), await _title(session, Role, post.role_id), await _title(session, Role, entry.role_id)),
        (_("đứng đầu bộ phận"), _yes(post.heads_unit), _yes(entry.heads_unit)),
        (_("thứ tự"), post.position, entry.position),
    )
    for field, value in vars(entry).items():
        setattr(post, field, value)
    await _record(session, actor, "change_post", post, told)
    await _keep_an_administrator(session, clock.today())
    return post


async def close_post(session: TenantSession, actor: Actor, post_id: UUID, version: int) -> Post:
    """Do away with a post that nobody holds today or later; `Conflict` otherwise."""
    actor.require(ADMINISTRATE)
    post = await _as_shown(session, Post, post_id, version)
    if post.closed_on is not None:
        raise _already()
    if await repository.is_held(session, post_id, clock.today()):
        raise Conflict(_("Chức vụ này còn người giữ."), remedy=_("Cho thôi giữ chức vụ trước, rồi bỏ chức vụ."))
    post.closed_on = clock.today()
    await _record(session, actor, "close_post", post, _("Bỏ chức vụ"))
    return post


async def appoint(
    session: TenantSession,
    actor: Actor,
    post_id: UUID,
    staff_id: UUID,
    held_from: date,
    held_to: date | None,
    *,
    together: bool = False,
    signing_title: str = "",
) -> Appointment:
    """Let a person hold a post from a day, to a day or without an end; both may lie in the future.

    `signing_title` is how the post is written under this person's signature, if not as it is called.
    `together`: it is known that somebody else holds a post that is meant for one. `InvalidInput` names the field:
    `post`, `staff`, `held_from`, `held_to`, `together`.
    """
    actor.require(ADMINISTRATE)
    post, made, told = await let_hold(
        session, post_id, staff_id, held_from, held_to, together=together, signing_title=signing_title
    )
    await _record(session, actor, "appoint", post, told)
    return made


async def let_hold(
    session: TenantSession,
    post_id: UUID,
    staff_id: UUID,
    held_from: date,
    held_to: date | None,
    *,
    together: bool = False,
    signing_title: str = "",
) -> tuple[Post, Appointment, str]:
    """What `appoint` does, for who has the right to it or agreed to what was offered; and how the trail tells of it."""
    post = await open_post(session, post_id)
    person = await _person(session, staff_id)
    if held_to is not None and held_to < held_from:
        raise InvalidInput.of("held_to", _("Ngày thôi giữ trước ngày bắt đầu."), _("Nhập ngày sau, hoặc để trống."))
    if person.left_on is not None and (held_to or date.max) > person.left_on:
        raise InvalidInput.of(
            "staff",
            _("{name} nghỉ từ sau ngày {day:%d/%m/%Y}.", name=person.full_name, day=person.left_on),
            _("Nếu người này trở lại làm việc, ghi nhận ở trang của người đó trước."),
        )
    if held := await repository.overlapping(session, staff_id, post_id, held_from, held_to):
        raise InvalidInput.of(
            "staff",
            _("{name} giữ chức vụ này {when}.", name=person.full_name, when=rules.span(held.held_from, held.held_to)),
            _("Chọn thời gian khác, hoặc cho thôi giữ trước."),
        )
    if not together:
        await refuse_second_holder(session, post, staff_id, held_from, held_to)
    made = Appointment(
        staff_id=staff_id, post_id=post_id, held_from=held_from, held_to=held_to, signing_title=signing_title
    )
    session.add(made)
    await session.flush()
    told = _("{name} giữ chức vụ {when}", name=person.full_name, when=rules.span(held_from, held_to))
    if signing_title:
        told = _("{told}, ký với chức vụ “{title}”", told=told, title=signing_title)
    return post, made, told


async def open_post(session: TenantSession, post_id: UUID) -> Post:
    """The post, locked; `InvalidInput` on `post` if it was done away with."""
    post = await session.find(Post, post_id, lock=True)
    if post.closed_on is not None:
        raise InvalidInput.of("post", _("Chức vụ này đã bỏ."), _("Chọn chức vụ khác."))
    return post


async def change_signing_title(
    session: TenantSession, actor: Actor, appointment_id: UUID, signing_title: str
) -> Appointment:
    """Say how a holder's post is written under their signature from now on; empty: as the post is called.

    Papers that were signed keep what they bear. `Conflict` if the person holds the post no longer.
    """
    actor.require(ADMINISTRATE)
    held = await session.find(Appointment, appointment_id, lock=True)
    if held.held_to is not None and held.held_to < clock.today():
        raise Conflict(_("Người này đã thôi giữ chức vụ từ trước."), remedy=_("Mở lại trang để xem danh sách mới."))
    post, person = await session.find(Post, held.post_id), await session.find(Staff, held.staff_id)
    before, held.signing_title = held.signing_title or post.title, signing_title
    told = rules.changes((_("chức vụ ghi khi ký"), before, signing_title or post.title))
    await _record(session, actor, "signing_title", post, f"{person.full_name}: {told}")
    return held


async def refuse_second_holder(
    session: TenantSession, post: Post, staff_id: UUID | None, since: date, until: date | None
) -> None:
    """`InvalidInput` on `together` if the post is meant for one and somebody else holds it at that time."""
    role = await session.find(Role, post.role_id)
    if not rules.held_by_one(role.code, post.title, heads_unit=post.heads_unit):
        return
    if others := await repository.others_holding(session, post.id, staff_id, since, until):
        raise InvalidInput.of(
            "together",
            _("{names} cũng giữ chức vụ này trong thời gian đó.", names=", ".join(others)),
            _("Ghi ngày thôi giữ của người trước, hoặc đánh dấu ô này nếu đúng là cùng giữ."),
        )


async def end_appointment(session: TenantSession, actor: Actor, appointment_id: UUID, last_day: date) -> Appointment:
    """Let an appointment end on its last day; `InvalidInput` on `last_day`, `Conflict` if nobody would administrate."""
    actor.require(ADMINISTRATE)
    await repository.lock_administration(session)
    held = await session.find(Appointment, appointment_id, lock=True)
    if last_day < held.held_from:
        raise InvalidInput.of(
            "last_day",
            _("Ngày này trước ngày bắt đầu giữ chức vụ ({day:%d/%m/%Y}).", day=held.held_from),
            _("Nhập ngày sau, hoặc hủy bổ nhiệm nếu chưa bắt đầu."),
        )
    if held.held_to is not None and held.held_to < clock.today():
        raise Conflict(_("Người này đã thôi giữ chức vụ từ trước."), remedy=_("Mở lại trang để xem danh sách mới."))
    held.held_to = last_day
    post, person = await session.find(Post, held.post_id), await session.find(Staff, held.staff_id)
    told = _("{name} thôi giữ chức vụ, ngày cuối {day:%d/%m/%Y}", name=person.full_name, day=last_day)
    await _record(session, actor, "end_appointment", post, told)
    await _keep_an_administrator(session, last_day + timedelta(days=1))
    return held


async def cancel_appointment(session: TenantSession, actor: Actor, appointment_id: UUID) -> Post:
    """Take back an appointment that has not begun; `Conflict` if it has."""
    actor.require(ADMINISTRATE)
    await repository.lock_administration(session)
    held = await session.find(Appointment, appointment_id, lock=True)
    if held.held_from <= clock.today():
        raise Conflict(_("Việc giữ chức vụ này đã bắt đầu."), remedy=_("Cho thôi giữ chức vụ bằng ngày cuối."))
    post, person = await session.find(Post, held.post_id), await session.find(Staff, held.staff_id)
    when = rules.span(held.held_from, held.held_to)
    await session.delete(held)
    told = _("Hủy bổ nhiệm {name} ({when})", name=person.full_name, when=when)
    await _record(session, actor, "cancel_appointment", post, told)
    await _keep_an_administrator(session, held.held_from)
    return post


async def _check_post(session: TenantSession, entry: PostEntry) -> None:
    unit = await session.get(Unit, (session.tenant_id, entry.unit_id))
    if unit is None or unit.closed_on is not None:
        raise InvalidInput.of("unit", _("Bộ phận không có trong danh sách."), _("Chọn lại trong danh sách."))
    if entry.body_id is not None and await session.get(Body, (session.tenant_id, entry.body_id)) is None:
        raise InvalidInput.of("body", _("Cơ quan không có trong danh sách."), _("Chọn lại trong danh sách."))
    if await session.get(Role, (session.tenant_id, entry.role_id)) is None:
        raise InvalidInput.of("role", _("Quyền không có trong danh sách."), _("Chọn lại trong danh sách."))


async def _person(session: TenantSession, staff_id: UUID) -> Staff:
    try:
        return await staffing.person(session, staff_id, lock=True)
    except NotFound:
        raise InvalidInput.of(
            "staff", _("Người này không có trong danh sách cán bộ."), _("Chọn lại trong danh sách.")
        ) from None


async def _keep_an_administrator(session: TenantSession, day: date) -> None:
    """Nobody takes the last administrator away, for any day from now on."""
    await session.flush()
    if not await repository.has_administrator(session, max(day, clock.today())):
        raise Conflict(
            _("Như vậy đơn vị không còn người quản trị."),
            remedy=_("Giao chức vụ quản trị, không ghi ngày thôi giữ, cho một người khác trước."),
        )


# --- Staff ----------------------------------------------------------------------------------------------------------


async def enrol(
    session: TenantSession,
    actor: Actor,
    local_name: str,
    full_name: str,
    post_id: UUID | None,
    held_from: date,
    *,
    together: bool = False,
    email: str = "",
) -> tuple[Staff, ProvisionedPerson]:
    """A new person with an account and a password that serves once, holding a post from a day on if one is named.

    With an `email` they are invited there where the installation sends mail. The name of the organ may follow the local
    name. `InvalidInput` names the field: `username`, `full_name`, `email`, `post`, `together` (see `appoint`).
    """
    actor.require(ADMINISTRATE)
    if post_id is not None and not together:  # before the issuer makes an account
        await refuse_second_holder(session, await session.find(Post, post_id), None, held_from, None)
    local_name = local_name.removesuffix(f".{actor.organ.slug}")
    if email and not enrolment.is_mail_address(email):
        raise InvalidInput.of("email", *enrolment.ODD_MAIL_ADDRESS)
    account = await enrolment.enrol(session, actor.organ, local_name, full_name, email)
    person = await staffing.add_staff(session, account.account_id, full_name)
    told = _("Thêm cán bộ {name}, tên đăng nhập {username}", name=full_name, username=account.username)
    await _record(session, actor, "enrol", person, told)
    if post_id is not None:
        await appoint(session, actor, post_id, person.id, held_from, None, together=together)
    return person, account


async def rename(session: TenantSession, actor: Actor, staff_id: UUID, version: int, full_name: str) -> Staff:
    """Correct a name; papers and the trail keep the name under which things were done."""
    actor.require(ADMINISTRATE)
    person = await _as_shown(session, Staff, staff_id, version)
    told = rules.changes((_("họ và tên"), person.full_name, full_name))
    person.full_name, person.sort_key = full_name, vietnamese_sort_key(full_name)
    await _record(session, actor, "rename", person, told)
    return person


async def note_certificate(
    session: TenantSession, actor: Actor, staff_id: UUID, version: int, ends_on: date | None
) -> Staff:
    """Write down until when a person's signing certificate is good; None: they have none."""
    actor.require(ADMINISTRATE)
    person = await _as_shown(session, Staff, staff_id, version)
    told = rules.changes((_("ngày hết hạn chứng thư"), _day(person.certificate_ends_on), _day(ends_on)))
    person.certificate_ends_on = ends_on
    await _record(session, actor, "note_certificate", person, told)
    return person


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else _("chưa ghi")


async def suspend(session: TenantSession, actor: Actor, staff_id: UUID, version: int, reason: str) -> Staff:
    """Shut a person out at once until they are let in again; their sessions end, their posts stay theirs."""
    actor.require(ADMINISTRATE)
    await repository.lock_administration(session)
    person = await _as_shown(session, Staff, staff_id, version)
    if person.suspended_on is not None:
        raise _already()
    if person.id == actor.staff_id:
        raise Conflict(_("Không tự tạm ngừng chính mình được."), remedy=_("Nhờ người quản trị khác."))
    person.suspended_on = clock.today()
    await enrolment.shut_out(session, person)
    await _record(session, actor, "suspend", person, _("Tạm ngừng truy cập. Lý do: {reason}", reason=reason))
    await _keep_an_administrator(session, clock.today())
    return person


async def readmit(session: TenantSession, actor: Actor, staff_id: UUID, version: int) -> Staff:
    """Let a person in again who was suspended or had left; posts that ended stay ended.

    `Conflict` if they serve other organs alone by now: whoever does is invited, and comes back once they agree.
    """
    actor.require(ADMINISTRATE)
    person = await _as_shown(session, Staff, staff_id, version)
    if person.suspended_on is None and person.left_on is None:
        raise _already()
    gone = not await enrolment.serves_here(session, person.account_id)
    if gone and await enrolment.serves_others(session, person.account_id):
        raise Conflict(
            _("{name} nay làm việc ở đơn vị khác, nên chỉ trở lại khi đồng ý.", name=person.full_name),
            remedy=_("Mời người này ở trang “Mời người đã có tài khoản”."),
        )
    await enrolment.rejoin(session, person.account_id)
    person.suspended_on = person.left_on = None
    await _record(session, actor, "readmit", person, _("Trở lại làm việc"))
    return person


async def leave(session: TenantSession, actor: Actor, staff_id: UUID, version: int, last_day: date) -> Staff:
    """Let a person leave after a day, today or later: every post ends with it, what would begin later is dropped."""
    actor.require(ADMINISTRATE)
    await repository.lock_administration(session)
    person = await _as_shown(session, Staff, staff_id, version)
    if last_day < clock.today():
        raise InvalidInput.of(
            "last_day", _("Ngày này đã qua."), _("Nhập ngày làm việc cuối cùng: hôm nay hoặc một ngày sau.")
        )
    for held in await repository.appointments_after(session, staff_id, last_day):
        if held.held_from > last_day:
            await session.delete(held)
        else:
            held.held_to = last_day
    person.left_on = last_day
    await _record(session, actor, "leave", person, _("Nghỉ việc, ngày cuối {day:%d/%m/%Y}", day=last_day))
    await _keep_an_administrator(session, last_day + timedelta(days=1))
    return person


async def release_leavers(session: TenantSession) -> int:
    """Take those whose last day is over out of the organ at the issuer; they cannot sign on here any more.

    Returns how many. An account stays what it is at other organs.
    """
    gone = await repository.gone(session, clock.today())
    served = await enrolment.logins(session)
    released = [person for person in gone if person.account_id in served]
    for person in released:
        await enrolment.release(session, person)
    return len(released)


async def renew_password(session: TenantSession, actor: Actor, staff_id: UUID) -> tuple[Staff, str]:
    """A new password that serves once for a person who lost theirs; they are signed out everywhere, and told."""
    actor.require(ADMINISTRATE)
    person = await staffing.person(session, staff_id, lock=True)
    printed = await enrolment.renew_password(session, person.account_id, actor.name)
    await _record(session, actor, "renew_password", person, _("Cấp lại mật khẩu dùng một lần"))
    title = _("{name} đã cấp lại mật khẩu của ông/bà", name=actor.name)
    await notices.tell(session, actor, Told([person.id], "office.renew_password", title, "/phien"))
    return person, printed


# --- Name and emblem ------------------------------------------------------------------------------------------------


async def change_profile(session: TenantSession, actor: Actor, version: int, entry: ProfileEntry) -> OrganProfile:
    """Say how the organ is named and shown; `version` is 0 as long as nothing was said.

    `InvalidInput` on `emblem` if the picture is not one.
    """
    actor.require(ADMINISTRATE)
    found = await repository.profile(session, lock=True)
    if (found.version if found else 0) != version:
        raise _changed_meanwhile()
    if found is None:
        found = OrganProfile(title="", office_name="", address="", phone="", version=0)
        session.add(found)
    told = rules.changes(
        (_("tên đơn vị"), found.title, entry.title),
        (_("tên văn phòng"), found.office_name, entry.office_name),
        (_("địa chỉ"), found.address, entry.address),
        (_("điện thoại"), found.phone, entry.phone),
        (_("biểu trưng"), "", _("ảnh mới") if entry.emblem else _("bỏ") if entry.without_emblem else ""),
    )
    found.title, found.office_name = entry.title, entry.office_name
    found.address, found.phone = entry.address, entry.phone
    if entry.emblem is not None:
        picture = rules.emblem(entry.emblem)
        found.emblem_id = (await store.keep(session, actor, "bieu-trung.png", picture, allowed=(PNG,))).id
    elif entry.without_emblem:
        found.emblem_id = None
    found.version += 1
    await session.flush()
    trail.record(session, actor, "office.change_profile", "organ_profile", found.id, {"text": told})
    await session.flush()
    return found


# --- What every change of the administrator shares ------------------------------------------------------------------


async def _as_shown(session: TenantSession, model: type[Kept], row_id: UUID, version: int) -> Kept:
    """The row, locked, if it still is what the form showed; else `Conflict`. Its version rises."""
    row = await session.find(model, row_id, lock=True)
    if row.version != version:
        raise _changed_meanwhile()
    row.version += 1
    return row


def _changed_meanwhile() -> Conflict:
    return Conflict(
        _("Người khác vừa sửa mục này trong lúc đồng chí nhập; chưa ghi gì."),
        remedy=_("Mở lại trang để xem giá trị mới, rồi sửa tiếp nếu cần."),
    )


def _already() -> Conflict:
    return Conflict(_("Việc này đã làm từ trước."), remedy=_("Mở lại trang để xem tình trạng mới."))


def _yes(value: bool) -> str:
    return _("có") if value else _("không")


async def _title(session: TenantSession, model: type[Unit] | type[Body] | type[Role], row_id: UUID | None) -> str:
    return (await session.find(model, row_id)).name if row_id else _("chung")


async def _record(session: TenantSession, actor: Actor, verb: str, row: Kept, told: str) -> None:
    trail.record(session, actor, f"office.{verb}", row.__tablename__, row.id, {"text": told})
    await session.flush()
