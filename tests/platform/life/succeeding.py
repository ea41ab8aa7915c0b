"""Two communes at work for tests of mergers and splits, and what can be said of an organ without its identifiers."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import select
from tests.conftest import Templates

from lienxa.platform import clock, ids
from lienxa.platform.access import repository
from lienxa.platform.access.models import AccessGrant, Delegation, DelegationRight, Staff, Unit
from lienxa.platform.db.embedded import SUPERUSER
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.life import acts, following, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator import demo
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.workdays import Change
from lienxa.platform.workdays import repository as repository_of_days
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document

TEMPLATE = "template_succeeding"
OLD = ("lam-son", "giang-son-tay")

# What differs between two runs of the same act: when, what the database numbered, what an identifier stands in.
_TOLD_APART = {"uuid", "_uuid", "timestamptz", "bytea", "tsvector"}
_LEAVES_ALONE = {"audit_event", "audit_seal", "notice", "form_submission"}
_IN_THE_PREDECESSOR = sql.SQL("case direction when 'in' then other_id else thing_id end as thing")
_SAYS_WHERE = {"path", "other_path", "sequence"}


def prepare(templates: Templates, busy_template: str, settings: Settings) -> str:
    """The template: both communes are at work, one person serves both, another system has entered a paper, somebody
    stands in for somebody, and a day is closed.
    """
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {TEMPLATE} template {busy_template} strategy file_copy".encode())

    async def fill() -> None:
        database = Database(templates.cluster.dsn("lx_operator", TEMPLATE), pool_size=2)
        application = Database(templates.cluster.dsn("lx_app", TEMPLATE), pool_size=2)
        try:
            lam_son, other = [await the(application, slug) for slug in OLD]
            row = next(row for row in demo.organ_rows() if row["slug"] == other.slug)
            await demo.fill_with_papers(database, other, row, {organ.slug: organ.id for organ in (lam_son, other)})
            await _serve_both(database, application, settings, lam_son, other)
            async with application.tenant(lam_son.id) as session:
                await _let_a_system_enter(session)
                await _show_to_a_unit(session)
                await _stand_in(session)
                await repository_of_days.add(
                    session, [Change(clock.today() + timedelta(days=9), "day_off", "Lễ hội đền")]
                )
        finally:
            await database.close()
            await application.close()

    asyncio.run(fill())
    return TEMPLATE


async def _serve_both(database: Database, application: Database, settings: Settings, here: Organ, other: Organ) -> None:
    """A clerk of the other commune has left Lam Sơn long ago, and is on its list all the same."""
    async with application.tenant(other.id) as session:
        clerk = (await repository.holders_of_role(session, "clerk"))[0]
        person = await session.find(Staff, clerk.staff_id)
    async with database.control() as control:
        await provisioner_for(settings).join(control, here.slug, person.account_id)
    async with application.tenant(here.id) as session:
        session.add(
            Staff(
                id=ids.new_id(),
                account_id=person.account_id,
                full_name=person.full_name,
                sort_key=person.sort_key,
                left_on=clock.today() - timedelta(days=90),
            )
        )


async def _let_a_system_enter(session: TenantSession) -> None:
    system = ids.new_id()
    session.add(Staff(id=system, account_id=system, full_name="Trục liên thông", sort_key="truc", is_service=True))
    await session.flush()
    paper = await first_open(session)
    paper.entered_by = system


async def first_open(session: TenantSession) -> Document:
    """An incoming paper that somebody has in hand."""
    query = select(Document).where(Document.direction == rules.INCOMING, Document.state == rules.DIRECTED)
    return (await session.scalars(query.order_by(Document.listed_at).limit(1))).one()


async def _show_to_a_unit(session: TenantSession) -> None:
    paper, unit = await first_open(session), (await session.scalars(select(Unit).order_by(Unit.code))).first()
    by = (await repository.holders_of_role(session, "office_head"))[0].staff_id
    assert unit is not None
    session.add(
        AccessGrant(
            id=ids.new_id(),
            kind="document",
            thing_id=paper.id,
            unit_id=unit.id,
            reason="Phối hợp",
            granted_by=by,
            granted_at=clock.now(),
        )
    )


async def _stand_in(session: TenantSession) -> None:
    lender, borrower = [row.staff_id for row in await repository.holders_of_role(session, "specialist")][:2]
    post_id = next(row.post_id for row in await repository.held_posts(session, staff_id=lender))
    today = clock.today()
    for kind, mark in (("substitution", ""), ("authority", "TUQ")):
        made = Delegation(
            id=ids.new_id(),
            kind=kind,
            lender_id=lender,
            post_id=post_id,
            borrower_id=borrower,
            mark=mark,
            starts_on=today - timedelta(days=3),
            ends_on=today + timedelta(days=10),
            basis="Thông báo 12/TB-UBND",
            made_by=lender,
            made_at=clock.now(),
        )
        session.add(made)
        await session.flush()
        session.add(DelegationRight(delegation_id=made.id, permission="documents.draft"))


def new_organ(slug: str, name: str) -> dict[str, Any]:
    """A successor that is still to be made."""
    return {"slug": slug, "name": name, "host": f"{slug}.localhost", "administrator": "quan-tri.lam-son"}


def merger(**changed: Any) -> dict[str, Any]:
    """Lam Sơn and Giang Sơn Tây become Lương Sơn today."""
    return {
        "predecessors": list(OLD),
        "successors": ["luong-son"],
        "from_day": clock.today().isoformat(),
        "rest": "luong-son",
        "new": [new_organ("luong-son", "Lương Sơn")],
    } | changed


def followed_again() -> dict[str, Any]:
    """Lương Sơn, which follows the two, becomes Hồng Sơn."""
    return merger(
        predecessors=["luong-son"],
        successors=["hong-son"],
        rest="hong-son",
        new=[new_organ("hong-son", "Hồng Sơn")],
    )


async def split(database: Database) -> dict[str, Any]:
    """Lam Sơn becomes Sơn Đông and Sơn Đoài: every second unit with its people goes to one, a specialist to neither."""
    lam_son = await the(database, OLD[0])
    async with database.tenant(lam_son.id) as session:
        units = (await session.scalars(select(Unit.id).order_by(Unit.code))).all()
        leaves = (await repository.holders_of_role(session, "specialist"))[0].staff_id
        without = (await repository.holders_of_role(session, "office_head"))[0].staff_id
    return {
        "predecessors": [OLD[0]],
        "successors": ["son-dong", "son-doai"],
        "from_day": clock.today().isoformat(),
        "rest": "son-dong",
        "new": [new_organ("son-dong", "Sơn Đông"), new_organ("son-doai", "Sơn Đoài")],
        "units": {str(unit_id): ("son-dong", "son-doai")[place % 2] for place, unit_id in enumerate(units)},
        "people": {str(leaves): {"to": ""}, str(without): {"to": "son-doai", "posts": False}},
    }


async def the(database: Database, slug: str) -> Organ:
    """The organ of that slug."""
    async with database.control() as control:
        found = await organ_by_slug(control, slug)
    assert found is not None, slug
    return found


async def asked(database: Database, plan: Mapping[str, Any], key: UUID | None = None) -> UUID:
    """Want the act; `database` is the operator's."""
    key = key or uuid4()
    kind = following.plans.plan_of(plan).kind
    async with database.control() as control:
        await works.ask(control, None, key, kind, "van-hanh", None, **plan)
    return key


async def carried_out(database: Database, plan: Mapping[str, Any], key: UUID | None = None) -> OrganWork:
    """Want the act and carry it out."""
    return await acts.carry_out(database, await asked(database, plan, key))


Print = Mapping[str, Counter[str]]


def told(owner_dsn: str, organ: Organ) -> Print:
    """What stands in each table of an organ, without identifiers and moments: lines and how often each is there.

    Passages are told with the thing in the predecessor, by its identifier there.
    """
    found: dict[str, Counter[str]] = {}
    with psycopg.connect(owner_dsn) as connection:
        for table, columns in _columns(connection).items():
            if table in _LEAVES_ALONE:
                continue
            said = [*map(sql.Identifier, columns), *([_IN_THE_PREDECESSOR] if table == "passage" else [])]
            query = sql.SQL("select to_jsonb(line) from (select {} from app.{} where tenant_id = %s) line").format(
                sql.SQL(", ").join(said), sql.Identifier(table)
            )
            found[table] = Counter(
                json.dumps(line, sort_keys=True) for (line,) in connection.execute(query, [organ.id])
            )
    return found


def _columns(connection: psycopg.Connection[Any]) -> Mapping[str, list[str]]:
    rows = connection.execute(
        "select table_name, column_name, udt_name from information_schema.columns "
        "where table_schema = 'app' order by 1, ordinal_position"
    ).fetchall()
    found: dict[str, list[str]] = {}
    for table, column, kind in rows:
        kept = found.setdefault(table, [])
        if kind not in _TOLD_APART and column not in _SAYS_WHERE:
            kept.append(column)
    return {table: columns for table, columns in found.items() if columns}


def told_apart(one: Print, other: Print) -> Mapping[str, tuple[Any, Any]]:
    """The tables that differ, and in what: empty if the two are one."""
    return {
        table: (one[table] - other[table], other[table] - one[table]) for table in one if one[table] != other[table]
    }
