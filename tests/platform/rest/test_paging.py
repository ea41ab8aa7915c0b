"""Lists in pages: a cursor that no page of the list gave is refused and never begins the list anew."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts, document, paging
from lienxa.platform.tenancy.organs import Organ

Call = Callable[..., Awaitable[Any]]
IssueToken = Callable[..., Awaitable[accounts.Issued]]
Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Read = Callable[[str], Awaitable[Any]]
Lists = dict[str, Read]


def paged() -> list[str]:
    """The address below `/api/v1` of every list in pages."""
    return [
        path.removeprefix("/api/v1")
        for path, _method, operation in document.operations(document.document())
        if any(parameter.get("name") == "after" for parameter in operation.get("parameters", ()))
    ]


@pytest.fixture
async def lists(
    call: Call,
    issue_token: IssueToken,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    busy_lam_son: Organ,
    do_luong: Organ,
) -> Lists:
    """Each list as somebody reads it: a program with every right, at a commune or its parent, or an administrator."""

    def by_program(organ: Organ, token: str) -> Read:
        return lambda path: call(organ, path, token)

    readers = []
    for organ in (busy_lam_son, do_luong):
        async with database.tenant(organ.id) as session:
            every = [permission.name for permission in await accounts.grantable(session, organ)]
        readers.append(by_program(organ, (await issue_token(organ, *every)).token))
    administrator = await visit(busy_lam_son, await actor_with(busy_lam_son, "administrator"))
    readers.append(lambda path: administrator.get(f"/api/v1{path}"))
    found: Lists = {}
    for path in paged():
        for read in readers:
            if (await read(path)).status_code == 200:
                found[path] = read
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


async def test_no_list_takes_a_cursor_that_it_did_not_give(lists: Lists) -> None:
    assert len(lists) >= 10
    for path, read in lists.items():
        for after in ("garbage!", "x", cursor(b"12"), "/w", forged(path)):
            answer = await read(f"{path}?after={after}")
            assert answer.status_code == 422, f"{path} {after}"
            assert [fault["field"] for fault in answer.json()["errors"]] == ["after"], f"{path} {after}"


async def test_the_cursor_of_one_list_is_none_of_another(lists: Lists) -> None:
    read = lists["/documents/incoming"]
    following = (await read("/documents/incoming?limit=1")).json()["next"]
    assert (await read(f"/documents/incoming?after={following}")).status_code == 200
    assert (await read(f"/documents/incoming/?after={following}")).status_code == 200
    for path in lists.keys() - {"/documents/incoming"}:
        assert (await lists[path](f"{path}?after={following}")).status_code == 422, path
