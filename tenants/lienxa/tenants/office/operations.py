"""The verbs of the office: showing a thing to somebody, and taking that back."""

from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import grants
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import AccessGrant, Body, Staff, Unit
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.module import Shareable, Thing, all_modules
from lienxa.platform.text import _
from lienxa.tenants.office.schemas import Showing


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
            return (await session.find(Staff, showing.staff_id)).full_name
        if showing.unit_id is not None:
            return (await session.find(Unit, showing.unit_id)).name
    except NotFound:
        pass
    raise InvalidInput.of("to", _("Người được xem không có trong danh sách."), _("Chọn lại trong danh sách."))
