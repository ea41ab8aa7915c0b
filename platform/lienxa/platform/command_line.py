"""click in Vietnamese: headings of the help, and every fault as one clear line that begins with `Lỗi:`."""

import sys
from typing import Any

import click

from lienxa.platform.text import _


class _Vietnamese(click.Command):
    """The help of a command. click itself would take these words from a catalogue of the whole process."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=_("Cách dùng: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        with formatter.section(_("Tùy chọn")):
            formatter.write_dl(records)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option that shows the help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Hiện phần giúp đỡ này.")
        return option


class Command(_Vietnamese):
    """A command."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The parts of the usage line."""
        return [_("[TÙY CHỌN]"), *super().collect_usage_pieces(ctx)[1:]]


class Group(_Vietnamese, click.Group):
    """Commands under one name."""

    command_class = Command

    def collect_usage_pieces(self, _ctx: click.Context) -> list[str]:
        """The parts of the usage line."""
        return [_("LỆNH ...")]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        rows = [(name, self.commands[name].get_short_help_str(limit=100)) for name in self.list_commands(ctx)]
        with formatter.section(_("Lệnh")):
            formatter.write_dl(rows)

    def main(self, *args: Any, **options: Any) -> Any:
        """Run what was typed and end the process."""
        try:
            sys.exit(super().main(*args, **{**options, "standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            click.echo(_("Lỗi: {fault}", fault=_fault(error)), err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo(_("Đã dừng."), err=True)
            sys.exit(1)


def _fault(error: click.ClickException) -> str:
    """What is wrong with what was typed; what our own commands say is Vietnamese already."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return error.format_message()
    said = error.format_message()
    if isinstance(error, click.MissingParameter) and error.param is not None:
        said = _("Thiếu {what}.", what=error.param.get_error_hint(error.ctx))
    elif isinstance(error, click.NoSuchOption):
        said = _("Không có tùy chọn {name}.", name=error.option_name)
    elif isinstance(error, click.exceptions.NoSuchCommand):
        said = _("Không có lệnh {name}.", name=error.command_name)
    elif isinstance(error, click.exceptions.BadOptionUsage):
        said = _("Tùy chọn {name} dùng chưa đúng.", name=error.option_name)
    elif type(error) is click.UsageError:  # click has no type of its own for what is too much
        said = _("Thừa chữ trong lệnh; tên có dấu cách phải đặt trong dấu nháy.")
    return said + " " + _("Xem: {command} --help", command=error.ctx.command_path)
