"""The administrator's pages of service accounts."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
PATH = "/quan-tri/ket-noi"


@pytest.fixture
async def administrator(visit: Visit, lam_son: Organ, actor_with: FindActor) -> Any:
    return await visit(lam_son, await actor_with(lam_son, "administrator"))


@pytest.fixture
async def form(database: Database, lam_son: Organ) -> dict[str, Any]:
    """The form filled in."""
    async with database.tenant(lam_son.id) as session:
        unit = (await people.units(session))[0]
        body = next(body for body in await people.bodies(session) if body.code == "committee")
    return {
        "name": "Phần mềm lưu trữ",
        "unit_id": str(unit.id),
        "body_ids": [str(body.id)],
        "permissions": ["documents.read"],
        "expires_on": "+20",
    }


async def test_a_token_is_shown_once_and_opens_what_was_ticked(
    administrator: Any, form: dict[str, Any], app: Litestar, lam_son: Organ
) -> None:
    shown = await administrator.post(PATH + "/moi", form)
    assert shown.status_code == 201
    assert shown.headers["cache-control"] == "no-store"
    token = re.search(r"lienxa_[\w-]{43}", shown.text)
    assert token is not None
    place = shown.headers["location"]
    for path in (PATH, place):
        page = await administrator.get(path)
        assert page.status_code == 200
        assert "Phần mềm lưu trữ" in page.text
        assert token[0] not in page.text

    async def status() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{lam_son.slug}.localhost:8000") as program:
            headers = {"authorization": f"Bearer {token[0]}"}
            return (await program.get("/api/v1/documents/incoming", headers=headers)).status_code

    assert await status() == 200
    for act, expected in (("tam-dung", 401), ("dung-lai", 200), ("thu-hoi", 401)):
        assert (await administrator.post(f"{place}/{act}")).status_code == 303
        assert await status() == expected
    assert (await administrator.post(f"{place}/dung-lai")).status_code == 409
    told = (await administrator.get(place)).text
    assert re.search(r"Cấp tài khoản kết nối “[^”]+” đến hết [\d/]+: Xem sổ văn bản của cơ quan mình\.", told)
    assert "documents.read" not in told
    assert "Thu hồi tài khoản kết nối." in told


async def test_the_form_sent_twice_makes_one_account(administrator: Any, form: dict[str, Any]) -> None:
    twice = {**form, "_once": "0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f"}
    first = await administrator.post(PATH + "/moi", twice)
    again = await administrator.post(PATH + "/moi", twice)
    assert again.status_code == 303
    assert again.headers["location"] == first.headers["location"]
    assert (await administrator.get(PATH)).text.count("Phần mềm lưu trữ") == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", ""), ("expires_on", "1/1/2040"), ("permissions", "documents.sign"), ("permissions", ""), ("unit_id", "")],
)
async def test_what_is_wrong_is_said_beside_its_field(
    administrator: Any, form: dict[str, Any], field: str, typed: str
) -> None:
    page = await administrator.post(PATH + "/moi", {**form, field: typed})
    assert page.status_code == 422
    assert f'href="#f-{field}"' in page.text
    assert "lienxa_" not in page.text


async def test_a_new_token_ends_the_old_one(administrator: Any, form: dict[str, Any]) -> None:
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    renewed = await administrator.post(place + "/ma-moi", {"expires_on": "+60"})
    assert renewed.status_code == 201
    assert (await administrator.post(place + "/ma-moi", {"expires_on": "1/1/2001"})).status_code == 422


async def test_only_the_administrator_lets_systems_in(visit: Visit, clerk: Actor, form: dict[str, Any]) -> None:
    visitor = await visit(clerk.organ, clerk)
    assert (await visitor.get(PATH)).status_code == 403
    assert (await visitor.post(PATH + "/moi", form)).status_code == 403
