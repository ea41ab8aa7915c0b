"""The commands by which communes merge and split: `lienxa organ merge A B --into C`, `organ split A --into B C`."""

import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lienxa.platform.command_line import Command
from lienxa.platform.errors import AppError, InvalidInput
from lienxa.platform.operator.commands import operators_database, run, service
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from uuid import UUID

    from lienxa.platform.db.session import Database
    from lienxa.platform.life.models import OrganWork
    from lienxa.platform.life.plans import Plan
    from lienxa.platform.life.previewing import Preview

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Pairs = tuple[str, ...]
# If the command is killed, a worker goes on with the act after so long.
_SPARE = timedelta(minutes=15)


def _both(command: Decorated) -> Decorated:
    """The options that merging and splitting share."""
    options = [
        click.option("--at", default="", metavar=_("NGÀY"), help=_("Từ ngày nào, dd/mm/yyyy; mặc định hôm nay.")),
        click.option("--dry-run", is_flag=True, help=_("Chỉ in ra những gì sẽ chuyển; không có gì thay đổi.")),
        click.option("--yes", is_flag=True, help=_("Không hỏi lại.")),
        click.option(
            "--new",
            multiple=True,
            metavar=_("TÊN-MIỀN=TÊN"),
            help=_("Đơn vị nhận sẽ được lập, và tên của nó."),
        ),
        click.option(
            "--admin",
            multiple=True,
            metavar=_("TÊN-MIỀN=NGƯỜI"),
            help=_("Tên đăng nhập của người quản trị đơn vị mới (mặc định: quan-tri.<đơn vị cũ đầu tiên>)."),
        ),
        click.option("--host", multiple=True, metavar=_("TÊN-MIỀN=ĐỊA-CHỈ"), help=_("Địa chỉ của đơn vị mới.")),
        click.option("--level", multiple=True, metavar=_("TÊN-MIỀN=CHỮ"), help=_("Tên gọi của cấp, ví dụ phường.")),
        click.option("--term", default="", metavar=_("NĂM-NĂM"), help=_("Nhiệm kỳ của cấp ủy ở đơn vị mới.")),
        click.option(
            "--person",
            multiple=True,
            metavar=_("NGƯỜI=NƠI"),
            help=_(
                "Một người (tên đăng nhập) sang đâu: tên miền, tên miền:no-posts (chưa giao chức vụ), - (không sang)."
            ),
        ),
        click.option(
            "--symbol", multiple=True, metavar=_("MÃ=KÝ-HIỆU"), help=_("Ký hiệu của một bộ phận ở đơn vị nhận.")
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(
    "merge",
    cls=Command,
    help=_(
        "Sáp nhập các đơn vị vào một đơn vị nhận, đã có hoặc lập mới. Sổ sách cũ ở lại, chỉ để đọc; người và việc đang "
        "mở sang đơn vị nhận. Ví dụ: merge a b --into c --new “c=Lương Sơn”."
    ),
)
@click.argument("slugs", nargs=-1, required=True, metavar=_("TÊN-MIỀN ..."))
@click.option("--into", required=True, metavar=_("TÊN-MIỀN"), help=_("Đơn vị nhận."))
@_both
def merge(slugs: Sequence[str], into: str, **said: Any) -> None:
    """Merge organs into one."""
    _carry_out(_plan(slugs, [into], said), said)


@click.command(
    "split",
    cls=Command,
    help=_(
        "Chia một đơn vị cho các đơn vị nhận, đã có hoặc lập mới. Ví dụ: split a --into b c --unit van-phong=c. "
        "Việc theo người giữ, rồi theo bộ phận, còn lại sang đơn vị nhận đầu tiên."
    ),
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
@click.argument("more", nargs=-1, metavar="")
@click.option("--into", multiple=True, required=True, metavar=_("TÊN-MIỀN ..."), help=_("Các đơn vị nhận."))
@click.option("--rest", default="", metavar=_("TÊN-MIỀN"), help=_("Nơi nhận phần còn lại (mặc định: nơi đầu tiên)."))
@click.option("--unit", multiple=True, metavar=_("MÃ=NƠI"), help=_("Một bộ phận sang đâu."))
@click.option("--hall", multiple=True, metavar=_("TÊN=NƠI"), help=_("Một phòng họp sang đâu."))
@_both
def split(slug: str, more: Sequence[str], into: Sequence[str], **said: Any) -> None:
    """Split an organ into several."""
    if len({*into, *more}) < 2:
        raise click.ClickException(_("Chia tách cần ít nhất hai đơn vị nhận."))
    _carry_out(_plan([slug], [*into, *more], said), said)


@click.command(
    "call-off", cls=Command, help=_("Bỏ việc sáp nhập hoặc chia tách đang hẹn của một đơn vị, trước khi bắt đầu.")
)
@click.argument("slug", metavar=_("TÊN-MIỀN"))
def call_off(slug: str) -> None:
    """Call a merger or a split off that waits for its day."""
    settings = service()
    run(lambda: _call_off(settings, slug))
    click.echo(_("Đã bỏ; không có gì thay đổi."))


def _plan(predecessors: Sequence[str], successors: Sequence[str], said: Mapping[str, Any]) -> "Plan":
    from lienxa.platform.life.plans import USUAL_TERM, NewOrgan, Plan

    base_domain = service().base_domain
    administrators, hosts, levels = _pairs(said["admin"]), _pairs(said["host"]), _pairs(said["level"])
    new = [
        NewOrgan(
            slug=slug,
            name=name,
            host=hosts.get(slug, f"{slug}.{base_domain}"),
            administrator=administrators.get(slug, f"quan-tri.{predecessors[0]}"),
            level_label=levels.get(slug, ""),
            term=said["term"] or USUAL_TERM,
        )
        for slug, name in _pairs(said["new"]).items()
    ]
    return Plan(
        list(predecessors),
        list(successors),
        _day(said["at"]),
        said.get("rest") or successors[0],
        new,
        symbols=_pairs(said["symbol"]),
    )


def _pairs(typed: Pairs) -> dict[str, str]:
    pairs = {}
    for pair in typed:
        name, sign, value = pair.partition("=")
        if not name or not sign or not value:
            raise click.ClickException(_("“{pair}” không đọc được. Ghi dạng TÊN=GIÁ-TRỊ.", pair=pair))
        pairs[name] = value
    return pairs


def _day(typed: str) -> date:
    from lienxa.platform import clock
    from lienxa.platform.web.forms import parse_day

    if not typed:
        return clock.today()
    found = parse_day(typed)
    if found is None:
        raise click.ClickException(_("“{day}” không phải là ngày. Ghi dạng 01/07/2027.", day=typed))
    return found


def _carry_out(plan: "Plan", said: Mapping[str, Any]) -> None:
    settings = service()
    chosen = run(lambda: _show(settings, plan, said))
    if said["dry_run"]:
        click.echo(_("Chưa có gì thay đổi."))
        return
    if not said["yes"]:
        click.confirm(_("Đơn vị cũ sẽ chỉ để đọc và không hoạt động lại được. Làm?"), abort=True)
    work = run(lambda: _do(settings, chosen))
    if work is None:
        click.echo(_("Đã hẹn: tự chạy đầu ngày {day:%d/%m/%Y}; bỏ bằng lệnh call-off.", day=chosen.from_day))
        return
    from lienxa.platform.life.acts import KINDS

    result = work.result
    click.echo(KINDS[work.kind].done)
    click.echo(_("{things} việc đã chuyển, {people} cán bộ đã sang.", things=result["things"], people=result["people"]))


async def _show(settings: Settings, plan: "Plan", said: Mapping[str, Any]) -> "Plan":
    """Print what would pass; the plan with what was chosen. `InvalidInput` if another choice has to be made first."""
    from lienxa.platform.life import choosing, previewing

    people, units, halls = _pairs(said["person"]), _pairs(said.get("unit", ())), _pairs(said.get("hall", ()))
    async with operators_database(settings) as database:
        chosen = await choosing.chosen(database, plan, people, units, halls)
        found = await previewing.preview(database, chosen)
        usernames = await choosing.usernames(database, found)
    for line in _told(chosen, found, usernames):
        click.echo(line)
    if found.faults:
        raise InvalidInput(list(found.faults))
    return chosen


def _told(plan: "Plan", found: "Preview", usernames: Mapping[Any, str]) -> Iterator[str]:
    """What the page shows, in lines."""
    yield _("Đơn vị cũ: {names}", names=", ".join(found.organs))
    yield _("Đơn vị nhận: {names}", names=", ".join(found.names.values()))
    yield _("Từ ngày: {day:%d/%m/%Y}", day=plan.from_day)
    yield _("Việc đang mở sẽ chuyển: {count}", count=found.things)
    for (organ, kind, to), count in found.counts.items():
        yield f"  {organ} > {found.names[to]}: {kind}: {count}"
    for title, choices in ((_("Bộ phận"), found.units), (_("Phòng họp"), found.halls)):
        for choice in choices:
            yield f"{title} {choice.code}: {choice.name} > {found.names[choice.to]}"
    for unit in found.symbols:
        yield _("Ký hiệu {code}: {symbol} ({name})", code=unit.code, symbol=unit.symbol, name=unit.name)
    for mover in found.movers:
        to = found.names[mover.move.to] if mover.move.to else _("không sang")
        posts = ", ".join(mover.posts) if mover.move.posts and mover.move.to else _("chưa giao chức vụ")
        yield f"{usernames.get(mover.account_id, '?')}: {mover.name} > {to}: {posts}"
    for post, names in found.doubled:
        yield _("Nhiều người giữ “{post}”: {names}", post=post, names=names)


async def _do(settings: Settings, plan: "Plan") -> "OrganWork | None":
    """Carry it out at once, in the name of who is logged in on this machine; None if its day is still to come."""
    from lienxa.platform import clock, ids
    from lienxa.platform.life import planning
    from lienxa.platform.life.jobs import carry_out

    key = ids.new_id()
    async with operators_database(settings) as database:
        await planning.want(database, carry_out, key, plan, getpass.getuser(), spare=_SPARE)
        return None if plan.from_day > clock.today() else await _ended(database, key)


async def _ended(database: "Database", key: "UUID") -> "OrganWork":
    from lienxa.platform.life import acts, works

    for attempt in range(1, works.ATTEMPTS + 1):
        try:
            work = await acts.carry_out(database, key)
        except Exception:  # it is in the log; what is done stays, and the next attempt goes on behind it
            if attempt == works.ATTEMPTS:
                raise
        else:
            break
    if work.state != "done":
        raise AppError(work.reason)
    return work


async def _call_off(settings: Settings, slug: str) -> None:
    from lienxa.platform import ids
    from lienxa.platform.errors import NotFound
    from lienxa.platform.life import acts, planning, works

    key = ids.new_id()
    async with operators_database(settings) as database:
        async with database.control() as control:
            planned = [work for work in await planning.waiting(control, [slug]) if planning.is_planned(work)]
            if not planned:
                raise NotFound(_("“{slug}” không có việc sáp nhập, chia tách nào đang hẹn.", slug=slug))
            work = planned[0]
            await works.ask(control, None, key, "call_off", getpass.getuser(), work.tenant_id, work=str(work.id))
        ended = await acts.carry_out(database, key)
    if ended.state != "done":
        raise AppError(ended.reason)


COMMANDS = (merge, split, call_off)
