"""What a parent records about the merger, and who may."""

from datetime import timedelta

import msgspec
import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Forbidden, InvalidInput
from lienxa.platform.operator import demo
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.schemas import RecordProgress

MERGED = RecordProgress(
    wave="pilot",
    state="merged",
    civil_servants_moved=1,
    concurrent_inspection_deputy=True,
    changed_on=None,
    note="",
)


async def test_the_first_record_plans_and_the_next_changes_it(
    database: Database, watcher: Actor, lam_son: Organ
) -> None:
    async with database.tenant(watcher.organ.id) as session:
        planned = msgspec.structs.replace(MERGED, state="planned", civil_servants_moved=None)
        first = await operations.record_progress(session, watcher, lam_son.id, planned)
        second = await operations.record_progress(session, watcher, lam_son.id, MERGED)
        assert first.id == second.id
        assert [one.state for one in (await repository.progress(session)).values()] == ["merged"]
        said = [event.detail["state"] for event in await timeline(session, second.id)]
    assert said == ["planned", "merged"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"state": "finished"}, "state"), ({"wave": "tomorrow"}, "wave"), ({"changed_on": "tomorrow"}, "changed_on")],
)
async def test_a_false_record_is_refused_by_field(
    database: Database, watcher: Actor, lam_son: Organ, change: dict[str, object], field: str
) -> None:
    if "changed_on" in change:
        change = {"changed_on": clock.today() + timedelta(days=1)}
    command = msgspec.structs.replace(MERGED, **change)
    async with database.tenant(watcher.organ.id) as session:
        with pytest.raises(InvalidInput) as refused:
            await operations.record_progress(session, watcher, lam_son.id, command)
    assert [fault.field for fault in refused.value.fields] == [field]


async def test_nobody_of_a_commune_records_progress(database: Database, leader: Actor, lam_son: Organ) -> None:
    async with database.tenant(lam_son.id) as session:
        with pytest.raises(Forbidden):
            await operations.record_progress(session, leader, lam_son.id, MERGED)
        with pytest.raises(Forbidden):
            await operations.adopt_scheme(session, leader, "07-ĐA/HU")


async def test_the_demonstration_tells_what_the_articles_say(
    database: Database, operator_database: Database, do_luong: Organ, lam_son: Organ, giang_son_tay: Organ
) -> None:
    row = next(row for row in demo.organ_rows() if row["slug"] == do_luong.slug)
    known = {organ.slug: organ.id for organ in (do_luong, lam_son, giang_son_tay)}
    await demo.fill_with_papers(operator_database, do_luong, row, known)
    async with database.tenant(do_luong.id) as session:
        assert await repository.scheme(session) == "07-ĐA/HU"
        units = await repository.progress(session)
        unit = await repository.unit_of(session, lam_son.id)
        assert unit is not None
        told = await timeline(session, unit.id)
        calendar = next(one for one in await repository.milestones(session, lam_son.id) if one.kind == "calendar")
    assert set(units) == {lam_son.id, giang_son_tay.id}
    assert units[lam_son.id].wave == rules.PILOT
    assert units[lam_son.id].civil_servants_moved == 1
    assert [event.detail["state"] for event in told] == ["planned", "staff_moved", "merged"]
    assert clock.legal(told[0].at).date() < clock.today() - timedelta(days=300), "the year is told in its time"
    assert clock.legal(told[-1].at).date() == calendar.done_on
    assert units[lam_son.id].changed_on is None, "the articles give no day"
    assert "mốc" not in units[lam_son.id].note
