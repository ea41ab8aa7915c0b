"""The demonstration: the organs of `data/communes.csv` with invented people and papers.

Everything is made by the operations that users call, and is the same each time for one day. Every organ is announced
at once; each is then made whole in one transaction, so that what was broken off is begun anew and never half there.
Run by `make run` when `LIENXA_DEMO` is on; what is not made by then a worker makes (`jobs.make_demonstration`). When
all have their year, periods are closed and something in them corrected (`jobs.close_demonstration`).
"""

import asyncio
import csv
import random
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from importlib.resources import files
from uuid import UUID

import structlog

from lienxa.platform import clock, ids
from lienxa.platform.access import members, repository
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_OPERATOR, DEMONSTRATION_PASSWORD
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.jobs import telling_past
from lienxa.platform.module import DemoContext, DemoVolume, Opening, all_modules, nobody_waits
from lienxa.platform.notify import notices
from lienxa.platform.operator import invented, onboarding
from lienxa.platform.operator.onboarding import OpenSession
from lienxa.platform.operator.specs import OrganSpec, Person
from lienxa.platform.rollup import marks
from lienxa.platform.rollup.jobs import publishing_modules, recompute
from lienxa.platform.rollup.reading import children
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import LIVE, PREPARING, Organ, organ_by_slug
from lienxa.platform.tenancy.preparation import Progress
from lienxa.platform.text import _

log = structlog.get_logger()

_SEEN_FIRST = "lam-son"
_OPERATOR_NAME = "Phan Thị Vận Hành"
_COMPLETE_AT_READY = ("lam-son", "giang-son-tay", "minh-son")
# For each that is made at the same time its transaction, and the progress that is written beside it.
_CONNECTIONS = 2 * len(_COMPLETE_AT_READY)
# The office existed some weeks before its first demonstration paper.
_YEAR = timedelta(days=364)
_PEOPLE_SINCE = _YEAR + timedelta(days=30)

# Phước Nam's article counts 791 issued documents of a year; the others are invented in proportion, and show the result
# of a case in the outgoing book as well.
NO_PAPERS = DemoVolume(0, 0, 0, 0, 0, 0)
_FULL = DemoVolume(incoming=160, party=34, office=46, sections=76, meetings=60, cases=110, results=1)
A_FEW = DemoVolume(incoming=24, party=4, office=5, sections=6, meetings=16, cases=16, results=1)
_SMALL = DemoVolume(incoming=40, party=10, office=12, sections=18, meetings=30, cases=36)
VOLUMES = {
    "phuoc-nam": DemoVolume(incoming=1000, party=164, office=230, sections=397, meetings=210, cases=600),
    "lam-son": _FULL,
    "giang-son-tay": _FULL,
    "minh-son": _FULL,
}

# Before the merger the Party committee's office keeps an incoming book of its own.
_SEPARATE_BOOKS = {"party/incoming": 1}

# user name, posts: few people, several posts each, as the articles describe
_COMMUNE_PEOPLE = (
    ("bi-thu", ("bi-thu", "chu-tich-hdnd")),
    ("chu-tich", ("chu-tich-ubnd", "pho-bi-thu")),
    ("pho-chu-tich", ("pho-chu-tich-ubnd",)),
    ("ubkt", ("chu-nhiem-ubkt", "van-thu-ubkt")),
    ("to-truong", ("to-truong-van-phong",)),
    ("van-thu", ("van-thu",)),
    ("tu-phap", ("chuyen-vien-tu-phap",)),
    ("dia-chinh", ("chuyen-vien-dia-chinh",)),
    ("van-hoa", ("chuyen-vien-van-hoa",)),
    ("tai-chinh", ("chuyen-vien-tai-chinh",)),
    ("mot-cua", ("can-bo-mot-cua",)),
)
# One commune has a section of two, so that its head has somebody to lead (`tenants/office/demo.py`).
_MORE_PEOPLE = {"lam-son": (("lao-dong", ("chuyen-vien-van-hoa",)),)}
_PARENT_PEOPLE = (("chanh-van-phong", ("chanh-van-phong",)), ("tong-hop", ("theo-doi-tong-hop",)))
_ADMINISTRATOR = "quan-tri"


@cache
def organ_rows() -> Sequence[Mapping[str, str]]:
    """The organs of the demonstration, parents first, as the articles and `communes.csv` name them."""
    text = (files(__package__) / "data" / "communes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return sorted(rows, key=lambda row: bool(row["parent"]))


async def make(settings: Settings) -> None:
    """Announce every organ, make those that are complete at `ready:`, and want a job that makes the others."""
    async with Database(settings.db_operator_dsn.get_secret_value(), pool_size=_CONNECTIONS) as database:
        await _let_operator_in(database, settings)
        known = await announce(database, settings)
        for row in _parents():
            await complete(database, settings, row, known)
        first = [row for row in organ_rows() if row["slug"] in _COMPLETE_AT_READY]
        await asyncio.gather(*(complete(database, settings, row, known) for row in first))
        await _want_the_rest(database)


async def make_rest(database: Database, settings: Settings) -> None:
    """Make every announced organ that is not complete, one after the other. Raises if one of them failed."""
    known = await announce(database, settings)
    failed = []
    for row in organ_rows():
        try:
            await complete(database, settings, row, known)
        except Exception:
            log.exception("the demonstration of an organ failed", organ=row["slug"])
            failed.append(row["slug"])
    if failed:
        raise RuntimeError(f"not complete: {', '.join(failed)}")
    await _want_the_closing(database)


async def close_periods(database: Database, settings: Settings) -> None:
    """Close periods in every organ, parents first, and correct something in them afterwards; what is done stays so.

    `database` is the application's. `Conflict` if changes still wait to be computed: it is to be tried again.
    """
    known = {}
    for row in organ_rows():
        async with database.control() as control:
            organ = await organ_by_slug(control, row["slug"])
        if organ is not None:
            known[row["slug"]] = organ
    for organ in known.values():
        for module in publishing_modules():
            await recompute(database, organ.id, module)
    ids_of_all = {slug: organ.id for slug, organ in known.items()}
    for row in organ_rows():
        if row["slug"] in known:
            await _close_periods_of(database, settings, known[row["slug"]], row, ids_of_all)


async def _close_periods_of(
    database: Database, settings: Settings, organ: Organ, row: Mapping[str, str], known: Mapping[str, UUID]
) -> None:
    """In one transaction; what it changes is marked at its end, as new."""
    below = await children(database, organ)
    async with database.tenant(organ.id) as session:
        connection = await session.connection()
        with _told("closed", row), marks.left_to_the_end(), notices.silently():
            context = _context(settings, organ, row, lambda: database.part(organ.id, connection), known, below=below)
            closed = [await module.demo_closing(context) for module in all_modules() if module.demo_closing]
            if not any(closed):
                return
            for module in all_modules():
                if module.demo_correction is not None:
                    await module.demo_correction(context)
        await _mark_all(session)


def welcome(settings: Settings) -> list[str]:
    """The lines that tell a newcomer where to go and as whom."""
    lines = [_("Địa chỉ (dữ liệu minh họa, mật khẩu chung: {password}):", password=DEMONSTRATION_PASSWORD)]
    for row in organ_rows():
        host = settings.address(_host(settings, row["slug"]))
        shown = _people(row) if row["slug"] == _SEEN_FIRST or not row["parent"] else ()
        later = "" if _is_complete_at_ready(row) else _("   (đang tạo dữ liệu, mở sau ít phút)")
        lines.append(f"  {host:44} {row['name']}{later}")
        lines += [f"      {name}.{row['slug']}" for name, _posts in shown]
    lines.append(
        _("Ở đơn vị khác, tên đăng nhập có cùng dạng: van-thu.{slug}, bi-thu.{slug} ...", slug="giang-son-tay")
    )
    address = settings.address(settings.sso_host) + OPERATOR_PATH
    lines.append(_("Người vận hành: {address} ({username})", address=address, username=DEMONSTRATION_OPERATOR))
    lines.append(_("Người dân tra cứu: {address}/thu-tuc", address=settings.address(_host(settings, _SEEN_FIRST))))
    return lines


def _parents() -> list[Mapping[str, str]]:
    return [row for row in organ_rows() if not row["parent"]]


def _is_complete_at_ready(row: Mapping[str, str]) -> bool:
    return not row["parent"] or row["slug"] in _COMPLETE_AT_READY


async def _let_operator_in(database: Database, settings: Settings) -> None:
    async with database.control() as control:
        await provisioner_for(settings).provision_operator(
            control, DEMONSTRATION_OPERATOR, _OPERATOR_NAME, DEMONSTRATION_PASSWORD
        )


async def announce(database: Database, settings: Settings) -> dict[str, UUID]:
    """Register the organs that are not yet known; slug -> id of all."""
    known: dict[str, UUID] = {}
    for row in organ_rows():
        async with database.control() as control:
            organ = await organ_by_slug(control, row["slug"])
        if organ is None:
            with _told("announced", row):
                spec = organ_spec(settings, row)
                organ = await onboarding.announce_organ(database, spec, _expected(volume_of(row)))
        known[row["slug"]] = organ.id
    return known


async def complete(database: Database, settings: Settings, row: Mapping[str, str], known: Mapping[str, UUID]) -> None:
    """Make an announced organ whole; nothing happens if it is."""
    progress = Progress(database, known[row["slug"]])

    async def finish(organ: Organ, open_session: OpenSession) -> None:
        _say(_("  {name} …", name=row["name"]))
        await progress.begin()
        await tell(organ, row, open_session, known, volume_of(row), progress.advance)

    try:
        with _told("completed", row):
            done = await onboarding.complete_organ(
                database, provisioner_for(settings), organ_spec(settings, row), finish
            )
    except Exception:
        await progress.end("failed")
        raise
    if done:
        await progress.end("done")


async def _want_the_rest(database: Database) -> None:
    """Want the job that makes what is still announced, unless it waits already."""
    from lienxa.platform.operator.jobs import make_demonstration

    await onboarding.want_while_preparing(database, make_demonstration)


async def _want_the_closing(database: Database) -> None:
    """Want the job that closes periods, unless it waits already."""
    from lienxa.platform.operator.jobs import close_demonstration

    await onboarding.want_once(database, close_demonstration)


@contextmanager
def _told(step: str, row: Mapping[str, str]) -> Iterator[None]:
    """Everything inside is the same each time: it happens when the present day begins, with identifiers that follow
    from organ and day. What operations inside do earlier is told, not news.
    """
    end = clock.instant(clock.today())
    source = ids.seeded(f"{row['slug']}/{clock.today()}/{step}", clock.now)
    with clock.fixed_at(end), ids.made_by(source), telling_past(end):
        yield


async def fill_with_papers(
    database: Database,
    organ: Organ,
    row: Mapping[str, str],
    known: Mapping[str, UUID],
    volume: DemoVolume = A_FEW,
) -> None:
    """Let every module make its demonstration in an organ that is at work; `known` is slug -> id of all organs.

    For tests: in the demonstration itself that is the last step of making the organ.
    """

    async def work(organ: Organ, open_session: OpenSession) -> None:
        await tell(organ, row, open_session, known, NO_PAPERS if organ.is_parent else volume)

    await onboarding.in_organ(database, organ, "demonstration.filled", work)


async def tell(
    organ: Organ,
    row: Mapping[str, str],
    open_session: OpenSession,
    known: Mapping[str, UUID],
    volume: DemoVolume,
    advance: Callable[[int], Awaitable[None]] = nobody_waits,
) -> None:
    """Let every module tell its part of the year, which ends now."""
    context = _context(get_settings(), organ, row, open_session, known, volume, advance)
    with marks.left_to_the_end(), notices.silently():
        for module in all_modules():
            if module.demo is not None:
                await module.demo(context)
    async with open_session() as session:
        await _mark_all(session)


def _context(
    settings: Settings,
    organ: Organ,
    row: Mapping[str, str],
    open_session: OpenSession,
    known: Mapping[str, UUID],
    volume: DemoVolume = NO_PAPERS,
    advance: Callable[[int], Awaitable[None]] = nobody_waits,
    below: Sequence[Organ] = (),
) -> DemoContext:
    people: dict[str, Actor] = {}

    async def person(session: TenantSession, role: str) -> Actor:
        if role not in people:
            holder = (await repository.holders_of_role(session, role))[0]
            actor = await members.staff_member(session, organ, holder.staff_id)
            people[role] = next(actor.acting_in(post.id) for post in actor.posts if post.role == role)
        return people[role]

    since = clock.today() - _YEAR
    names = {found.username.partition(".")[0]: found.full_name for found in organ_spec(settings, row).people}
    return DemoContext(
        organ, row, open_session, person, known, organ_rows(), volume, since, advance, names, tuple(below)
    )


async def _mark_all(session: TenantSession) -> None:
    for module in publishing_modules():
        await marks.mark(session, module)


def volume_of(row: Mapping[str, str]) -> DemoVolume:
    """How much an organ of the demonstration has to tell."""
    if not row["parent"]:
        return NO_PAPERS
    return A_FEW if get_settings().demo_volume == "few" else VOLUMES.get(row["slug"], _SMALL)


def _expected(volume: DemoVolume) -> int:
    """How many things that is."""
    return sum(vars(volume).values())


def organ_spec(settings: Settings, row: Mapping[str, str]) -> OrganSpec:
    """What is known of an organ of the demonstration, with its invented people."""
    slug = row["slug"]
    people = _people(row)
    names = invented.names(random.Random(slug), len(people) + 1)  # noqa: S311 -- nothing secret
    return OrganSpec(
        slug=slug,
        name=row["name"],
        kind=row["kind"],
        host=_host(settings, slug),
        parent_slug=row["parent"] or None,
        administrator=Person(f"{_ADMINISTRATOR}.{slug}", names[-1], password=DEMONSTRATION_PASSWORD),
        people=tuple(
            Person(f"{user}.{slug}", name, posts, DEMONSTRATION_PASSWORD)
            for (user, posts), name in zip(people, names, strict=False)
        ),
        in_office_since=clock.today() - _PEOPLE_SINCE,
        demonstration=True,
        phase=PREPARING if row["phase"] else LIVE,
        opening=Opening(_SEPARATE_BOOKS if row["state_in_article"] in ("staff moved", "planned") else {}),
    )


def _people(row: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return _COMMUNE_PEOPLE + _MORE_PEOPLE.get(row["slug"], ()) if row["parent"] else _PARENT_PEOPLE


def _host(settings: Settings, slug: str) -> str:
    return f"{slug}.{settings.base_domain}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(make(get_settings()))
