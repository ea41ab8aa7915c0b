"""The terms of the committee and its congresses, with which Party numbers begin again."""

import re
from collections.abc import Collection
from datetime import date, timedelta

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import CommitteeTerm, Congress
from lienxa.tenants.documents.operations.common import refuse
from lienxa.tenants.documents.operations.series import record_series
from lienxa.tenants.documents.schemas import TermLine

_CHECK_DAY = _("Xem lại ngày; khai khi gần đến ngày.")
# How long before its day a congress is declared, or the end of one; days that are further off are mistyped.
AHEAD = timedelta(days=31)
_LABEL = re.compile(r"(\d{4})-(\d{4})")
_LONGEST_TERM = 10


async def open_congress(session: TenantSession, actor: Actor, label: str, opened_on: date) -> Congress:
    """Open a congress: from that day its papers take their numbers from one series over all types, symbol ĐH."""
    actor.require(permissions.CONFIGURE)
    if not label:
        raise InvalidInput.of("label", _("Chưa nhập tên đại hội."), _("Ví dụ: Đại hội 2030-2035."))
    if abs(opened_on - clock.today()) > AHEAD:
        raise InvalidInput.of(
            "opened_on", _("Ngày khai mạc cách hôm nay quá {days} ngày.", days=AHEAD.days), _CHECK_DAY
        )
    if any(
        found.closed_on is None or found.closed_on >= opened_on for found in await repository.terms.congresses(session)
    ):
        raise Conflict(_("Đã có đại hội đang họp vào ngày đó."), remedy=_("Khai bế mạc đại hội trước."))
    if any(found.label == label for found in await repository.terms.congresses(session)):
        raise InvalidInput.of("label", _("Đã có đại hội tên này."), _("Đặt tên khác."))
    party = next(body for body in await people.bodies(session) if body.code == "party")
    await repository.series.open_congress_series(session, party.id)
    congress = Congress(id=ids.new_id(), label=label, opened_on=opened_on, closed_on=None)
    session.add(congress)
    await session.flush()
    await record_series(session, actor, "open_congress", congress.id, label=label, day=f"{opened_on:%d/%m/%Y}")
    return congress


async def close_term(
    session: TenantSession,
    actor: Actor,
    label: str,
    closed_on: date,
    first_meeting_on: date | None = None,
    *,
    confirmed: bool = True,
) -> CommitteeTerm:
    """Close the congress and the term with it; the new term takes its numbers from 01.

    It begins the day after the closing, or at the committee's first meeting if that was held during the congress
    (HD 36-HD/VPTW). `Conflict` if Party numbers of the old term were given on or after that day. Not `confirmed`:
    `InvalidInput` on that says what will happen.
    """
    actor.require(permissions.CONFIGURE)
    await repository.series.stop_numbers(session)
    present = await repository.terms.open_term(session)
    congress = next((found for found in await repository.terms.congresses(session) if found.closed_on is None), None)
    begins = rules.term_begins(closed_on, first_meeting_on)
    known = {term.label for term in await repository.terms.terms(session)}
    refuse(_term_faults(label, closed_on, first_meeting_on, present, congress, known))
    given = await repository.terms.last_numbered_on(session, present.label)
    if given is not None and given >= begins:
        raise Conflict(
            _("Ngày {day:%d/%m/%Y} đã cấp số theo nhiệm kỳ {term}.", day=given, term=present.label),
            remedy=_("Nhiệm kỳ mới phải bắt đầu sau ngày đó."),
        )
    if not confirmed:
        reason = _(
            "Từ ngày {day:%d/%m/%Y} văn bản của Đảng lấy lại số 01 theo nhiệm kỳ {label}; nhiệm kỳ {before} hết ngày "
            "{last:%d/%m/%Y}.",
            day=begins,
            label=label,
            before=present.label,
            last=begins - timedelta(days=1),
        )
        raise InvalidInput.of("confirmed", reason, _("Đúng vậy thì đánh dấu xác nhận rồi gửi lại."))
    if congress is not None:
        congress.closed_on = closed_on
    present.closed_on = begins - timedelta(days=1)
    following = CommitteeTerm(id=ids.new_id(), label=label, opened_on=begins, closed_on=None)
    session.add(following)
    await session.flush()
    await record_series(session, actor, "close_term", following.id, label=label, day=f"{begins:%d/%m/%Y}")
    return following


async def drop_term(session: TenantSession, actor: Actor) -> CommitteeTerm:
    """Take the last term back, declared by mistake: the one before goes on, and its congress sits again.

    `Conflict` once a number of it was given, or the books of the term before are closed. Answers with that term.
    """
    actor.require(permissions.CONFIGURE)
    await repository.series.stop_numbers(session)
    present = await repository.terms.open_term(session)
    rows = await repository.terms.with_numbers(session, CommitteeTerm)
    before: CommitteeTerm | None = next(
        (row.CommitteeTerm for row in rows if row.CommitteeTerm.opened_on < present.opened_on), None
    )
    if before is None:
        raise Conflict(_("Đây là nhiệm kỳ đầu tiên ở đây."), remedy=_("Không bỏ được."))
    if any(row.numbered for row in rows if row.CommitteeTerm is present):
        raise Conflict(_("Nhiệm kỳ {term} đã cấp số.", term=present.label), remedy=_("Không bỏ được nữa."))
    if any(closing.period == before.label for closing in await repository.closing.closings(session)):
        raise Conflict(_("Sổ của nhiệm kỳ {term} đã khóa.", term=before.label), remedy=_("Không mở lại được nữa."))
    congresses = await repository.terms.congresses(session)
    if any(found.closed_on is None for found in congresses):
        raise Conflict(_("Đang có đại hội khai sau nhiệm kỳ đó."), remedy=_("Bỏ đại hội đó trước."))
    closed = (
        found for found in congresses if before.closed_on and found.closed_on and found.closed_on >= before.closed_on
    )
    if congress := next(closed, None):
        congress.closed_on = None
    before.closed_on = None
    await session.delete(present)
    await repository.series.forget_counters(session, rules.TERM, present.label)
    await record_series(session, actor, "drop_term", present.id, label=present.label)
    return before


async def drop_congress(session: TenantSession, actor: Actor) -> None:
    """Take the congress that is open back, declared by mistake; `Conflict` once a number of it was given."""
    actor.require(permissions.CONFIGURE)
    await repository.series.stop_numbers(session)
    rows = await repository.terms.with_numbers(session, Congress)
    row = next((row for row in rows if row.Congress.closed_on is None), None)
    if row is None:
        raise Conflict(_("Không có đại hội nào đang họp."), remedy=_("Tải lại trang."))
    if row.numbered:
        raise Conflict(_("Đại hội {label} đã cấp số.", label=row.Congress.label), remedy=_("Khai bế mạc đại hội."))
    await session.delete(row.Congress)
    await repository.series.forget_counters(session, rules.CONGRESS, row.Congress.label)
    await record_series(session, actor, "drop_congress", row.Congress.id, label=row.Congress.label)


def _is_label(label: str) -> bool:
    """Whether it reads as a term does: two years with a dash."""
    years = _LABEL.fullmatch(label)
    return years is not None and 0 < int(years[2]) - int(years[1]) <= _LONGEST_TERM


def _term_faults(
    label: str,
    closed_on: date,
    first_meeting_on: date | None,
    present: CommitteeTerm,
    congress: Congress | None,
    known: Collection[str],
) -> list[FieldError]:
    found = []
    if not label:
        found.append(FieldError("label", _("Chưa có tên nhiệm kỳ mới."), _("Ví dụ: 2030-2035.")))
    elif not _is_label(label):
        found.append(FieldError("label", _("Tên nhiệm kỳ là năm đầu và năm cuối."), _("Ghi như: 2030-2035.")))
    if label in known:  # its numbers would go on, not begin again
        found.append(FieldError("label", _("Đã có nhiệm kỳ tên này."), _("Đặt tên theo nhiệm kỳ mới.")))
    if closed_on - clock.today() > AHEAD:
        reason = _("Ngày bế mạc cách hôm nay quá {days} ngày.", days=AHEAD.days)
        found.append(FieldError("closed_on", reason, _CHECK_DAY))
    opened_on = congress.opened_on if congress is not None else present.opened_on
    if closed_on < opened_on:
        found.append(FieldError("closed_on", _("Ngày bế mạc trước ngày khai mạc."), _("Xem lại ngày bế mạc.")))
    if first_meeting_on is not None and not opened_on <= first_meeting_on <= closed_on:
        reason = _("Hội nghị lần thứ nhất không nằm trong thời gian đại hội.")
        found.append(FieldError("first_meeting_on", reason, _("Họp sau đại hội thì để trống.")))
    if not found and rules.term_begins(closed_on, first_meeting_on) <= present.opened_on:
        reason = _("Nhiệm kỳ {term} mới bắt đầu ngày {day:%d/%m/%Y}.", term=present.label, day=present.opened_on)
        found.append(FieldError("closed_on", reason, _("Nhiệm kỳ mới phải bắt đầu sau ngày đó.")))
    return found


async def terms(session: TenantSession, actor: Actor) -> list[TermLine]:
    """The terms of the committee and the congresses, latest first."""
    actor.require(permissions.CONFIGURE)
    terms = await repository.terms.with_numbers(session, CommitteeTerm)
    congresses = await repository.terms.with_numbers(session, Congress)
    lines = [
        TermLine(
            kind,
            found.label,
            found.opened_on,
            found.closed_on,
            droppable=found.closed_on is None and not numbered and (kind == rules.CONGRESS or len(terms) > 1),
        )
        for kind, rows in ((rules.TERM, terms), (rules.CONGRESS, congresses))
        for found, numbered in rows
    ]
    return sorted(lines, key=lambda line: line.opened_on, reverse=True)
