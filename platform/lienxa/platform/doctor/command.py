"""The command `lienxa doctor`."""

import asyncio
import json
from dataclasses import asdict

import click

from lienxa.platform.command_line import Command
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _

_MARKS = {"ok": "  ✓", "warning": "  !", "wrong": "  ✗"}


@click.command(
    cls=Command,
    help=_(
        "Khám dịch vụ: nói chỗ nào sai và cách sửa, không thay đổi gì. "
        "Có chỗ sai thì kết thúc với mã 1; chỉ có cảnh báo thì mã 0."
    ),
)
@click.option("--json", "as_json", is_flag=True, help=_("In kết quả dạng JSON."))
def doctor(as_json: bool) -> None:
    """Examine the installation; exit 1 if something is wrong."""
    from lienxa.platform import clock
    from lienxa.platform.doctor.examination import examine

    settings = get_settings()
    if settings.today is not None:
        clock.start_at(settings.today)
    findings = asyncio.run(examine(settings))
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    warnings = sum(finding.verdict == "warning" for finding in findings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{_MARKS[finding.verdict]} {finding.said}")
            if finding.remedy:
                click.echo("      " + _("Cách sửa: {remedy}", remedy=finding.remedy))
        click.echo(_("{wrong} chỗ sai, {warnings} cảnh báo.", wrong=wrong, warnings=warnings))
    if wrong:
        raise SystemExit(1)
