"""The terms of the committee and its congresses, with which Party numbers begin again."""

from collections.abc import Collection
from datetime import date, timedelta

from lienxa.platform import ids
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


async def open_congress(session: TenantSession, actor: Actor, label: str, opened_on: date) -> Congress:
    """Open a congress: from that day its papers take their numbers from one series over all types, symbol ĐH."""
    actor.require(permissions.CONFIGURE)
    if not label:
        raise InvalidInput.of("label", _("Chưa nhập tên đại hội."), _("Ví dụ: Đại hội 2030-2035."))
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
    session: TenantSession, actor: Actor, label: str, closed_on: date, first_meeting_on: date | None = None
) -> CommitteeTerm:
    """Close the congress and the term with it; the new term takes its numbers from 01.

    It begins the day after the closing, or at the committee's first meeting if that was held during the congress
    (HD 36-HD/VPTW). `Conflict` if Party numbers of the old term were given on or after that day.
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
    if congress is not None:
        congress.closed_on = closed_on
    present.closed_on = begins - timedelta(days=1)
    following = CommitteeTerm(id=ids.new_id(), label=label, opened_on=begins, closed_on=None)
    session.add(following)
    await session.flush()
    await record_series(session, actor, "close_term", following.id, label=label, day=f"{begins:%d/%m/%Y}")
    return following


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
    if label in known:  # its numbers would go on, not begin again
        found.append(FieldError("label", _("Đã có nhiệm kỳ tên này."), _("Đặt tên theo nhiệm kỳ mới.")))
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
    lines = [
        TermLine(kind, found.label, found.opened_on, found.closed_on)
        for kind, rows in (
            (rules.TERM, await repository.terms.terms(session)),
            (rules.CONGRESS, await repository.terms.congresses(session)),
        )
        for found in rows
    ]
    return sorted(lines, key=lambda line: line.opened_on, reverse=True)
