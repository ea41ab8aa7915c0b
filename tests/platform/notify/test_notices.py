"""Notices: told with the act to whom it concerns, read by nobody else, gone after 90 days."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.tenancy.organs import Organ

TAG = re.compile(r"<[^>]+>")


def said(page: Any) -> str:
    """The words of a page."""
    return " ".join(TAG.sub(" ", page.text.split("<main")[1]).split())


@pytest.fixture
async def session(database: Database, lam_son: Organ) -> AsyncIterator[TenantSession]:
    """A transaction of Lam Sơn."""
    async with database.tenant(lam_son.id) as opened:
        yield opened


async def titles(session: TenantSession, actor: Actor, *, only_unread: bool = False) -> list[str]:
    """What the person has been told, latest first."""
    found, _following = await notices.page_of(session, actor.account_id, only_unread=only_unread, before=None)
    return [notice.title for notice in found]


async def test_everybody_named_is_told_once_and_the_actor_is_not(
    session: TenantSession, clerk: Actor, leader: Actor, specialist: Actor, statements: Any
) -> None:
    with statements() as sent:
        await notices.tell(
            session,
            clerk,
            Told([specialist.staff_id, specialist.staff_id, clerk.staff_id, None], "a.b", "Việc một", "/mot"),
            Told([leader.staff_id], "a.b", "Việc hai", "/hai"),
        )
    assert len(sent.work) == 1
    assert await titles(session, specialist) == ["Việc một"]
    assert await titles(session, leader) == ["Việc hai"]
    assert await titles(session, clerk) == []
    with statements() as sent:
        await notices.tell(session, clerk, Told([clerk.staff_id], "a.b", "Việc của mình", "/"))
    assert sent.work == []


async def test_nothing_is_told_of_what_is_long_past(session: TenantSession, clerk: Actor, leader: Actor) -> None:
    with notices.silently():
        await notices.tell(session, clerk, Told([leader.staff_id], "a.b", "Việc năm ngoái", "/"))
    assert await titles(session, leader) == []


async def test_the_demonstration_tells_nobody_anything(database: Database, busy_lam_son: Organ, leader: Actor) -> None:
    async with database.tenant(busy_lam_son.id) as session:
        assert await notices.unread(session, leader.account_id) == 0


async def test_only_ones_own_notices_are_read(session: TenantSession, clerk: Actor, leader: Actor) -> None:
    await notices.tell(session, clerk, *(Told([leader.staff_id], "a.b", f"Việc {n}", "/") for n in (1, 2, 3)))
    (last, *_rest), _following = await notices.page_of(session, leader.account_id, only_unread=True, before=None)
    with pytest.raises(NotFound):
        await notices.read(session, clerk.account_id, last.id)
    await notices.read(session, leader.account_id, last.id)
    await session.flush()
    assert await notices.unread(session, leader.account_id) == 2
    assert await titles(session, leader, only_unread=True) == ["Việc 2", "Việc 1"]
    await notices.read_all(session, clerk.account_id)
    assert await notices.unread(session, leader.account_id) == 2
    await notices.read_all(session, leader.account_id)
    assert await notices.unread(session, leader.account_id) == 0


async def test_old_ones_are_forgotten(session: TenantSession, clerk: Actor, leader: Actor) -> None:
    now = clock.now()
    for days in (91, 89):
        with clock.fixed_at(now - timedelta(days=days)):
            await notices.tell(session, clerk, Told([leader.staff_id], "a.b", f"Trước {days} ngày", "/"))
    await notices.forget_old(session)
    assert await titles(session, leader) == ["Trước 89 ngày"]


async def test_the_page_is_read_a_part_at_a_time_and_its_links_lead_on(
    database: Database, lam_son: Organ, visit: Any, clerk: Actor, leader: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE_SIZE", 2)
    async with database.tenant(lam_son.id) as session:
        told = (Told([leader.staff_id], "a.b", f"Việc thứ {n}", "/can-bo") for n in (1, 2, 3))
        await notices.tell(session, clerk, *told)
    at_leader = await visit(lam_son, leader)
    page = await at_leader.get("/thong-bao")
    assert "Việc thứ 3" in said(page)
    assert "Việc thứ 1" not in said(page)
    assert 'data-count="/thong-bao" data-told="3"' in page.text
    assert 'data-count="/thong-bao" data-told="3"' in (await at_leader.get("/viec-cua-toi")).text
    assert (await at_leader.get("/viec-cua-toi/so-luong")).json()["/thong-bao"] == 3
    following = re.search(r'href="(/thong-bao\?sau=[^"]+)"', page.text)
    assert following is not None
    rest = await at_leader.get(following[1])
    assert "Việc thứ 1" in said(rest)
    assert "Việc thứ 2" not in said(rest)
    (link,) = re.findall(r'href="(/thong-bao/[0-9a-f-]{36})">Việc thứ 1<', rest.text)
    opened = await at_leader.get(link)
    assert (opened.status_code, opened.headers["location"]) == (303, "/can-bo")
    assert "Việc thứ 1" not in said(await at_leader.get("/thong-bao?xem=chua-doc"))
    # Nobody else's: as if it were not there, to look and to tick off.
    at_clerk = await visit(lam_son, clerk)
    assert (await at_clerk.get(link)).status_code == 404
    assert (await at_clerk.post(link)).status_code == 404
    assert (await at_clerk.get(f"/thong-bao/{ids.new_id()}")).status_code == 404
    assert "Chưa có thông báo nào" in said(await at_clerk.get("/thong-bao"))
    assert (await at_leader.post("/thong-bao")).status_code == 303
    assert "Không còn thông báo chưa đọc" in said(await at_leader.get("/thong-bao?xem=chua-doc"))
    for nonsense in ("x", "_", "2026_"):
        assert (await at_leader.get(f"/thong-bao?sau={nonsense}")).status_code == 422
