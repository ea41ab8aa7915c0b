"""The people of an office taken in from a spreadsheet, with accounts and posts; and their slips, all at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity import enrolment
from lienxa.platform.imports.cells import LineReader, folded
from lienxa.platform.imports.kinds import CheckedLine, Column, ImportKind, Line
from lienxa.platform.text import _, fold
from lienxa.tenants.office import operations, repository, rules
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import PostLine, StaffLine

# So many slips are printed at a time: each takes a call to the issuer.
MOST_SLIPS = 60

COLUMNS = (
    Column("full_name", _("Họ và tên"), _("Nguyễn Văn An"), required=True, aliases=("ho ten",)),
    Column(
        "username",
        _("Tên đăng nhập"),
        "nguyen-van-an",
        note=_("Chữ thường không dấu. Bỏ trống thì lấy theo họ tên."),
        aliases=("tai khoan",),
    ),
    Column(
        "posts",
        _("Chức vụ"),
        _("Văn thư; Quản trị"),
        note=_("Đúng tên ở trang Chức vụ. Nhiều chức vụ cách nhau bằng dấu chấm phẩy. Bỏ trống thì giao sau."),
        aliases=("chuc danh",),
    ),
    Column("held_from", _("Giữ chức vụ từ ngày"), "01/01/2026", aliases=("tu ngay",), note=_("Bỏ trống: hôm nay.")),
)


@dataclass(frozen=True)
class NewMember:
    """Somebody who is to be enrolled."""

    full_name: str
    username: str
    post_ids: Sequence[UUID]
    held_from: date


@dataclass(frozen=True)
class Slip:
    """What one person is handed to sign on for the first time."""

    full_name: str
    username: str
    printed: str


class _Office:
    """What the lines are checked against; it remembers what the lines before take."""

    def __init__(self, posts: Sequence[PostLine], names: set[str], usernames: set[str]) -> None:
        self.posts: dict[str, list[PostLine]] = {}
        for post in posts:
            self.posts.setdefault(folded(post.title), []).append(post)
        self.names = names
        self.usernames = usernames
        self.given: set[UUID] = set()

    def free_username(self, full_name: str) -> str:
        """A user name made of the name that nobody has yet."""
        plain = re.sub(r"[^a-z0-9]+", "-", fold(full_name)).strip("-")[:26].strip("-")
        if not enrolment.is_local_name(plain):
            plain = "can-bo"
        turns = (plain if turn == 1 else f"{plain}-{turn}" for turn in range(1, 1000))
        return next(name for name in turns if name not in self.usernames)


async def check(session: TenantSession, actor: Actor, lines: Sequence[Line]) -> Sequence[CheckedLine]:
    """What is right and wrong in a list of people."""
    suffix = f".{actor.organ.slug}"
    logins = await enrolment.logins(session)
    present = [
        person for person in await repository.staff(session) if not rules.has_left(person.left_on, clock.today())
    ]
    office = _Office(
        await repository.posts(session),
        {_same(person.full_name) for person in present},
        {login.username.removesuffix(suffix) for login in logins.values()},
    )
    return [_read(office, line, suffix) for line in lines]


async def write(session: TenantSession, actor: Actor, entries: Sequence[NewMember]) -> str:
    """Enrol them. Their one-time passwords are kept nowhere: slips are printed when they are to be handed over."""
    for entry in entries:
        person, _account = await operations.enrol(
            session, actor, entry.username, entry.full_name, None, entry.held_from
        )
        for post_id in entry.post_ids:
            await operations.appoint(session, actor, post_id, person.id, entry.held_from, None)
    return _("Đã thêm {count} cán bộ. In phiếu cấp tài khoản để phát cho từng người.", count=len(entries))


async def newcomers(session: TenantSession, actor: Actor) -> list[tuple[StaffLine, str]]:
    """Who never signed on, with their user names, by given name."""
    actor.require(ADMINISTRATE)
    logins = await enrolment.logins(session)
    return [
        (person, login.username)
        for person in await repository.staff(session)
        if not rules.has_left(person.left_on, clock.today())
        and person.suspended_on is None
        and (login := logins.get(person.account_id)) is not None
        and login.signed_in_at is None
    ]


async def print_slips(session: TenantSession, actor: Actor, staff_ids: Sequence[UUID]) -> list[Slip]:
    """New one-time passwords for people who never signed on; slips that were printed before serve no more."""
    wanted = [(person, name) for person, name in await newcomers(session, actor) if person.id in staff_ids]
    if not wanted:
        raise InvalidInput.of("staff", _("Chưa chọn ai."), _("Đánh dấu ít nhất một người."))
    if len(wanted) > MOST_SLIPS:
        raise InvalidInput.of(
            "staff", _("Đã chọn {count} người.", count=len(wanted)), _("In mỗi lần tối đa {most}.", most=MOST_SLIPS)
        )
    slips = []
    for person, username in wanted:
        _person, printed = await operations.renew_password(session, actor, person.id)
        slips.append(Slip(person.full_name, username, printed))
    return slips


def _same(full_name: str) -> str:
    """Names are the same but for case and spaces; Ánh and Ảnh are two people."""
    return " ".join(full_name.split()).casefold()


def _read(office: _Office, line: Line, suffix: str) -> CheckedLine:
    cells = LineReader(line, COLUMNS)
    full_name = cells.text("full_name", 100)
    held_from = cells.day("held_from") or clock.today()
    if full_name and _same(full_name) in office.names:
        said = _("Đã có cán bộ tên {name}.", name=full_name)
        cells.fault("full_name", said, _("Xóa dòng này. Nếu là người khác trùng tên, thêm ở trang Cán bộ."))
    username = _username(office, cells, full_name, suffix)
    posts = _posts(office, cells)
    if cells.faults:
        return CheckedLine(line, None, cells.faults)
    office.names.add(_same(full_name))
    office.usernames.add(username)
    office.given |= {post.id for post in posts}
    return CheckedLine(line, NewMember(full_name, username, [post.id for post in posts], held_from))


def _username(office: _Office, cells: LineReader, full_name: str, suffix: str) -> str:
    typed = cells.text("username", 90).removesuffix(suffix)
    if not typed:
        return office.free_username(full_name)
    if not enrolment.is_local_name(typed):
        cells.fault("username", *enrolment.odd_local_name(typed))
    elif typed in office.usernames:
        said = _("Tên đăng nhập “{name}” đã có người dùng.", name=typed)
        cells.fault("username", said, _("Chọn tên đăng nhập khác."))
    return typed


def _posts(office: _Office, cells: LineReader) -> list[PostLine]:
    found = []
    for title in filter(None, (part.strip() for part in cells.text("posts", 300).split(";"))):
        alike = office.posts.get(folded(title), [])
        if len(alike) != 1:
            said = (
                _("Không có chức vụ “{title}”.", title=title)
                if not alike
                else _("Có nhiều chức vụ “{title}”.", title=title)
            )
            cells.fault("posts", said, _("Ghi đúng tên một chức vụ ở trang Chức vụ, hoặc bỏ trống rồi giao sau."))
            continue
        (post,) = alike
        one = rules.held_by_one(post.role_code, post.title, heads_unit=post.heads_unit)
        if one and (post.holders or post.id in office.given):
            holders = ", ".join(post.holders) or _("một dòng ở trên")
            said = _("Chức vụ “{title}” đang do {name} giữ.", title=post.title, name=holders)
            cells.fault("posts", said, _("Ghi ngày thôi giữ của người trước, hoặc bỏ trống rồi giao sau."))
        found.append(post)
    return found


IMPORTS = (
    ImportKind(
        code="can-bo",
        title=_("Danh sách cán bộ"),
        explanation=_("Mỗi dòng một người: tạo tài khoản và giao chức vụ."),
        permission=ADMINISTRATE,
        columns=COLUMNS,
        check=check,
        write=write,
        path="/quan-tri/nhap-du-lieu/phieu",
        most_lines=300,
    ),
)
