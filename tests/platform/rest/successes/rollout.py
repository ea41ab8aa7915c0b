"""What the level above follows: figures, progress, milestones, visits, and months that are closed."""

from datetime import timedelta

from tests.platform.rest.successes.world import World

from lienxa.platform import clock

REASON = {"reason": "Bổ sung số liệu"}


async def walk(world: World) -> None:
    """Every operation of the rollout."""
    await world.compute_figures()
    await _figures(world)
    await _progress(world)
    await _milestones(world)
    await _committee(world)
    await _visits(world)
    await _reports(world)


async def _figures(world: World) -> None:
    watcher = await world.person("watcher", organ=world.parent)
    assert (await world.told(watcher, "GetOverview"))["organs"]
    for figure in await world.told(watcher, "ListFigures"):
        await world.call(watcher, "GetFigure", figure=figure["key"])


async def _progress(world: World) -> None:
    watcher = await world.person("watcher", organ=world.parent)
    await world.call(watcher, "ListRollout")
    commune = {"organ_id": world.commune.id}
    await world.call(watcher, "RecordProgress", {"state": "merged", "wave": "pilot"}, **commune)
    assert (await world.told(watcher, "GetRolloutOfOrgan", **commune))["state"] == "merged"


async def _milestones(world: World) -> None:
    watcher = await world.person("watcher", organ=world.parent)
    wanted = {"kind": "room", "planned_on": str(clock.today()), "organ_ids": [str(world.commune.id)]}
    (milestone,) = await world.told(watcher, "PlanMilestone", wanted)
    place = {"milestone_id": milestone["id"]}
    await world.call(watcher, "ReviseMilestone", {"planned_on": str(clock.today() + timedelta(days=9))}, **place)
    await world.call(watcher, "GetMilestone", **place)
    await world.call(watcher, "ListMilestones")
    await world.call(watcher, "DropMilestone", REASON, **place)


async def _committee(world: World) -> None:
    watcher = await world.person("watcher", organ=world.parent)
    seat = {"full_name": "Trần Văn Bình", "role": "member", "since": "2026-01-05"}
    member = {"member_id": (await world.told(watcher, "SeatMember", seat))["id"]}
    await world.call(watcher, "ReseatMember", {**seat, "until": "2026-06-01"}, **member)
    await world.call(watcher, "GetMember", **member)
    await world.call(watcher, "ListCommittee")


async def _visits(world: World) -> None:
    watcher = await world.person("watcher", organ=world.parent)
    day = str(clock.today() - timedelta(days=7))
    wanted = {"kind": "working", "organ_id": str(world.commune.id), "visit_on": day, "purpose": "Nắm tình hình"}
    visit = {"visit_id": (await world.told(watcher, "PlanVisit", wanted))["id"]}
    held = {"state": "held", "visit_on": day, "findings": "Tốt", "rating": "good"}
    await world.call(watcher, "RecordVisit", held, **visit)
    task = {"task": "Lập hồ sơ", "due_on": str(clock.today())}
    (follow_up,) = (await world.told(watcher, "AskFollowUp", task, **visit))["follow_ups"]
    await world.call(watcher, "FinishFollowUp", {"done_on": str(clock.today())}, follow_up_id=follow_up["id"])
    await world.call(watcher, "GetVisit", **visit)
    await world.call(watcher, "ListVisits")


async def _reports(world: World) -> None:
    administrator = await world.person("administrator", organ=world.parent)
    month = clock.today().replace(day=1)
    await world.call(administrator, "SetReportingDay", {"from_month": f"{month:%Y-%m}", "last_day": 14})
    await world.call(administrator, "ListReportingDays")
    director = await world.person("director", organ=world.parent)
    closed = f"{month - timedelta(days=1):%Y-%m}"
    await world.call(director, "GetReportOfMonth", month=closed)
    period = (await world.told(director, "CloseReport", {"month": closed}))["period"]["id"]
    await world.call(director, "GetClosing", period_id=period)
    await world.call(director, "ListClosings")
    await world.call(director, "ReopenReport", REASON, period_id=period)
