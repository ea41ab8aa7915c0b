"""Who gets into the API, and as whom."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from tests.isolation.kept import content_of

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import InvalidInput
from lienxa.platform.rest import accounts, document, limits
from lienxa.platform.tenancy.organs import Organ

READ = "documents.read"
PATH = "/documents/incoming"
Call = Callable[..., Awaitable[Any]]
IssueToken = Callable[..., Awaitable[accounts.Issued]]
FindActor = Callable[..., Awaitable[Actor]]


def refused(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:lienxa:error:{code}")
    assert said["instance"].startswith("/api/v1/")
    assert said["title"]
    assert said["detail"]


async def test_a_token_opens_the_books_of_its_bodies(call: Call, issue_token: IssueToken, busy_lam_son: Organ) -> None:
    both = await issue_token(busy_lam_son, READ)
    party = await issue_token(busy_lam_son, READ, bodies=["party"])
    seen = (await call(busy_lam_son, PATH + "?limit=100", both.token)).json()["items"]
    assert {document["body"] for document in seen} == {"party", "committee"}
    less = (await call(busy_lam_son, PATH + "?limit=100", party.token)).json()["items"]
    assert {document["body"] for document in less} == {"party"}
    hidden = next(document for document in seen if document["body"] == "committee")
    refused(await call(busy_lam_son, f"/documents/{hidden['id']}", party.token), 404, "not_found")
    shown = (await call(busy_lam_son, f"/documents/{hidden['id']}", both.token)).json()
    assert shown["abstract"] == hidden["abstract"]


async def test_nobody_gets_in_without_token_or_session(call: Call, lam_son: Organ) -> None:
    answer = await call(lam_son, PATH)
    refused(answer, 401, "login_required")
    assert answer.headers["www-authenticate"] == 'Bearer realm="lienxa"'


async def test_a_token_is_good_for_its_own_organ_alone(
    call: Call, issue_token: IssueToken, lam_son: Organ, giang_son_tay: Organ
) -> None:
    issued = await issue_token(lam_son, READ)
    assert (await call(lam_son, PATH, issued.token)).status_code == 200
    answer = await call(giang_son_tay, PATH, issued.token)
    refused(answer, 401, "token_refused")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("sent", ["Bearer lienxa_nobody", "Bearer", "Basic bGllbng6eGE=", "nonsense", ""])
async def test_what_is_no_token_is_refused_though_a_session_is_there(
    visit: Callable[..., Awaitable[Any]], clerk: Actor, sent: str
) -> None:
    """A call with `Authorization` never falls back on the cookie."""
    visitor = await visit(clerk.organ, clerk)
    assert (await visitor.get("/api/v1" + PATH)).status_code == 200
    refused(await visitor.http.get("/api/v1" + PATH, headers={"authorization": sent}), 401, "token_refused")


async def test_a_dead_token_is_dead_at_once(
    call: Call, issue_token: IssueToken, lam_son: Organ, database: Database, actor_with: FindActor
) -> None:
    administrator = await actor_with(lam_son, "administrator")
    issued = await issue_token(lam_son, READ)

    async def status(token: str) -> int:
        return int((await call(lam_son, PATH, token)).status_code)

    async with database.tenant(lam_son.id) as session:
        await accounts.suspend(session, administrator, issued.account_id)
    assert await status(issued.token) == 401
    async with database.tenant(lam_son.id) as session:
        await accounts.resume(session, administrator, issued.account_id)
    assert await status(issued.token) == 200
    async with database.tenant(lam_son.id) as session:
        fresh = await accounts.renew(session, administrator, issued.account_id, clock.today())
    assert await status(issued.token) == 401
    assert await status(fresh.token) == 200
    with clock.fixed_at(clock.now() + timedelta(days=1)):
        assert await status(fresh.token) == 401  # its last day is over
    async with database.tenant(lam_son.id) as session:
        await accounts.revoke(session, administrator, issued.account_id)
    assert await status(fresh.token) == 401


async def test_of_a_token_nothing_is_stored_by_which_it_could_be_used(
    issue_token: IssueToken, lam_son: Organ, owner_dsn: str
) -> None:
    issued = await issue_token(lam_son, READ)
    with psycopg.connect(owner_dsn) as connection:
        stored = connection.execute("select t::text from app.service_account t").fetchall()
        told = connection.execute(
            "select t::text from app.audit_event t where action = 'office.issue_token'"
        ).fetchall()
    assert len(stored) == len(told) == 1
    assert issued.token not in str(stored) + str(told)
    assert len(issued.token) >= 43


async def test_the_use_of_a_token_is_noted(call: Call, issue_token: IssueToken, lam_son: Organ, owner_dsn: str) -> None:
    issued = await issue_token(lam_son, READ)

    def used() -> list[Any]:
        with psycopg.connect(owner_dsn) as connection:
            return [at for (at,) in connection.execute("select last_used_at from app.service_account").fetchall()]

    assert used() == [None]
    with clock.fixed_at(clock.now()):
        await call(lam_son, PATH, issued.token)
        assert used() == [clock.now()]


@pytest.mark.parametrize("permission", ["documents.sign", "office.administrate", "no.such"])
async def test_what_only_a_person_may_no_token_gets(issue_token: IssueToken, lam_son: Organ, permission: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await issue_token(lam_son, READ, permission)
    assert [fault.field for fault in refusal.value.fields] == ["permissions"]


async def test_no_right_is_given_that_does_nothing_there(
    issue_token: IssueToken, database: Database, lam_son: Organ, do_luong: Organ
) -> None:
    offered = {}
    for organ in (lam_son, do_luong):
        async with database.tenant(organ.id) as session:
            offered[organ.slug] = {permission.name for permission in await accounts.grantable(session, organ)}
    assert {"rollout.report", "series.configure", READ} <= offered["lam-son"]
    assert {"rollout.read", "rollout.manage"} <= offered["do-luong"]
    assert not offered["lam-son"] & {"rollout.read", "rollout.manage"}
    assert not offered["do-luong"] & {"rollout.report", "series.configure", "rooms.manage"}
    with pytest.raises(InvalidInput) as refusal:
        await issue_token(lam_son, READ, "workdays.manage", bodies=[])
    (fault,) = refusal.value.fields
    assert fault.field == "body_ids"
    assert "Xem sổ văn bản của cơ quan mình" in fault.reason
    assert "lịch ngày làm việc" not in fault.reason


async def test_a_service_account_is_in_no_list_of_people(
    issue_token: IssueToken, lam_son: Organ, visit: Callable[..., Awaitable[Any]], actor_with: FindActor
) -> None:
    issued = await issue_token(lam_son, READ)
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    assert (await visitor.get(f"/quan-tri/can-bo/{issued.account_id}")).status_code == 404
    for path in ("/can-bo", "/quan-tri/can-bo"):
        answer = await visitor.get(path)
        assert answer.status_code == 200
        assert "Phần mềm lưu trữ" not in answer.text


async def test_who_calls_too_often_is_told_when_to_come_back(
    call: Call, issue_token: IssueToken, lam_son: Organ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ACCOUNT", 2)
    issued, other = await issue_token(lam_son, READ), await issue_token(lam_son, READ)
    with clock.fixed_at(clock.now()):
        for _call in range(2):
            assert (await call(lam_son, PATH, issued.token)).status_code == 200
        answer = await call(lam_son, PATH, issued.token)
        refused(answer, 429, "too_many_requests")
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert (await call(lam_son, PATH, other.token)).status_code == 200
    with clock.fixed_at(clock.now() + timedelta(minutes=1)):
        assert (await call(lam_son, PATH, issued.token)).status_code == 200


async def test_whoever_has_no_token_uses_up_their_own_calls_alone(
    call: Call, issue_token: IssueToken, lam_son: Organ, giang_son_tay: Organ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REFUSED_PER_ADDRESS", 3)
    monkeypatch.setattr(limits, "PER_TENANT", 5)
    good = (await issue_token(lam_son, READ)).token
    elsewhere = (await issue_token(giang_son_tay, READ)).token
    with clock.fixed_at(clock.now()):
        for attacker in ("203.0.113.7", "2001:db8:0:1::a", "203.0.113.8"):
            said = [(await call(lam_son, PATH, "lienxa_nobody", client=attacker)).status_code for _call in range(5)]
            assert said == [401] * 3 + [429] * 2
        refused(await call(lam_son, PATH, client="2001:db8:0:1::b"), 429, "too_many_requests")
        refused(await call(lam_son, PATH, client="2001:db8:0:2::b"), 401, "login_required")
        assert (await call(lam_son, PATH, good)).status_code == 200
        assert (await call(giang_son_tay, PATH, elsewhere, client="203.0.113.7")).status_code == 200


async def test_an_unknown_address_is_a_problem_too(call: Call, lam_son: Organ) -> None:
    refused(await call(lam_son, "/nowhere"), 404, "not_found")


@pytest.mark.parametrize("name", ["not-an-id", "01900000-0000-7000-8000-000000000000"])
async def test_what_nobody_has_and_what_nobody_can_have_are_one(
    call: Call, issue_token: Any, lam_son: Organ, name: str
) -> None:
    refused(await call(lam_son, f"/documents/{name}"), 401, "login_required")
    token = (await issue_token(lam_son, "documents.read")).token
    refused(await call(lam_son, f"/documents/{name}", token), 404, "not_found")


@pytest.mark.parametrize(
    "sent",
    [
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 200_000,
        b'{"abstract":' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"abstract":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=["unclosed", "closed", "objects", "deep", "deeper"],
)
async def test_what_is_nested_too_deep_cannot_be_read(
    call: Call, issue_token: IssueToken, lam_son: Organ, sent: bytes
) -> None:
    issued = await issue_token(lam_son, "documents.register", "documents.handle")
    headers = {"content-type": "application/json"}
    for path in (PATH, "/documents/outgoing"):
        refused(
            await call(lam_son, path, issued.token, method="POST", content=sent, headers=headers), 400, "unreadable"
        )


async def test_a_method_that_is_not_there_is_a_problem_too(call: Call, lam_son: Organ) -> None:
    refused(await call(lam_son, PATH, method="DELETE"), 405, "method_not_allowed")


async def test_the_document_is_for_everybody(app: Litestar, call: Call, lam_son: Organ) -> None:
    answer = await call(lam_son, "/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")


async def test_what_the_token_does_not_cover_is_refused_before_it_is_read(
    call: Call, issue_token: IssueToken, lam_son: Organ
) -> None:
    issued = await issue_token(lam_son, READ)
    refused(await call(lam_son, PATH, issued.token, method="POST", json={}), 403, "forbidden")


async def test_a_person_writes_with_the_token_of_their_session(
    visit: Callable[..., Awaitable[Any]], clerk: Actor
) -> None:
    visitor = await visit(clerk.organ, clerk)
    sent = {"body": "committee", "author_organ": "Sở Nội vụ", "type": "state/cong-van", "abstract": "Báo cáo"}
    origin = {"origin": str(visitor.http.base_url).rstrip("/")}
    for headers in ({}, origin, {"x-csrf-token": visitor.csrf}):
        refused(await visitor.http.post("/api/v1" + PATH, json=sent, headers=headers), 403, "forged_request")
    answer = await visitor.http.post("/api/v1" + PATH, json=sent, headers={**origin, "x-csrf-token": visitor.csrf})
    assert answer.status_code == 201


async def test_a_token_of_another_organ_opens_no_address_here(
    call: Call,
    issue_token: IssueToken,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every operation of the document: a stranger's token is nobody's, and one without rights acts on nothing."""
    monkeypatch.setattr(limits, "PER_ACCOUNT", 10_000)
    monkeypatch.setattr(limits, "REFUSED_PER_ADDRESS", 10_000)
    strange = (await issue_token(giang_son_tay, READ)).token
    weak = (await issue_token(busy_lam_son, "workdays.manage", bodies=[])).token
    described = document.document()
    before = content_of(owner_dsn, busy_lam_son)
    open_to_all = set()
    for path, method, operation in document.operations(described):
        first_page = path.replace("{number}", "1")
        here = re.sub(r"\{\w+\}", str(ids.new_id()), first_page).removeprefix("/api/v1")
        content = operation.get("requestBody", {}).get("content", {})
        sent = {"json": content["application/json"]["example"]} if "application/json" in content else {}
        answer = await call(busy_lam_son, here, strange, method=method.upper(), **sent)
        if operation.get("security") == []:  # open to everybody, whatever they show
            assert answer.status_code in (200, 404, 422), path
            open_to_all.add(operation["operationId"])
            continue
        refused(answer, 401, "token_refused")
        needed = [scope for way in operation.get("security", ()) for scope in way.get("token", ())]
        if "workdays.manage" in needed:
            continue
        answer = await call(busy_lam_son, here, weak, method=method.upper(), **sent)
        if needed:
            refused(answer, 403, "forbidden")
        assert answer.status_code < 500, f"{method} {path}"
    assert open_to_all == {"ListProcedures", "GetProcedure", "LookUpCase"}
    after = content_of(owner_dsn, busy_lam_son)
    # That it was used is noted of a token, and what was refused in the trail.
    assert {table for table in after if after[table] != before[table]} == {"audit_event", "service_account"}
