"""Meetings below `/api/v1`: the same rules as on the pages."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import operations, repository

MONDAY = date(2026, 11, 23)
Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Statements = Callable[[], AbstractContextManager[Any]]


class Person:
    """Somebody who calls the API with their session."""

    def __init__(self, visitor: Any) -> None:
        self._visitor = visitor
        self._headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def get(self, path: str) -> Any:
        """Read."""
        return await self._visitor.http.get(f"/api/v1/meetings{path}")

    async def post(self, path: str, sent: Any = None) -> Any:
        """Act."""
        return await self._visitor.http.post(f"/api/v1/meetings{path}", json=sent, headers=self._headers)

    async def delete(self, path: str) -> Any:
        """Take away."""
        return await self._visitor.http.delete(f"/api/v1/meetings{path}", headers=self._headers)


Caller = Callable[[Actor], Awaitable[Person]]


@pytest.fixture
def caller(visit: Visit) -> Caller:
    async def sign_in(actor: Actor) -> Person:
        return Person(await visit(actor.organ, actor))

    return sign_in


@pytest.fixture
def moment() -> Iterator[None]:
    """Monday, 07:00."""
    with clock.fixed_at(clock.instant(MONDAY, 7)):
        yield


async def written(database: Database, actor: Actor, **fields: Any) -> dict[str, Any]:
    """A meeting that the actor may ask for."""
    async with database.tenant(actor.organ.id) as session:
        hall = (await repository.rooms(session))[0]
        leader = (await people.holders_of_role(session, "leader"))[0]
    return {
        "body": "committee",
        "title": "Họp bàn ngân sách",
        "chair": str(leader.staff_id),
        "members": [str(actor.staff_id)],
        "room": str(hall.id),
        "day": "2026-11-24",
        "starts": "08:00:00",
        "ends": "10:00:00",
        **fields,
    }


@pytest.mark.usefixtures("moment")
async def test_a_proposal_goes_its_way(
    caller: Caller, database: Database, specialist: Actor, office_head: Actor
) -> None:
    mine, heads = await caller(specialist), await caller(office_head)
    proposed = await mine.post("", await written(database, specialist))
    assert proposed.status_code == 201, proposed.text
    meeting = proposed.json()
    place = f"/{meeting['id']}"
    assert proposed.headers["location"] == f"/api/v1/meetings{place}"
    assert (meeting["state"], meeting["starts_at"]) == ("proposed", "2026-11-24T08:00:00+07:00")
    assert (await mine.post(f"{place}/book", {})).status_code == 403
    sent_back = await heads.post(f"{place}/send-back", {"reason": "Đổi sang chiều"})
    assert (sent_back.json()["state"], sent_back.json()["reason"]) == ("returned", "Đổi sang chiều")
    revised = await written(database, specialist, starts="14:00:00", ends="15:00:00")
    assert (await mine.post(f"{place}/revise", revised)).json()["state"] == "proposed"
    booked = (await heads.post(f"{place}/book", {})).json()
    assert booked["state"] == "booked"
    assert booked["sequence"] > meeting["sequence"]
    moved = await heads.post(f"{place}/move", {**_when("16:00:00", "17:00:00"), "place": "Nhà văn hóa thôn 3"})
    assert (moved.json()["room_id"], moved.json()["place"]) == (None, "Nhà văn hóa thôn 3")
    assert (await heads.post(f"{place}/hold")).status_code == 409
    gone = await heads.post(f"{place}/cancel", {"reason": "Lãnh đạo đi công tác"})
    assert (gone.json()["state"], gone.json()["acts"]) == ("cancelled", [])
    told = [act["action"] for act in (await mine.get(f"{place}/timeline")).json()]
    assert told[0] == "meetings.propose"
    assert told[-1] == "meetings.cancel"


def _when(starts: str, ends: str) -> dict[str, str]:
    return {"day": "2026-11-24", "starts": starts, "ends": ends}


@pytest.mark.usefixtures("moment")
async def test_a_clash_names_the_field_and_leaves_nothing(
    caller: Caller, database: Database, office_head: Actor
) -> None:
    person = await caller(office_head)
    assert (await person.post("", await written(database, office_head))).status_code == 201
    again = await person.post("", await written(database, office_head, title="Cuộc khác", clash_reason="Thử phòng"))
    assert (again.status_code, again.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["field"] for fault in again.json()["errors"]] == ["room"]
    far = await person.post("", await written(database, office_head, day="9999-12-31"))
    assert [fault["field"] for fault in far.json()["errors"]] == ["day"]
    listed = (await person.get("/rooms/bookings?day=2026-11-24&whole_week=true")).json()
    assert [entry["title"] for entry in listed] == ["Họp bàn ngân sách"]


@pytest.mark.usefixtures("moment")
async def test_a_week_is_published_and_tells_what_changed(
    caller: Caller, database: Database, office_head: Actor, specialist: Actor
) -> None:
    heads, reader = await caller(office_head), await caller(specialist)
    meeting = (await heads.post("", await written(database, office_head))).json()
    assert (await reader.post("/week/publish", {"week": "2026-W48"})).status_code == 403
    published = (await heads.post("/week/publish", {"week": "2026-W48"})).json()
    assert published["publication"]["version"] == 1
    await heads.post(f"/{meeting['id']}/move", {**_when("14:00:00", "15:00:00"), "room": meeting["room_id"]})
    week = (await reader.get("/week?week=2026-W48")).json()
    assert [(entry["title"], entry["change"]) for entry in week["meetings"]] == [("Họp bàn ngân sách", "moved")]
    assert (await heads.post("/week/publish", {"week": "2026-W48"})).json()["publication"]["version"] == 2
    newest, first = (await reader.get("/week/versions?week=2026-W48")).json()
    assert [change["change"] for change in newest["changes"]] == ["moved"]
    assert first["changes"] is None
    assert (await reader.get("/week?week=2026-W60")).status_code == 422
    assert (await reader.get("/week?week=9999-W52")).status_code == 422


@pytest.mark.usefixtures("moment")
async def test_what_one_may_not_see_is_masked_and_not_there(
    caller: Caller,
    database: Database,
    office_head: Actor,
    specialist: Actor,
    giang_son_tay: Organ,
    actor_with: FindActor,
) -> None:
    heads = await caller(office_head)
    sent = await written(database, office_head, body="party", title="Họp Ban Thường vụ")
    meeting = (await heads.post("", sent)).json()
    others = await caller(specialist), await caller(await actor_with(giang_son_tay, "clerk"))
    for person in others:
        answer = await person.get(f"/{meeting['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert (await person.post(f"/{meeting['id']}/cancel", {"reason": "x"})).status_code == 404
    (entry,) = (await others[0].get("/week?week=2026-W48")).json()["meetings"]
    assert (entry["seen"], entry["kind"], entry["people"], entry["chair"]) == (False, "", [], "")
    assert "Thường vụ" not in str(entry)


@pytest.mark.usefixtures("moment")
async def test_rooms_are_kept(caller: Caller, office_head: Actor, specialist: Actor) -> None:
    heads, reader = await caller(office_head), await caller(specialist)
    assert (await reader.post("/rooms", {"name": "Phòng họp số 9"})).status_code == 403
    made = await heads.post("/rooms", {"name": "Phòng họp số 9", "seats": 20})
    assert made.status_code == 201
    room = made.json()["id"]
    await heads.post(f"/rooms/{room}/change", {"name": "Phòng họp số 10", "seats": 25})
    closing = {"since": "2026-12-01", "until": "2026-12-02", "reason": "Sửa mái"}
    rooms = (await heads.post(f"/rooms/{room}/close", closing)).json()
    (closed,) = rooms[-1]["closed"]
    assert (rooms[-1]["name"], rooms[-1]["seats"], closed["reason"]) == ("Phòng họp số 10", 25, "Sửa mái")
    assert (await heads.post(f"/rooms/closures/{closed['id']}/reopen")).json()[-1]["closed"] == []
    assert (await heads.post("/rooms/travel", {"minutes": 30})).json() == {"minutes": 30}
    assert (await heads.get("/rooms/travel")).json() == {"minutes": 30}
    assert len((await reader.get("/rooms")).json()) == len(rooms)


async def test_feeds_are_listed_without_their_address_and_ended(
    caller: Caller, database: Database, specialist: Actor, actor_with: FindActor
) -> None:
    async with database.tenant(specialist.organ.id) as session:
        made = await operations.open_feed(session, specialist, None)
    mine = await caller(specialist)
    administrator = await caller(await actor_with(specialist.organ, "administrator"))
    own = await mine.get("/feeds")
    assert [feed["person"] for feed in own.json()] == [specialist.name]
    assert made.secret not in own.text
    assert (await mine.get("/feeds/all")).status_code == 403
    (feed,) = (await administrator.get("/feeds/all")).json()
    assert (await administrator.delete(f"/feeds/{feed['id']}")).status_code == 204
    assert (await mine.get("/feeds")).json() == []


async def test_a_feed_is_made_and_its_answer_is_never_kept(caller: Caller, visit: Visit, specialist: Actor) -> None:
    mine = await caller(specialist)
    first, second = await mine.post("/feeds", {}), await mine.post("/feeds", {})
    assert (first.status_code, first.headers["cache-control"]) == (201, "no-store")
    visitor = await visit(specialist.organ, specialist)
    path = second.json()["address"].partition(".localhost:8000")[2]
    assert (await visitor.http.get(path)).text.startswith("BEGIN:VCALENDAR")
    assert (await visitor.http.get(first.json()["address"].partition(".localhost:8000")[2])).status_code == 404
    assert len((await mine.get("/feeds")).json()) == 1
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
    keyed = await visitor.http.post("/api/v1/meetings/feeds", json={}, headers={**headers, "idempotency-key": "1"})
    assert [fault["field"] for fault in keyed.json()["errors"]] == ["Idempotency-Key"]
    room = await mine.post("/feeds", {"room_id": "0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f"})
    assert room.status_code in (404, 422)


@pytest.mark.parametrize(
    ("page", "api"),
    [
        ("/lich", "/week"),
        ("/lich/cac-lan", "/week/versions"),
        ("/lich/phong", "/rooms/bookings"),
        ("/lich/{id}", "/{id}"),
    ],
)
async def test_a_list_costs_no_more_statements_than_its_page(
    visit: Visit,
    busy_lam_son: Organ,
    office_head: Actor,
    database: Database,
    statements: Statements,
    page: str,
    api: str,
) -> None:
    visitor = await visit(busy_lam_son, office_head)
    person = Person(visitor)
    async with database.tenant(busy_lam_son.id) as session:
        first = (await repository.search(session, office_head, "họp", 1))[0].id
    with statements() as of_page:
        assert (await visitor.get(page.format(id=first))).status_code == 200
    with statements() as of_api:
        assert (await person.get(api.format(id=first))).status_code == 200
    assert 0 < len(of_api.work) <= len(of_page.work), of_api
