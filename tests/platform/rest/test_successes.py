"""Every operation of the document succeeds at least once, and what it answers then is what the document tells of."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import pytest
from schemathesis.core.failures import FailureGroup
from tests.platform.rest.successes import documents, meetings, office, procedures, rollout, workdays
from tests.platform.rest.successes.world import World, check, of_tag, operations

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ

WALKS: Mapping[str, Callable[[World], Awaitable[None]]] = {
    "documents": documents.walk,
    "meetings": meetings.walk,
    "office": office.walk,
    "procedures": procedures.walk,
    "rollout": rollout.walk,
    "workdays": workdays.walk,
}
# Operations that cannot be brought to succeed here, each with its reason.
EXEMPT: Mapping[str, str] = {}


@pytest.fixture
def world(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    do_luong: Organ,
    database: Database,
    visit: Callable[..., Awaitable[Any]],
    actor_with: Callable[..., Awaitable[Actor]],
) -> World:
    return World(busy_lam_son, giang_son_tay, do_luong, database, visit, actor_with)


def test_every_module_with_operations_has_its_walk() -> None:
    assert {operation.definition.raw["tags"][0] for operation in operations().values()} == WALKS.keys()
    assert EXEMPT.keys() <= operations().keys()


@pytest.mark.parametrize("tag", WALKS)
async def test_every_operation_succeeds_once(world: World, tag: str) -> None:
    await WALKS[tag](world)
    assert of_tag(tag) - world.succeeded - EXEMPT.keys() == set(), "teach the walk of this module to call them"
    assert world.succeeded & EXEMPT.keys() == set(), "no reason is needed for what succeeds"


async def test_a_success_that_the_document_does_not_tell_of_is_found(world: World) -> None:
    """Else no walk could fail."""
    clerk = await world.person("clerk", "Văn thư")
    right = await world.call(clerk, "GetCaller")
    told = right.json()
    for wrong in (
        httpx.Response(200, json={**told, "name": None}),
        httpx.Response(200, json={**told, "permissions": "all"}),
        httpx.Response(200, json={name: value for name, value in told.items() if name != "id"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, text=right.text),
        httpx.Response(202, json=told),
    ):
        wrong.request, wrong.elapsed = right.request, right.elapsed
        with pytest.raises(FailureGroup):
            check(operations()["GetCaller"], wrong)
