"""Documents below `/api/v1`: the same rules as on the pages."""

import gc
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents.jobs import make_book_file

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Statements = Callable[[], AbstractContextManager[Any]]
PDF = b"%PDF-1.4\n%%EOF\n"


class Person:
    """Somebody who calls the API with their session."""

    def __init__(self, visitor: Any) -> None:
        self._visitor = visitor
        self._headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def get(self, path: str) -> Any:
        """Read."""
        return await self._visitor.http.get(f"/api/v1/documents{path}")

    async def post(self, path: str, sent: Any = None, *, key: str = "", **others: Any) -> Any:
        """Act; `key` as the `Idempotency-Key`."""
        headers = {**self._headers, **({"idempotency-key": key} if key else {})}
        return await self._visitor.http.post(f"/api/v1/documents{path}", json=sent, headers=headers, **others)

    async def delete(self, path: str) -> Any:
        """Take away."""
        return await self._visitor.http.delete(f"/api/v1/documents{path}", headers=self._headers)


@pytest.fixture
def caller(visit: Visit) -> Callable[[Actor], Awaitable[Person]]:
    async def sign_in(actor: Actor) -> Person:
        return Person(await visit(actor.organ, actor))

    return sign_in


async def test_an_incoming_document_goes_its_way(
    caller: Callable[..., Awaitable[Person]], clerk: Actor, office_head: Actor, leader: Actor, specialist: Actor
) -> None:
    by_clerk, by_head, by_leader, by_specialist = [
        await caller(actor) for actor in (clerk, office_head, leader, specialist)
    ]
    entry = {
        "body": "committee",
        "author_organ": "UBND huyện Đô Lương",
        "author_symbol": "85/UBND-NN",
        "type": "state/cong-van",
        "abstract": "Phòng, chống rét cho gia súc",
    }
    registered = await by_clerk.post("/incoming", entry)
    assert registered.status_code == 201
    document = registered.json()
    place = f"/{document['id']}"
    twin = await by_clerk.post("/incoming", entry)
    assert [fault["field"] for fault in twin.json()["errors"]] == ["author_symbol"]
    handlers = {"lead": str(specialist.staff_id), "text": "Tham mưu trả lời."}
    if "propose" in (await by_head.get(place)).json()["acts"]:
        assert (await by_head.post(f"{place}/propose", handlers)).status_code == 200
    directed = await by_leader.post(f"{place}/direct", handlers)
    assert directed.json()["state"] == "directed"
    assert directed.json()["people"][0]["name"] == specialist.name
    given = await by_clerk.post(f"{place}/hand-over", {"receivers": [str(specialist.staff_id)]})
    hand_over = given.json()["hand_overs"][0]["id"]
    signed_for = await by_specialist.post(f"{place}/hand-overs/{hand_over}/acknowledge")
    assert signed_for.json()["hand_overs"][0]["received_by"] == specialist.name
    done = await by_specialist.post(f"{place}/complete", {"note": "Đã báo cáo."})
    assert done.json()["state"] == "done"
    told = (await by_clerk.get(f"{place}/timeline")).json()
    assert told[0]["action"] == "documents.register"
    again = await by_specialist.post(f"{place}/complete", {})
    assert again.status_code in (403, 409)
    assert again.headers["content-type"] == "application/problem+json"


async def test_files_come_and_go(caller: Callable[..., Awaitable[Person]], clerk: Actor) -> None:
    person = await caller(clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    place = f"/{(await person.post('/incoming', sent)).json()['id']}"
    files = {"file": ("phu-luc.pdf", PDF, "application/pdf")}
    attached = await person.post(f"{place}/files", files=files, data={"role": "annex"})
    assert attached.status_code == 201, attached.text
    (file,) = attached.json()["files"]
    read = await person.get(f"{place}/files/{file['id']}")
    assert read.content == PDF
    assert read.headers["content-security-policy"].startswith("sandbox")
    assert (await person.delete(f"{place}/files/{file['id']}")).status_code == 204
    assert (await person.get(f"{place}/files/{file['id']}")).status_code == 404
    wrong = await person.post(f"{place}/files", files=files, data={"role": "none"})
    assert wrong.status_code == 422


async def test_what_is_not_of_this_book_is_not_there(
    caller: Callable[..., Awaitable[Person]], clerk: Actor, giang_son_tay: Organ, actor_with: FindActor
) -> None:
    person, stranger = await caller(clerk), await caller(await actor_with(giang_son_tay, "clerk"))
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    place = f"/{(await person.post('/incoming', sent)).json()['id']}"
    for answer in (await stranger.get(place), await stranger.post(f"{place}/strike", {"reason": "Nhầm"})):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_book_is_read_page_by_page(
    caller: Callable[..., Awaitable[Person]], busy_lam_son: Organ, clerk: Actor
) -> None:
    person = await caller(clerk)
    whole = [line["id"] for line in (await person.get("/incoming?limit=100")).json()["items"]]
    found, path = [], "/incoming?limit=7"
    while path:
        answer = await person.get(path)
        found += [line["id"] for line in answer.json()["items"]]
        following = answer.json()["next"]
        link = answer.headers.get("link", "")
        path = f"/incoming?limit=7&after={following}" if following else ""
        assert link == (f'</api/v1/documents{path}>; rel="next"' if following else "")
    assert len(found) > 14
    assert found[: len(whole)] == whole
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("page", "api"), [("/van-ban/den", "/incoming"), ("/van-ban/di", "/outgoing"), ("/van-ban/{id}", "/{id}")]
)
async def test_a_list_costs_no_more_statements_than_its_page(
    visit: Visit, busy_lam_son: Organ, clerk: Actor, statements: Statements, page: str, api: str
) -> None:
    visitor = await visit(busy_lam_son, clerk)
    person = Person(visitor)
    first = (await person.get("/incoming?limit=1")).json()["items"][0]["id"]
    with statements() as of_page:
        assert (await visitor.get(page.format(id=first))).status_code == 200
    with statements() as of_api:
        assert (await person.get(api.format(id=first))).status_code == 200
    assert 0 < len(of_api.work) <= len(of_page.work), of_api


async def test_the_district_keeps_no_books_here(
    caller: Callable[..., Awaitable[Person]], do_luong: Organ, actor_with: FindActor, database: Database
) -> None:
    person = await caller(await actor_with(do_luong, "watcher"))
    assert (await person.get("/incoming")).status_code == 404


async def test_several_papers_are_acted_on_at_once_with_a_result_for_each(
    caller: Callable[..., Awaitable[Person]], clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    by_clerk, by_head = await caller(clerk), await caller(office_head)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    ids = [(await by_clerk.post("/incoming", sent)).json()["id"] for _turn in range(2)]
    assert (await by_clerk.post(f"/{ids[1]}/strike", {"reason": "Vào sổ nhầm."})).status_code == 200
    unknown = "0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f"
    asked = {"ids": [*ids, unknown], "lead": str(specialist.staff_id)}
    outcomes = (await by_head.post("/selected/propose", asked)).json()
    by_id = {outcome["document_id"]: outcome for outcome in outcomes}
    assert [by_id[one]["done"] for one in (*ids, unknown)] == [True, False, False]
    assert (by_id[ids[0]]["state"], by_id[unknown]["state"]) == ("proposed", "")
    assert by_id[ids[1]]["reason"]
    assert (await by_clerk.post("/selected/propose", asked)).status_code in (200, 403)
    nothing = await by_head.post("/selected/propose", {"ids": []})
    assert [(fault["field"], fault["reason"]) for fault in nothing.json()["errors"]] == [("ids", "Số mục không đúng.")]


async def test_a_book_is_read_as_it_is_printed(caller: Callable[..., Awaitable[Person]], clerk: Actor) -> None:
    person = await caller(clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    entered = [(await person.post("/incoming", sent)).json()["number"] for _turn in range(3)]
    first = (await person.get("/book?direction=incoming&body=committee&limit=2")).json()
    rest = (await person.get(f"/book?direction=incoming&body=committee&after={first['next']}")).json()
    lines = [*first["items"], *rest["items"]]
    assert [line["number"] for line in lines[-3:]] == entered
    assert {line["author_organ"] for line in lines[-3:]} == {"Sở Nội vụ"}
    assert (await person.get("/book?period=%C2%B2")).status_code == 200
    wrong = await person.get("/book?first_month=13")
    assert [fault["field"] for fault in wrong.json()["errors"]] == ["first_month"]


async def test_a_whole_book_is_ordered_and_read_as_pdf(
    caller: Callable[..., Awaitable[Person]], database: Database, clerk: Actor, office_head: Actor
) -> None:
    person = await caller(clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    await person.post("/incoming", sent)
    period = f"{clock.today().year}"
    ordered = await person.post("/book/files", {"book": "incoming", "period": period})
    wanted = ordered.json()
    assert (ordered.status_code, wanted["state"], wanted["book"]) == (201, "making", "incoming")
    place = f"/book/files/{wanted['id']}"
    assert ordered.headers["location"] == f"/api/v1/documents{place}"
    assert (await person.get(f"{place}/pdf")).status_code == 404
    assert (await person.post("/book/files", {"book": "incoming", "period": period})).json()["id"] == wanted["id"]
    await make_book_file(database, clerk.organ.id, UUID(wanted["id"]))
    assert (await person.get(place)).json()["state"] == "made"
    assert (await person.get(f"{place}/pdf")).content.startswith(b"%PDF")
    assert (await (await caller(office_head)).get(place)).status_code == 404
    for asked, field in (({"book": "incoming", "period": "1999"}, "period"), ({"book": "x", "period": "1"}, "book")):
        refused = await person.post("/book/files", asked)
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]


async def test_a_state_and_a_wrong_one_are_told_by_the_name_that_was_sent(
    caller: Callable[..., Awaitable[Person]], busy_lam_son: Organ, clerk: Actor
) -> None:
    person = await caller(clerk)
    signed = (await person.get("/outgoing?state=signed")).json()["items"]
    assert {line["state"] for line in signed} <= {"signed"}
    wrong = await person.get("/outgoing?state=lost")
    assert [fault["field"] for fault in wrong.json()["errors"]] == ["state"]


async def test_the_administrator_keeps_the_series(
    caller: Callable[..., Awaitable[Person]], lam_son: Organ, clerk: Actor, actor_with: FindActor
) -> None:
    person = await caller(await actor_with(lam_son, "administrator"))
    series = {line["code"]: line for line in (await person.get("/series")).json()}
    line = series["committee/CV"]
    asked = {"code": "committee/CV", "next_number": line["next_number"] + 10, "reason": "Đã cấp trên sổ giấy."}
    raised = await person.post("/series/set-number", asked)
    assert raised.json()["next_number"] == line["next_number"] + 10
    lowered = await person.post("/series/set-number", {**asked, "next_number": line["next_number"]})
    assert lowered.json()["next_number"] == line["next_number"], "nothing was given from it"
    again = await person.post("/series/set-number", {**asked, "next_number": 0})
    assert [fault["field"] for fault in again.json()["errors"]] == ["next_number"]
    assert [term["kind"] for term in (await person.get("/terms")).json()] == ["term"]
    opened = await person.post("/congresses/open", {"label": "Đại hội thử", "opened_on": "2026-11-20"})
    assert {term["kind"] for term in opened.json()} == {"term", "congress"}
    by_clerk = await caller(clerk)
    assert (await by_clerk.get("/series")).status_code == 403


async def test_the_pages_of_a_file_are_drawn_when_somebody_asks_first(
    caller: Callable[..., Awaitable[Person]], clerk: Actor
) -> None:
    person = await caller(clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    place = f"/{(await person.post('/incoming', sent)).json()['id']}"
    files = {"file": ("phu-luc.pdf", PDF, "application/pdf")}
    (file,) = (await person.post(f"{place}/files", files=files)).json()["files"]
    pages = await person.get(f"{place}/files/{file['id']}/pages")
    assert pages.json() == {"state": "wanted", "pages": []}
    for page in (1, 0, -1, 10**19, -(10**19)):
        assert (await person.get(f"{place}/files/{file['id']}/pages/{page}")).status_code == 404


async def test_a_repeated_file_is_kept_once_and_left_open_nowhere(
    caller: Callable[..., Awaitable[Person]], clerk: Actor
) -> None:
    person = await caller(clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    place = f"/{(await person.post('/incoming', sent)).json()['id']}"
    files = {"file": ("phu-luc.pdf", PDF, "application/pdf")}
    first, second = [await person.post(f"{place}/files", key="mot", files=files) for _turn in range(2)]
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert len((await person.get(place)).json()["files"]) == 1
    gc.collect()  # a file that was left open warns now, and warnings are errors
