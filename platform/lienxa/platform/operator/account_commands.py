"""The commands about people: `lienxa operator add|list|remove`, `account show|disable|enable|renew-password`."""

import getpass
from datetime import datetime

import click

from lienxa.platform.command_line import Group
from lienxa.platform.operator.commands import operators_database, run, service
from lienxa.platform.settings import Settings
from lienxa.platform.text import _


@click.group(cls=Group, help=_("Người vận hành hệ thống: thêm, liệt kê, cho thôi."))
def operator() -> None:
    """Who may sign on at the operator's pages."""


@operator.command(
    "add",
    help=_(
        "Cho một người vào trang vận hành (…/van-hanh) và in ra mật khẩu dùng một lần; "
        "tên đăng nhập đã có thì giữ mật khẩu cũ."
    ),
)
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
@click.option("--name", "full_name", default="", metavar=_("HỌ-TÊN"), help=_("Họ và tên (bắt buộc)."))
def add_operator(username: str, full_name: str) -> None:
    """Let a person sign on as an operator."""
    settings = service()
    run(lambda: _add_operator(settings, username, full_name))


@operator.command("list", help=_("Liệt kê người vận hành, tài khoản còn mở hay đã khóa, lần đăng nhập cuối."))
def list_operators() -> None:
    """All operators."""
    settings = service()
    run(lambda: _list_operators(settings))


@operator.command(
    "remove",
    help=_(
        "Cho một người thôi làm người vận hành và đăng xuất người đó ở mọi nơi; tài khoản còn lại. "
        "Người vận hành cuối cùng thì không cho thôi được."
    ),
)
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
def remove_operator(username: str) -> None:
    """Let a person be an operator no longer."""
    settings = service()
    run(lambda: _remove_operator(settings, username))
    click.echo(_("{name} thôi làm người vận hành.", name=username))


@click.group(cls=Group, help=_("Tài khoản đăng nhập của mọi đơn vị: xem, khóa, mở lại."))
def account() -> None:
    """Accounts of the whole installation."""


@account.command("show", help=_("Xem một tài khoản: của ai, còn mở hay đã khóa, phục vụ những đơn vị nào."))
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
def show(username: str) -> None:
    """One account."""
    settings = service()
    run(lambda: _show(settings, username))


@account.command(
    "disable",
    help=_(
        "Khóa một tài khoản ở toàn hệ thống và đăng xuất người đó ở mọi nơi; các đơn vị người đó phục vụ được báo. "
        "Chỉ ngừng ở một đơn vị thì người quản trị của đơn vị làm ở trang cán bộ."
    ),
)
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
def disable(username: str) -> None:
    """Shut an account out."""
    settings = service()
    run(lambda: _set_enabled(settings, username, enabled=False))
    click.echo(_("Đã khóa {name}; mọi phiên của người này đã kết thúc.", name=username))


@account.command("enable", help=_("Mở lại một tài khoản đã khóa; mật khẩu cũ còn hiệu lực."))
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
def enable(username: str) -> None:
    """Let an account in again."""
    settings = service()
    run(lambda: _set_enabled(settings, username, enabled=True))
    click.echo(_("Đã mở lại {name}.", name=username))


@account.command(
    "renew-password",
    help=_(
        "Cấp lại mật khẩu dùng một lần cho một tài khoản và in ra; người đó bị đăng xuất ở mọi nơi, các đơn vị được "
        "báo. Người chỉ làm ở một đơn vị thì người quản trị của đơn vị cấp ở trang cán bộ."
    ),
)
@click.argument("username", metavar=_("TÊN-ĐĂNG-NHẬP"))
def renew_password(username: str) -> None:
    """Give out a new one-time password."""
    settings = service()
    printed = run(lambda: _renew_password(settings, username))
    click.echo(_("Mật khẩu dùng một lần: {password}", password=printed))
    click.echo(_("In ra và trao tận tay; người ấy đổi khi đăng nhập lần đầu."))


async def _add_operator(settings: Settings, username: str, full_name: str) -> None:
    from lienxa.platform.audit import operators
    from lienxa.platform.identity.addresses import OPERATOR_PATH
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator.specs import Person, check_operator_name, check_person

    person = check_person(Person(username, full_name))
    async with operators_database(settings) as database, database.control() as control:
        await check_operator_name(control, person.username)
        added = await provisioner_for(settings).provision_operator(control, person.username, person.full_name)
        operators.note(control, getpass.getuser(), "operator.added", detail=person.username)
    click.echo(_("Trang vận hành: {address}", address=settings.address(settings.sso_host) + OPERATOR_PATH))
    click.echo(_("Người vận hành: {username}", username=added.username))
    if added.one_time_password:
        click.echo(_("Mật khẩu dùng một lần: {password}", password=added.one_time_password))


async def _list_operators(settings: Settings) -> None:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    async with operators_database(settings) as database, database.control() as control:
        for found, last in await accounts.operators_there(control, provisioner_for(settings)):
            state = _("đã khóa") if found.disabled_at else _("đang mở")
            seen = _("đăng nhập lần cuối {at}", at=_moment(last)) if last else _("chưa đăng nhập")
            click.echo(f"{found.username:24} {state:8} {found.full_name:30} {seen}")


async def _remove_operator(settings: Settings, username: str) -> None:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    async with operators_database(settings) as database:
        await accounts.retire_operator(database, settings, provisioner_for(settings), username, getpass.getuser())


async def _show(settings: Settings, username: str) -> None:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    async with operators_database(settings) as database, database.control() as control:
        seen = await accounts.look(control, settings, provisioner_for(settings), username)
    disabled = seen.account.disabled_at
    click.echo(f"{seen.account.username}: {seen.account.full_name}")
    click.echo(_("Đã khóa từ {at}.", at=_moment(disabled)) if disabled else _("Đang mở."))
    for organ in seen.organs:
        click.echo(f"  {organ.slug:24} {organ.title}")
    if seen.operates:
        click.echo(_("Là người vận hành."))


async def _set_enabled(settings: Settings, username: str, *, enabled: bool) -> None:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    async with operators_database(settings) as database:
        by, provisioner = getpass.getuser(), provisioner_for(settings)
        await accounts.set_enabled(database, settings, provisioner, username, by, enabled=enabled)


async def _renew_password(settings: Settings, username: str) -> str:
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    async with operators_database(settings) as database:
        return await accounts.renew_password(database, settings, provisioner_for(settings), username, getpass.getuser())


def _moment(instant: datetime) -> str:
    from lienxa.platform import clock

    return f"{clock.legal(instant):%d/%m/%Y %H:%M}"
