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
from lienxa.platform.workdays import Change
from lienxa.platform.workdays import repository as workdays
from lienxa.tenants.meetings import repository
from lienxa.tenants.meetings.models import Meeting

MONDAY = date(2026, 11, 23)
OFF = (
    Change(date(2026, 11, 25), "day_off", "Hội làng"),
    Change(date(2026, 11, 28), "morning", "Trực buổi sáng"),
)
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
        "clash_reason": "Chỉ thử phòng",
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
    assert "Duyệt, xếp lịch" not in buttons(await mine.get(path))
    assert "Duyệt, xếp lịch" in buttons(await heads.get(path))
    work = await heads.get("/viec-cua-toi")
    assert path in work.text
    assert "Xem xét" in work.text
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
    for path_of_day in ("/lich", "/lich/phong"):
        far = await client.get(f"{path_of_day}?ngay=31/12/9999")
        assert far.status_code == 422
        assert "năm từ 1900 đến 2199" in far.text
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
    theirs = await sign_in(specialist)
    assert "Phòng đã có lịch" in (await theirs.get("/lich/phong?ngay=23/11/2026")).text
    for address in ("/lich", "/lich?dang=danh-sach", "/lich/in", "/lich/phong", "/lich/phong?xem=tuan", "/tim?q=họp"):
        assert "Họp bàn ngân sách" not in (await theirs.get(address)).text


async def test_what_waits_in_the_other_post_stands_masked_in_the_week(
    database: Database, sign_in: Any, office_head: Actor, secretary: Actor
) -> None:
    heads, theirs = await sign_in(office_head), await sign_in(secretary)
    chaired = {"body": "council", "chair": str(secretary.staff_id)}
    assert (await heads.send("/lich/moi", await form_of(database, office_head, **chaired))).status_code == 303
    theirs_not = {"chair": str(office_head.staff_id), "starts": "14h", "ends": "15h"}
    other = {"body": "committee", "title": "Giao ban ủy ban", **theirs_not}
    assert (await heads.send("/lich/moi", await form_of(database, office_head, **other))).status_code == 303
    for address in ("/lich", "/lich?dang=danh-sach", "/lich/in", "/lich/in?dang=danh-sach"):
        text = TAG.sub(" ", (await theirs.get(address)).text)
        assert "Tuần này chưa có lịch họp" not in text
        assert "08:00–10:00" in text
        assert "Lịch của đồng chí ở chức vụ" in text
        assert "14:00–15:00" in text
        assert "Phòng đã có lịch" in text
        assert "Họp bàn ngân sách" not in text
        assert "Giao ban ủy ban" not in text
    (there,) = re.findall(r'name="post" value="([0-9a-f-]{36})"', (await theirs.get("/lich")).text)[-1:]
    await theirs.send("/chuc-vu", {"post": there, "ve": "/lich"})
    assert "Họp bàn ngân sách" in (await theirs.get("/lich")).text


@pytest.mark.parametrize("address", ["/lich?tuan=2026-W54", "/lich?tuan=x", "/lich?ngay=31/02/2026"])
async def test_a_week_that_is_none_is_explained(sign_in: Any, office_head: Actor, address: str) -> None:
    answer = await (await sign_in(office_head)).get(address)
    assert answer.status_code == 422
    assert "Sửa các ô được đánh dấu" not in answer.text  # there is no field on that page, but a way out
    assert "<span>Mở lại trang này từ đầu</span>" in answer.text


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
    counts = set()
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
        counts.add(len(statements))
    assert counts == {7}  # session, tenant, posts; publication, entries, people and leaders of the week


async def test_rooms_cost_four_statements(app: Any, statements: Any, sign_in: Any, office_head: Actor) -> None:
    client = await sign_in(office_head)
    for address in ("/lich/phong", "/lich/phong?xem=tuan"):
        with statements() as sent:
            assert (await client.get(address)).status_code == 200
        assert len(sent.work) == 4, sent


async def test_what_is_sent_back_is_mended_and_what_is_refused_is_told(
    database: Database, sign_in: Any, specialist: Actor, office_head: Actor
) -> None:
    mine, heads = await sign_in(specialist), await sign_in(office_head)
    answer = await mine.send("/lich/moi", await form_of(database, specialist))
    (path,) = set(MEETING_PATH.findall((await mine.get(answer.headers["location"])).text))
    assert "đang chờ Văn phòng duyệt" in (await mine.get("/viec-cua-toi")).text
    assert (await heads.send(f"{path}/tra-lai", {"change": ""})).status_code == 422
    assert (await heads.send(f"{path}/tra-lai", {"change": "Chuyển sang chiều"})).status_code == 303
    work = (await mine.get("/viec-cua-toi")).text
    assert "Văn phòng đề nghị sửa: Chuyển sang chiều" in work
    assert f'href="{path}/sua"' in work
    assert path not in (await heads.get("/viec-cua-toi")).text
    form = await mine.get(f"{path}/sua")
    assert "Chuyển sang chiều" in form.text
    assert 'value="Họp bàn ngân sách"' in form.text
    again = await form_of(database, specialist, starts="14:00", ends="15:00", title="Họp bàn thu ngân sách")
    assert (await mine.send(f"{path}/sua", again)).status_code == 303
    detail = (await heads.get(path)).text
    assert "Sửa thành 14:00–15:00 ngày 23/11/2026 tại Hội trường lớn" in detail
    assert "Đề nghị sửa: Chuyển sang chiều" in detail
    assert (await heads.send(f"{path}/tu-choi", {"refusal": "Trùng việc tỉnh"})).status_code == 303
    assert "Văn phòng không chấp nhận: Trùng việc tỉnh" in (await mine.get("/viec-cua-toi")).text
    assert (await mine.get(f"{path}/sua")).status_code == 409


async def test_a_clash_of_people_is_drawn_then_overridden_with_a_reason(
    database: Database, sign_in: Any, office_head: Actor
) -> None:
    client = await sign_in(office_head)
    await client.send("/lich/moi", await form_of(database, office_head, title="Giao ban"))
    form = await form_of(database, office_head, starts="9h", ends="11h", room="", place="Thôn 3", clash_reason="")
    refused = await client.send("/lich/moi", form)
    assert refused.status_code == 422
    assert "08:00–10:00 (Giao ban)" in refused.text
    assert 'name="clash_reason"' in refused.text
    assert "slot-wanted" in refused.text
    assert "slot-clash" in refused.text
    answer = await client.send("/lich/moi", {**form, "clash_reason": "Phó Chủ tịch dự thay"})
    assert answer.status_code == 303
    week = await client.get(answer.headers["location"])
    shown = [await client.get(path) for path in set(MEETING_PATH.findall(week.text))]
    assert any("Vẫn xếp vì: Phó Chủ tịch dự thay" in page.text for page in shown)
    assert any("vẫn xếp vì: Phó Chủ tịch dự thay" in page.text for page in shown)


async def test_a_week_is_a_draft_until_published_and_then_marks_what_changes(
    database: Database, sign_in: Any, office_head: Actor, leader: Actor
) -> None:
    heads, leaders = await sign_in(office_head), await sign_in(leader)
    answer = await heads.send("/lich/moi", await form_of(database, office_head))
    (path,) = set(MEETING_PATH.findall((await heads.get(answer.headers["location"])).text))
    assert "Phát hành lịch tuần" in (await heads.get("/lich")).text
    assert "Phát hành lịch tuần" not in (await leaders.get("/lich")).text
    assert (await leaders.send("/lich/phat-hanh", {"tuan": "2026-W48"})).status_code == 403
    assert "dự thảo" in (await heads.get("/lich/in")).text
    assert (await heads.send("/lich/phat-hanh", {"tuan": "2026-W48"})).status_code == 303
    assert "thay cho giấy mời" in (await leaders.get("/lich/in")).text
    assert (await heads.send("/lich/phat-hanh", {"tuan": "2026-W48"})).status_code == 409
    moved = await form_of(database, office_head, day="25/11/2026", starts="14h", ends="15h")
    await heads.send(f"{path}/chuyen", moved)
    later = await form_of(database, office_head, day="26/11/2026", title="Họp gấp")
    await heads.send("/lich/moi", later)
    for address in ("/lich", "/lich?dang=danh-sach", "/lich/in", "/lich/in?dang=danh-sach"):
        text = TAG.sub(" ", (await leaders.get(address)).text)
        assert "trước là 08:00–10:00 ngày 23/11/2026, Hội trường lớn" in text
        assert "Bổ sung" in text
    await heads.send(f"{path}/chuyen", {**moved, "day": "02/12/2026"})
    assert "sang 14:00–15:00 ngày 02/12/2026" in (await leaders.get("/lich")).text
    await heads.send(f"{path}/huy", {"reason": "Hoãn"})
    assert "<s>" in (await leaders.get("/lich")).text
    assert (await heads.send("/lich/phat-hanh", {"tuan": "2026-W48"})).status_code == 303
    assert "trước là" not in (await leaders.get("/lich")).text


async def test_publishing_first_shows_what_will_be_published(
    database: Database, sign_in: Any, office_head: Actor, specialist: Actor
) -> None:
    heads, others = await sign_in(office_head), await sign_in(specialist)
    asked = "/lich/phat-hanh?tuan=2026-W48"
    empty = await heads.get(asked)
    assert "Tuần này chưa có lịch để phát hành" in empty.text
    assert "Xác nhận phát hành" not in buttons(empty)
    await heads.send("/lich/moi", await form_of(database, office_head))
    proposal = await form_of(database, specialist, title="Đề xuất riêng", day="26/11/2026")
    await others.send("/lich/moi", proposal)
    page = await heads.get(asked)
    assert "Xác nhận phát hành" in buttons(page)
    text = TAG.sub(" ", page.text)
    assert "Họp bàn ngân sách" in text
    assert "Còn 1 đề xuất chưa duyệt" in text
    assert "Đề xuất riêng" not in text


async def test_days_off_stand_in_the_week_as_one_row(
    database: Database, sign_in: Any, office_head: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        await workdays.add(session, [Change(date(2026, 11, 27), "working_day", ""), *OFF], "own")
        await workdays.add(session, [Change(date(2026, 11, 27), "day_off", "Nghỉ theo huyện")], "above")
    heads = await sign_in(office_head)
    await heads.send("/lich/moi", await form_of(database, office_head))
    for address in ("/lich", "/lich?dang=danh-sach", "/lich/in", "/lich/in?dang=danh-sach"):
        page = (await heads.get(address)).text
        told = re.findall(r'<td class="off" colspan="\d+">([^<]+)</td>', page)
        assert told == [
            "Nghỉ: Ngày Văn hóa Việt Nam",
            "Nghỉ: Hội làng",
            "Nghỉ: Nghỉ theo huyện",
            "Nghỉ; Một cửa làm việc buổi sáng",
            "Nghỉ",
        ]
        assert page.count("SÁNG") == 2, "Monday and Thursday"
    rooms = (await heads.get("/lich/phong?xem=tuan&ngay=25/11/2026")).text
    assert "25/11, nghỉ" in rooms
    assert "ngay=25%2F11%2F2026&amp;tu=" not in rooms, "a day off is not offered"
    assert "ngay=26%2F11%2F2026&amp;tu=" in rooms
    answer = await heads.send("/lich/moi", await form_of(database, office_head, day="25/11/2026"))
    week = (await heads.get(answer.headers["location"])).text
    assert "ngoài giờ làm việc" in week
    assert '<span class="off">Nghỉ: Hội làng</span>' in week


async def test_the_paper_of_leaders_names_people_and_who_prepares_once(
    database: Database, sign_in: Any, office_head: Actor, leader: Actor, secretary: Actor
) -> None:
    heads = await sign_in(office_head)
    async with database.tenant(office_head.organ.id) as session:
        unit = (await people.units(session))[0]
    chaired = {"chair": str(leader.staff_id), "members": [str(secretary.staff_id), str(office_head.staff_id)]}
    await heads.send("/lich/moi", await form_of(database, office_head, unit=str(unit.id), **chaired))
    sheet = TAG.sub(" ", (await heads.get("/lich/in")).text)
    assert sheet.count("Họp bàn ngân sách") == 2, "in the columns of both leaders"
    assert sheet.count("Thành phần: ") == sheet.count(f"Chuẩn bị: {unit.name}") == 1
    asked = re.search(r"Thành phần: (.+?)\s+Chuẩn bị", sheet)
    assert asked
    assert {name.strip() for name in asked[1].split(",")} == {secretary.name, office_head.name}
    assert "Thành phần: " not in (await heads.get("/lich")).text


async def test_a_proposal_is_drawn_beside_what_holds_the_room(
    database: Database, sign_in: Any, specialist: Actor, office_head: Actor, counter: Actor
) -> None:
    title = "Họp bàn về một việc có tên rất dài để không vừa trong thanh của nó"
    mine = await sign_in(specialist)
    await mine.send("/lich/moi", await form_of(database, specialist, day="25/11/2026", title=title))
    for actor, seen in ((office_head, True), (specialist, True), (counter, False)):
        rooms = (await (await sign_in(actor)).get("/lich/phong?ngay=25/11/2026")).text
        assert ('class="slot slot-proposed" x="9.09%" y="48"' in rooms) is seen
        assert (f'aria-label="Hội trường lớn: 08:00–10:00 Đề xuất: {title}"' in rooms) is seen
        assert (title in rooms) is seen
    offered = (await mine.get("/lich/phong?ngay=25/11/2026")).text
    assert offered.count("07:00–11:30 Còn trống") == 4, "it holds nothing yet: drawing and name of two rooms"


async def test_publishing_again_is_confirmed_and_keeps_what_the_versions_said(
    database: Database, sign_in: Any, office_head: Actor, leader: Actor
) -> None:
    heads, leaders = await sign_in(office_head), await sign_in(leader)
    await heads.send("/lich/moi", await form_of(database, office_head))
    assert "Tuần này chưa phát hành" in (await leaders.get("/lich/cac-lan?tuan=2026-W48")).text
    (path,) = set(MEETING_PATH.findall((await heads.get("/lich")).text))
    await heads.send("/lich/phat-hanh", {"tuan": "2026-W48"})
    await heads.send(f"{path}/huy", {"reason": "Hoãn"})
    await heads.send("/lich/moi", await form_of(database, office_head, day="26/11/2026", title="Họp gấp"))
    assert (await leaders.get("/lich/phat-hanh?tuan=2026-W48")).status_code == 403
    asked = TAG.sub(" ", (await heads.get("/lich/phat-hanh?tuan=2026-W48")).text)
    for told in ("có 2 thay đổi", "Họp bàn ngân sách", "Hủy", "Họp gấp", "Bổ sung", "Xác nhận phát hành"):
        assert told in asked
    await heads.send("/lich/phat-hanh", {"tuan": "2026-W48"})
    assert "Phát hành lại" not in (await heads.get("/lich")).text
    for address in ("/lich", "/lich/in?dang=danh-sach"):
        page = (await leaders.get(address)).text
        assert re.search(r"<s>.*Họp bàn ngân sách.*</s>", page)
        assert page.count("so với lần phát hành trước") == 2
        assert "thay đổi sau khi phát hành" not in page
    versions = TAG.sub(" ", (await leaders.get("/lich/cac-lan?tuan=2026-W48")).text)
    assert versions.index("Lần 2") < versions.index("Đưa khỏi lịch tuần") < versions.index("Lần 1")
    assert "Lần phát hành đầu tiên." in versions


async def test_the_sides_of_the_calendar_and_a_leaders_own_column(
    database: Database, sign_in: Any, office_head: Actor, leader: Actor
) -> None:
    heads = await sign_in(office_head)
    await heads.send("/lich/moi", await form_of(database, office_head))
    await heads.send(
        "/lich/moi", await form_of(database, office_head, body="party", title="Giao ban", starts="10h", ends="11h")
    )
    party = (await heads.get("/lich?khoi=dang-uy")).text
    assert "Giao ban" in party
    assert "Họp bàn ngân sách" not in party
    first = re.search(
        r'<th scope="col">([^<]+)<br><span class="posts">', (await (await sign_in(leader)).get("/lich")).text
    )
    assert first
    assert first[1] == leader.name


async def test_rooms_are_kept_and_taken_out_of_service(
    database: Database, sign_in: Any, office_head: Actor, specialist: Actor, actor_with: Any, lam_son: Organ
) -> None:
    keeper = await sign_in(await actor_with(lam_son, "administrator"))
    theirs = await sign_in(specialist)
    assert (await theirs.get("/lich/phong/quan-ly")).status_code == 403
    assert (await theirs.send("/lich/phong/quan-ly", {"name": "Phòng A"})).status_code == 403
    assert (await keeper.send("/lich/phong/quan-ly", {"name": "hội trường LỚN"})).status_code == 422
    assert (await keeper.send("/lich/phong/quan-ly", {"name": "Phòng tiếp dân", "seats": "12"})).status_code == 303
    page = (await keeper.get("/lich/phong/quan-ly")).text
    assert "Phòng tiếp dân" in page
    async with database.tenant(lam_son.id) as session:
        hall = (await repository.rooms(session))[0].id
    closing = {"since": "23/11/2026", "until": "24/11/2026", "reason": "Sửa điện"}
    assert (await keeper.send(f"/lich/phong/{hall}/ngung", {**closing, "until": "22/11/2026"})).status_code == 422
    assert (await keeper.send(f"/lich/phong/{hall}/ngung", closing)).status_code == 303
    assert "Ngừng sử dụng: Sửa điện" in (await theirs.get("/lich/phong")).text
    heads = await sign_in(office_head)
    refused = await heads.send("/lich/moi", await form_of(database, office_head))
    assert refused.status_code == 422
    assert "ngừng sử dụng: Sửa điện" in refused.text
    assert (await heads.send("/lich/moi", await form_of(database, office_head, day="25/11/2026"))).status_code == 303
    taken = await keeper.send(f"/lich/phong/{hall}/ngung", {**closing, "since": "25/11/2026", "until": ""})
    assert "đã có lịch 08:00–10:00 ngày 25/11/2026" in taken.text
    (reopening,) = set(
        re.findall(r"/lich/phong/ngung/[0-9a-f-]{36}/mo-lai", (await keeper.get(f"/lich/phong/{hall}/sua")).text)
    )
    assert (await keeper.send(reopening)).status_code == 303
    assert (await heads.send("/lich/moi", await form_of(database, office_head))).status_code == 303
    assert (await keeper.send("/lich/phong/di-chuyen", {"minutes": "300"})).status_code == 422
    assert (await keeper.send("/lich/phong/di-chuyen", {"minutes": "30"})).status_code == 303
    assert 'value="30"' in (await keeper.get("/lich/phong/quan-ly")).text


async def test_a_free_stretch_leads_to_a_form_that_is_filled_in(sign_in: Any, specialist: Actor) -> None:
    client = await sign_in(specialist)
    rooms = (await client.get("/lich/phong?ngay=25/11/2026")).text
    offer = re.search(r'<a href="(/lich/moi[?][^"]+)"', rooms)
    assert offer
    form = (await client.get(offer[1].replace("&amp;", "&"))).text
    for typed in ('value="25/11/2026"', 'value="07:00"', 'value="09:00"'):
        assert typed in form


async def test_an_internal_meeting_keeps_no_content(database: Database, sign_in: Any, office_head: Actor) -> None:
    client = await sign_in(office_head)
    form = await form_of(database, office_head, kind="internal")
    refused = await client.send("/lich/moi", form)
    assert refused.status_code == 422
    assert "không ghi nội dung" in refused.text
    assert (await client.send("/lich/moi", {**form, "title": ""})).status_code == 303
    assert "Họp nội bộ" in (await client.get("/lich?tuan=2026-W48")).text
