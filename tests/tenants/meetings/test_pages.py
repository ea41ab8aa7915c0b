"""The calendar as people use it: over HTTP, with forms."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import repository
from lienxa.tenants.meetings.models import Meeting

MONDAY = date(2026, 11, 23)
TAG = re.compile(r"<[^>]+>")
MEETING_PATH = re.compile(r'href="(/lich/[0-9a-f-]{36})"')


def buttons(page: httpx.Response) -> list[str]:
    """The words on the buttons of a page."""
    return [TAG.sub("", inside).strip() for inside in re.findall(r"<button[^>]*>(.*?)</button>", page.text, re.DOTALL)]


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Monday, 07:00."""
    with clock.fixed_at(clock.instant(MONDAY, 7)):
        yield


pytestmark = pytest.mark.usefixtures("moment")


async def form_of(database: Database, actor: Actor, **fields: Any) -> dict[str, Any]:
    async with database.tenant(actor.organ.id) as session:
        hall = (await repository.rooms(session))[0]
        leader = (await people.holders_of_role(session, "leader"))[0]
    return {
        "body": "committee",
        "title": "Họp bàn ngân sách",
        "chair": str(leader.staff_id),
        "members": [str(actor.staff_id)],
        "room": str(hall.id),
        "day": "23/11/2026",
        "starts": "8h",
        "ends": "10:00",
        **fields,
    }


async def test_an_office_head_books_and_sees_it_on_the_week_page(
    database: Database, sign_in: Any, office_head: Actor
) -> None:
    client = await sign_in(office_head)
    assert "Tuần này chưa có lịch họp" in (await client.get("/lich")).text
    form = await client.get("/lich/moi?ngay=24/11/2026")
    assert 'value="24/11/2026"' in form.text
    assert "Đặt lịch" in buttons(form)
    answer = await client.send("/lich/moi", await form_of(database, office_head))
    assert answer.status_code == 303
    week = await client.get(answer.headers["location"])
    assert "Đã đặt lịch 08:00–10:00 ngày 23/11/2026." in week.text
    (path,) = set(MEETING_PATH.findall(week.text))
    detail = await client.get(path)
    assert "Xếp lịch 08:00–10:00 ngày 23/11/2026 tại Hội trường lớn" in detail.text
    for address in ("/lich?tuan=2026-W48", "/lich?ngay=29/11/2026", "/lich/in?tuan=2026-W48"):
        page = await client.get(address)
        assert page.status_code == 200
        assert "Họp bàn ngân sách" in page.text
    assert "Họp bàn ngân sách" not in (await client.get("/lich?tuan=2026-W49")).text


async def test_a_clash_shows_the_form_again_with_everything_typed(
    database: Database, sign_in: Any, office_head: Actor
) -> None:
    client = await sign_in(office_head)
    form = await form_of(database, office_head)
    await client.send("/lich/moi", form)
    answer = await client.send(
        "/lich/moi", {**form, "title": "Cuộc họp khác", "starts": "9h30", "note": "Mang <tài liệu>"}
    )
    assert answer.status_code == 422
    for shown in (
        "Hội trường lớn đã có lịch 08:00–10:00 ngày 23/11/2026: Họp bàn ngân sách.",
        "Giờ này còn trống: Phòng họp số 1.",
        'href="#f-room"',
        'value="Cuộc họp khác"',
        'value="9h30"',
        'value="Mang &lt;tài liệu&gt;"',
        f'value="{form["room"]}" selected',
        f'value="{office_head.staff_id}" checked',
    ):
        assert shown in answer.text
    async with database.tenant(office_head.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(Meeting)) == 1


async def test_the_same_form_twice_books_once(database: Database, sign_in: Any, office_head: Actor) -> None:
    client = await sign_in(office_head)
    form, once = await form_of(database, office_head), str(ids.new_id())
    answers = [await client.send("/lich/moi", form, once=once) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


async def test_a_proposal_goes_from_the_specialist_to_the_office_head(
    database: Database, sign_in: Any, specialist: Actor, office_head: Actor
) -> None:
    mine, heads = await sign_in(specialist), await sign_in(office_head)
    assert "Đề xuất" in buttons(await mine.get("/lich/moi"))
    answer = await mine.send("/lich/moi", await form_of(database, specialist))
    week = await mine.get(answer.headers["location"])
    assert "Đề xuất" in week.text
    assert "Họp bàn ngân sách" not in (await mine.get("/lich/in")).text
    (path,) = set(MEETING_PATH.findall(week.text))
    assert "Xếp lịch" not in buttons(await mine.get(path))
    assert "Xếp lịch" in buttons(await heads.get(path))
    work = await heads.get("/viec-cua-toi")
    assert path in work.text
    assert "Xếp lịch" in work.text
    assert (await heads.send(f"{path}/dat-lich")).headers["location"] == path
    assert (await heads.send(f"{path}/da-hop")).status_code == 409
    assert "Đã xếp lịch" in (await heads.get(path)).text


async def test_booking_a_proposal_whose_room_is_taken_says_so_before_and_after(
    database: Database, sign_in: Any, specialist: Actor, office_head: Actor
) -> None:
    mine, heads = await sign_in(specialist), await sign_in(office_head)
    answer = await mine.send("/lich/moi", await form_of(database, specialist))
    (path,) = set(MEETING_PATH.findall((await mine.get(answer.headers["location"])).text))
    await heads.send("/lich/moi", await form_of(database, office_head, starts="9h", title="Giao ban"))
    assert "Trùng phòng" in (await heads.get(path)).text
    refused = await heads.send(f"{path}/dat-lich")
    assert refused.status_code == 422
    assert "đã có lịch 09:00–10:00 ngày 23/11/2026: Giao ban." in refused.text
    moved = await heads.send(f"{path}/chuyen", await form_of(database, office_head, starts="10h", ends="11h"))
    assert moved.status_code == 303
    assert (await heads.send(f"{path}/dat-lich")).status_code == 303


async def test_moving_and_cancelling_ask_for_what_they_need(
    database: Database, sign_in: Any, office_head: Actor
) -> None:
    client = await sign_in(office_head)
    answer = await client.send("/lich/moi", await form_of(database, office_head))
    (path,) = set(MEETING_PATH.findall((await client.get(answer.headers["location"])).text))
    form = await client.get(f"{path}/chuyen")
    assert 'value="08:00"' in form.text
    wrong = await client.send(f"{path}/chuyen", await form_of(database, office_head, day="31/02/2026", ends=""))
    assert wrong.status_code == 422
    assert "“31/02/2026” không phải là ngày." in wrong.text
    assert (await client.send(f"{path}/huy", {"reason": ""})).status_code == 422
    assert (await client.send(f"{path}/huy", {"reason": "Hoãn"})).status_code == 303
    assert (await client.get(f"{path}/chuyen")).status_code == 409
    assert "Hủy: Hoãn" in (await client.get(path)).text


async def test_everything_of_a_meeting_is_unknown_to_another_organ_and_to_who_may_not_see_it(
    database: Database, sign_in: Any, actor_with: Any, office_head: Actor, specialist: Actor, giang_son_tay: Organ
) -> None:
    client = await sign_in(office_head)
    answer = await client.send("/lich/moi", await form_of(database, office_head, body="party"))
    (path,) = set(MEETING_PATH.findall((await client.get(answer.headers["location"])).text))
    elsewhere = await actor_with(giang_son_tay, "office_head")
    for stranger in (specialist, elsewhere):
        other = await sign_in(stranger)
        for address in (path, f"{path}/chuyen"):
            assert (await other.get(address)).status_code == 404
        for act in ("dat-lich", "huy", "da-hop", "chuyen"):
            form = await form_of(database, stranger, reason="Không phải của tôi")
            assert (await other.send(f"{path}/{act}", form)).status_code == 404
    masked = await (await sign_in(specialist)).get("/lich")
    assert "Họp nội bộ" in masked.text
    assert "Họp bàn ngân sách" not in masked.text


@pytest.mark.parametrize("address", ["/lich?tuan=2026-W54", "/lich?tuan=x", "/lich?ngay=31/02/2026"])
async def test_a_week_that_is_none_is_explained(sign_in: Any, office_head: Actor, address: str) -> None:
    answer = await (await sign_in(office_head)).get(address)
    assert answer.status_code == 422


async def test_a_person_of_the_counter_reads_but_does_not_propose(sign_in: Any, counter: Actor) -> None:
    client = await sign_in(counter)
    week = await client.get("/lich")
    assert week.status_code == 200
    assert "/lich/moi" not in week.text
    assert (await client.get("/lich/moi")).status_code == 403


async def test_a_full_week_costs_no_more_statements_than_an_empty_one(
    app: Any, database: Database, sign_in: Any, office_head: Actor
) -> None:
    client = await sign_in(office_head)
    await client.get("/lich")  # a new connection asks for its settings once
    counts = []
    statements: list[str] = []
    event.listen(
        app.state.database.engine.sync_engine, "before_cursor_execute", lambda *said: statements.append(said[2])
    )
    for hour in (None, *range(7, 12)):
        if hour is not None:
            form = await form_of(database, office_head, starts=f"{hour}:00", ends=f"{hour}:30")
            assert (await client.send("/lich/moi", form)).status_code == 303
        statements.clear()
        await client.get("/lich")
        counts.append(len(statements))
    assert set(counts) == {4}  # session, tenant, posts, and the week itself
