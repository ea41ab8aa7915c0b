"""The readiness list of an organ: what every module says of it, with what people confirmed laid over it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.module import Readiness, ReadinessItem, all_modules
from lienxa.platform.readiness import repository
from lienxa.platform.readiness.models import ReadinessConfirmation
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

DONE: Readiness = "done"
WARNING: Readiness = "warning"
MISSING: Readiness = "missing"
STATES: Mapping[str, str] = {DONE: _("Đạt"), WARNING: _("Cảnh báo"), MISSING: _("Chưa")}
# What only people know.
_BY_WORD = (
    ("people.trained", _("Đã tập huấn cán bộ"), _("Người đã dự tập huấn dùng được việc của mình.")),
    ("people.paper_closed", _("Đã chốt sổ giấy"), _("Sổ giấy ghi số cuối, ký và cất giữ từ ngày làm việc chính thức.")),
    (
        "people.notice_posted",
        _("Đã niêm yết thông báo cho người dân"),
        _("Bản niêm yết nơi tiếp nhận, có địa chỉ tra cứu."),
    ),
)


@dataclass(frozen=True)
class Line:
    """An item as it stands. `confirmed_at`, `confirmed_by` and `note` are those of the confirmation that holds."""

    item: ReadinessItem
    state: str
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    note: str = ""

    @property
    def reason(self) -> str:
        """Why it stands so: who confirmed it, else what the module says."""
        if self.confirmed_at is None:
            return self.item.reason
        day = f"{clock.legal(self.confirmed_at):%d/%m/%Y}"
        return " ".join((_("{name} xác nhận ngày {day}.", name=self.confirmed_by, day=day), self.note)).strip()

    @property
    def state_title(self) -> str:
        """The state in words."""
        return STATES[self.state]


@dataclass(frozen=True)
class Part:
    """The items of one module."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Checklist:
    """The whole list."""

    parts: Sequence[Part]

    @property
    def lines(self) -> list[Line]:
        """All items, in their order."""
        return [line for part in self.parts for line in part.lines]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items are in each state."""
        found = Counter(line.state for line in self.lines)
        return {state: found[state] for state in STATES}

    @property
    def missing(self) -> list[str]:
        """The titles of what is missing."""
        return [line.item.title for line in self.lines if line.state == MISSING]


async def checklist(session: TenantSession, organ: Organ) -> Checklist:
    """How it stands now: each module asks its own tables, and one statement more reads what was confirmed."""
    parts = [
        (module.title, await module.readiness(session, organ))
        for module in all_modules()
        if module.readiness is not None
    ]
    if not organ.is_parent:
        parts.append((_("Con người và thông báo"), _by_word()))
    confirmed = {row.item: row for row in await repository.confirmations(session)}

    def line(item: ReadinessItem) -> Line:
        row = confirmed.get(item.code) if item.confirmable else None
        if row is None or item.state == DONE:
            return Line(item, item.state)
        return Line(item, DONE, row.confirmed_at, row.name, row.note)

    return Checklist([Part(title, [line(item) for item in items]) for title, items in parts if items])


def _by_word() -> list[ReadinessItem]:
    return [ReadinessItem(code, title, MISSING, hint, confirmable=True) for code, title, hint in _BY_WORD]


async def confirmable(session: TenantSession, organ: Organ, code: str) -> Line:
    """An item that people may confirm, as it stands, or `NotFound`."""
    for line in (await checklist(session, organ)).lines:
        if line.item.code == code and line.item.confirmable:
            return line
    raise NotFound


async def confirm(session: TenantSession, actor: Actor, code: str, note: str) -> ReadinessConfirmation:
    """Confirm an item by name and day. The caller has made sure that the actor may.

    `NotFound` for an item that is not to be confirmed, `Conflict` if it is done already.
    """
    found = await confirmable(session, actor.organ, code)
    if found.state == DONE:
        raise Conflict(_("Mục “{title}” đã đạt.", title=found.item.title), remedy=_("Tải lại trang."))
    row = ReadinessConfirmation(
        id=ids.new_id(), item=code, confirmed_by=actor.staff_id, confirmed_at=clock.now(), note=note
    )
    session.add(row)
    detail = {"item": found.item.title, "note": note}
    trail.record(session, actor, "office.confirm_ready", "readiness_confirmation", row.id, detail)
    await session.flush()
    return row


async def revoke(session: TenantSession, actor: Actor, code: str, reason: str) -> None:
    """Take a confirmation back, for a reason. `NotFound` if there is none, `InvalidInput` on `reason`."""
    row = await repository.confirmation(session, code)
    if row is None:
        raise NotFound
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do."), _("Ghi rõ vì sao rút lại."))
    row.revoked_by, row.revoked_at, row.revoke_reason = actor.staff_id, clock.now(), reason
    found = await confirmable(session, actor.organ, code)
    detail = {"item": found.item.title, "reason": reason}
    trail.record(session, actor, "office.revoke_ready", "readiness_confirmation", row.id, detail)
    await session.flush()
