"""The commands of an organ's life: `lienxa organ export` and its like."""

import getpass
from typing import TYPE_CHECKING, Any

import click

from lienxa.platform.command_line import Command
from lienxa.platform.errors import AppError, NotFound
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator.commands import operators_database, run, service
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from lienxa.platform.readiness.checklist import Checklist
    from lienxa.platform.tenancy.organs import Organ


@click.command(
    "export",
    cls=Command,
    help=_("Xuất toàn bộ dữ liệu của một đơn vị ra tệp lưu (bảng, tệp, sổ PDF, nhật ký), in ra nơi để tệp."),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.option("--no-books", is_flag=True, help=_("Không in các sổ ra PDF."))
def export(slug: str, no_books: bool) -> None:
    """Write the archive of an organ."""
    settings = service()
    work = run(lambda: _do(settings, "export", slug, books=not no_books))
    from lienxa.platform.life.exporting import folder

    result = work.result
    click.echo(_("Tệp lưu: {path}", path=folder() / result["archive"]))
    click.echo(
        _(
            "{rows} dòng dữ liệu, {files} tệp, {books} sổ PDF, {size} byte.",
            rows=result["rows"],
            files=result["files"],
            books=result["books"],
            size=result["bytes"],
        )
    )
    if result["missing_files"]:
        click.echo(_("Kho đã mất {count} tệp từ trước; xem danh sách trong tệp lưu.", count=result["missing_files"]))


@click.command(
    "restore",
    cls=Command,
    help=_(
        "Khôi phục một đơn vị không còn trong hệ thống từ TỆP-LƯU (tên tệp trong thư mục archives). Đơn vị trở lại ở "
        "trạng thái tạm dừng; xem lại rồi dùng lệnh resume."
    ),
)
@click.argument("archive", metavar=_("TỆP-LƯU"))
@click.option(
    "--unsealed",
    is_flag=True,
    help=_("Nhận cả tệp lưu không mang dấu niêm của hệ thống này; được ghi vào nhật ký."),
)
@click.option("--reseal", is_flag=True, help=_("Niêm lại nhật ký bằng khóa của hệ thống này (tệp lưu từ nơi khác)."))
@click.option("--host", default="", metavar=_("ĐỊA-CHỈ"), help=_("Địa chỉ khác với địa chỉ ghi trong tệp lưu."))
def restore(archive: str, unsealed: bool, reseal: bool, host: str) -> None:
    """Restore an organ from its archive."""
    settings = service()
    work = run(lambda: _do(settings, "restore", None, archive=archive, unsealed=unsealed, reseal=reseal, host=host))
    click.echo(
        _(
            "Đã khôi phục {slug}: {rows} dòng dữ liệu, {files} tệp; từng bảng giống hệt tệp lưu.",
            slug=work.result["slug"],
            rows=work.result["rows"],
            files=work.result["files"],
        )
    )
    for sentence in work.result["withdrawn"]:
        click.echo(f"- {sentence}")
    if work.result["without_password"]:
        click.echo(
            _(
                "{count} người chưa có mật khẩu: cấp cho người quản trị (lienxa account renew-password hoặc trang của "
                "đơn vị); khi đơn vị hoạt động lại, người quản trị in phiếu cấp tài khoản cho mọi người.",
                count=work.result["without_password"],
            )
        )
    click.echo(
        _(
            "{count} người lại được làm việc như lúc lưu. Ai đã nghỉ hoặc bị tạm ngừng sau đó: xem danh sách ở nhật ký "
            "đơn vị, khóa bằng lienxa account disable trước khi cho hoạt động lại.",
            count=work.result["serving"],
        )
    )


@click.command(
    "compare",
    cls=Command,
    help=_("So từng bảng của một đơn vị với TỆP-LƯU; có bảng khác thì kết thúc với mã 1."),
)
@click.argument("archive", metavar=_("TỆP-LƯU"))
def compare(archive: str) -> None:
    """Compare the tables of an organ with its archive, byte by byte."""
    settings = service()
    differing = run(lambda: _compare(settings, archive))
    for table in differing:
        click.echo(_("Khác: {table}", table=table))
    if differing:
        raise SystemExit(1)
    click.echo(_("Mọi bảng giống hệt tệp lưu."))


@click.command(
    "ready",
    cls=Command,
    help=_("In danh mục sẵn sàng của một đơn vị, mỗi mục một dòng; còn mục chưa đạt thì kết thúc với mã 1."),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
def ready(slug: str) -> None:
    """Print the readiness list of an organ."""
    settings = service()
    organ, found = run(lambda: _look(settings, slug))
    from lienxa.platform.readiness.phases import PHASES

    click.echo(_("{name}: {phase}", name=organ.title, phase=PHASES[organ.phase]))
    for line in found.lines:
        click.echo(f"[{line.state_title}] {line.item.title}: {line.reason}")
    if found.missing:
        raise SystemExit(1)


@click.command(
    "phase",
    cls=Command,
    help=_(
        "Chuyển một đơn vị sang GIAI-ĐOẠN: preparing (chuẩn bị), parallel (chạy song song) hoặc live (chính thức). "
        "Chuyển sang chính thức khi còn mục chưa đạt, hoặc trở lại, phải nêu lý do."
    ),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.argument("phase", metavar=_("GIAI-ĐOẠN"), type=click.Choice(["preparing", "parallel", "live"]))
@click.option("--basis", default="", metavar=_("CĂN-CỨ"), help=_("Ai quyết định, số và ngày văn bản."))
@click.option("--reason", default="", metavar=_("LÝ-DO"), help=_("Lý do vẫn chuyển, hoặc lý do trở lại."))
def phase(slug: str, phase: str, basis: str, reason: str) -> None:
    """Let an organ enter another phase."""
    _act("phase", slug, phase=phase, basis=basis, reason=reason)


@click.command("suspend", cls=Command, help=_("Tạm dừng một đơn vị: chỉ xem, tìm và in được."))
@click.argument("slug", metavar=_("TÊN-MIỀN"))
def suspend(slug: str) -> None:
    """Let an organ be read alone."""
    _act("suspend", slug)


@click.command("resume", cls=Command, help=_("Cho một đơn vị đang tạm dừng hoạt động lại."))
@click.argument("slug", metavar=_("TÊN-MIỀN"))
def resume(slug: str) -> None:
    """Let an organ work again."""
    _act("resume", slug)


@click.command("move", cls=Command, help=_("Đổi địa chỉ của một đơn vị; địa chỉ cũ còn dẫn sang một thời gian."))
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.argument("host", metavar=_("ĐỊA-CHỈ"))
def move(slug: str, host: str) -> None:
    """Let an organ answer at another host."""
    _act("move", slug, host=host)


@click.command(
    "erase",
    cls=Command,
    help=_("Quyết định xóa một đơn vị: tạm dừng ngay, xóa hẳn khi hết thời gian chờ. Phải gõ lại tên miền."),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.option("--reason", required=True, metavar=_("LÝ-DO"), help=_("Lý do, ghi vào chứng nhận."))
@click.option("--confirm", required=True, metavar=_("TÊN-MIỀN"), help=_("Gõ lại tên miền để xác nhận."))
def erase(slug: str, reason: str, confirm: str) -> None:
    """Decide to erase an organ."""
    if confirm != slug:
        raise click.ClickException(_("Tên miền gõ lại không khớp; chưa có gì thay đổi."))
    _act("erase", slug, reason=reason)


@click.command("call-back", cls=Command, help=_("Rút lại quyết định xóa một đơn vị khi còn trong thời gian chờ."))
@click.argument("slug", metavar=_("TÊN-MIỀN"))
def call_back(slug: str) -> None:
    """Take the decision to erase an organ back."""
    _act("call_back", slug)


def _act(kind: str, slug: str, **wanted: Any) -> None:
    settings = service()
    run(lambda: _do(settings, kind, slug, **wanted))
    from lienxa.platform.life.acts import KINDS

    click.echo(KINDS[kind].done)


async def _look(settings: Settings, slug: str) -> "tuple[Organ, Checklist]":
    from lienxa.platform.life import entering
    from lienxa.platform.tenancy.organs import organ_by_slug

    async with operators_database(settings) as database:
        async with database.control() as control:
            organ = await organ_by_slug(control, slug)
        if organ is None:
            raise NotFound(_("Không có đơn vị “{slug}”.", slug=slug))
        return organ, await entering.look(database, organ)


async def _compare(settings: Settings, archive: str) -> list[str]:
    from lienxa.platform.life import restoring
    from lienxa.platform.life.archive import Reader

    async with operators_database(settings) as database:
        with Reader(restoring.archive_of(archive)) as reader:
            return await restoring.compare(database, reader.manifest.organ_id, reader)


async def _do(settings: Settings, kind: str, slug: str | None, **wanted: Any) -> OrganWork:
    """Carry an act on an organ out at once, in the name of who is logged in on this machine."""
    from lienxa.platform import ids
    from lienxa.platform.life import acts, works
    from lienxa.platform.tenancy.organs import organ_by_slug

    key = ids.new_id()
    async with operators_database(settings) as database:
        async with database.control() as control:
            found = await organ_by_slug(control, slug) if slug else None
            if slug and found is None:
                raise NotFound(_("Không có đơn vị “{slug}”.", slug=slug))
            await works.ask(control, None, key, kind, getpass.getuser(), found.id if found else None, **wanted)
        work = await acts.carry_out(database, key)
    if work.state != "done":
        raise AppError(work.reason)
    return work


COMMANDS = (ready, phase, export, restore, compare, suspend, resume, move, erase, call_back)
