"""The commands about the keys of the installation: `lienxa keys new`, `lienxa keys rotate` (docs/security.md)."""

import getpass
from typing import TYPE_CHECKING

import click

from lienxa.platform.command_line import Group
from lienxa.platform.operator.commands import run, service
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from lienxa.platform.keys import rotation


_REPLACED = ("LIENXA_SECRET_KEY", "LIENXA_AUDIT_KEY")


@click.group(cls=Group, help=_("Khóa của hệ thống: tạo khóa mới, đóng lại bằng khóa mới."))
def keys() -> None:
    """The keys of the application and of the trails."""


@keys.command(
    "new",
    help=_(
        "Tạo khóa mới trong service.env và giữ khóa đang dùng ở danh sách khóa cũ. "
        "Sau đó khởi động lại dịch vụ rồi chạy “lienxa keys rotate”."
    ),
)
@click.option("--secret", is_flag=True, help=_("Chỉ đổi khóa ứng dụng (LIENXA_SECRET_KEY)."))
@click.option("--audit", is_flag=True, help=_("Chỉ đổi khóa niêm nhật ký (LIENXA_AUDIT_KEY)."))
def new(secret: bool, audit: bool) -> None:
    """Put new keys into the service file, the present ones before the old ones."""
    from lienxa.platform import service_file

    settings = service()
    chosen = [name for name, wanted in zip(_REPLACED, (secret, audit), strict=True) if wanted] or _REPLACED
    service_file.replace_keys(settings.data, chosen)
    for name in chosen:
        old = service_file.old_keys(name)
        click.echo(_("Đã đổi {name}; khóa trước nằm đầu danh sách {old}.", name=name, old=old))
    click.echo(_("Khởi động lại mọi tiến trình của dịch vụ, rồi chạy: lienxa keys rotate"))


@keys.command(
    "rotate",
    help=_(
        "Sau khi mọi tiến trình đã chạy với khóa mới: đóng lại bằng khóa mới những gì khóa cũ đã đóng, "
        "và cho các nhật ký niêm tiếp bằng khóa mới. Chạy lại được bất cứ lúc nào; "
        "còn mục không khóa nào mở được thì kết thúc với mã 1."
    ),
)
@click.option("--dry-run", is_flag=True, help=_("Chỉ đếm, không ghi gì."))
@click.option(
    "--audit-key-lost",
    is_flag=True,
    help=_("Khóa niêm trước đó mất hẳn: niêm tiếp mà không có nó. Các dòng trước không kiểm tra được nữa, có ghi lại."),
)
def rotate(dry_run: bool, audit_key_lost: bool) -> None:
    """Seal anew what older keys sealed. Exit 1 if something is opened by none of the keys that are given."""
    settings = service()
    if run(lambda: _rotate(settings, dry_run=dry_run, key_is_lost=audit_key_lost)):
        raise SystemExit(1)


async def _rotate(settings: Settings, *, dry_run: bool, key_is_lost: bool = False) -> int:
    """How much is opened by no key."""
    from lienxa.platform.db.session import Database
    from lienxa.platform.keys import rotation

    total, went_over = rotation.Count(), 0
    async with Database(settings.db_app_dsn.get_secret_value(), pool_size=2) as database:
        rotating = rotation.rotate(database, settings, getpass.getuser(), dry_run=dry_run, key_is_lost=key_is_lost)
        async for rotated in rotating:
            name = rotated.organ.slug if rotated.organ else _("hệ thống")
            for title, count in rotated.counts.items():
                if count.older or count.lost:
                    click.echo(f"{name}: {title}: {_in_words(count, dry_run=dry_run)}")
                total += count
            went_over += rotated.trail_went_over
    click.echo(_("Tất cả: {counts}.", counts=_in_words(total, dry_run=dry_run)))
    if went_over:
        click.echo(_("{count} nhật ký từ lần đổi khóa này niêm bằng khóa mới.", count=went_over))
    _conclude(settings, total, dry_run=dry_run)
    return total.lost


def _conclude(settings: Settings, total: "rotation.Count", *, dry_run: bool) -> None:
    if total.lost:
        click.echo(
            _("Có mục không khóa nào mở được: nêu khóa đã đóng chúng trong LIENXA_OLD_SECRET_KEYS rồi chạy lại."),
            err=True,
        )
    elif len(settings.secret_keys) > 1 and not dry_run:
        click.echo(_("Không còn gì cần đến khóa ứng dụng cũ: bỏ LIENXA_OLD_SECRET_KEYS rồi khởi động lại dịch vụ."))
    if len(settings.audit_keys) > 1 and not dry_run:
        click.echo(
            _(
                "Giữ LIENXA_OLD_AUDIT_KEYS chừng nào còn phải kiểm tra nhật ký và khôi phục tệp lưu "
                "từ trước lần đổi khóa; nếu đổi vì khóa bị lộ thì bỏ ra khỏi dịch vụ ngay (docs/security.md)."
            )
        )


def _in_words(count: "rotation.Count", *, dry_run: bool) -> str:
    words = [_("{count} mục đã đóng lại bằng khóa mới", count=count.older)]
    if dry_run:
        words = [_("{count} mục còn đóng bằng khóa cũ", count=count.older)]
    words.append(_("{count} mục đã là khóa mới từ trước", count=count.newest))
    if count.lost:
        words.append(_("{count} mục không khóa nào mở được", count=count.lost))
    return ", ".join(words)
