"""Jobs of the operator. Those of the queue `operator` run with its login, in a worker of their own."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.module import Schedule
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _

SCHEDULES = (Schedule("operator.wipe_passwords", seconds=60),)


@control_actor(title=_("Thêm đơn vị"), queue="operator")
async def add_organ(database: Database, addition_id: UUID) -> None:
    """Make the organ that was asked for on the operator's page."""
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import additions

    settings = get_settings()
    await additions.carry_out(database, settings, provisioner_for(settings), addition_id)


@control_actor(title=_("Đọc danh sách đơn vị"), queue="heavy")
async def read_list(database: Database, batch_id: UUID) -> None:
    """Read a list of organs that was brought on the operator's page."""
    from lienxa.platform.operator import batches

    await batches.check(database, get_settings(), batch_id)


@control_actor(title=_("Cấp mật khẩu mới cho người quản trị"), queue="operator")
async def renew_password(database: Database, renewal_id: UUID) -> None:
    """Make the one-time password that was asked for on the page of an organ."""
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import renewals

    settings = get_settings()
    await renewals.carry_out(database, settings, provisioner_for(settings), renewal_id)


@control_actor(title=_("Khóa hoặc mở lại tài khoản"), queue="operator")
async def set_account(database: Database, account_id: UUID, enabled: bool, by_id: UUID) -> None:
    """Shut an account out, or let it in, as it was asked for on the page of accounts."""
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import accounts

    await accounts.carry_out(database, provisioner_for(get_settings()), account_id, by_id, enabled=enabled)


@control_actor(title=_("Xóa mật khẩu dùng một lần quá hạn"))
async def wipe_passwords(database: Database) -> None:
    """Wipe the one-time passwords that nobody came to see in time."""
    from lienxa.platform.operator import passwords
    from lienxa.platform.operator.models import OrganAddition, PasswordRenewal

    async with database.control() as control:
        for kind in (OrganAddition, PasswordRenewal):
            await passwords.wipe(control, kind)


@control_actor(title=_("Tạo dữ liệu minh họa"), queue="operator")
async def make_demonstration(database: Database) -> None:
    """Make the organs of the demonstration that are announced and not complete."""
    from lienxa.platform.operator import demo

    await demo.make_rest(database, get_settings())


@control_actor(title=_("Chốt số liệu minh họa"), queue="heavy")
async def close_demonstration(database: Database) -> None:
    """Close periods in the organs of the demonstration, which all have their year."""
    from lienxa.platform.operator import demo

    await demo.close_periods(database, get_settings())
