"""The one-stop below `/api/v1`: the same rules as on the pages."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post, RolePermission
from lienxa.platform.db.session import Database
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.procedures import pages, permissions, rules

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Statements = Callable[[], AbstractContextManager[Any]]
BIRTH = {
    "procedure": "1.001193",
    "applicant_name": "Nguyễn Văn Ân",
    "applicant_phone": "0912 345 678",
    "papers": ["Tờ khai"],
}
DECIDED = {"procedure": "1.001776", "applicant_name": "Trần Thị Bình"}  # its result is a decision
PDF = {"file": ("quyet-dinh.pdf", sample_pdf("Quyết định"), "application/pdf")}


class Person:
    """Somebody who calls the API with their session."""

    def __init__(self, visitor: Any) -> None:
        self._visitor = visitor
        self._headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}

    async def get(self, path: str, **others: Any) -> Any:
        """Read."""
        return await self._visitor.http.get(f"/api/v1/procedures{path}", **others)

    async def post(self, path: str, sent: Any = None, **others: Any) -> Any:
        """Act."""
        return await self._visitor.http.post(f"/api/v1/procedures{path}", json=sent, headers=self._headers, **others)

    async def done(self, path: str, sent: Any = None, **others: Any) -> Any:
        """Act, and be answered with the case after it."""
        answer = await self.post(path, sent, **others)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


Caller = Callable[[Actor], Awaitable[Person]]


@pytest.fixture
def caller(visit: Visit) -> Caller:
    async def sign_in(actor: Actor) -> Person:
        return Person(await visit(actor.organ, actor))

    return sign_in


def faults(answer: Any) -> list[str]:
    """The fields that were refused."""
    assert answer.status_code == 422, answer.text
    return [fault["field"] for fault in answer.json()["errors"]]


async def test_a_case_goes_its_way_to_the_citizen(
    caller: Caller, counter: Actor, specialist: Actor, leader: Actor, clerk: Actor
) -> None:
    at_counter, handling, leading, sealing = [await caller(who) for who in (counter, specialist, leader, clerk)]
    answer = await at_counter.post("/cases", DECIDED)
    assert answer.status_code == 201, answer.text
    case = answer.json()
    place = f"/cases/{case['id']}"
    assert answer.headers["location"] == f"/api/v1/procedures{place}"
    assert (case["state"], case["acts"][0]) == ("received", "hand-over")
    assert str(specialist.staff_id) in [one["staff_id"] for one in (await at_counter.get("/handlers")).json()]
    handed = await at_counter.done(f"{place}/hand-over", {"handler": str(specialist.staff_id)})
    assert (handed["state"], handed["handler"]["name"]) == ("processing", specialist.name)
    assert handed["acts"] == ["withdraw"], "what is possible is said for the caller"
    await handling.done(f"{place}/ask-supplement", {"request": "Giấy xác nhận"})
    again = await at_counter.done(f"{place}/supply", {"papers": "Giấy xác nhận"})
    assert (again["state"], again["papers"]) == ("processing", ["Giấy xác nhận"])
    assert str(leader.staff_id) in [one["staff_id"] for one in (await handling.get("/signers")).json()]
    sent = {"result": "Quyết định trợ cấp", "signer": str(leader.staff_id)}
    assert faults(await handling.post(f"{place}/draft-result", files={"file": ("", b"")}, data=sent)) == ["file"]
    unreadable = await handling.post(f"{place}/draft-result", data=sent, files={"result": (None, b"\x81")})
    assert (unreadable.status_code, unreadable.json()["code"]) == (400, "unreadable")
    await handling.done(f"{place}/draft-result", data=sent, files=PDF)
    returned = await leading.done(f"{place}/return-draft", {"reason": "Ghi rõ căn cứ."})
    assert (returned["state"], returned["rework_reason"]) == ("processing", "Ghi rõ căn cứ.")
    # The text that was put before the leader earlier stays.
    drafted = await handling.done(f"{place}/draft-result", data=sent, files={"file": ("", b"")})
    assert (await leading.get(f"{place}/result-file")).content == PDF["file"][1]
    assert drafted["result"]["file_path"] == f"/api/v1/procedures{place}/result-file"
    assert (await leading.done(f"{place}/sign"))["result"]["signer"]["name"] == leader.name
    sealed = await sealing.done(f"{place}/seal")
    assert (sealed["state"], sealed["result"]["outcome"]) == ("done", "early")
    assert sealed["result"]["number"]
    assert sealed["result"]["document_id"], "the clerk sees the book"
    assert (await at_counter.get(place)).json()["result"]["document_id"] is None, "the counter does not"
    given = await at_counter.done(f"{place}/hand-back", {"returned_to": "Trần Thị Bình"})
    assert (given["state"], given["acts"]) == ("returned", [])
    told = [line["action"] for line in (await at_counter.get(f"{place}/timeline")).json()]
    assert told[0] == "procedures.receive"
    assert told[-1] == "procedures.hand_back"


async def test_nobody_does_what_is_not_theirs_and_refusals_leave_nothing(
    caller: Caller, counter: Actor, specialist: Actor, leader: Actor, office_head: Actor
) -> None:
    at_counter, handling, leading, head = [await caller(who) for who in (counter, specialist, leader, office_head)]
    place = f"/cases/{(await at_counter.done('/cases', BIRTH))['id']}"
    assert (await handling.post("/cases", BIRTH)).json()["code"] == "forbidden"
    assert (await handling.get(place)).status_code == 404, "not theirs yet"
    assert (await leading.post(f"{place}/hand-over", {"handler": str(specialist.staff_id)})).status_code == 403
    refused = await at_counter.post(f"{place}/hand-over", {"handler": str(leader.staff_id)})
    assert faults(refused) == ["handler"]
    early = await leading.post(f"{place}/sign")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    assert (await head.get(f"{place}/secret")).status_code == 403
    assert (await at_counter.get(place)).json()["state"] == "received"
    assert [line["action"] for line in (await at_counter.get(f"{place}/timeline")).json()] == ["procedures.receive"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"procedure": "9.999999"}, "procedure"),
        ({"procedure": "1.004222"}, "procedure"),  # the police take it in
        ({"procedure": "1.011606"}, "agreed_on"),
        ({"applicant_name": "12"}, "applicant_name"),
        ({"applicant_phone": "không có"}, "applicant_phone"),
        ({"papers": ["Hộ chiếu"]}, "papers"),
        ({"note": "x" * 501}, "note"),
    ],
)
async def test_a_wrong_dossier_is_refused_by_field(
    caller: Caller, counter: Actor, wrong: dict[str, Any], field: str
) -> None:
    person = await caller(counter)
    sent = {**BIRTH, **({"papers": []} if "procedure" in wrong else {}), **wrong}
    assert faults(await person.post("/cases", sent)) == [field]


async def test_a_case_may_end_without_a_result(caller: Caller, counter: Actor, specialist: Actor) -> None:
    at_counter, handling = await caller(counter), await caller(specialist)
    for act, who in (("refuse", at_counter), ("withdraw", at_counter), ("refuse", handling), ("stop", handling)):
        place = f"/cases/{(await at_counter.done('/cases', BIRTH))['id']}"
        if who is handling:
            await at_counter.done(f"{place}/hand-over", {"handler": str(specialist.staff_id)})
        closed = await who.done(f"{place}/{act}", {"reason": "Chưa đủ điều kiện."})
        assert closed["state"] == {"refuse": "refused", "withdraw": "withdrawn", "stop": "stopped"}[act]
        assert closed["closing_reason"] == "Chưa đủ điều kiện."
        assert closed["acts"] == []


async def test_an_apology_names_one_new_day(caller: Caller, counter: Actor, specialist: Actor) -> None:
    at_counter, handling = await caller(counter), await caller(specialist)
    case = await at_counter.done("/cases", BIRTH)
    place = f"/cases/{case['id']}"
    await at_counter.done(f"{place}/hand-over", {"handler": str(specialist.staff_id)})
    sunday = {"reason": "Chờ xác minh.", "new_date": "2027-11-28"}
    assert faults(await handling.post(f"{place}/apologise", sunday)) == ["new_date"]
    told = await handling.done(f"{place}/apologise", {**sunday, "new_date": "2027-11-29"})
    assert told["first_due_at"] == case["due_at"]
    assert (await handling.post(f"{place}/apologise", {**sunday, "new_date": "2027-11-30"})).status_code == 409
    assert told["forms"] == ["apology", "control"]
    for form in told["forms"]:
        printed = await handling.get(f"{place}/forms/{form}")
        assert printed.headers["content-type"] == "application/pdf"
        assert printed.content.startswith(b"%PDF-")
    assert (await handling.get(f"{place}/forms/refusal")).status_code == 404
    assert (await handling.get(f"{place}/forms/xin-loi")).status_code == 404, "the API has the codes alone"


async def test_a_citizen_asks_how_the_case_stands_without_an_account(
    caller: Caller, visit: Visit, lam_son: Organ, counter: Actor, specialist: Actor
) -> None:
    at_counter, stranger = await caller(counter), Person(await visit(lam_son))
    case = await at_counter.done("/cases", BIRTH)
    told = (await at_counter.get(f"/cases/{case['id']}/secret")).json()
    asked = f"/standing?code={told['code'].lower()}"
    answer = await stranger.get(asked, headers={"case-secret": told["secret"]})
    assert answer.json() == {
        "code": case["code"],
        "state": "received",
        "state_title": "Đã tiếp nhận",
        "due_at": case["due_at"],
        "due_exact": False,
        "first_due_at": None,
        "said": "",
        "moved_to": "",
    }
    assert answer.headers["cache-control"] == "private, no-store"
    await at_counter.done(f"/cases/{case['id']}/hand-over", {"handler": str(specialist.staff_id)})
    await (await caller(specialist)).done(f"/cases/{case['id']}/ask-supplement", {"request": "Giấy chứng sinh"})
    waiting = (await stranger.get(asked, headers={"case-secret": told["secret"]})).json()
    assert (waiting["state"], waiting["due_at"]) == ("supplement", None)
    assert waiting["said"], "what missing papers do to the time"
    wrong = [
        await stranger.get(asked, headers={"case-secret": "ABCD-EFGH"}),
        await stranger.get("/standing?code=LS-261124-9999", headers={"case-secret": told["secret"]}),
    ]
    assert [one.status_code for one in wrong] == [404, 404]
    assert wrong[0].json() == {**wrong[1].json(), "instance": wrong[0].json()["instance"]}
    assert faults(await stranger.get(asked)) == ["Case-Secret"], "never in the address"


async def test_looking_up_has_the_limits_of_the_public_page(visit: Visit, lam_son: Organ) -> None:
    visitor = await visit(lam_son)
    stranger, code = Person(visitor), "LS-261124-0001"
    for number in range(pages.TRIES_OF_CODE):
        if number % 2:
            await visitor.post("/tra-cuu", {"code": code, "secret": "ABCD-EFGH"})
        else:
            await stranger.get(f"/standing?code={quote(f' {code} ')}", headers={"case-secret": "ABCD-EFGH"})
    refused = await stranger.get(f"/standing?code={code}", headers={"case-secret": "ABCD-EFGH"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) > 0


async def test_everybody_reads_the_catalogue(visit: Visit, lam_son: Organ, do_luong: Organ) -> None:
    stranger = Person(await visit(lam_son))
    found, after = [], ""
    while True:
        answer = (await stranger.get(f"/catalogue?limit=30&after={after}")).json()
        found += [line["key"] for line in answer["items"]]
        if not (after := answer["next"]):
            break
    assert len(found) == len(set(found)) == 112
    some = (await stranger.get("/catalogue?q=khai sinh&field=Hộ tịch")).json()["items"]
    assert "1.001193" in [line["key"] for line in some]
    assert {line["field"] for line in some} == {"Hộ tịch"}
    one = (await stranger.get("/catalogue/1.001193")).json()
    assert (one["time_value"], one["time_unit"], one["fee"]) == (1, "working_day", "Không thu")
    assert one["papers"][0] == "Tờ khai"
    assert (await stranger.get("/catalogue/9.999999")).status_code == 404
    assert faults(await stranger.get("/catalogue?after=eA")) == ["after"]
    assert faults(await stranger.get("/catalogue?q=%00")) == ["q"]
    above = Person(await visit(do_luong))
    assert (await above.get("/catalogue")).status_code == 404, "an organ above its communes has none"


async def test_a_list_is_read_page_by_page(caller: Caller, busy_lam_son: Organ, counter: Actor) -> None:
    person = await caller(counter)
    for part in ("all", "open", "done"):
        whole = [line["id"] for line in (await person.get(f"/cases?state={part}&limit=100")).json()["items"]]
        found, after = [], ""
        while len(found) < len(whole):
            answer = await person.get(f"/cases?state={part}&limit=7&after={after}")
            found += [line["id"] for line in answer.json()["items"]]
            after = answer.json()["next"]
            assert ("link" in answer.headers) == bool(after)
            if not after:
                break
        assert found[: len(whole)] == whole
        assert len(set(found)) == len(found) > 0
    late = (await person.get("/cases?late=true&limit=100")).json()["items"]
    assert {line["pressing"] for line in late} <= {"late"}
    assert {line["state"] for line in late} <= rules.RUNNING_STATES
    assert faults(await person.get("/cases?after=eA")) == ["after"]
    assert faults(await person.get("/cases?state=none")) == ["state"]


@pytest.mark.parametrize(("page", "api"), [("/ho-so", "/cases"), ("/ho-so/{id}", "/cases/{id}")])
async def test_a_list_costs_no_more_statements_than_its_page(
    visit: Visit, busy_lam_son: Organ, counter: Actor, statements: Statements, page: str, api: str
) -> None:
    visitor = await visit(busy_lam_son, counter)
    person = Person(visitor)
    first = (await person.get("/cases?limit=1")).json()["items"][0]["id"]
    with statements() as of_page:
        assert (await visitor.get(page.format(id=first))).status_code == 200
    with statements() as of_api:
        assert (await person.get(api.format(id=first))).status_code == 200
    assert 0 < len(of_api.work) <= len(of_page.work), of_api


async def test_another_communes_case_does_not_exist(
    caller: Caller, counter: Actor, giang_son_tay: Organ, actor_with: FindActor
) -> None:
    case = await (await caller(counter)).done("/cases", BIRTH)
    stranger = await caller(await actor_with(giang_son_tay, "counter"))
    for answer in (
        await stranger.get(f"/cases/{case['id']}"),
        await stranger.get(f"/cases/{case['id']}/receipt"),
        await stranger.post(f"/cases/{case['id']}/withdraw", {"reason": "Nhầm"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_one_person_for_both_is_confirmed_marked_and_found(
    caller: Caller, database: Database, specialist: Actor, leader: Actor
) -> None:
    async with database.tenant(specialist.organ.id) as session:
        role_id = await session.scalar(select(Post.role_id).where(Post.id == specialist.acting.id))
        session.add(RolePermission(role_id=role_id, permission=permissions.RECEIVE))
    at_counter, leading = await caller(specialist), await caller(leader)
    assert (await at_counter.post("/rules", {"one_person": "forbid"})).status_code == 403
    assert (await leading.get("/rules")).json() == {"one_person": "warn"}
    case = await at_counter.done("/cases", BIRTH)
    wish = {"handler": str(specialist.staff_id)}
    assert faults(await at_counter.post(f"/cases/{case['id']}/hand-over", wish)) == ["one_person"]
    handed = await at_counter.done(f"/cases/{case['id']}/hand-over", {**wish, "one_person": True})
    assert handed["one_person"]
    found = (await leading.get("/cases?one_person=true")).json()["items"]
    assert [one["id"] for one in found] == [case["id"]]
    assert await leading.done("/rules", {"one_person": "forbid"}) == {"one_person": "forbid"}
    case = await at_counter.done("/cases", BIRTH)
    refused = await at_counter.post(f"/cases/{case['id']}/hand-over", {**wish, "one_person": True})
    assert faults(refused) == ["handler"]
