"""Pure rules of a case: its states, its clock, its code and its secret."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast, get_args
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.errors import Conflict
from lienxa.platform.rules import CaseRules
from lienxa.platform.text import _, fold
from lienxa.platform.workdays import Calendar, Due, TimeUnit, due, resumed

State = Literal[
    "received",
    "processing",
    "supplement",
    "signing",
    "signed",
    "done",
    "returned",
    "refused",
    "withdrawn",
    "stopped",
]
Act = Literal[
    "hand_over",
    "supply",
    "draft_result",
    "sign",
    "seal",
    "hand_back",
    "ask_supplement",
    "return_draft",
    "apologise",
    "refuse",
    "withdraw",
    "stop",
]
Outcome = Literal["early", "on_time", "late"]
Urgency = Literal["late", "soon", "calm"]

STATES: tuple[State, ...] = get_args(State)
RUNNING_STATES: frozenset[State] = frozenset({"received", "processing", "signing", "signed"})
OPEN_STATES: frozenset[State] = RUNNING_STATES | {"supplement"}
FINAL_STATES: frozenset[State] = frozenset({"returned", "refused", "withdrawn", "stopped"})


@dataclass(frozen=True)
class _Step:
    before: frozenset[State]
    after: State | None  # None: the state stays


# The ten states of the national portal as an office meets them: its 1 (filed online) and 6 (fee asked) do not occur
# here; 3 is `refused`, 7 `withdrawn`, 8 `stopped`, 9 `done`, 10 `returned`. Its 4 has the steps of the office inside:
# the result is drafted, signed by the leader (`signing`), numbered and sealed by the clerk (`signed`).
# In the order in which a page offers what is possible: the first is the usual next step.
_STEPS: dict[Act, _Step] = {
    "hand_over": _Step(frozenset({"received"}), "processing"),
    "supply": _Step(frozenset({"supplement"}), "processing"),
    "draft_result": _Step(frozenset({"processing"}), "signing"),
    "sign": _Step(frozenset({"signing"}), "signed"),
    "seal": _Step(frozenset({"signed"}), "done"),
    "hand_back": _Step(frozenset({"done"}), "returned"),
    "ask_supplement": _Step(frozenset({"processing"}), "supplement"),
    "return_draft": _Step(frozenset({"signing"}), "processing"),
    "apologise": _Step(frozenset({"processing", "signing", "signed"}), None),
    "refuse": _Step(frozenset({"received", "processing"}), "refused"),
    "withdraw": _Step(frozenset({"received", "processing", "supplement", "signing"}), "withdrawn"),
    "stop": _Step(frozenset({"processing", "supplement"}), "stopped"),
}

# No 0 and O, 1 and I: people read it from paper over the telephone. 32 letters, 5 bits each.
_READABLE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_BASE32_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SECRET_LENGTH = 8
RECEIPT = "receipt"
"""For what the key is derived with which secrets of receipts are sealed."""
# So many organs at most may have given the same code and go on in one.
_MOST_OF_A_CODE = 20


def next_state(state: str, act: Act) -> State:
    """The state after the act, or `Conflict` if the act does not fit the state."""
    step = _STEPS[act]
    if state not in step.before:
        raise Conflict(
            _("Hồ sơ đang ở trạng thái “{state}”, không làm được việc này.", state=state_title(state)),
            remedy=_("Tải lại trang để xem việc tiếp theo."),
        )
    return step.after or state


def possible_acts(state: str) -> tuple[Act, ...]:
    """The acts that fit the state, the usual next step first."""
    return tuple(act for act, step in _STEPS.items() if state in step.before)


def state_title(state: str) -> str:
    """The state as people read it."""
    titles: dict[State, str] = {
        "received": _("Đã tiếp nhận"),
        "processing": _("Đang xử lý"),
        "supplement": _("Chờ bổ sung giấy tờ"),
        "signing": _("Chờ ký kết quả"),
        "signed": _("Đã ký, chờ đóng dấu"),
        "done": _("Đã có kết quả"),
        "returned": _("Đã trả kết quả"),
        "refused": _("Không được tiếp nhận"),
        "withdrawn": _("Công dân rút hồ sơ"),
        "stopped": _("Dừng xử lý"),
    }
    return titles[cast("State", state)]


def public_state_title(state: str) -> str:
    """The state as citizens read it: who in the office holds the case is no matter of theirs."""
    return state_title("processing" if state in ("signing", "signed") else state)


def outcome_title(outcome: str) -> str:
    """The outcome as people read it."""
    titles: dict[Outcome, str] = {"early": _("Sớm hạn"), "on_time": _("Đúng hạn"), "late": _("Quá hạn")}
    return titles[cast("Outcome", outcome)]


def outcome_of(due: Due, finished_at: datetime) -> Outcome:
    """Whether a result that was ready then was early, on time or late."""
    if due.is_late(finished_at):
        return "late"
    return "early" if due.is_early(finished_at) else "on_time"


def time_title(value: int | None, unit: str) -> str:
    """The time that a procedure allows, as people read it."""
    titles = {
        "working_day": _("{value} ngày làm việc", value=value),
        "day": _("{value} ngày", value=value),
        "hour": _("{value} giờ làm việc", value=value),
        "same_day": _("Trong ngày"),
        "at_once": _("Trả ngay"),
        "": _("Không quy định"),
    }
    return titles[unit]


def fee_title(fee: int | None, note: str) -> str:
    """The fee of a procedure, as people read it."""
    if note:
        return public_note(note) or _("Theo quy định của HĐND tỉnh")
    if fee is None:
        return _("Chưa rõ, hỏi tại quầy")
    return _("{fee} đồng", fee=f"{fee:,}".replace(",", ".")) if fee else _("Không thu")


def public_note(note: str) -> str:
    """A note of the catalogue as citizens read it: how the portal words its entry is a matter of the office."""
    return "" if _on_the_portal(note) else note


def counter_note(note: str) -> str:
    """The same for the counter, which answers for the date: what the portal left open is said as what holds here."""
    if _on_the_portal(note):
        return _("đang tính theo ngày làm việc; cần đối chiếu với quyết định công bố thủ tục")
    return note


def _on_the_portal(note: str) -> bool:
    return fold(note).startswith("cong ")


def source_title(source: str) -> str:
    """Where a datum of the catalogue comes from, as people read it."""
    titles = {
        "portal": _("theo Cổng Dịch vụ công quốc gia, bản tháng 7/2026"),
        "older_list": _("theo danh mục trước năm 2025, chưa đối chiếu"),
        "known": _("theo thực tế giải quyết, chưa đối chiếu với văn bản"),
        "none": _("chưa có nguồn"),
    }
    return titles[source]


def urgency(state: str, due: Due, now: datetime, warning_days: int, calendar: Calendar) -> Urgency:
    """How pressing a case is: past its due date, within `warning_days` working days of it, or neither.

    Only what the office itself works on presses: not what waits for the citizen, nor what has its result.
    """
    if state not in RUNNING_STATES:
        return "calm"
    if due.is_late(now):
        return "late"
    return "soon" if calendar.working_days_between(clock.legal(now).date(), due.day) <= warning_days else "calm"


def first_due(
    received_at: datetime, time_value: int | None, time_unit: str, rules: CaseRules, calendar: Calendar
) -> Due | None:
    """When a case received then is due; None if its procedure sets no time and the counter must agree on a day."""
    if not time_unit:
        return None
    return due(received_at, time_value or 0, cast("TimeUnit", time_unit), rules, calendar)


def running_due(
    clock_from: datetime,
    pause: tuple[datetime, datetime] | None,
    time_value: int | None,
    time_unit: str,
    rules: CaseRules,
    calendar: Calendar,
) -> Due:
    """When a case is due whose time runs from that moment.

    `pause` is when missing papers were asked for and when they came; where the time began anew with them, `clock_from`
    is that moment already and the pause says nothing.
    """
    found = first_due(clock_from, time_value, time_unit, rules, calendar)
    assert found is not None, "a time that is not set cannot run"
    if pause is None or rules.clock.supplement == "restart":
        return found
    return resumed(found, *pause, rules, calendar)


def after_supplement_title(rules: CaseRules, *, agreed: bool) -> str:
    """What missing papers do to the time of a case; `agreed`: its day was promised, so no time runs."""
    if agreed:
        return _("Ngày hẹn trả lùi theo thời gian chờ giấy tờ bổ sung.")
    if rules.clock.supplement == "restart":
        return _("Thời hạn giải quyết được tính lại từ khi nhận đủ giấy tờ bổ sung.")
    return _("Thời hạn giải quyết tạm dừng đến khi nhận đủ giấy tờ bổ sung.")


def supplement_is_late(received_at: datetime, asked_at: datetime, rules: CaseRules, calendar: Calendar) -> bool:
    """Whether the full request for what is missing came later than the law allows (NĐ 61/2018 Article 19.4)."""
    passed = calendar.working_days_between(clock.legal(received_at).date(), clock.legal(asked_at).date())
    return passed > rules.clock.supplement_notice_days


def apology_is_late(due: Due, told_at: datetime, rules: CaseRules, calendar: Calendar) -> bool:
    """Whether an apology comes later than the law allows before the due date (NĐ 61/2018 Article 19.9)."""
    return calendar.working_days_between(clock.legal(told_at).date(), due.day) < rules.clock.apology_days


def needs_file(*, numbered: bool, attached: bool) -> bool:
    """Whether a result lacks its text: what takes a number stands in the outgoing book, which keeps the text."""
    return numbered and not attached


def one_person_title(wish: str) -> str:
    """What the organ has laid down for who receives a case and is to handle it as well, as people read it."""
    titles = {
        "warn": _("Cảnh báo: người giao xác nhận, hồ sơ được đánh dấu"),
        "forbid": _("Không cho: phải giao cho người khác"),
    }
    return titles[wish]


def issuer_title(name: str) -> str:
    """Who issues the papers of the one-stop: the People's Committee of the organ, as it wants to be named."""
    return name if name.startswith(("UBND", "Ủy ban", "Uỷ ban")) else _("UBND {name}", name=name)


def contact_title(address: str, phone: str) -> str:
    """Where the office is found, as papers say it; what was not set is left out. A number stays on one line."""
    number = phone.replace(" ", "\N{NO-BREAK SPACE}")
    return ", ".join(part for part in (address, _("điện thoại {phone}", phone=number) if number else "") if part)


def has_receipt(time_unit: str) -> bool:
    """Whether the citizen gets a receipt: what is answered at once is recorded only (NĐ 61/2018 Article 17.4)."""
    return time_unit != "at_once"


def case_code(template: str, day: date, number: int, digits: int) -> str:
    """The code of the `number`-th case of that day: `LS-261121-0001`."""
    return template.format(day=f"{day:%y%m%d}", number=f"{number:0{digits}d}")


def code_beside(code: str, taken: Collection[str]) -> str:
    """A code under which a case of another organ goes on: its own, or with a number in the prefix if that is taken.

    `LS-261121-0001` becomes `LS.2-261121-0001`: two organs with the same initials gave the same codes.
    """
    return next(one for one in codes_beside(code) if one not in taken)


def codes_beside(code: str) -> list[str]:
    """The codes that a case with this code may have where it goes on, the first that is free: its own first."""
    prefix, hyphen, rest = code.partition("-")
    return [code, *(f"{prefix}.{number}{hyphen}{rest}" for number in range(2, _MOST_OF_A_CODE + 1))]


def number_of_day(template: str, day: date, code: str) -> int:
    """The number that a code has among those which the template gives on that day; 0 if it is none of them."""
    head = template.partition("{number}")[0].format(day=f"{day:%y%m%d}")
    rest = code.removeprefix(head)
    return int(rest) if rest != code and rest.isascii() and rest.isdigit() else 0


def state_without(state: str, handler_id: UUID | None) -> str:
    """The state of a case whose handler may be gone: what nobody handles waits at the counter to be handed over."""
    return "received" if state == "processing" and handler_id is None else state


def secret_of(key: bytes, tenant_id: UUID, case_id: UUID) -> str:
    """The secret on the receipt of a case from before secrets were stored: the same for every print, and for a key."""
    return readable_secret(hmac.new(key, f"case:{tenant_id}:{case_id}".encode(), hashlib.sha256).digest())


def secret_before(key: bytes, case: Any) -> str:
    """The same of a row of cases."""
    return secret_of(key, case.receipt_organ_id or case.tenant_id, case.receipt_case_id or case.id)


def readable_secret(random: bytes) -> str:
    """The secret of a receipt from random bytes. 40 bits: with the limits on looking up it cannot be guessed."""
    letters = base64.b32encode(random[: SECRET_LENGTH * 5 // 8]).decode()
    return letters.translate(str.maketrans(_BASE32_LETTERS, _READABLE_LETTERS))


def secret_matches(expected: str, typed: str) -> bool:
    """Whether the typed secret is the expected one; case, spaces and hyphens do not matter."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    return hmac.compare_digest(expected.encode(), plain.encode())


_CODE_IN_ADDRESS = re.compile(r"[?&]ma=([^&#]+)")
_CASE_CODE = re.compile(r"[A-Z][A-Z0-9.]*-\d{6}-\d{4,}")


def scanned_code(typed: str) -> str:
    """The case code in what a scanner read from a receipt, which is an address; anything else as it was typed."""
    found = _CODE_IN_ADDRESS.search(typed)
    return found[1] if found else typed.strip()


def is_case_code(typed: str) -> bool:
    """Whether a whole case code was typed."""
    return _CASE_CODE.fullmatch(plain_code(typed)) is not None


def plain_code(typed: str) -> str:
    """A case code as it is stored, from what somebody typed."""
    return "".join(typed.upper().split())
