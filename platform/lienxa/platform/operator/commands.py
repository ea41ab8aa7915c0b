"""The operator's commands: `lienxa organ add`, `organ add-many`, `organ list`, `audit verify`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from lienxa.platform.command_line import Group
from lienxa.platform.errors import AppError, FieldError, InvalidInput
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from lienxa.platform.db.session import Database

Answer = TypeVar("Answer")
_DIGITS = 9

FAULTS = {
    "missing": _("thiếu dấu niêm"),
    "event removed": _("việc đã niêm bị xóa"),
    "changed": _("nội dung đã bị sửa"),
    "never sealed": _("có việc chưa được niêm và không chờ niêm"),
    "cut off": _("đoạn cuối bị cắt mất"),
    "chain replaced": _("chuỗi dấu niêm bị thay"),
    "unknown key": _("niêm bằng khóa không được nêu"),
    "older key": _("niêm bằng khóa cũ sau khi đã đổi khóa"),
}


@click.group(cls=Group, help=_("Các đơn vị: thêm, liệt kê, tạm dừng, đổi địa chỉ, xuất, khôi phục, xóa."))
def organ() -> None:
    """Communes, townships, districts: onboard and list them."""


_live = click.option(
    "--live",
    is_flag=True,
    help=_(
        "Làm việc chính thức ngay; không nêu thì đơn vị bắt đầu ở giai đoạn chuẩn bị (lệnh phase chuyển giai đoạn)."
    ),
)


@organ.command(
    "add",
    help=_(
        "Thêm một đơn vị trong một lần ghi, in ra địa chỉ và người quản trị đầu tiên. "
        "TÊN-MIỀN là chữ không dấu đứng đầu địa chỉ, ví dụ lam-son; TÊN là tên đơn vị, ví dụ “Lam Sơn”."
    ),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.argument("name", metavar=_("TÊN"))
@click.option(
    "--kind",
    default="commune",
    metavar=_("LOẠI"),
    help=_("commune (xã), township (thị trấn), district (huyện) hoặc province (tỉnh); mặc định commune."),
)
@click.option("--parent", metavar=_("TÊN-MIỀN"), help=_("Tên miền của đơn vị cấp trên, ví dụ do-luong."))
@click.option("--level", default="", metavar=_("CHỮ"), help=_("Tên gọi của cấp (mặc định: theo loại)."))
@click.option("--host", default="", metavar=_("ĐỊA-CHỈ"), help=_("Tên máy chủ (mặc định: tên miền + miền chung)."))
@click.option(
    "--admin",
    "username",
    default="",
    metavar=_("TÊN"),
    help=_("Tên đăng nhập của người quản trị đầu tiên (mặc định: quan-tri.<tên miền>)."),
)
@click.option(
    "--admin-name",
    "full_name",
    default="",
    metavar=_("HỌ-TÊN"),
    help=_("Họ và tên người quản trị đầu tiên (bắt buộc)."),
)
@click.option(
    "--admin-email",
    "email",
    default="",
    metavar=_("ĐỊA-CHỈ"),
    help=_("Địa chỉ thư để mời đặt mật khẩu, nếu máy chủ đăng nhập gửi thư được (mặc định: in mật khẩu dùng một lần)."),
)
@click.option(
    "--opening",
    multiple=True,
    metavar=_("SỔ=SỐ"),
    help=_("Số sẽ cấp tiếp theo của một sổ giấy, ví dụ incoming=312; nêu được nhiều lần."),
)
@click.option("--term", default="2025-2030", metavar=_("NĂM-NĂM"), help=_("Nhiệm kỳ của cấp ủy (mặc định 2025-2030)."))
@click.option(
    "--term-opened",
    default="2025-07-01",
    metavar=_("NGÀY"),
    help=_("Ngày liền sau ngày bế mạc đại hội, dạng năm-tháng-ngày (mặc định 2025-07-01)."),
)
@_live
def add(
    slug: str,
    name: str,
    kind: str,
    parent: str | None,
    level: str,
    host: str,
    username: str,
    full_name: str,
    email: str,
    opening: tuple[str, ...],
    term: str,
    term_opened: str,
    live: bool,
) -> None:
    """Onboard an organ in one transaction and print its address and its first administrator."""
    from lienxa.platform.module import Opening
    from lienxa.platform.operator.specs import OrganSpec, Person
    from lienxa.platform.tenancy.organs import LIVE, PREPARING

    settings = service()
    spec = OrganSpec(
        slug=slug,
        name=name,
        kind=kind,
        level_label=level,
        host=(host or f"{slug}.{settings.base_domain}").lower(),
        parent_slug=parent,
        administrator=Person(username or f"quan-tri.{slug}", full_name, email=email),
        opening=Opening(_opening_numbers(opening), term, _day(term_opened)),
        phase=LIVE if live else PREPARING,
    )
    run(lambda: _add(settings, spec))


@organ.command(
    "add-many",
    help=_(
        "Thêm các đơn vị của một bảng (.xlsx, .ods, .csv), lần lượt, mỗi đơn vị trong một lần ghi; đơn vị lỗi được báo "
        "cùng lý do, các đơn vị khác vẫn làm tiếp. Chạy lại thì đơn vị đã có được bỏ qua. Tệp mẫu: trang vận hành."
    ),
)
@click.argument("file", metavar=_("TỆP"), type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--parent", default="", metavar=_("TÊN-MIỀN"), help=_("Cấp trên của các dòng để trống cột này."))
@click.option(
    "--slips",
    required=True,
    metavar=_("TỆP"),
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("Tệp CSV nhận tên đăng nhập và mật khẩu dùng một lần; ghi thêm vào cuối, chỉ chủ tệp đọc được."),
)
@click.option("--term", default="2025-2030", metavar=_("NĂM-NĂM"), help=_("Nhiệm kỳ của cấp ủy (mặc định 2025-2030)."))
@click.option(
    "--term-opened",
    default="2025-07-01",
    metavar=_("NGÀY"),
    help=_("Ngày liền sau ngày bế mạc đại hội, dạng năm-tháng-ngày (mặc định 2025-07-01)."),
)
@_live
def add_many(file: Path, parent: str, slips: Path, term: str, term_opened: str, live: bool) -> None:
    """Onboard all organs of a spreadsheet, one after the other; exit 1 if one could not be made."""
    from lienxa.platform.operator.listing import Defaults

    settings = service()
    defaults = Defaults(parent, term, _day(term_opened), live)
    if run(lambda: _add_many(settings, file.read_bytes(), defaults, slips)):
        raise SystemExit(1)


@organ.command("list", help=_("Liệt kê các đơn vị với địa chỉ và trạng thái."))
def list_organs() -> None:
    """All organs with their address and state."""
    settings = service()
    run(lambda: _list(settings))


@click.group(cls=Group, help=_("Nhật ký các việc đã làm."))
def audit() -> None:
    """The trail of acts."""


@audit.command(
    "verify",
    help=_(
        "Kiểm tra chuỗi dấu niêm của mọi đơn vị và của nhật ký vận hành (hoặc chỉ của các đơn vị được nêu); "
        "có chỗ sai thì kết thúc với mã 1."
    ),
)
@click.option(
    "--received",
    type=click.File(encoding="utf-8", errors="replace"),
    metavar=_("TỆP"),
    help=_("So thêm với dấu niêm trong các thư đã nhận (“-”: đọc từ bàn phím)."),
)
@click.argument("slugs", nargs=-1, metavar=_("[TÊN-MIỀN]..."))
def verify(slugs: tuple[str, ...], received: TextIO | None) -> None:
    """Check all chains, or those of the organs named, against the heads that were published, and those received.

    Exit 1 if one is broken.
    """
    settings = service()
    letters = received.read() if received else None
    if run(lambda: _verify(settings, slugs, letters)):
        raise SystemExit(1)


async def _add(settings: Settings, spec: Any) -> None:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator.onboarding import add_organ

    async with operators_database(settings) as database:
        added = await add_organ(database, provisioner_for(settings), spec)
    click.echo(_("Đã thêm {name}: {address}", name=added.organ.full_name, address=settings.address(spec.host)))
    click.echo(_("Quản trị đầu tiên: {username}", username=added.administrator.username))
    if added.administrator.invited_at:
        click.echo(_("Đã gửi thư mời đặt mật khẩu tới {address}.", address=added.administrator.invited_at))
    if added.administrator.one_time_password:
        click.echo(
            _("Mật khẩu dùng một lần: {password}", password=added.administrator.one_time_password)
            + _(" (đổi khi đăng nhập lần đầu; in ra và trao tận tay)")
        )


async def _add_many(settings: Settings, content: bytes, defaults: Any, slips: Path) -> int:
    """How many organs could not be made."""
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import batches, listing
    from lienxa.platform.operator.onboarding import add_organ

    organs = listing.read(content, settings, defaults)
    provisioner = provisioner_for(settings)
    failed = 0
    async with operators_database(settings) as database:
        async with database.control() as control:
            organs = await batches.judged(control, organs)
        for position, found in enumerate(organs, start=1):
            said = _("có từ trước") if found.there else _told(found.faults)
            failed += bool(said) and not found.there
            if not said:
                try:
                    added = await add_organ(database, provisioner, found.spec)
                except Exception as refused:  # the others go on
                    failed, said = failed + 1, _why(refused)
                else:
                    said = _("đã thêm")
                    _keep_slip(slips, found.name, settings.address(found.spec.host), added.administrator)
            click.echo(f"{position}/{len(organs)} {found.name or '–'} ({_('dòng {line}', line=found.number)}): {said}")
    click.echo(_("{failed} trên {total} đơn vị chưa thêm được.", failed=failed, total=len(organs)))
    return failed


def _why(refused: Exception) -> str:
    if isinstance(refused, InvalidInput):
        return _told(refused.fields)
    if isinstance(refused, AppError):
        return f"{refused.message} {refused.remedy}".strip()
    return _("lỗi ngoài dự kiến, không có gì được ghi lại: {error}", error=repr(refused))


def _told(faults: Sequence[FieldError]) -> str:
    return " ".join(f"{fault.reason} {fault.remedy}".strip() for fault in faults)


def _keep_slip(slips: Path, name: str, address: str, person: Any) -> None:
    """Append who signs on where with what; the file is its owner's alone."""
    import csv
    import os

    with open(os.open(slips, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([name, address, person.username, person.one_time_password or person.invited_at or ""])


async def _list(settings: Settings) -> None:
    from lienxa.platform.tenancy.organs import with_hosts

    async with operators_database(settings) as database, database.control() as control:
        for found, host in await with_hosts(control):
            click.echo(f"{found.slug:24} {found.state:10} {settings.address(host):44} {found.full_name}")


async def _verify(settings: Settings, slugs: tuple[str, ...], letters: str | None) -> int:
    """How many faults were found."""
    from lienxa.platform.audit import heads, sealing, sent_heads
    from lienxa.platform.db.session import Database
    from lienxa.platform.tenancy.organs import lasting_organs

    keys = settings.audit_keys
    received = list(sent_heads.read(letters or ""))
    if letters is not None and not received:
        raise click.ClickException(
            _("Không thấy dấu niêm nào trong tệp: mỗi dấu là một dòng bắt đầu bằng lienxa-head.")
        )
    odd = [sent for sent in received if not sent.is_ours(keys)]
    for sent in odd:
        click.echo(_("Dấu niêm số {number}: không do hệ thống này gửi, hoặc đã bị sửa", number=sent.head.number))
    faults = len(odd)
    async with Database(settings.db_app_dsn.get_secret_value(), pool_size=1) as database:
        async with database.control() as control:
            organs = [found for found in await lasting_organs(control) if not slugs or found.slug in slugs]
        trails: dict[str, sealing.Opened] = {found.slug: partial(database.tenant, found.id) for found in organs}
        if not slugs:
            trails[_("nhật ký vận hành")] = database.control
        for name, opened in trails.items():
            async with opened() as session:
                place, head = sealing.place_of(session), await sealing.last_head(session)
                sent_to_us = [sent.head for sent in received if sent.tenant_id == place and sent not in odd]
                broken = await sealing.verify(session, keys, [*heads.published(place), *sent_to_us])
            click.echo(
                _("{trail}: {number} dấu niêm, {faults} chỗ sai", trail=name, number=head.number, faults=len(broken))
            )
            for line in _in_words(broken):
                click.echo(f"  {line}")
            faults += len(broken)
    return faults


def _in_words(faults: Sequence[Any]) -> Iterator[str]:
    """The faults, those of one kind that follow each other in one line."""
    for kind, alike in groupby(faults, key=lambda fault: fault.kind):
        numbers = [fault.number for fault in alike]
        where = str(numbers[0]) if numbers[0] == numbers[-1] else f"{numbers[0]}–{numbers[-1]}"
        yield f"{where}: {FAULTS.get(kind, kind)}" + (f" ({len(numbers)})" if len(numbers) > 1 else "")
    if {"changed", "unknown key"} & {fault.kind for fault in faults}:
        yield _("Nếu khóa nhật ký đã từng được đổi: nêu mọi khóa cũ trong LIENXA_OLD_AUDIT_KEYS, mới nhất trước.")


def operators_database(settings: Settings) -> "Database":
    """The database with the operators' login, as long as a command needs it."""
    from lienxa.platform.db.session import Database

    return Database(settings.db_operator_dsn.get_secret_value(), pool_size=2)


def service() -> Settings:
    """The settings of the service on this machine; a clear line if there is none."""
    settings = get_settings()
    if not settings.db_operator_dsn.get_secret_value():
        raise click.ClickException(
            _("Chưa có dịch vụ ở {data}. Chạy “make run” trước, hoặc đặt LIENXA_DATA.", data=settings.data)
        )
    if settings.today is not None:
        from lienxa.platform import clock

        clock.start_at(settings.today)
    return settings


def run(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run a command; a refusal or a database that does not answer is one clear line."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    try:
        return asyncio.run(_awaited(work))
    except InvalidInput as error:
        raise click.ClickException("\n".join(_told([fault]) for fault in error.fields)) from error
    except AppError as error:
        raise click.ClickException(f"{error.message} {error.remedy}".strip()) from error
    except (OSError, InterfaceError, OperationalError) as error:  # a ConnectionError is an OSError
        raise click.ClickException(_("Cơ sở dữ liệu không trả lời. Dịch vụ có đang chạy không (make run)?")) from error


async def _awaited(work: Callable[[], Awaitable[Answer]]) -> Answer:
    return await work()


def _opening_numbers(pairs: tuple[str, ...]) -> dict[str, int]:
    numbers = {}
    for pair in pairs:
        series, _sign, number = pair.partition("=")
        if not series or not (number.isascii() and number.isdecimal()) or len(number) > _DIGITS:
            raise click.ClickException(
                _("“{pair}” không đọc được. Viết dạng sổ=số, ví dụ incoming=312 hoặc committee/QĐ=57.", pair=pair)
            )
        numbers[series] = int(number)
    return numbers


def _day(typed: str) -> date:
    try:
        return datetime.strptime(typed, "%Y-%m-%d").date()  # noqa: DTZ007 -- a legal day, no instant
    except ValueError:
        raise click.ClickException(_("“{typed}” không phải là ngày dạng năm-tháng-ngày.", typed=typed)) from None
