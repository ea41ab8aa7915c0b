"""The calendar is looked at, changed and changed back."""

from datetime import timedelta

from tests.platform.rest.successes.world import World

from lienxa.platform import clock


async def walk(world: World) -> None:
    """Every operation of the calendar."""
    administrator = await world.person("administrator")
    friday = clock.today() + timedelta(days=(4 - clock.today().weekday()) % 7 + 7)
    year = {"year": f"{friday.year}"}
    change = {"kind": "day_off", "first": str(friday), "name": "Nghỉ theo Thông báo số 12/TB-UBND"}
    assert (await world.told(administrator, "PreviewCalendarChange", query=change))["days"]
    await world.call(administrator, "ChangeCalendar", change)
    assert (await world.told(administrator, "GetCalendar", query=year))["days"]
    (made,) = (await world.told(administrator, "ListCalendarChanges", query=year))["items"]
    await world.call(administrator, "RemoveCalendarChange", change_id=made["id"])
