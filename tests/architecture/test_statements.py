"""How many statements the daily work may cost (design: stack, 2: what a request costs is their number).

See `tests/load/recording.py` for what is counted and what is a request's frame. A failure lists the statements, each
with the function that sent it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from forms import form_to
from litestar import Litestar
from recording import Recording

from lienxa.platform import clock
from lienxa.platform.tenancy.organs import Organ

ROLES = ("clerk", "leader", "office_head", "specialist", "counter", "administrator")
LIST = 4
WORK = 8
# Pages without a parameter that are no list, each with what it may ask for instead.
OTHER_PAGES = {
    "/viec-cua-toi": WORK,  # what waits for a person, from every module
    "/viec-cua-toi/so-luong": WORK,  # the same, counted
    "/tong-hop/hom-nay": WORK,  # the same for a parent's people, above their table
    "/van-ban/den/moi": WORK,
    "/van-ban/di/moi": WORK,
    "/lich/moi": WORK,
    "/ho-so/moi": WORK,
    "/quan-tri": 11,  # what is missing in every part that can be set up, and what is to be seen to
    "/quan-tri/can-chu-y": WORK,  # what is to be seen to, from every part
    "/quan-tri/san-sang": 20,  # the readiness list: a statement or two for each module
}
# A page of a stream has no end, and what signs a person off ends the session that asks.
NOT_ASKED = ("/tong-hop/luong", "/dang-xuat", "/dang-nhap")
# Host (cached), session check, note of its use (once a minute), set_config, membership, the form's key twice.
FRAME = 7

Statements = Callable[[], AbstractContextManager[Recording]]


def pages_without_parameter(app: Litestar) -> list[str]:
    """The pages of an organ's host that need no identifier."""
    found = set()
    for route in app.routes:
        handlers = getattr(route, "route_handler_map", {})
        if "GET" not in handlers or handlers["GET"][0].opt.get("host", "organ") != "organ":
            continue
        if "{" not in route.path_format and not route.path_format.startswith(NOT_ASKED):
            found.add(route.path_format)
    return sorted(found)


@pytest.mark.parametrize("role", ROLES)
async def test_my_work(busy_lam_son: Organ, visit: Any, actor_with: Any, statements: Statements, role: str) -> None:
    visitor = await visit(busy_lam_son, await actor_with(busy_lam_son, role))
    with statements() as sent:
        answer = await visitor.get("/viec-cua-toi")
    assert answer.status_code == 200
    assert 1 < len(sent.work) <= WORK, sent
    assert 3 <= len(sent.frame) <= FRAME, sent


async def test_every_page_that_needs_no_identifier(
    app: Litestar, busy_lam_son: Organ, do_luong: Organ, visit: Any, actor_with: Any, statements: Statements
) -> None:
    """A list asks for 4 statements at most, whoever looks at it; so does a new page, until it stands above."""
    people = [(busy_lam_son, role) for role in ROLES] + [(do_luong, "watcher"), (do_luong, "administrator")]
    too_many: dict[str, Recording] = {}
    seen: set[str] = set()
    for organ, role in people:
        visitor = await visit(organ, await actor_with(organ, role))
        for path in pages_without_parameter(app):
            with statements() as sent:
                answer = await visitor.get(path)
            assert answer.status_code < 500, path
            if answer.status_code != 200:
                continue
            seen.add(path)
            if len(sent.work) > OTHER_PAGES.get(path, LIST):
                too_many[f"{path} as {role}"] = sent
    assert seen >= {*OTHER_PAGES, "/van-ban/den", "/van-ban/di", "/lich", "/ho-so", "/can-bo", "/tong-hop"}
    assert not too_many, "\n\n".join(f"{name}: {sent}" for name, sent in too_many.items())


@pytest.mark.parametrize("path", ["/tim", "/van-ban/den", "/van-ban/di"])
async def test_a_search(busy_lam_son: Organ, visit: Any, clerk: Any, statements: Statements, path: str) -> None:
    visitor = await visit(busy_lam_son, clerk)
    with statements() as sent:
        answer = await visitor.get(f"{path}?q=xã")
    assert answer.status_code == 200
    assert 1 <= len(sent.work) <= LIST, sent


async def test_register_an_incoming_document(
    busy_lam_son: Organ, visit: Any, clerk: Any, statements: Statements
) -> None:
    visitor = await visit(busy_lam_son, clerk)
    form = form_to((await visitor.get("/van-ban/den/moi")).text, "/van-ban/den/moi")
    typed = form.filled(
        {
            "body": form.choice("body"),
            "type": "state/cong-van",
            "author_organ": "Sở Nội vụ",
            "author_symbol": "77/SNV-VP",
            "abstract": "Về việc thử nghiệm",
        }
    )
    with statements() as sent:
        answer = await visitor.post("/van-ban/den/moi", typed)
    assert answer.status_code == 303, answer.text
    assert 4 <= len(sent.work) <= WORK, sent
    assert len(sent.frame) <= FRAME, sent


async def test_give_a_number(
    busy_lam_son: Organ, visit: Any, clerk: Any, statements: Statements, owner_dsn: str
) -> None:
    visitor = await visit(busy_lam_son, clerk)
    with psycopg.connect(owner_dsn) as connection:
        signed = connection.execute(
            "select d.id from app.document d join app.body b on b.tenant_id = d.tenant_id and b.id = d.body_id "
            "where d.tenant_id = %s and d.state = 'signed' and b.code <> 'inspection'",
            [busy_lam_son.id],
        ).fetchone()
    assert signed, "the demonstration leaves nothing to number"
    with statements() as sent:
        answer = await visitor.post(f"/van-ban/{signed[0]}/cap-so", {})
    assert answer.status_code == 303, answer.text
    assert 4 <= len(sent.work) <= WORK, sent
    assert len(sent.frame) <= FRAME, sent


async def test_book_a_hall(busy_lam_son: Organ, visit: Any, office_head: Any, statements: Statements) -> None:
    visitor = await visit(busy_lam_son, office_head)
    form = form_to((await visitor.get("/lich/moi")).text, "/lich/moi")
    day = clock.today() + timedelta(days=60)
    typed = form.filled(
        {
            "title": "Họp giao ban",
            "body": form.choice("body"),
            "chair": form.choice("chair"),
            "room": form.choice("room"),
            "day": f"{day:%d/%m/%Y}",
            "starts": "14:00",
            "ends": "15:00",
        }
    )
    with statements() as sent:
        answer = await visitor.post("/lich/moi", typed)
    assert answer.status_code == 303, answer.text
    assert 4 <= len(sent.work) <= 13, sent
    assert len(sent.frame) <= FRAME, sent
