"""Pure rules of documents: numbers, periods, what may follow what and who may do it, secrecy, duplicates.

Sources: NĐ 30/2020/NĐ-CP (State: Appendix I for numbers, articles 10-24 for the order of steps) and HD 05-HD/VPTW with
its predecessor HD 36-HD/VPTW (Party). What is not in a text says so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from lienxa.platform.errors import Conflict, Forbidden, SecretRefused
from lienxa.platform.rules import DocumentType, document_types
from lienxa.platform.text import _, fold
from lienxa.tenants.documents import permissions

INCOMING, OUTGOING = "incoming", "outgoing"

# --- States, acts, and who may do them ------------------------------------------------------------------------------

REGISTERED, DIRECTED, ANSWERED, DONE = "registered", "directed", "answered", "done"
DRAFT, SUBMITTED, RETURNED, SIGNED, NUMBERED, ISSUED = "draft", "submitted", "returned", "signed", "numbered", "issued"

DIRECT, ANSWER, COMPLETE = "direct", "answer", "complete"
REVISE, SUBMIT, SIGN, RETURN, GIVE_NUMBER, ISSUE = "revise", "submit", "sign", "return", "give_number", "issue"

LEAD, CO, DRAFTER, SIGNER = "lead", "co", "drafter", "signer"
RELATIONS = (LEAD, CO, DRAFTER, SIGNER)

# direction -> state -> act -> next state. The first act of a state is the one that carries the work on.
TRANSITIONS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    INCOMING: {
        REGISTERED: {DIRECT: DIRECTED},
        DIRECTED: {ANSWER: ANSWERED, COMPLETE: DONE, DIRECT: DIRECTED},
        ANSWERED: {COMPLETE: DONE, ANSWER: ANSWERED, DIRECT: DIRECTED},
        DONE: {},
    },
    OUTGOING: {
        DRAFT: {SUBMIT: SUBMITTED, REVISE: DRAFT},
        SUBMITTED: {SIGN: SIGNED, RETURN: RETURNED},
        RETURNED: {REVISE: RETURNED, SUBMIT: SUBMITTED},
        SIGNED: {GIVE_NUMBER: NUMBERED},
        NUMBERED: {ISSUE: ISSUED},
        ISSUED: {},
    },
}
STATES = {direction: tuple(states) for direction, states in TRANSITIONS.items()}


@dataclass(frozen=True)
class Right:
    """What an act takes: the permission, and one of the relations; no relations: the permission in its body."""

    permission: str
    relations: frozenset[str] = frozenset()


RIGHTS: Mapping[str, Right] = {
    DIRECT: Right(permissions.DIRECT),
    ANSWER: Right(permissions.HANDLE, frozenset({LEAD, CO})),
    COMPLETE: Right(permissions.HANDLE, frozenset({LEAD})),
    REVISE: Right(permissions.HANDLE, frozenset({DRAFTER})),
    SUBMIT: Right(permissions.HANDLE, frozenset({DRAFTER})),
    SIGN: Right(permissions.SIGN),
    RETURN: Right(permissions.SIGN),
    GIVE_NUMBER: Right(permissions.NUMBER),
    ISSUE: Right(permissions.ISSUE),
}


@dataclass(frozen=True)
class Standing:
    """How a person stands to a document in the acting post: its rights, whether it reaches the body, own relations.

    Without relations if the document's body is left to another post of the person.
    """

    permissions: Collection[str]
    in_body: bool
    relations: Collection[str]

    def allows(self, act: str) -> bool:
        """Whether this person may do the act on a document in a fitting state."""
        right = RIGHTS[act]
        if right.permission not in self.permissions:
            return False
        return not right.relations.isdisjoint(self.relations) if right.relations else self.in_body


def open_acts(direction: str, state: str, standing: Standing) -> list[str]:
    """What the person may do now; the first, if any, is the one to offer."""
    return [act for act in TRANSITIONS[direction][state] if standing.allows(act)]


def after(direction: str, state: str, act: str, standing: Standing) -> str:
    """The state after the act; `Forbidden` if it is not this person's, `Conflict` if the state does not allow it."""
    if not standing.allows(act):
        raise Forbidden(
            _("Việc này thuộc người khác."), remedy=_("Xem người xử lý và chức vụ được giao ở trang văn bản.")
        )
    following = TRANSITIONS[direction][state].get(act)
    if following is None:
        raise Conflict(
            _("Văn bản đang ở trạng thái “{state}”, không còn làm được việc này.", state=STATE_TITLES[state]),
            remedy=_("Mở lại trang văn bản để xem bước tiếp theo."),
        )
    return following


def states_waiting_for(held: Collection[str]) -> list[str]:
    """The states in which a document of a reached body waits for somebody with these permissions."""
    waiting = (
        (permissions.DIRECT, REGISTERED),
        (permissions.REGISTER, REGISTERED),
        (permissions.SIGN, SUBMITTED),
        (permissions.NUMBER, SIGNED),
        (permissions.ISSUE, NUMBERED),
    )
    return list(dict.fromkeys(state for permission, state in waiting if permission in held))


STATE_TITLES: Mapping[str, str] = {
    REGISTERED: _("Chờ chỉ đạo"),
    DIRECTED: _("Đang xử lý"),
    ANSWERED: _("Đã soạn trả lời"),
    DONE: _("Đã xử lý xong"),
    DRAFT: _("Dự thảo"),
    SUBMITTED: _("Chờ ký"),
    RETURNED: _("Trả lại để sửa"),
    SIGNED: _("Đã ký, chưa cấp số"),
    NUMBERED: _("Đã cấp số, chưa phát hành"),
    ISSUED: _("Đã phát hành"),
}

# --- Urgency and secrecy --------------------------------------------------------------------------------------------

URGENCIES: Mapping[str, str] = {
    "normal": _("Thường"),
    "urgent": _("Khẩn"),
    "very_urgent": _("Thượng khẩn"),
    "immediate": _("Hỏa tốc"),
}
SECRECIES: Mapping[str, str] = {
    "open": _("Không mật"),
    "confidential": _("MẬT"),
    "secret": _("TỐI MẬT"),
    "top_secret": _("TUYỆT MẬT"),
}


def refuse_secret(secrecy: str) -> None:
    """Raise `SecretRefused` for anything but an open document (Law 117/2025/QH15: not on a networked device)."""
    if secrecy != "open":
        raise SecretRefused(
            _("Văn bản {mark} không được nhập vào hệ thống nối mạng; chưa lưu nội dung nào.", mark=SECRECIES[secrecy]),
            remedy=_("Ghi văn bản này vào sổ đăng ký văn bản mật bằng giấy. Không số nào của sổ này bị dùng."),
        )


# --- Types ----------------------------------------------------------------------------------------------------------

TYPE_SYSTEMS: Mapping[str, tuple[str, ...]] = {"state": ("state", "vbqppl", "copy"), "party": ("party", "party_paper")}
OFFICIAL_LETTER = "state/cong-van"
# Who issues them (Law on Promulgation of Legal Documents); that UBND issues no NQ is known, not verified.
_ONLY_ISSUED_BY: Mapping[str, str] = {
    "state/nghi-quyet": "council",
    "vbqppl/nghi-quyet-qppl": "council",
    "vbqppl/quyet-dinh-qppl": "committee",
}


def type_code(document_type: DocumentType) -> str:
    """What is stored of a type: `state/quyet-dinh`, unique among all systems."""
    return f"{document_type.system}/{document_type.code}"


def types_by_code(on: date) -> dict[str, DocumentType]:
    """The types of the rule set in force on that day, by `type_code`."""
    return {type_code(document_type): document_type for document_type in document_types(on)}


def type_title(code: str, on: date) -> str:
    """The name of a type as lists show it; a code that the rule set of the day no longer has is shown as it is."""
    found = types_by_code(on).get(code)
    return found.name if found else code


def issued_types(body_code: str, system: str, on: date) -> dict[str, DocumentType]:
    """The types that a body of that system ("party", "state") gives numbers to, by `type_code`."""
    return {
        code: found
        for code, found in types_by_code(on).items()
        if found.system in TYPE_SYSTEMS[system]
        and found.numbered
        and not found.incoming_only
        and (found.abbreviation or code == OFFICIAL_LETTER)
        and _ONLY_ISSUED_BY.get(code, body_code) == body_code
    }


def filing_line(system: str) -> str:
    """The last of the recipients: where the paper is kept (State: NĐ 30/2020, Appendix I; Party: HD 05-HD/VPTW)."""
    return _("Lưu Đảng ủy.") if system == "party" else _("Lưu: VT.")


# --- Numbers and periods --------------------------------------------------------------------------------------------

YEAR, TERM = "year", "term"


def number_text(number: int, document_type: DocumentType, *, body: str, unit: str, year: int) -> str:
    """Number and symbol as the document bears them; `body` and `unit` are symbols (`UBND`, `VP`).

    State: `05/QĐ-UBND`, công văn `12/UBND-VP`, legal normative `05/2026/QĐ-UBND` (form known, not verified).
    Party: `05-NQ/ĐU`, công văn `120-CV/ĐU`. Numbers under 10 have a leading zero in both.
    """
    given = f"{number:02d}"
    if document_type.system in TYPE_SYSTEMS["party"]:
        return f"{given}-{document_type.abbreviation}/{body}"
    if document_type.system == "vbqppl":
        return f"{given}/{year}/{document_type.abbreviation}-{body}"
    if not document_type.abbreviation:
        return f"{given}/{body}-{unit}"
    return f"{given}/{document_type.abbreviation}-{body}"


def period(kind: str, day: date, term: str | None) -> str:
    """The period in which a series runs on that legal day: the calendar year, or the label of the term.

    `Conflict` if it runs by terms and none is open.
    """
    if kind == YEAR:
        return f"{day.year}"
    if not term:
        raise Conflict(
            _("Chưa có nhiệm kỳ Đảng ủy nào đang mở vào ngày {day:%d/%m/%Y}.", day=day),
            remedy=_("Nhờ quản trị khai nhiệm kỳ, rồi cấp số lại."),
        )
    return term


@dataclass(frozen=True)
class SeriesPlan:
    """A series of numbers to begin with, and the types of a body that take their numbers from it.

    `code` is what onboarding calls it: `committee/QĐ`, `party/NQ`, `committee/sao` (copies share one series).
    """

    code: str
    period_kind: str
    type_codes: tuple[str, ...]


def default_series(body_code: str, system: str, on: date) -> list[SeriesPlan]:
    """One series for each type of a body: State by year, Party by term. The head of the agency may decide otherwise."""
    kind = TERM if system == "party" else YEAR
    types_of: dict[str, list[str]] = {}
    for code, found in issued_types(body_code, system, on).items():
        types_of.setdefault(f"{body_code}/{_series_name(code, found)}", []).append(code)
    return [SeriesPlan(name, kind, tuple(codes)) for name, codes in types_of.items()]


def _series_name(code: str, document_type: DocumentType) -> str:
    if document_type.system == "copy":
        return "sao"
    # Party's Quy định shares its abbreviation with Quyết định, a normative act with its individual namesake.
    if document_type.system == "vbqppl" or code == "party/quy-dinh":
        return document_type.code
    return document_type.abbreviation or "CV"


# --- Duplicates -----------------------------------------------------------------------------------------------------


def plain_symbol(symbol: str) -> str:
    """A symbol as it is stored and compared: `Số: 15 / QĐ-UBND` -> `15/QĐ-UBND`."""
    bare = "".join(symbol.split())
    prefix = next((word for word in ("Số:", "số:", "Số", "số") if bare.startswith(word)), "")
    return bare.removeprefix(prefix)


def same_author(one: str, other: str) -> bool:
    """Whether two author names are the same but for case, diacritics and spaces."""
    return fold(one).split() == fold(other).split()


# --- Pages of a book ------------------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def position(listed_at: datetime, document_id: UUID) -> str:
    """The place of a line in its book, as it stands in addresses."""
    return f"{(listed_at - _EPOCH) // _MICROSECOND}-{document_id.hex}"


def read_position(code: str) -> tuple[datetime, UUID] | None:
    """The place that `position` wrote; None for anything else."""
    microseconds, _dash, identifier = code.partition("-")
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND, UUID(identifier)
    except (ValueError, OverflowError):
        return None
