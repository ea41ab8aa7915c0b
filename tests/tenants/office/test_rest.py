"""The office below `/api/v1/office`."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.tenancy.organs import Organ

Visit = Callable[..., Awaitable[Any]]
Statements = Callable[[], AbstractContextManager[Any]]
PATH = "/api/v1/office"


async def test_the_caller_is_told_who_they_are(visit: Visit, clerk: Actor) -> None:
    told = (await (await visit(clerk.organ, clerk)).get(PATH + "/me")).json()
    assert (told["name"], told["post"]) == (clerk.name, clerk.acting.title)
    assert set(told["permissions"]) == clerk.acting.permissions
    assert {str(body_id) for body_id in clerk.acting.body_ids} == set(told["body_ids"])


async def test_the_callers_notices_are_read_and_taken_as_read(
    visit: Visit, database: Database, clerk: Actor, office_head: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        for title in ("một", "hai", "ba"):
            await notices.tell(session, office_head, Told([clerk.staff_id], "documents.direct", title, "/van-ban/den"))
            await session.flush()
    visitor = await visit(clerk.organ, clerk)
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
    place = PATH + "/notices"
    first = (await visitor.get(place + "?limit=2")).json()
    following = (await visitor.get(f"{place}?limit=2&after={first['next']}")).json()
    found = [*first["items"], *following["items"]]
    assert sorted(notice["title"] for notice in found) == ["ba", "hai", "một"]
    assert following["next"] is None
    read = await visitor.http.post(f"{place}/{found[0]['id']}/read", headers=headers)
    assert read.json()["read_at"] is not None
    assert len((await visitor.get(place + "?unread=true")).json()["items"]) == 2
    other = await visit(office_head.organ, office_head)
    theirs = {"origin": headers["origin"], "x-csrf-token": other.csrf}
    assert (await other.http.post(f"{place}/{found[0]['id']}/read", headers=theirs)).status_code == 404
    assert (await other.get(place)).json()["items"] == []
    assert (await visitor.http.post(f"{place}/read", headers=headers)).status_code == 200
    assert (await visitor.get(place + "?unread=true")).json()["items"] == []
    wrong = await visitor.get(place + "?after=eHh4")
    assert [fault["field"] for fault in wrong.json()["errors"]] == ["after"]


async def test_people_are_read_page_by_page_by_given_name(visit: Visit, clerk: Actor) -> None:
    visitor = await visit(clerk.organ, clerk)
    whole = (await visitor.get(PATH + "/people?limit=100")).json()
    assert whole["next"] is None
    found: list[Any] = []
    after = ""
    while True:
        page = (await visitor.get(f"{PATH}/people?limit=3&after={after}")).json()
        found += page["items"]
        if page["next"] is None:
            break
        after = page["next"]
    assert found == whole["items"]
    assert len(found) > 6
    assert clerk.name in {person["name"] for person in found}
    assert all(person["posts"] for person in found)


@pytest.mark.parametrize(
    ("page", "api"), [("/can-bo", "/people"), ("/viec-cua-toi", "/work"), ("/tim?q=ngan+sach", "/search?q=ngan+sach")]
)
async def test_a_list_costs_no_more_statements_than_its_page(
    visit: Visit, busy_lam_son: Organ, clerk: Actor, statements: Statements, page: str, api: str
) -> None:
    visitor = await visit(busy_lam_son, clerk)
    with statements() as of_page:
        assert (await visitor.get(page)).status_code == 200
    with statements() as of_api:
        answer = await visitor.get(PATH + api)
    assert answer.status_code == 200
    assert 0 < len(of_api.work) <= len(of_page.work), of_api


@pytest.mark.parametrize("path", ["/bodies", "/units", "/posts"])
async def test_who_is_who_is_told_to_every_member(visit: Visit, do_luong: Organ, clerk: Actor, path: str) -> None:
    told = (await (await visit(clerk.organ, clerk)).get(PATH + path)).json()
    assert len(told) > 2


async def test_a_thing_is_shown_to_somebody_and_no_longer(
    visit: Visit, busy_lam_son: Organ, leader: Actor, specialist: Actor, clerk: Actor
) -> None:
    visitor = await visit(busy_lam_son, leader)
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
    documents = (await visitor.get("/api/v1/documents/incoming?body=committee&limit=1")).json()["items"]
    place = f"{PATH}/grants/document/{documents[0]['id']}"
    asked = {
        "staff_id": str(specialist.staff_id),
        "reason": "Phối hợp",
        "ends_on": str(clock.today() + timedelta(days=3)),
    }
    granted = await visitor.http.post(place, json=asked, headers=headers)
    assert granted.status_code == 201, granted.text
    assert granted.json()[0]["to"] == specialist.name
    neither = await visitor.http.post(place, json={"reason": "Phối hợp"}, headers=headers)
    assert [fault["field"] for fault in neither.json()["errors"]] == ["staff_id"]
    ended = await visitor.http.delete(f"{place}/{granted.json()[0]['id']}", headers=headers)
    assert ended.status_code == 204
    assert (await visitor.get(place)).json()[0]["revoked_at"] is not None
    assert (await (await visit(busy_lam_son, clerk)).get(place)).status_code == 403


async def test_the_administrator_keeps_the_units(
    visit: Visit, lam_son: Organ, actor_with: Callable[..., Awaitable[Actor]]
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def send(method: str, path: str, sent: dict[str, Any]) -> Any:
        return await visitor.http.request(method, f"{PATH}/units{path}", json=sent, headers=headers)

    added = await send("POST", "", {"name": "Phòng Kinh tế số", "symbol": "PKTS", "position": 90})
    assert added.status_code == 201, added.text
    place, version = f"/{added.json()['id']}", added.json()["version"]
    named = {"name": "Phòng Kinh tế", "symbol": "PKTX", "position": 91, "version": version}
    changed = await send("PUT", place, named)
    assert changed.json()["symbol"] == "PKTX"
    odd = await send("PUT", place, {**named, "symbol": "P K"})
    assert [fault["field"] for fault in odd.json()["errors"]] == ["symbol"]
    stale = await send("PUT", place, named)
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    closed = await send("POST", f"{place}/close", {"version": changed.json()["version"]})
    assert closed.json()["closed_on"] is not None
    opened = await send("POST", f"{place}/reopen", {"version": closed.json()["version"]})
    assert opened.json()["closed_on"] is None


async def test_the_administrator_keeps_posts_and_people(
    visit: Visit, lam_son: Organ, clerk: Actor, actor_with: Callable[..., Awaitable[Actor]]
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def send(method: str, path: str, sent: dict[str, Any] | None = None) -> Any:
        return await visitor.http.request(method, PATH + path, json=sent, headers=headers)

    present = (await send("GET", "/posts")).json()[0]
    role = (await send("GET", "/roles")).json()[0]
    named = {"title": "Cán bộ số hóa", "unit": present["unit_id"], "role": role["id"], "position": 99}
    made = await send("POST", "/posts", named)
    assert made.status_code == 201, made.text
    place = f"/posts/{made.json()['id']}"
    changed = await send("PUT", place, {**named, "title": "Chuyên viên số hóa", "version": made.json()["version"]})
    assert changed.json()["title"] == "Chuyên viên số hóa"
    person = {"full_name": "Lò Thị  Mơ", "username": "lo-thi-mo", "post": made.json()["id"]}
    enrolled = await send("POST", "/staff", person)
    assert enrolled.status_code == 201, enrolled.text
    assert (enrolled.json()["name"], enrolled.json()["username"]) == ("Lò Thị Mơ", "lo-thi-mo.lam-son")
    assert "password" not in enrolled.text
    member, version = f"/staff/{enrolled.json()['id']}", enrolled.json()["version"]
    (held,) = (await send("GET", place)).json()["holdings"]
    assert held["name"] == "Lò Thị Mơ"
    before = str(clock.today() - timedelta(days=1))
    early = await send("POST", f"/appointments/{held['id']}/end", {"last_day": before})
    assert [fault["field"] for fault in early.json()["errors"]] == ["last_day"]
    ended = await send("POST", f"/appointments/{held['id']}/end", {"last_day": str(clock.today())})
    assert ended.json()["holdings"][0]["held_to"] == str(clock.today())
    suspended = await send("POST", f"{member}/suspend", {"reason": "Nghỉ ốm", "version": version})
    assert suspended.json()["suspended_on"] == str(clock.today())
    back = await send("POST", f"{member}/readmit", {"version": suspended.json()["version"]})
    assert back.json()["suspended_on"] is None
    assert enrolled.json()["id"] in {one["id"] for one in (await send("GET", "/staff")).json()}
    assert (await (await visit(lam_son, clerk)).get(PATH + "/staff")).status_code == 403


async def test_the_administrator_names_the_organ_and_its_bodies(
    visit: Visit, lam_son: Organ, actor_with: Callable[..., Awaitable[Actor]]
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
    version = (await visitor.get(PATH + "/profile")).json()["version"]
    sent = {"title": "Xã Lam Sơn", "phone": "0238 3871 234", "version": version}
    changed = await visitor.http.put(PATH + "/profile", json=sent, headers=headers)
    assert (changed.json()["title"], changed.json()["emblem"]) == ("Xã Lam Sơn", "")
    odd = await visitor.http.put(PATH + "/profile", json={**sent, "phone": "không"}, headers=headers)
    assert [fault["field"] for fault in odd.json()["errors"]] == ["phone"]
    no_picture = await visitor.http.post(
        PATH + "/profile/emblem",
        files={"file": ("a.png", b"nothing")},
        data={"version": str(changed.json()["version"])},
        headers=headers,
    )
    assert [fault["field"] for fault in no_picture.json()["errors"]] == ["emblem"]
    body = (await visitor.get(PATH + "/bodies")).json()[0]
    kept = {name: body[name] for name in ("name", "symbol", "in_use", "version")}
    moved = await visitor.http.put(f"{PATH}/bodies/{body['id']}", json={**kept, "position": 77}, headers=headers)
    assert moved.json()["position"] == 77
