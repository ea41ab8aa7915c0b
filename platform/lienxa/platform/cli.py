"""The command `lienxa`. Every command imports what it needs inside, so that help and errors are quick."""

import os
import sys
from typing import TYPE_CHECKING

import click

from lienxa.platform.command_line import Group
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.doctor.command import doctor
from lienxa.platform.keys.commands import keys
from lienxa.platform.life import commands as life
from lienxa.platform.life import succession_commands
from lienxa.platform.operator.account_commands import account, operator
from lienxa.platform.operator.commands import audit, organ
from lienxa.platform.text import _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class _Lines(Group):
    """A group whose commands end in one clear line, not in a traceback, when the service cannot be started."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was typed."""
        from pydantic import ValidationError

        try:
            return super().invoke(ctx)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error
        except ValidationError as error:
            faults = [f"LIENXA_{'_'.join(map(str, fault['loc'])).upper()}: {_why(fault)}" for fault in error.errors()]
            raise click.ClickException("\n".join([_("Cấu hình sai:"), *faults])) from error


def _why(fault: "ErrorDetails") -> str:
    """What a setting has to be, by what pydantic calls its fault."""
    kind = fault["type"]
    if kind.startswith(("int_", "float_")):
        return _("phải là một số.")
    if kind.startswith("date_"):
        return _("phải là ngày dạng năm-tháng-ngày, ví dụ 2026-11-23.")
    if kind.startswith("bool_"):
        return _("phải là 0 hoặc 1.")
    if kind == "literal_error":
        return _("chỉ nhận {allowed}.", allowed=fault["ctx"]["expected"].replace(" or ", ", "))
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    return fault["msg"]


@click.group(
    cls=_Lines,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Liên Xã: một dịch vụ cho văn phòng dùng chung của nhiều xã."),
)
def main() -> None:
    """Prepare what every command needs."""
    if isinstance(sys.stdout.encoding, str) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]


@main.command(help=_("Chạy toàn bộ dịch vụ trên máy này; Ctrl-C để dừng."))
def run() -> None:
    """Start everything on this machine: database, web, workers, scheduler. Ctrl-C stops it."""
    from lienxa.platform import supervisor

    supervisor.run()
    os._exit(0)  # everything is stopped and said; taking the interpreter apart would take longer than all of it


@main.command(help=_("Chỉ chạy máy chủ Keycloak và cơ sở dữ liệu của nó; Ctrl-C để dừng."))
def keycloak() -> None:
    """Start the Keycloak server of the data folder alone."""
    from lienxa.platform import supervisor

    supervisor.run(keycloak_alone=True)
    os._exit(0)


@main.command(help=_("Chỉ chạy tiến trình web, khi nơi khác lo các tiến trình còn lại (Kubernetes, systemd)."))
def web() -> None:
    """Become the web process alone; whoever started it stops it by SIGTERM."""
    from lienxa.platform import supervisor
    from lienxa.platform.settings import get_settings

    settings = get_settings()
    command = [sys.executable, "-m", *supervisor.web_server(settings.bind, settings.port)]
    environment = os.environ | supervisor.ALLOCATION
    os.execve(sys.executable, command, environment)  # noqa: S606 -- our own program, without a shell


@main.command(help=_("Đưa cơ sở dữ liệu lên phiên bản mới nhất."))
def migrate() -> None:
    """Bring the database to the newest revision."""
    from lienxa.platform import supervisor
    from lienxa.platform.settings import get_settings

    supervisor.migrate(get_settings())


for command in (*life.COMMANDS, *succession_commands.COMMANDS):
    organ.add_command(command)
main.add_command(organ)
main.add_command(operator)
main.add_command(account)
main.add_command(audit)
main.add_command(keys)
main.add_command(doctor)

if __name__ == "__main__":
    main()
