"""What is said of a new organ, and what can be seen to be wrong with it without the database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.identity.enrolment import ODD_MAIL_ADDRESS, is_mail_address
from lienxa.platform.module import Opening
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import PARENT_KINDS, check_host, check_slug, organ_by_slug
from lienxa.platform.text import _, fold

ADMINISTRATOR_POST = "quan-tri"
LEVEL_LABELS = {"commune": "xã", "township": "thị trấn", "district": "huyện", "province": "tỉnh"}
_USERNAME = re.compile(r"[a-z0-9][a-z0-9.-]{2,60}")
_TERM = re.compile(r"([0-9]{4})-([0-9]{4})")
_NAME_LENGTH = 100
_LARGEST_NUMBER = 999_999


def proposed_slug(name: str) -> str:
    """What the address of an organ of that name could begin with: `Thị trấn Đô Lương` -> `thi-tran-do-luong`."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(name)))


@dataclass(frozen=True)
class Person:
    """Somebody to join the new organ in these posts.

    Without `password` they are invited at `email` where the installation sends mail, else a one-time password is made
    and printed.
    """

    username: str
    full_name: str
    posts: tuple[str, ...] = (ADMINISTRATOR_POST,)
    password: str | None = None
    email: str = ""


@dataclass(frozen=True)
class OrganSpec:
    """What the operator says of a new organ.

    `host` is its full host name; `level_label` is what people call its level (by default from `kind`);
    `in_office_since` is the day from which its people hold their posts (by default today). `phase` is that with which
    it begins: one that still keeps its books on paper is `preparing`.
    """

    slug: str
    name: str
    kind: str
    host: str
    administrator: Person
    parent_slug: str | None = None
    level_label: str = ""
    people: tuple[Person, ...] = ()
    in_office_since: date | None = None
    demonstration: bool = False
    opening: Opening = field(default_factory=Opening)
    phase: str = field(kw_only=True)


def check(spec: OrganSpec, settings: Settings) -> None:
    """Raise `InvalidInput` with every fault that can be seen without the database."""
    faults = [fault for find in _CHECKS for fault in find(spec, settings)]
    if faults:
        raise InvalidInput(faults)


def _faults_of_address(spec: OrganSpec, settings: Settings) -> Iterator[FieldError]:
    try:
        check_slug(spec.slug)
    except InvalidInput as refused:
        yield from refused.fields
    try:
        check_host(spec.host, settings)
    except InvalidInput as refused:
        yield from refused.fields


def _faults_of_name(spec: OrganSpec, _settings: Settings) -> Iterator[FieldError]:
    if spec.kind not in LEVEL_LABELS:
        yield FieldError(
            "kind",
            _("Không có loại đơn vị “{kind}”.", kind=spec.kind),
            _("Chọn commune, township, district, province."),
        )
    if not _is_name(spec.name):
        yield FieldError("name", _("Tên đơn vị trống, quá dài hoặc có ký tự lạ."), _("Nhập tên, ví dụ: Lam Sơn."))
    if spec.level_label and not _is_name(spec.level_label):
        yield FieldError("level", _("Tên gọi của cấp không đọc được."), _("Nhập ví dụ: xã, phường."))
    if spec.kind not in PARENT_KINDS and spec.parent_slug is None:
        yield FieldError("parent", _("Xã, thị trấn phải có đơn vị cấp trên."), _("Nêu tên miền của cấp trên."))


def check_person(person: Person) -> Person:
    """The person, or `InvalidInput` with every fault."""
    faults = list(_faults_of_person(person))
    if faults:
        raise InvalidInput(faults)
    return person


async def check_operator_name(control: ControlSession, username: str) -> None:
    """Raise `InvalidInput` if an organ's administrators give out user names like that: they would have the password."""
    suffix = username.rpartition(".")[2]
    if suffix != username and await organ_by_slug(control, suffix) is not None:
        raise InvalidInput.of(
            "username",
            _("Tên đăng nhập “{username}” thuộc đơn vị {slug}.", username=username, slug=suffix),
            _("Chọn tên không kết thúc bằng tên miền của đơn vị nào, ví dụ: van-hanh."),
        )


def _faults_of_people(spec: OrganSpec, _settings: Settings) -> Iterator[FieldError]:
    for person in (spec.administrator, *spec.people):
        yield from _faults_of_person(person)


def _faults_of_person(person: Person) -> Iterator[FieldError]:
    if not _USERNAME.fullmatch(person.username):
        yield FieldError(
            "username",
            _("Tên đăng nhập “{username}” không hợp lệ.", username=person.username),
            _("Dùng 3-61 chữ thường không dấu, chữ số, dấu chấm, dấu gạch nối. Ví dụ: quan-tri.lam-son."),
        )
    if person.email and not is_mail_address(person.email):
        yield FieldError("email", *ODD_MAIL_ADDRESS)
    if not _is_name(person.full_name):
        yield FieldError(
            "full_name",
            _("Họ và tên người quản trị trống, quá dài hoặc có ký tự lạ."),
            _("Nhập họ và tên, nhiều nhất {most} ký tự.", most=_NAME_LENGTH),
        )


def _faults_of_opening(spec: OrganSpec, _settings: Settings) -> Iterator[FieldError]:
    opening = spec.opening
    if opening.numbers and spec.kind in PARENT_KINDS:
        yield FieldError("opening", _("Đơn vị cấp trên không mở sổ ở đây."), _("Bỏ các số bắt đầu."))
    elif not all(1 <= number <= _LARGEST_NUMBER for number in opening.numbers.values()):
        yield FieldError(
            "opening",
            _("Số bắt đầu phải từ 1 đến {most}.", most=_LARGEST_NUMBER),
            _("Nhập số sẽ cấp tiếp theo của sổ giấy."),
        )
    term = _TERM.fullmatch(opening.term)
    if term is None or term[1] >= term[2]:
        yield FieldError(
            "term", _("Nhiệm kỳ “{term}” không hợp lệ.", term=opening.term), _("Ghi hai năm, ví dụ: 2025-2030.")
        )
    if opening.term_opened_on > clock.today():
        yield FieldError(
            "term_opened", _("Nhiệm kỳ chưa bắt đầu."), _("Nhập ngày liền sau ngày bế mạc đại hội, không ở tương lai.")
        )


_CHECKS = (_faults_of_address, _faults_of_name, _faults_of_people, _faults_of_opening)


def _is_name(value: str) -> bool:
    return bool(value.strip()) and len(value) <= _NAME_LENGTH and value.isprintable()
