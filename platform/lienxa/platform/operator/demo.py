"""The demonstration: the organs of `data/communes.csv` with invented people and papers.

Everything is made by the operations that users call. Each organ is one transaction, so a start that was broken off
goes on where it stopped, and a second start finds everything done. Run by `make run` when `LIENXA_DEMO` is on.
"""

import asyncio
import csv
import random
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import members, repository
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_PASSWORD
from lienxa.platform.identity.provisioning import Provisioner, provisioner_for
from lienxa.platform.module import DemoContext, DemoVolume, all_modules
from lienxa.platform.operator import invented, onboarding
from lienxa.platform.operator.onboarding import OpenSession, OrganSpec, Person
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.text import _

_SEEN_FIRST = "lam-son"
_COMPLETED = "demonstration.completed"
# The office existed some weeks before its first demonstration paper.
_YEAR = timedelta(days=364)
_PEOPLE_SINCE = _YEAR + timedelta(days=30)

# Phước Nam's article counts 791 issued documents of a year; the others are invented in proportion.
NO_PAPERS = DemoVolume(0, 0, 0, 0, 0, 0)
_FULL = DemoVolume(incoming=180, party=34, office=48, sections=82, meetings=96, cases=150)
_SMALL = DemoVolume(incoming=40, party=10, office=12, sections=18, meetings=30, cases=36)
VOLUMES = {
    "phuoc-nam": DemoVolume(incoming=1000, party=164, office=230, sections=397, meetings=210, cases=600),
    "lam-son": _FULL,
    "giang-son-tay": _FULL,
    "minh-son": _FULL,
}

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
_PARENT_PEOPLE = (("tong-hop", ("theo-doi-tong-hop",)),)
_ADMINISTRATOR = "quan-tri"


@cache
def organ_rows() -> Sequence[Mapping[str, str]]:
    """The organs of the demonstration, parents first, as the articles and `communes.csv` name them."""
    text = (files(__package__) / "data" / "communes.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return sorted(rows, key=lambda row: bool(row["parent"]))


async def make(settings: Settings) -> None:
    """Make what is still missing, saying how far it is."""
    database = Database(settings.db_operator_dsn.get_secret_value(), pool_size=2)
    provisioner = provisioner_for(settings)
    try:
        known: dict[str, UUID] = {}
        rows = organ_rows()
        for number, row in enumerate(rows, start=1):
            known[row["slug"]] = (await _organ(database, provisioner, settings, row, number, known)).id
        for row in rows:
            if not row["parent"]:
                await _complete_parent(database, row, known)
    finally:
        await database.close()


def welcome(settings: Settings) -> list[str]:
    """The lines that tell a newcomer where to go and as whom."""
    lines = [_("Địa chỉ (dữ liệu minh họa, mật khẩu chung: {password}):", password=DEMONSTRATION_PASSWORD)]
    for row in organ_rows():
        host = settings.address(_host(settings, row["slug"]))
        people = _COMMUNE_PEOPLE if row["parent"] else _PARENT_PEOPLE
        shown = people if row["slug"] == _SEEN_FIRST or not row["parent"] else ()
        lines.append(f"  {host:44} {row['name']}")
        lines += [f"      {name}.{row['slug']}" for name, _posts in shown]
    lines.append(
        _("Ở đơn vị khác, tên đăng nhập có cùng dạng: van-thu.{slug}, bi-thu.{slug} ...", slug="giang-son-tay")
    )
    lines.append(_("Người dân tra cứu: {address}/thu-tuc", address=settings.address(_host(settings, _SEEN_FIRST))))
    return lines


async def _organ(
    database: Database,
    provisioner: Provisioner,
    settings: Settings,
    row: Mapping[str, str],
    number: int,
    known: Mapping[str, UUID],
) -> Organ:
    async with database.control() as control:
        organ = await organ_by_slug(control, row["slug"])
    if organ is not None:
        return organ
    _say(_("  đơn vị {number}/{total}: {name}", number=number, total=len(organ_rows()), name=row["name"]))

    async def finish(organ: Organ, open_session: OpenSession) -> None:
        if not organ.is_parent:
            await _papers(organ, row, open_session, {**known, organ.slug: organ.id})

    onboarded = await onboarding.add_organ(database, provisioner, organ_spec(settings, row), finish)
    return onboarded.organ


async def _complete_parent(database: Database, row: Mapping[str, str], known: Mapping[str, UUID]) -> None:
    """A parent's papers speak of its communes, so they come last."""
    async with database.control() as control:
        organ = await organ_by_slug(control, row["slug"])
    assert organ is not None
    if not await onboarding.was_noted(database, organ, _COMPLETED):
        await fill_with_papers(database, organ, row, known)


async def fill_with_papers(database: Database, organ: Organ, row: Mapping[str, str], known: Mapping[str, UUID]) -> None:
    """Let every module make its demonstration in an organ that exists; `known` is slug -> id of all organs so far."""

    async def work(organ: Organ, open_session: OpenSession) -> None:
        await _papers(organ, row, open_session, known)

    await onboarding.in_organ(database, organ, _COMPLETED, work)


async def _papers(organ: Organ, row: Mapping[str, str], open_session: OpenSession, known: Mapping[str, UUID]) -> None:
    async def person(session: TenantSession, role: str) -> Actor:
        holder = (await repository.holders_of_role(session, role))[0]
        actor = await members.staff_member(session, organ, holder.staff_id)
        return next(actor.acting_in(post.id) for post in actor.posts if post.role == role)

    context = DemoContext(
        organ,
        row,
        open_session,
        person,
        known,
        organ_rows(),
        volume=_volume(organ),
        since=clock.today() - _YEAR,
    )
    for module in all_modules():
        if module.demo is not None:
            await module.demo(context)


def _volume(organ: Organ) -> DemoVolume:
    return NO_PAPERS if organ.is_parent else VOLUMES.get(organ.slug, _SMALL)


def organ_spec(settings: Settings, row: Mapping[str, str]) -> OrganSpec:
    """What is known of an organ of the demonstration, with its invented people."""
    slug = row["slug"]
    people = _COMMUNE_PEOPLE if row["parent"] else _PARENT_PEOPLE
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
    )


def _host(settings: Settings, slug: str) -> str:
    return f"{slug}.{settings.base_domain}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(make(get_settings()))
