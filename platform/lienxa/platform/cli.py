"""The command `lienxa`. Every command imports what it needs inside, so that help and errors are quick."""

import os
import sys

import click

from lienxa.platform.db.programs import CannotStart
from lienxa.platform.operator.commands import audit, organ
from lienxa.platform.text import _


class _Lines(click.Group):
    """A group whose commands end in one clear line, not in a traceback, when the service cannot be started."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was typed."""
        from pydantic import ValidationError

        try:
            return super().invoke(ctx)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error
        except ValidationError as error:
            faults = [f"LIENXA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
            raise click.ClickException("\n".join([_("Cấu hình sai:"), *faults])) from error


@click.group(cls=_Lines, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Liên Xã: one service for the merged offices of many communes."""
    if isinstance(sys.stdout.encoding, str) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]


@main.command()
def run() -> None:
    """Start everything on this machine: database, web, workers, scheduler. Ctrl-C stops it."""
    from lienxa.platform import supervisor

    supervisor.run()
    os._exit(0)  # everything is stopped and said; taking the interpreter apart would take longer than all of it


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from lienxa.platform import supervisor
    from lienxa.platform.settings import get_settings

    supervisor.migrate(get_settings())


main.add_command(organ)
main.add_command(audit)

if __name__ == "__main__":
    main()
