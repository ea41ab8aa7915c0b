"""A call that is repeated with its key is carried out once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts, idempotency, repository
from lienxa.platform.tenancy.organs import Organ

Call = Callable[..., Awaitable[Any]]
IssueToken = Callable[..., Awaitable[accounts.Issued]]
PATH = "/documents/incoming"
RIGHTS = ("documents.read", "documents.register")


def entry(**changed: Any) -> dict[str, Any]:
    sent = {
        "body": "committee",
        "author_organ": "UBND huyện Đô Lương",
        "author_symbol": f"{uuid4().hex[:6]}/UBND",
        "type": "state/cong-van",
        "abstract": "Triển khai phòng, chống rét",
    }
    return {**sent, **changed}


@pytest.fixture
async def register(call: Call, issue_token: IssueToken, lam_son: Organ) -> Callable[..., Awaitable[Any]]:
    """Register an incoming document with a key."""
    token = (await issue_token(lam_son, *RIGHTS)).token

    async def send(key: str | None, sent: dict[str, Any], *, by: str = token) -> Any:
        headers = {} if key is None else {"idempotency-key": key}
        return await call(lam_son, PATH, by, method="POST", json=sent, headers=headers)

    return send


@pytest.fixture
def count(database: Database, lam_son: Organ, call: Call, issue_token: IssueToken) -> Callable[[], Awaitable[int]]:
    """How many documents the book holds."""

    async def found() -> int:
        token = (await issue_token(lam_son, "documents.read")).token
        return len((await call(lam_son, PATH + "?limit=100", token)).json()["items"])

    return found


async def test_a_repeat_gets_the_first_answer(register: Call, count: Callable[[], Awaitable[int]]) -> None:
    sent, before = entry(), await count()
    first = await register("a-key", sent)
    again = await register("a-key", sent)
    assert (first.status_code, again.status_code) == (201, 201), first.text + again.text
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"] == f"/api/v1/documents/{first.json()['id']}"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count() == before + 1


async def test_two_at_once_are_one(register: Call, count: Callable[[], Awaitable[int]]) -> None:
    sent, before = entry(), await count()
    both = await asyncio.gather(register("at-once", sent), register("at-once", sent))
    assert [answer.status_code for answer in both] == [201, 201]
    assert both[0].json() == both[1].json()
    assert await count() == before + 1


async def test_a_key_is_good_for_one_request_alone(register: Call) -> None:
    assert (await register("used", entry())).status_code == 201
    answer = await register("used", entry(abstract="Việc khác"))
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


async def test_a_key_belongs_to_its_account(register: Call, issue_token: IssueToken, lam_son: Organ) -> None:
    other = (await issue_token(lam_son, *RIGHTS)).token
    assert (await register("shared", entry())).status_code == 201
    answer = await register("shared", entry(), by=other)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


async def test_what_was_refused_leaves_its_key_free(register: Call) -> None:
    assert (await register("again", entry(type="none"))).status_code == 422
    assert (await register("again", entry())).status_code == 201


async def test_without_a_key_each_call_counts(register: Call, count: Callable[[], Awaitable[int]]) -> None:
    before, sent = await count(), entry(repeated=True)
    await register(None, sent)
    await register(None, sent)
    assert await count() == before + 2


@pytest.mark.parametrize("key", ["", "two words", "x" * 201])
async def test_an_odd_key_is_refused(register: Call, key: str) -> None:
    answer = await register(key, entry())
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["Idempotency-Key"]


async def test_an_answer_is_kept_a_day(register: Call, database: Database, lam_son: Organ) -> None:
    sent = entry(repeated=True)
    first = await register("daily", sent)
    with clock.fixed_at(clock.now() + timedelta(hours=25)):
        async with database.tenant(lam_son.id) as session:
            await repository.forget_answers(session, clock.now() - idempotency.KEPT_FOR)
        second = await register("daily", sent)
    assert second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


async def test_what_is_sent_is_read_as_on_the_form(register: Call) -> None:
    answer = await register(None, entry(abstract="  Ba\u0300i \u0000vie\u0323\u0302t  "))
    assert answer.json()["abstract"] == "Bài việt"
    answer = await register(None, entry(abstract="   "))
    assert [fault["field"] for fault in answer.json()["errors"]] == ["abstract"]
    answer = await register(None, entry(secrecy="secret", abstract="Không được giữ"))
    assert (answer.status_code, answer.json()["code"]) == (422, "secret_refused")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"", b"[]", b'{"unknown": 1}'])
async def test_what_cannot_be_read_is_a_problem(
    call: Call, issue_token: IssueToken, lam_son: Organ, body: bytes
) -> None:
    token = (await issue_token(lam_son, *RIGHTS)).token
    headers = {"content-type": "application/json"}
    answer = await call(lam_son, PATH, token, method="POST", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
