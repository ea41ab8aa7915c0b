"""Pure rules of documents: numbers, periods, what may follow what and who may do it, secrecy, duplicates.

Sources: NĐ 30/2020/NĐ-CP (State: Appendix I for numbers, articles 10-24 for the order of steps) and HD 05-HD/VPTW with
its predecessor HD 36-HD/VPTW (Party). What is not in a text says so.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from lienxa.platform.errors import Conflict, Forbidden, SecretRefused
from lienxa.platform.rules import DocumentType, document_types
from lienxa.platform.text import _, fold
from lienxa.tenants.documents import permissions

INCOMING, OUTGOING = "incoming", "outgoing"

# --- States, acts, and who may do them ------------------------------------------------------------------------------

REGISTERED, PROPOSED, DIRECTED, ANSWERED, DONE = "registered", "proposed", "directed", "answered", "done"
DRAFT, CONTENT_CHECK, FORM_CHECK, SUBMITTED = "draft", "content_check", "form_check", "submitted"
RETURNED, SIGNED, NUMBERED, ISSUED = "returned", "signed", "numbered", "issued"
STRUCK, DISCARDED = "struck", "discarded"

PROPOSE, ROUTE, DIRECT, ANSWER, COMPLETE = "propose", "route", "direct", "answer", "complete"
REVISE, SUBMIT, WITHDRAW, DISCARD = "revise", "submit", "withdraw", "discard"
CHECK_CONTENT, CHECK_FORM = "check_content", "check_form"
RETURN_CONTENT, RETURN_FORM, RETURN = "return_content", "return_form", "return"
RETURN_SIGNED = "return_signed"
SIGN, GIVE_NUMBER, ISSUE, STRIKE = "sign", "give_number", "issue", "strike"

LEAD, CO, DRAFTER, SIGNER = "lead", "co", "drafter", "signer"
RELATIONS = (LEAD, CO, DRAFTER, SIGNER)

# direction -> state -> act -> next state. The first act of a state is the one that carries the work on.
TRANSITIONS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    INCOMING: {
        REGISTERED: {PROPOSE: PROPOSED, ROUTE: DIRECTED, STRIKE: STRUCK},
        PROPOSED: {DIRECT: DIRECTED, PROPOSE: PROPOSED, STRIKE: STRUCK},
        DIRECTED: {ANSWER: ANSWERED, COMPLETE: DONE, DIRECT: DIRECTED, STRIKE: STRUCK},
        ANSWERED: {COMPLETE: DONE, ANSWER: ANSWERED, DIRECT: DIRECTED, STRIKE: STRUCK},
        DONE: {STRIKE: STRUCK},
        STRUCK: {},
    },
    OUTGOING: {
        DRAFT: {SUBMIT: CONTENT_CHECK, REVISE: DRAFT, DISCARD: DISCARDED},
        CONTENT_CHECK: {CHECK_CONTENT: FORM_CHECK, RETURN_CONTENT: RETURNED, WITHDRAW: DRAFT},
        FORM_CHECK: {CHECK_FORM: SUBMITTED, RETURN_FORM: RETURNED, WITHDRAW: DRAFT},
        SUBMITTED: {SIGN: SIGNED, RETURN: RETURNED, WITHDRAW: DRAFT},
        RETURNED: {REVISE: RETURNED, SUBMIT: CONTENT_CHECK, DISCARD: DISCARDED},
        SIGNED: {GIVE_NUMBER: NUMBERED, RETURN_SIGNED: RETURNED},
        NUMBERED: {ISSUE: ISSUED, STRIKE: STRUCK},
        ISSUED: {STRIKE: STRUCK},
        STRUCK: {},
        DISCARDED: {},
    },
}
RETURNS = {CONTENT_CHECK: RETURN_CONTENT, FORM_CHECK: RETURN_FORM, SUBMITTED: RETURN, SIGNED: RETURN_SIGNED}
STATES = {direction: tuple(states) for direction, states in TRANSITIONS.items()}


@dataclass(frozen=True)
class Right:
    """What an act takes: the permission, and one of the relations; no relations: the permission in its body."""

    permission: str
    relations: frozenset[str] = frozenset()


_OWN_DRAFT = Right(permissions.HANDLE, frozenset({DRAFTER}))
RIGHTS: Mapping[str, Right] = {
    PROPOSE: Right(permissions.PROPOSE),
    ROUTE: Right(permissions.PROPOSE),
    DIRECT: Right(permissions.DIRECT),
    ANSWER: Right(permissions.HANDLE, frozenset({LEAD, CO})),
    COMPLETE: Right(permissions.HANDLE, frozenset({LEAD})),
    REVISE: _OWN_DRAFT,
    SUBMIT: _OWN_DRAFT,
    WITHDRAW: _OWN_DRAFT,
    DISCARD: _OWN_DRAFT,
    CHECK_CONTENT: Right(permissions.CHECK_CONTENT),
    RETURN_CONTENT: Right(permissions.CHECK_CONTENT),
    CHECK_FORM: Right(permissions.CHECK_FORM),
    RETURN_FORM: Right(permissions.CHECK_FORM),
    SIGN: Right(permissions.SIGN),
    RETURN: Right(permissions.SIGN),
    RETURN_SIGNED: Right(permissions.NUMBER),
    GIVE_NUMBER: Right(permissions.NUMBER),
    ISSUE: Right(permissions.ISSUE),
    STRIKE: Right(permissions.STRIKE),
}


@dataclass(frozen=True)
class Standing:
    """How a person stands to a document in the acting post: its rights, whether it reaches the body, own relations.

    Without relations if the document's body is left to another post of the person. `sole_checker`: nobody else of the
    body may check content. `direct_route`: the working rules let this type go on without the leader. `leads_drafter`:
    the drafting unit is the person's to lead, so its content is theirs to check.
    """

    permissions: Collection[str]
    in_body: bool
    relations: Collection[str]
    sole_checker: bool = False
    direct_route: bool = False
    leads_drafter: bool = False

    def allows(self, act: str) -> bool:
        """Whether this person may do the act on a document in a fitting state."""
        right = RIGHTS[act]
        if self.leads_drafter and act in (CHECK_CONTENT, RETURN_CONTENT):
            return permissions.HANDLE in self.permissions
        if act == RETURN_SIGNED and SIGNER in self.relations:  # who signed may think better of it
            return permissions.SIGN in self.permissions
        if right.permission not in self.permissions:
            return False
        if act == CHECK_CONTENT and DRAFTER in self.relations and not self.sole_checker:
            return False
        if act == ROUTE and not self.direct_route:
            return False
        return not right.relations.isdisjoint(self.relations) if right.relations else self.in_body


def open_acts(direction: str, state: str, standing: Standing) -> list[str]:
    """What the person may do now; the first, if any, is the one to offer."""
    return [act for act in TRANSITIONS[direction][state] if standing.allows(act)]


def after(direction: str, state: str, act: str, standing: Standing) -> str:
    """The state after the act; `Forbidden` if it is not this person's, `Conflict` if the state does not allow it."""
    if not standing.allows(act):
        if act == CHECK_CONTENT and DRAFTER in standing.relations:
            raise Forbidden(
                _("Người soạn không tự kiểm tra nội dung dự thảo của mình."),
                remedy=_("Chờ Tổ trưởng Văn phòng hoặc lãnh đạo kiểm tra."),
            )
        raise Forbidden(
            _("Việc này thuộc người khác."), remedy=_("Xem người xử lý và chức vụ được giao ở trang văn bản.")
        )
    following = TRANSITIONS[direction][state].get(act)
    if following is None:
        raise Conflict(
            _("Văn bản đang ở trạng thái “{state}”, lúc này không làm được việc này.", state=STATE_TITLES[state]),
            remedy=_("Mở lại trang văn bản để xem bước tiếp theo."),
        )
    return following


def states_waiting_for(held: Collection[str]) -> list[str]:
    """The states in which a document of a reached body waits for somebody with these permissions."""
    waiting = (
        (permissions.REGISTER, REGISTERED),
        (permissions.PROPOSE, REGISTERED),
        (permissions.DIRECT, PROPOSED),
        (permissions.CHECK_FORM, FORM_CHECK),
        (permissions.SIGN, SUBMITTED),
        (permissions.NUMBER, SIGNED),
        (permissions.ISSUE, NUMBERED),
    )
    states = [state for permission, state in waiting if permission in held]
    # A leader may check content where nobody else can, but what waits for a leader is what is to be signed.
    if permissions.CHECK_CONTENT in held and permissions.SIGN not in held:
        states.append(CONTENT_CHECK)
    return list(dict.fromkeys(states))


# --- Files ----------------------------------------------------------------------------------------------------------

# The text, an annex, the paper as it was signed and sealed, and what a new one of these replaced.
MAIN, ANNEX, SIGNED_ORIGINAL, EARLIER = "main", "annex", "signed", "earlier"
_NOT_YET_SIGNED = (DRAFT, RETURNED)
_WITH_ORIGINAL = (SIGNED, NUMBERED, ISSUED)


def may_add_files(direction: str, state: str, standing: Standing) -> tuple[str, ...]:
    """As what the person may add files now; the first is the usual one.

    Of an outgoing document its drafter gives text and annexes until it is submitted, the clerk of the body the paper as
    it was signed and sealed (NĐ 30/2020, article 19: the clerk keeps the original). Of an incoming one the clerk keeps
    both.
    """
    if direction == INCOMING:
        return (ANNEX, MAIN) if _keeps_book(direction, standing) and state != STRUCK else ()
    if state in _WITH_ORIGINAL:
        return (SIGNED_ORIGINAL,) if _keeps_book(direction, standing) else ()
    drafts = permissions.HANDLE in standing.permissions and DRAFTER in standing.relations
    return (ANNEX, MAIN) if drafts and state in _NOT_YET_SIGNED else ()


def _keeps_book(direction: str, standing: Standing) -> bool:
    right = permissions.REGISTER if direction == INCOMING else permissions.ISSUE
    return standing.in_body and right in standing.permissions


STATE_TITLES: Mapping[str, str] = {
    REGISTERED: _("Chờ đề xuất"),
    PROPOSED: _("Chờ chỉ đạo"),
    DIRECTED: _("Đang xử lý"),
    ANSWERED: _("Đã soạn trả lời"),
    DONE: _("Đã xử lý xong"),
    DRAFT: _("Dự thảo"),
    CONTENT_CHECK: _("Chờ kiểm tra nội dung"),
    FORM_CHECK: _("Chờ kiểm tra thể thức"),
    SUBMITTED: _("Chờ ký"),
    RETURNED: _("Trả lại để sửa"),
    SIGNED: _("Đã ký, chưa cấp số"),
    NUMBERED: _("Đã cấp số, chưa phát hành"),
    ISSUED: _("Đã phát hành"),
    STRUCK: _("Đã gạch sổ"),
    DISCARDED: _("Đã bỏ dự thảo"),
}


def state_title(state: str, system: str) -> str:
    """The name of a state as papers of that system call it: the State checks content, the Party appraises."""
    return _("Chờ thẩm định") if state == CONTENT_CHECK and system == "party" else STATE_TITLES[state]


def is_late(due_on: date | None, state: str, today: date) -> bool:
    """Whether a document is past its due date and still being worked on."""
    return due_on is not None and due_on < today and state not in (DONE, STRUCK)


# Views of a book that are one click away; the first of each direction is all of it. Late and unassigned follow up.
ALL, UNASSIGNED, HAND_OVER, OPEN, LATE, MAKING = "all", "unassigned", "hand_over", "open", "late", "making"
VIEWS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    INCOMING: {
        ALL: (),
        UNASSIGNED: (REGISTERED, PROPOSED),
        HAND_OVER: (DIRECTED,),  # and nobody was handed the paper yet
        OPEN: (DIRECTED, ANSWERED),
        LATE: (REGISTERED, PROPOSED, DIRECTED, ANSWERED),
        DONE: (DONE,),
    },
    OUTGOING: {
        ALL: (),
        MAKING: (DRAFT, RETURNED, CONTENT_CHECK, FORM_CHECK, SUBMITTED),
        SIGNED: (SIGNED,),
        NUMBERED: (NUMBERED,),
        ISSUED: (ISSUED,),
    },
}
VIEW_TITLES: Mapping[str, str] = {
    ALL: _("Tất cả"),
    UNASSIGNED: _("Chưa giao xử lý"),
    HAND_OVER: _("Chờ chuyển giao"),
    OPEN: _("Đang xử lý"),
    LATE: _("Quá hạn"),
    DONE: _("Đã xử lý xong"),
    MAKING: _("Đang soạn, đang trình"),
    SIGNED: _("Đã ký chưa cấp số"),
    NUMBERED: _("Đã cấp số chưa phát hành"),
    ISSUED: _("Đã phát hành"),
}
# Only what is still to be done is counted: what is done grows for ever.
COUNTED_VIEWS: Mapping[str, tuple[str, ...]] = {
    INCOMING: (UNASSIGNED, HAND_OVER, OPEN, LATE),
    OUTGOING: (MAKING, SIGNED, NUMBERED),
}


def usual_direction(name: str) -> str:
    """What a leader writes who gives a paper to somebody without further words."""
    return _("Giao đ/c {name} chủ trì, tham mưu xử lý.", name=name)


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


def type_options(types: Mapping[str, DocumentType], *, apart: bool = True) -> dict[str, str]:
    """The names of types to choose from, by `type_code`; `apart`: those of the Party say so."""
    party = TYPE_SYSTEMS["party"] if apart else ()
    return {
        code: _("{name} (Đảng)", name=found.name) if found.system in party else found.name
        for code, found in types.items()
    }


def without_type(abstract: str, type_name: str) -> str:
    """The abstract as it stands behind the name of the type: who wrote "Quyết định về ..." is not told so twice."""
    start, rest = abstract[: len(type_name)], abstract[len(type_name) :]
    if fold(start) != fold(type_name) or not rest[:1].isspace() or not rest.strip():
        return abstract
    rest = rest.lstrip()
    return rest[0].upper() + rest[1:]


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

YEAR, TERM, CONGRESS = "year", "term", "congress"
CONGRESS_SYMBOL = "ĐH"
MONTHS = 12


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


def period(kind: str, day: date, term: str | None, congress: str | None = None) -> str:
    """The period in which a series runs on that legal day: the calendar year, the label of the term or the congress.

    `Conflict` if it runs by terms or congresses and none is open.
    """
    if kind == YEAR:
        return f"{day.year}"
    if kind == CONGRESS:
        if not congress:
            raise Conflict(
                _("Ngày {day:%d/%m/%Y} không có đại hội nào đang họp.", day=day),
                remedy=_("Văn bản của đại hội chỉ lấy số từ ngày khai mạc đến ngày bế mạc."),
            )
        return congress
    if not term:
        raise Conflict(
            _("Chưa có nhiệm kỳ Đảng ủy nào đang mở vào ngày {day:%d/%m/%Y}.", day=day),
            remedy=_("Nhờ quản trị khai nhiệm kỳ, rồi cấp số lại."),
        )
    return term


def running_period(kind: str, day: date, term: str | None, congress: str | None) -> str:
    """The period in which a series runs on that day; empty while there is none."""
    try:
        return period(kind, day, term, congress)
    except Conflict:
        return ""


# What the clerk may mend of an incoming entry.
ENTRY_FIELDS: Mapping[str, str] = {
    "author_organ": _("tác giả"),
    "author_symbol": _("số, ký hiệu"),
    "doc_date": _("ngày văn bản"),
    "type_code": _("loại văn bản"),
    "abstract": _("trích yếu"),
    "urgency": _("độ khẩn"),
}
SERIES_TITLES: Mapping[str, str] = {
    INCOMING: _("Sổ văn bản đến"),
    OUTGOING: _("Sổ văn bản đi"),
    CONGRESS: _("Văn bản đại hội"),
}


def term_begins(congress_closed_on: date, first_meeting_on: date | None) -> date:
    """The first day of the new term (HD 36-HD/VPTW, second-hand).

    The day after the congress closed, or the committee's first meeting if that was held during the congress.
    """
    following = congress_closed_on + timedelta(days=1)
    return min(first_meeting_on, following) if first_meeting_on else following


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
        types_of.setdefault(f"{body_code}/{series_name(code, found)}", []).append(code)
    return [SeriesPlan(name, kind, tuple(codes)) for name, codes in types_of.items()]


ONE_NEW, EACH_OWN = "one-new", "each-own"  # where types may go besides a series that is there


def number_form(document_type: DocumentType) -> str:
    """What follows the number for every paper of the type: types with the same form must never get the same number."""
    return number_text(0, document_type, body="", unit="", year=0)


def namesakes(series_of: Mapping[str, str], types: Mapping[str, DocumentType]) -> list[tuple[DocumentType, ...]]:
    """Types whose numbers look the same although they come from different series, so that `01-QĐ/ĐU` may come twice.

    `series_of` says by type code from which series a type takes its numbers. HD 05-HD/VPTW abbreviates Quyết định and
    Quy định alike, and a paper is known by its number together with the name of its type.
    """
    alike: dict[str, list[str]] = {}
    for code in types:
        if code in series_of:
            alike.setdefault(number_form(types[code]), []).append(code)
    return [
        tuple(types[code] for code in codes) for codes in alike.values() if len({series_of[code] for code in codes}) > 1
    ]


def series_name(code: str, document_type: DocumentType) -> str:
    """How the series of a type is called within its body."""
    if document_type.system == "copy":
        return "sao"
    # Party's Quy định shares its abbreviation with Quyết định, a normative act with its individual namesake.
    if document_type.system == "vbqppl" or code == "party/quy-dinh":
        return document_type.code
    return document_type.abbreviation or "CV"


# --- Duplicates -----------------------------------------------------------------------------------------------------


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-") | {"Ð": "Đ"})
# `QĐ-UBND`, `SNN&PTNT`, `KGVX.nđ`: begins with a capital; its parts stand between hyphens and slashes.
_NOTATION = r"[A-ZĐƯ]\w*(?:[&.]\w+)*(?:\s?[/-]\s?\w+(?:[&.]\w+)*)*"
_SYMBOL = re.compile(
    rf"(?<![\w/.-])(?P<number>\d{{1,6}}[a-zđ]?)\s*(?P<mark>[/-])\s*(?:(?P<year>(?:19|20)\d\d)\s*[/-]\s*)?(?P<notation>{_NOTATION})"
)
_WITHOUT_MARK = re.compile(r"(?<![\w/.-])(?P<number>\d{1,6})\s+(?P<notation>[A-ZĐƯ]\w*\s?/\s?\w+)")
_PREFIX = re.compile(r"^\s*[sS][ốôo]\s*[:.]?\s*(?=\d)")


@dataclass(frozen=True)
class Symbol:
    """Number and symbol of a paper: `05/2026/QĐ-UBND`. `mark` is what follows the number: the Party writes a hyphen.

    `notation` is what follows it all (`QĐ-UBND`, `NQ/ĐU`). `before` and `after`: what stood around it but `Số:`.
    """

    number: str
    year: str
    mark: str
    notation: str
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """As it is stored and compared."""
        return f"{self.number}{self.mark}{f'{self.year}/' if self.year else ''}{self.notation}"


def read_symbol(text: str) -> Symbol | None:
    """The first symbol of a paper in a line, however it is written; None if there is none."""
    line = _PREFIX.sub("", unicodedata.normalize("NFC", text).translate(_DASHES))
    found = _SYMBOL.search(line)
    parts = found.groupdict() if found else {}
    if found is None and (found := _WITHOUT_MARK.search(line)):
        parts = {**found.groupdict(), "mark": "-", "year": ""}
    if found is None:
        return None
    return Symbol(
        parts["number"],
        parts["year"] or "",
        parts["mark"],
        "".join(parts["notation"].split()),
        line[: found.start()].strip(),
        line[found.end() :].strip(" ,;."),
    )


def type_of_symbol(mark: str, year: str, notation: str, on: date) -> str:
    """The type (`type_code`) that a symbol names by the rule set in force on that day; empty where it names none.

    After a slash `QĐ-UBND` is a Quyết định and `UBND-VP` a công văn, after a hyphen `NQ/ĐU` the Party's Nghị quyết.
    """
    abbreviation, *rest = re.split(r"[/-]", notation)
    party = mark == "-"
    systems = TYPE_SYSTEMS["party"] if party else ("vbqppl",) if year else ("state", "copy")
    if party and fold(abbreviation) == "qdi":  # what the Party's rules were called before HD 05-HD/VPTW
        return "party/quy-dinh"
    for code, found in types_by_code(on).items():
        if found.system in systems and found.abbreviation and found.abbreviation.lower() == abbreviation.lower():
            return code
    return OFFICIAL_LETTER if rest and not party and not year else ""


def plain_symbol(symbol: str) -> str:
    """A symbol as it is stored and compared, however people write it; what is no symbol stays but for its spaces.

    `Số: 15 / QĐ-UBND` -> `15/QĐ-UBND`; `07 ĐA/HU` -> `07-ĐA/HU`; `57-CT/TU, 3-9-2014` -> `57-CT/TU`.
    """
    found = read_symbol(symbol)
    if found is not None and not found.before and (not found.after or read_written_day(found.after)):
        return found.text
    return "".join(re.sub(r"^\s*[sS]ố\s*:?", "", symbol).split())


_WRITTEN_DAY = re.compile(
    r"(?:ng[àa]y\s*)?(\d{1,2})\s*(?:th[áa]ng|[/.-])\s*(\d{1,2})\s*(?:n[ăa]m|[/.-])\s*(\d{4})", re.IGNORECASE
)


def read_written_day(text: str) -> date | None:
    """The first day in a line: `ngày 05 tháng 11 năm 2026`, `3-9-2014`; None if there is none or no such day."""
    found = _WRITTEN_DAY.search(unicodedata.normalize("NFC", text).translate(_DASHES))
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


# What the heads of papers write out and registers shorten.
_SHORT_NAMES: Mapping[str, str] = {
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "ubmttq": "uy ban mat tran to quoc",
    "mttq": "mat tran to quoc",
    "tp": "thanh pho",
    "tt": "thi tran",
    "btv": "ban thuong vu",
    "bch": "ban chap hanh",
}


def same_author(one: str, other: str) -> bool:
    """Whether two author names are the same but for case, diacritics, spaces and usual short forms (UBND, HĐND)."""
    return _long_name(one) == _long_name(other)


def _long_name(name: str) -> list[str]:
    words = re.findall(r"\w+", fold(name))
    return " ".join(_SHORT_NAMES.get(word, word) for word in words).split()


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


# --- Printed books --------------------------------------------------------------------------------------------------


def book_days(period: str, first_month: str, last_month: str, today: date) -> tuple[date, date]:
    """The days that are printed: months of the year that the period names, of the present year if it names a term.

    Without months the whole period; what is no month counts as none.
    """
    first, last = _month(first_month), _month(last_month)
    names_year = period.isascii() and period.isdigit()
    if not names_year and not (first or last):
        return date.min, date.max
    year = int(period) if names_year and 1 < int(period) < date.max.year else today.year
    begins, ends = date(year, first or 1, 1), date(year, last or MONTHS, 1)
    return begins, date(year + ends.month // MONTHS, ends.month % MONTHS + 1, 1) - timedelta(days=1)


def _month(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= MONTHS else 0


def missing_numbers(before: int | None, number: int | None) -> str:
    """The numbers between two of a series, as they are written; empty if there are none."""
    if before is None or number is None or number - before <= 1:
        return ""
    first, last = before + 1, number - 1
    return f"{first:02d}" if first == last else f"{first:02d}–{last:02d}"


@dataclass(frozen=True)
class SeriesEnd:
    """How a series stood when its book was closed: from which number to which, what was struck, what is missing."""

    title: str
    first: int
    last: int
    count: int
    struck: int
    missing: str


def series_end(title: str, numbers: Mapping[int, bool]) -> SeriesEnd:
    """The end of a series from its numbers, each with whether it was struck; there is at least one number.

    What was given on paper before the service, or followed outside of it, is missing here and said so by number.
    """
    given = sorted(numbers)
    gaps = (missing_numbers(before, number) for before, number in pairwise(given))
    return SeriesEnd(title, given[0], given[-1], len(given), sum(numbers.values()), ", ".join(filter(None, gaps)))


@dataclass(frozen=True)
class ComparedSeries:
    """A series in a comparison: the last number on paper and here, and why they differ if they do."""

    code: str
    title: str
    bodies: str
    period: str
    paper: int
    here: int
    reason: str = ""

    @property
    def difference(self) -> int:
        """How far paper is ahead; below zero: how far it is behind."""
        return self.paper - self.here


def days_without_difference(comparisons: Iterable[tuple[date, int]], is_working_day: Callable[[date], bool]) -> int:
    """On how many working days up to the latest compared one both agreed, since they last did not.

    `(day, differing)`, latest first; of a day the last word counts. A day without a comparison adds nothing and breaks
    nothing: last numbers add up, so the next comparison tells of it as well.
    """
    count = 0
    told: set[date] = set()
    for day, differing in comparisons:
        if day in told:
            continue
        told.add(day)
        if differing:
            break
        count += is_working_day(day)
    return count
