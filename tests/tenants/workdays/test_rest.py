"""The calendar below `/api/v1`: the same rules as on the page."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays.jobs import take_over

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Statements = Callable[[], AbstractContextManager[Any]]
OFF = {"kind": "day_off", "first": "2026-11-30", "name": "Nghỉ theo Thông báo số 12/TB-UBND"}
MORNINGS = {"kind": "morning", "first": "2026-12-01", "last": "2026-12-31", "name": "Trực Một cửa"}


class Person:
    """Somebody who calls the API with their session."""

    def __init__(self, visitor: Any) -> None:
        self._visitor = visitor
        self._headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def get(self, path: str, **others: Any) -> Any:
        """Read."""
        return await self._visitor.http.get(f"/api/v1/workdays{path}", **others)

    async def add(self, sent: Any) -> Any:
        """Change the calendar."""
        return await self._visitor.http.post("/api/v1/workdays/changes", json=sent, headers=self._headers)

    async def remove(self, change_id: str) -> Any:
        """Take a change back."""
        return await self._visitor.http.delete(f"/api/v1/workdays/changes/{change_id}", headers=self._headers)

    async def changes(self) -> list[dict[str, Any]]:
        """All changes."""
        found: list[dict[str, Any]] = (await self.get("/changes?limit=100")).json()["items"]
        return found


@pytest.fixture(autouse=True)
def _friday_afternoon() -> Iterator[None]:
    with clock.fixed_at(clock.instant(date(2026, 11, 27), 16)):
        yield


@pytest.fixture
async def administrator(visit: Visit, lam_son: Organ, actor_with: FindActor) -> Person:
    return Person(await visit(lam_son, await actor_with(lam_son, "administrator")))


@pytest.fixture
async def watcher(visit: Visit, do_luong: Organ, actor_with: FindActor) -> Person:
    return Person(await visit(do_luong, await actor_with(do_luong, "watcher")))


async def test_a_change_is_looked_at_made_and_taken_back(administrator: Person) -> None:
    before = (await administrator.get("/calendar?year=2026")).json()
    seen = (await administrator.get("/preview", params=OFF)).json()
    assert seen == {"days": [{"day": "2026-11-30", "kind": "off", "name": OFF["name"]}], "moved_cases": 0}
    assert (await administrator.get("/calendar?year=2026")).json() == before, "nothing is written"
    made = await administrator.add(OFF)
    assert (made.status_code, made.json()) == (201, {"days": seen["days"]})
    assert made.headers["location"] == "/api/v1/workdays/changes?year=2026"
    after = (await administrator.get("/calendar?year=2026")).json()
    assert after["version"] != before["version"]
    assert after["months"][10] == {"month": 11, "working_days": before["months"][10]["working_days"] - 1}
    assert [day for day in after["days"] if day not in before["days"]] == seen["days"]
    (change,) = await administrator.changes()
    assert (change["day"], change["origin"], change["kind"]) == ("2026-11-30", "own", "day_off")
    assert (await administrator.remove(change["id"])).status_code == 204
    assert (await administrator.get("/calendar?year=2026")).json() == before
    assert (await administrator.remove(change["id"])).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first": "2026-11-29"}, "first"),  # a Sunday is a day off already
        ({"last": "2026-11-27"}, "last"),
        ({"last": "2028-11-30"}, "last"),
        ({"first": "2099-11-30"}, "first"),
        ({"name": " "}, "name"),
        ({"kind": "holiday"}, "kind"),
    ],
)
async def test_a_wrong_change_is_refused_by_field(administrator: Person, wrong: dict[str, Any], field: str) -> None:
    refused = await administrator.add({**OFF, **wrong})
    assert refused.status_code == 422, refused.text
    assert [fault["field"] for fault in refused.json()["errors"]] == [field]
    assert await administrator.changes() == []


async def test_what_comes_from_above_is_shown_and_stays(
    administrator: Person, watcher: Person, lam_son: Organ, database: Database
) -> None:
    assert (await watcher.add(MORNINGS)).status_code == 201
    assert (await watcher.get("/preview", params=OFF)).json()["moved_cases"] == 0
    await take_over(database, lam_son.id)
    copied = await administrator.changes()
    assert {(change["origin"], change["kind"]) for change in copied} == {("above", "morning")}
    assert len(copied) == 4, "the Saturdays of December"
    refused = await administrator.remove(copied[0]["id"])
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    found, after = [], ""
    while True:
        page = (await administrator.get(f"/changes?limit=3&year=2026&after={after}")).json()
        found += page["items"]
        if not (after := page["next"]):
            break
    assert found == copied
    assert (await administrator.get("/changes?year=2027")).json() == {"items": [], "next": None}
    assert (await administrator.get("/changes?after=eA")).status_code == 422


async def test_everybody_reads_the_calendar_and_few_change_it(visit: Visit, clerk: Actor, lam_son: Organ) -> None:
    person = Person(await visit(lam_son, clerk))
    year = (await person.get("/calendar")).json()
    assert year["year"] == 2026
    assert {"day": "2026-09-02", "kind": "off", "name": "Quốc khánh"} in year["days"]
    assert (await person.get("/calendar?year=1900")).json()["year"] == date.fromisoformat(year["first"]).year
    for answer in (await person.add(OFF), await person.get("/preview", params=OFF)):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("api", ["/calendar", "/changes"])
async def test_it_costs_no_more_statements_than_the_page(
    visit: Visit, lam_son: Organ, clerk: Actor, statements: Statements, api: str
) -> None:
    visitor = await visit(lam_son, clerk)
    with statements() as of_page:
        assert (await visitor.get("/ngay-lam-viec")).status_code == 200
    with statements() as of_api:
        assert (await Person(visitor).get(api)).status_code == 200
    assert 0 < len(of_api.work) <= len(of_page.work), of_api
