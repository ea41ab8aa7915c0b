"""Lists in pages: a cursor that no page of the list gave is refused and never begins the list anew."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts, document, paging
from lienxa.platform.tenancy.organs import Organ

Call = Callable[..., Awaitable[Any]]
IssueToken = Callable[..., Awaitable[accounts.Issued]]
Lists = dict[str, tuple[Organ, str]]


def paged() -> list[str]:
    """The address below `/api/v1` of every list in pages."""
    return [
        path.removeprefix("/api/v1")
        for path, _method, operation in document.operations(document.document())
        if any(parameter.get("name") == "after" for parameter in operation.get("parameters", ()))
    ]


@pytest.fixture
async def lists(call: Call, issue_token: IssueToken, database: Database, busy_lam_son: Organ, do_luong: Organ) -> Lists:
    """Each list with an organ that has it and a token that reads it."""
    tokens = []
    for organ in (busy_lam_son, do_luong):
        async with database.tenant(organ.id) as session:
            every = [permission.name for permission in await accounts.grantable(session, organ)]
        tokens.append((organ, (await issue_token(organ, *every)).token))
    found: Lists = {}
    for path in paged():
        for organ, token in tokens:
            answer = await call(organ, path, token)
            if answer.status_code == 200:
                found[path] = (organ, token)
                break
    assert found.keys() == set(paged()), "a list that nobody of these reads"
    return found


def cursor(written: bytes) -> str:
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def forged(path: str) -> str:
    """A cursor with the list's own mark and a place that is none."""
    found = paging.Window(1, "", f"/api/v1{path}", ()).page([1], "no-place").content.next
    assert found
    return found


async def test_no_list_takes_a_cursor_that_it_did_not_give(call: Call, lists: Lists) -> None:
    assert len(lists) >= 10
    for path, (organ, token) in lists.items():
        for after in ("garbage!", "x", cursor(b"12"), "/w", forged(path)):
            answer = await call(organ, f"{path}?after={after}", token)
            assert answer.status_code == 422, f"{path} {after}"
            assert [fault["field"] for fault in answer.json()["errors"]] == ["after"], f"{path} {after}"


async def test_the_cursor_of_one_list_is_none_of_another(call: Call, lists: Lists) -> None:
    organ, token = lists["/documents/incoming"]
    following = (await call(organ, "/documents/incoming?limit=1", token)).json()["next"]
    assert (await call(organ, f"/documents/incoming?after={following}", token)).status_code == 200
    assert (await call(organ, f"/documents/incoming/?after={following}", token)).status_code == 200
    for path in lists.keys() - {"/documents/incoming"}:
        organ, token = lists[path]
        assert (await call(organ, f"{path}?after={following}", token)).status_code == 422, path
