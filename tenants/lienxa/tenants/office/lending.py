"""The verbs of delegations: lending rights of one's own post, saying who stands in for somebody, taking it back.

NĐ 30/2020, Điều 13: whoever signs by authority (TUQ.) has it in writing, for a limited time and a named content, and
does not pass it on. So rights are lent from a post that one holds, never from one that was lent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import delegations, staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.delegations import AUTHORITY, DELEGATE, SUBSTITUTE, SUBSTITUTION, DelegationShown
from lienxa.platform.access.models import Delegation, Staff
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from lienxa.platform.module import Permission, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.office import rules
from lienxa.tenants.office.permissions import ADMINISTRATE

PATH = "/uy-quyen"
LONGEST = timedelta(days=5 * 366)  # a term of office: what ends later was typed wrongly
MARKS = {
    "TUQ": _("TUQ. – thừa ủy quyền"),
    "KT": _("KT. – cấp phó ký thay cấp trưởng"),
    "TL": _("TL. – người đứng đầu bộ phận ký thừa lệnh"),
}


@dataclass(frozen=True)
class Span:
    """From when to when, both days included, and the paper on which it stands."""

    starts_on: date
    ends_on: date
    basis: str


def lendable(permissions: frozenset[str]) -> list[Permission]:
    """The rights among these that may be lent at all, module by module."""
    return [
        right
        for module in all_modules()
        for right in module.permissions
        if right.lendable and right.name in permissions
    ]


async def delegate(
    session: TenantSession, actor: Actor, borrower_id: UUID, mark: str, rights: Sequence[str], span: Span
) -> Delegation:
    """Let somebody else use rights of the post in which the actor acts, signing with that mark before it.

    `Forbidden` in a post that was lent: nobody passes on what was given to them. `InvalidInput` on `borrower`, `mark`,
    `rights`, `starts_on`, `ends_on`; on `rights` too if one of them is lent to somebody already on a day of that time.
    """
    actor.require(DELEGATE)
    if actor.acting.lent is not None:
        raise Forbidden(
            _("Việc được ủy quyền không được ủy quyền lại."), remedy=_("Chuyển sang chức vụ của đồng chí để ủy quyền.")
        )
    _check_days(span)
    may = {right.name for right in lendable(actor.acting.permissions)}
    if not rights or set(rights) - may:
        raise InvalidInput.of("rights", _("Chưa chọn việc được ủy quyền."), _("Chọn trong các việc của chức vụ này."))
    lender, borrower = await _two(session, actor.staff_id, borrower_id, "borrower")
    await _check_mark(session, actor, borrower, mark)
    for other in await delegations.sharing_days(session, (lender.id, borrower.id), span.starts_on, span.ends_on):
        _refuse_same_rights(other, lender.id, actor.acting.id, set(rights), "rights")
        _refuse_absent(other, borrower, "borrower")
    made = _made(actor, AUTHORITY, lender.id, actor.acting.id, borrower_id, mark, span)
    await delegations.add(session, made, rights)
    await _told(session, actor, made, "delegate", lender, borrower, actor.acting.title)
    return made


async def substitute(
    session: TenantSession, actor: Actor, lender_id: UUID, post_id: UUID, borrower_id: UUID, span: Span
) -> Delegation:
    """Let somebody do the work of a post whose holder is away, with all its rights that may be lent.

    `Forbidden` for a post whose bodies the actor's own does not reach, as those of UBKT, unless they administrate.
    `InvalidInput` on `post` if its holder decides for themself (a leader delegates), on `borrower` and the days.
    """
    if not actor.may(ADMINISTRATE):
        actor.require(SUBSTITUTE)
    _check_days(span)
    post = await _post_of(session, lender_id, post_id)
    _check_reach(actor, post)
    if DELEGATE in post.permissions:
        raise InvalidInput.of(
            "post",
            _("“{title}” tự ủy quyền, không phân công người thay.", title=post.title),
            _("Người giữ chức vụ này lập ủy quyền ở trang Ủy quyền."),
        )
    if post.held_to is not None and post.held_to < span.ends_on:
        raise InvalidInput.of(
            "ends_on",
            _("{name} giữ chức vụ này đến hết {day:%d/%m/%Y}.", name=post.name, day=post.held_to),
            _("Nhập ngày không sau ngày đó."),
        )
    rights = [right.name for right in lendable(post.permissions)]
    if not rights:
        raise InvalidInput.of("post", _("Chức vụ này không có việc nào giao thay được."), _("Chọn chức vụ khác."))
    lender, borrower = await _two(session, lender_id, borrower_id, "borrower")
    for other in await delegations.sharing_days(session, (lender.id, borrower.id), span.starts_on, span.ends_on):
        _refuse_same_rights(other, lender.id, post_id, set(rights), "post")
        _refuse_absent(other, borrower, "borrower")
        if other.kind == SUBSTITUTION and other.borrower_id == lender.id:
            raise InvalidInput.of(
                "post",
                _("{name} đang thay {other} {when}.", name=lender.full_name, other=other.lender, when=_when(other)),
                _("Thu hồi phân công đó trước, hoặc chọn thời gian khác."),
            )
    made = _made(actor, SUBSTITUTION, lender.id, post_id, borrower_id, "", span)
    await delegations.add(session, made, rights)
    await _told(session, actor, made, "substitute", lender, borrower, post.title)
    return made


async def revoke(session: TenantSession, actor: Actor, delegation_id: UUID, reason: str) -> None:
    """End a delegation at once. Who gave it may, and who may make or administrate such; `Conflict` if it ended before.

    `NotFound` for whom it does not concern.
    """
    shown = await seen(session, actor, delegation_id)
    if not _ends(actor, shown):
        raise Forbidden(
            _("Đồng chí không thu hồi được ủy quyền này."), remedy=_("Nhờ người đã ủy quyền hoặc người quản trị.")
        )
    found = await session.find(Delegation, delegation_id, lock=True)
    if found.revoked_at is not None or found.ends_on < clock.today():
        raise Conflict(_("Ủy quyền này đã hết từ trước."), remedy=_("Mở lại trang để xem tình trạng mới."))
    found.revoked_by, found.revoked_at, found.revoke_reason = actor.staff_id, clock.now(), reason
    told = _("Thu hồi, lý do: {reason}", reason=reason)
    trail.record(session, actor, "office.revoke_delegation", "delegation", found.id, {"text": told})
    title = _("Đã thu hồi: {title} của {name}", title=shown.lent_title, name=shown.borrower)
    people = [shown.lender_id, shown.borrower_id]
    await notices.tell(session, actor, Told(people, "office.revoke_delegation", title, f"{PATH}/{found.id}"))
    await session.flush()


async def seen(session: TenantSession, actor: Actor, delegation_id: UUID) -> DelegationShown:
    """A delegation for whom it concerns, or who watches over all of them; else `NotFound`."""
    shown = await delegations.one(session, delegation_id)
    if watches(actor) or actor.staff_id in (shown.lender_id, shown.borrower_id):
        return shown
    raise NotFound


def watches(actor: Actor) -> bool:
    """Whether the person sees all delegations of the organ."""
    return actor.may(SUBSTITUTE) or actor.may(ADMINISTRATE)


def may_revoke(actor: Actor, shown: DelegationShown) -> bool:
    """Whether the person may end it: its giver in any post, who says who stands in, who administrates."""
    return shown.is_open and _ends(actor, shown)


def _ends(actor: Actor, shown: DelegationShown) -> bool:
    if actor.may(ADMINISTRATE) or shown.lender_id == actor.staff_id:
        return True
    return shown.kind == SUBSTITUTION and actor.may(SUBSTITUTE)


async def posts_to_stand_in_for(session: TenantSession, actor: Actor) -> list[delegations.LendablePost]:
    """The posts for whose holders the actor may name a substitute."""
    return [
        post
        for post in await delegations.lendable_posts(session)
        if DELEGATE not in post.permissions and lendable(post.permissions) and _reaches(actor, post)
    ]


async def _post_of(session: TenantSession, lender_id: UUID, post_id: UUID) -> delegations.LendablePost:
    for post in await delegations.lendable_posts(session):
        if (post.staff_id, post.post_id) == (lender_id, post_id):
            return post
    raise InvalidInput.of("post", _("Người này không giữ chức vụ đó."), _("Chọn lại trong danh sách."))


def _reaches(actor: Actor, post: delegations.LendablePost) -> bool:
    if actor.may(ADMINISTRATE):
        return True
    if post.body_id is None:  # a post of the common office: those who work there themselves
        return len(actor.acting.body_ids) > 1
    return post.body_id in actor.acting.body_ids


def _check_reach(actor: Actor, post: delegations.LendablePost) -> None:
    if not _reaches(actor, post):
        raise Forbidden(
            _("Chức vụ này thuộc cơ quan khác."), remedy=_("Nhờ lãnh đạo của cơ quan đó hoặc người quản trị.")
        )


def _check_days(span: Span) -> None:
    faults = []
    if span.starts_on < clock.today():
        faults.append(FieldError("starts_on", _("Ngày này đã qua."), _("Nhập hôm nay hoặc một ngày sau.")))
    if span.ends_on < span.starts_on:
        faults.append(FieldError("ends_on", _("Ngày cuối trước ngày đầu."), _("Nhập ngày cuối không trước ngày đầu.")))
    elif span.ends_on - span.starts_on > LONGEST:
        faults.append(FieldError("ends_on", _("Thời hạn dài quá 5 năm."), _("Xem lại năm đã nhập.")))
    if faults:
        raise InvalidInput(faults)


async def _two(session: TenantSession, lender_id: UUID, borrower_id: UUID, field: str) -> tuple[Staff, Staff]:
    """Both people, locked in one order, so that two delegations that exclude each other cannot both be written."""
    if lender_id == borrower_id:
        raise InvalidInput.of(field, _("Không tự ủy quyền cho mình được."), _("Chọn người khác."))
    try:
        first, second = [
            await staffing.person(session, staff_id, lock=True) for staff_id in sorted((lender_id, borrower_id))
        ]
    except NotFound:
        raise InvalidInput.of(field, _("Người này không có trong danh sách."), _("Chọn lại trong danh sách.")) from None
    lender, borrower = (first, second) if first.id == lender_id else (second, first)
    held = {post.staff_id for post in await delegations.lendable_posts(session)}
    if borrower.id not in held or borrower.suspended_on is not None:
        raise InvalidInput.of(
            field, _("{name} hiện không giữ chức vụ nào.", name=borrower.full_name), _("Chọn người đang làm việc.")
        )
    return lender, borrower


async def _check_mark(session: TenantSession, actor: Actor, borrower: Staff, mark: str) -> None:
    """NĐ 30/2020, Điều 13: only a deputy of the same body signs KT., only the head of a unit TL.; TUQ. is for the rest.

    Who leads a body and who is a deputy there, no post says: both may delegate, and both act for that one body.
    """
    held = [post for post in await delegations.lendable_posts(session) if post.staff_id == borrower.id]
    if mark == "KT" and not any(
        DELEGATE in post.permissions and {post.body_id} == actor.acting.body_ids for post in held
    ):
        raise InvalidInput.of(
            "mark",
            _("{name} không phải lãnh đạo của cùng cơ quan, nên không ký KT.", name=borrower.full_name),
            _("Chọn TUQ. – thừa ủy quyền, hoặc chọn cấp phó."),
        )
    if mark == "TL" and not any(post.heads_unit for post in held):
        raise InvalidInput.of(
            "mark",
            _("{name} không đứng đầu bộ phận nào, nên không ký TL.", name=borrower.full_name),
            _("Chọn TUQ. – thừa ủy quyền, hoặc chọn người đứng đầu bộ phận."),
        )


def _refuse_same_rights(other: DelegationShown, lender_id: UUID, post_id: UUID, rights: set[str], field: str) -> None:
    if (other.lender_id, other.post_id) != (lender_id, post_id) or not rights & set(other.rights):
        return
    raise InvalidInput.of(
        field,
        _("Đã giao cho {name} {when}.", name=other.borrower, when=_when(other)),
        _("Thu hồi lần đó trước, hoặc chọn việc khác, thời gian khác."),
    )


def _refuse_absent(other: DelegationShown, borrower: Staff, field: str) -> None:
    """Whoever is away has a substitute: what is given to them would wait for nobody, or pass on."""
    if other.kind == SUBSTITUTION and other.lender_id == borrower.id:
        raise InvalidInput.of(
            field,
            _("{name} vắng, có người thay {when}.", name=borrower.full_name, when=_when(other)),
            _("Chọn người khác hoặc thời gian khác."),
        )


def _when(other: DelegationShown) -> str:
    return rules.span(other.starts_on, other.ends_on)


def _made(
    actor: Actor, kind: str, lender_id: UUID, post_id: UUID, borrower_id: UUID, mark: str, span: Span
) -> Delegation:
    return Delegation(
        kind=kind,
        lender_id=lender_id,
        post_id=post_id,
        borrower_id=borrower_id,
        mark=mark,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        basis=span.basis,
        made_by=actor.staff_id,
        made_at=clock.now(),
    )


async def _told(
    session: TenantSession, actor: Actor, made: Delegation, verb: str, lender: Staff, borrower: Staff, title: str
) -> None:
    when = rules.span(made.starts_on, made.ends_on)
    text = _(
        "{lender} ({title}) giao cho {borrower}, {when}. Căn cứ: {basis}",
        lender=lender.full_name,
        title=title,
        borrower=borrower.full_name,
        when=when,
        basis=made.basis,
    )
    trail.record(session, actor, f"office.{verb}", "delegation", made.id, {"text": text})
    words = (
        _("{lender} ủy quyền cho {borrower} {when}") if made.kind == AUTHORITY else _("{borrower} thay {lender} {when}")
    )
    title_told = words.format(lender=lender.full_name, borrower=borrower.full_name, when=when)
    people = [lender.id, borrower.id]
    await notices.tell(session, actor, Told(people, f"office.{verb}", title_told, f"{PATH}/{made.id}"))
    await session.flush()
