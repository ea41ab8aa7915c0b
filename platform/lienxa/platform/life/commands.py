"""The commands of an organ's life: `lienxa organ export` and its like."""

import getpass
from typing import Any

import click

from lienxa.platform.command_line import Command
from lienxa.platform.errors import AppError, NotFound
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator.commands import run, service
from lienxa.platform.settings import Settings
from lienxa.platform.text import _


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


async def _do(settings: Settings, kind: str, slug: str, **wanted: Any) -> OrganWork:
    """Carry an act on an organ out at once, in the name of who is logged in on this machine."""
    from lienxa.platform import ids
    from lienxa.platform.db.session import Database
    from lienxa.platform.life import acts, works
    from lienxa.platform.tenancy.organs import organ_by_slug

    database = Database(settings.db_operator_dsn.get_secret_value(), pool_size=2)
    key = ids.new_id()
    try:
        async with database.control() as control:
            found = await organ_by_slug(control, slug)
            if found is None:
                raise NotFound(_("Không có đơn vị “{slug}”.", slug=slug))
            await works.ask(control, None, key, kind, getpass.getuser(), found.id, **wanted)
        work = await acts.carry_out(database, key)
    finally:
        await database.close()
    if work.state != "done":
        raise AppError(work.reason)
    return work


COMMANDS = (export,)
