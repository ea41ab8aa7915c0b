"""Meetings are asked for, booked, moved and held; rooms and feeds come and go."""

from datetime import timedelta
from itertools import count
from typing import Any

from tests.platform.rest.successes.world import Person, World

from lienxa.platform import clock

_days = count(30)  # the demonstration plans nothing so far ahead


def times() -> dict[str, str]:
    """A morning at which nothing is yet."""
    day = clock.today() + timedelta(days=next(_days))
    return {"day": str(day), "starts": "08:00:00", "ends": "09:00:00"}


async def walk(world: World) -> None:
    """Every operation of meetings."""
    await _rooms(world)
    await _meetings(world)
    await _feeds(world)


def wish(chair: Person, room: str) -> dict[str, Any]:
    """A meeting that anybody may propose."""
    return {"body": "committee", "title": "Họp giao ban", "chair": chair.id, "room": room, **times()}


async def _rooms(world: World) -> None:
    head = await world.person("office_head")
    room = (await world.told(head, "CreateRoom", {"name": "Phòng họp số 9", "seats": 20}))["id"]
    await world.call(head, "RenameRoom", {"name": "Phòng họp số 10", "seats": 25}, room_id=room)
    since = clock.today() + timedelta(days=1)
    closing = {"since": str(since), "until": str(since + timedelta(days=1)), "reason": "Sửa mái"}
    rooms = await world.told(head, "TakeRoomOutOfService", closing, room_id=room)
    closure = next(one for one in rooms if one["id"] == room)["closed"][0]["id"]
    await world.call(head, "ListRooms")
    await world.call(head, "PutRoomIntoService", closure_id=closure)
    await world.call(head, "ChangeTravelTime", {"minutes": 15})
    await world.call(head, "GetTravelTime")


async def _meetings(world: World) -> None:
    head, specialist = await world.person("office_head"), await world.person("specialist", "Tư pháp")
    leader = await world.person("leader", "Chủ tịch UBND")
    room = (await world.told(head, "ListRooms"))[0]["id"]

    async def proposed() -> str:
        return str((await world.told(specialist, "AskForMeeting", wish(leader, room)))["id"])

    meeting = await proposed()
    await world.call(head, "AskToChangeMeeting", {"reason": "Đổi sang chiều"}, meeting_id=meeting)
    await world.call(specialist, "ChangeMeeting", wish(leader, room), meeting_id=meeting)
    await world.call(head, "ApproveMeeting", {}, meeting_id=meeting)
    moved = await world.told(head, "RescheduleMeeting", {**times(), "room": room}, meeting_id=meeting)
    day = moved["starts_at"][:10]
    for operation_id in ("GetMeeting", "GetMeetingTimeline"):
        await world.call(specialist, operation_id, meeting_id=meeting)
    await world.call(specialist, "ListRoomBookings", query={"day": day})
    week = "{}-W{:02}".format(*clock.today().fromisocalendar(*clock.today().isocalendar()).isocalendar()[:2])
    await world.call(head, "PublishWeekOfMeetings", {"week": week})
    await world.call(specialist, "ListWeekVersions", query={"week": week})
    await world.call(specialist, "GetWeek", query={"week": week})
    await world.call(head, "TurnDownMeeting", {"reason": "Trùng việc"}, meeting_id=await proposed())
    cancelled = await proposed()
    await world.call(head, "ApproveMeeting", {}, meeting_id=cancelled)
    await world.call(head, "CallOffMeeting", {"reason": "Lãnh đạo đi công tác"}, meeting_id=cancelled)
    async with world.at(clock.instant(clock.today() + timedelta(days=next(_days)), 8)):
        head = await world.person("office_head")
        await world.call(head, "RecordMeeting", meeting_id=meeting)


async def _feeds(world: World) -> None:
    specialist, administrator = await world.person("specialist", "Tư pháp"), await world.person("administrator")
    await world.call(specialist, "OpenFeed", {})
    (feed,) = await world.told(specialist, "ListOwnFeeds")
    assert feed["id"] in [one["id"] for one in await world.told(administrator, "ListFeedsOfAll")]
    await world.call(specialist, "DeleteFeed", feed_id=feed["id"])
