"""The home of a member, the list of staff, and the common search."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import event

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor, vietnamese_sort_key
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.module import Module, SearchHit, Shareable, Thing, WorkItem
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import work
from lienxa.tenants.office import operations, pages

MONDAY = date(2026, 11, 23)
NAMES = re.compile(r'<th scope="row"[^>]*>([^<]+)</th>')
MOST_STATEMENTS_OF_MY_WORK = 8


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 7)):
        yield


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the office know these modules alone."""

    def install(*modules: Module) -> None:
        for place in (pages.home, work):
            monkeypatch.setattr(place, "all_modules", lambda: modules)

    return install


def working(*items: WorkItem) -> Callable[[TenantSession, Actor], Awaitable[Sequence[WorkItem]]]:
    async def found(session: TenantSession, actor: Actor) -> Sequence[WorkItem]:
        return items

    return found


async def test_home_parts_the_work_of_all_modules(only: Any, sign_in: Any, specialist: Actor) -> None:
    late = WorkItem("due", "Trả lời đơn", "/van-ban/1", "Xử lý", "Chủ tịch UBND", due_on=MONDAY - timedelta(days=2))
    soon = WorkItem("due", "Báo cáo quý", "/van-ban/2", "Xử lý", due_on=MONDAY + timedelta(days=2))
    waiting = WorkItem(
        "waiting", "Ký <dự thảo>", "/van-ban/3", "Ký", at=clock.instant(MONDAY, 9), when_label="từ 05/11"
    )
    meeting = WorkItem("today_meeting", "Giao ban", "/lich/1", "Xem", "Hội trường lớn", at=clock.instant(MONDAY, 14))
    only(
        Module("one", "Một", work_items=working(soon, late)), Module("two", "Hai", work_items=working(waiting, meeting))
    )
    text = (await (await sign_in(specialist)).get("/viec-cua-toi")).text
    headings = (
        "Quá hạn",
        "Trả lời đơn",
        "Chờ ký",
        "Ký &lt;dự thảo&gt;",
        "Sắp tới",
        "Báo cáo quý",
        "Họp hôm nay",
    )
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert "Hạn 21/11/2026" in text
    assert "từ 05/11" in text
    assert "09:00" not in text
    assert "14:00" in text[places[-1] :]
    assert "Không có việc nào đang chờ" not in text


async def test_home_without_work_says_what_belongs_here(only: Any, sign_in: Any, specialist: Actor) -> None:
    only()
    text = (await (await sign_in(specialist)).get("/viec-cua-toi")).text
    assert "Không có việc nào đang chờ" in text
    assert "Hôm nay đồng chí không có cuộc họp nào." in text


async def test_a_parents_people_begin_with_the_roll_up(sign_in: Any, actor_with: Any, do_luong: Organ) -> None:
    answer = await (await sign_in(await actor_with(do_luong, "watcher"))).get("/viec-cua-toi")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/tong-hop/hom-nay"


async def test_home_costs_few_statements(app: Litestar, sign_in: Any, office_head: Actor) -> None:
    client = await sign_in(office_head)
    await client.get("/viec-cua-toi")
    statements: list[str] = []
    event.listen(
        app.state.database.engine.sync_engine, "before_cursor_execute", lambda *said: statements.append(said[2])
    )
    assert (await client.get("/viec-cua-toi")).status_code == 200
    set_up = [
        text for text in statements if "control.session" in text or "set_config" in text or "app.staff.acc" in text
    ]
    assert len(set_up) == 3  # who is it, which organ is bound, which posts do they hold
    assert len(statements) - len(set_up) <= MOST_STATEMENTS_OF_MY_WORK


async def test_staff_stand_by_given_name_with_all_their_posts(sign_in: Any, counter: Actor, database: Database) -> None:
    text = (await (await sign_in(counter)).get("/can-bo")).text
    names = NAMES.findall(text)
    assert names == sorted(names, key=vietnamese_sort_key)
    assert counter.name in names
    for title in ("Bí thư Đảng ủy", "Chủ tịch HĐND", "Văn thư", "Cán bộ Một cửa"):
        assert title in text


async def test_a_stranger_is_led_to_the_login(app: Litestar, sign_in: Any, counter: Actor) -> None:
    client = await sign_in(counter)
    client.http.cookies.clear()
    for path in ("/viec-cua-toi", "/can-bo", "/tim?q=an", "/lich", "/lich/moi", "/lich/in"):
        answer = await client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/dang-nhap?ve=")


def searching(*titles: str) -> Any:
    async def found(session: TenantSession, actor: Actor, query: str) -> Sequence[SearchHit]:
        return [SearchHit(f"{title} {query}", "/x", "chi tiết") for title in titles]

    return found


async def test_search_asks_every_module_and_groups_what_they_find(only: Any, sign_in: Any, specialist: Actor) -> None:
    only(
        Module("one", "Văn bản", search=searching("A", "B")),
        Module("two", "Lịch", search=searching()),
        Module("three", "Hồ sơ", search=searching("<C>")),
        Module("four", "Không tìm"),
    )
    text = (await (await sign_in(specialist)).get("/tim?q=%20ngan%20%20sach%20")).text
    assert "Kết quả tìm “ngan sach”" in text
    assert "A <mark>ngan</mark> <mark>sach</mark>" in text
    assert "&lt;C&gt; <mark>ngan</mark>" in text
    assert "<h2>Lịch" not in text


@pytest.mark.parametrize(
    ("query", "said"), [("", "Gõ từ cần tìm"), ("?q=", "Gõ từ cần tìm"), ("?q=zzz", "Không tìm thấy")]
)
async def test_a_search_without_words_or_hits_says_so(sign_in: Any, specialist: Actor, query: str, said: str) -> None:
    assert said in (await (await sign_in(specialist)).get(f"/tim{query}")).text


async def test_a_page_that_is_not_there_still_shows_whose_it_would_be(sign_in: Any, specialist: Actor) -> None:
    client = await sign_in(specialist)
    await client.get("/viec-cua-toi")
    for path, has_navigation in (("/khong-co-trang", False), ("/van-ban/00000000-0000-7000-8000-000000000000", True)):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert f"<title>Không tìm thấy · {specialist.organ.name}</title>" in answer.text
        assert "Dữ liệu minh họa." in answer.text
        assert ('aria-label="Điều hướng chính"' in answer.text) is has_navigation


async def test_a_page_shows_grants_makes_one_and_takes_it_back(
    monkeypatch: pytest.MonkeyPatch, sign_in: Any, office_head: Actor, leader: Actor, specialist: Actor, lam_son: Organ
) -> None:
    paper = ids.new_id()
    body_id = next(iter(leader.acting.body_ids))

    async def find(session: TenantSession, actor: Actor, thing_id: UUID) -> Thing:
        if thing_id != paper:
            raise NotFound
        return Thing("Quyết định <giao đất>", f"/van-ban/{paper}", body_id)

    trial = Module("trial", "Thử", shareable=[Shareable("document", find)])
    monkeypatch.setattr(operations, "all_modules", lambda: [trial])
    client = await sign_in(office_head)
    place = f"/cho-xem/document/{paper}"
    assert "Chưa mở thêm cho ai." in (await client.get(place)).text
    faulty = await client.send(place, {"to": "staff:khong", "ends_on": "32/13/2026", "reason": ""})
    assert faulty.status_code == 422
    for reason in ("không có trong danh sách", "không phải là ngày", "Chưa nhập lý do"):
        assert reason in faulty.text
    sent = {"to": f"staff:{specialist.staff_id}", "ends_on": "30/11/2026", "reason": "Để cùng làm"}
    assert (await client.send(place, sent)).status_code == 303
    shown = (await client.get(place)).text
    assert "Quyết định &lt;giao đất&gt;" in shown
    assert "30/11/2026" in shown
    taken_back = re.search(rf'action="({place}/[^"]+/thoi)"', shown)
    assert taken_back
    assert (await client.send(taken_back[1])).status_code == 303
    assert "đã thôi" in (await client.get(place)).text
    assert (await (await sign_in(specialist)).get(place)).status_code == 403
    assert (await client.get(f"/cho-xem/document/{ids.new_id()}")).status_code == 404
    assert (await client.get(f"/cho-xem/khac/{paper}")).status_code == 404


async def test_long_parts_show_their_first_lines_until_all_are_asked_for(
    only: Any, sign_in: Any, specialist: Actor
) -> None:
    lines = [WorkItem("waiting", f"Việc số {number:02}", "/x", "Mở") for number in range(30)]
    only(Module("one", "Một", work_items=working(*lines)))
    client = await sign_in(specialist)
    text = (await client.get("/viec-cua-toi")).text
    assert "Việc số 11" in text
    assert "Việc số 12" not in text
    assert "Xem hết 30 việc" in text
    assert "Việc số 29" in (await client.get("/viec-cua-toi?tat_ca=1")).text


async def test_home_says_how_much_waits_in_the_other_post(
    only: Any, sign_in: Any, leader: Actor, actor_with: Any, lam_son: Organ
) -> None:
    assert len(leader.posts) == 2
    other = next(post for post in leader.posts if post.id != leader.acting.id)

    async def work(session: TenantSession, actor: Actor) -> Sequence[WorkItem]:
        if actor.acting.id == leader.acting.id:
            return []
        followed = WorkItem("waiting", "Theo dõi", "/x", "Mở", followed=True)
        return [WorkItem("waiting", "Việc kia", "/x", "Mở"), WorkItem("today_meeting", "Họp", "/x", "Xem"), followed]

    only(Module("one", "Một", work_items=work))
    text = (await (await sign_in(leader)).get("/viec-cua-toi")).text
    assert f"{other.title}: 1 việc đang chờ" in text
    assert "Việc kia" not in text


async def test_changing_the_post_keeps_a_place_that_the_other_post_has(sign_in: Any, leader: Actor) -> None:
    other = next(post for post in leader.posts if post.id != leader.acting.id)
    client = await sign_in(leader)
    for back, kept in (
        ("/van-ban/den", "/van-ban/den"),
        ("/quan-tri", "/"),
        ("/van-ban/01a20edd-f00f-7d92-9263-cf200cc878d7", "/"),
        ("//example.org", "/"),
        ("", "/"),
    ):
        answer = await client.send("/chuc-vu", {"post": str(other.id), "ve": back})
        assert (answer.status_code, answer.headers["location"]) == (303, kept)


async def test_home_begins_with_what_the_role_begins(
    sign_in: Any, counter: Actor, clerk: Actor, actor_with: Any, lam_son: Organ
) -> None:
    assert "/ho-so/moi" in (await (await sign_in(counter)).get("/viec-cua-toi")).text
    assert "/van-ban/den/moi" in (await (await sign_in(clerk)).get("/viec-cua-toi")).text
    text = (await (await sign_in(await actor_with(lam_son, "administrator"))).get("/viec-cua-toi")).text
    assert "Ai được làm gì" in text
    assert clerk.name in text


async def test_search_marks_the_words_that_were_found(only: Any, sign_in: Any, specialist: Actor) -> None:
    only(Module("one", "Văn bản", search=searching("Ngân sách <xã>")))
    text = (await (await sign_in(specialist)).get("/tim?q=ngan")).text
    assert "<mark>Ngân</mark> sách &lt;xã&gt;" in text
