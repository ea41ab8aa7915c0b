"""The operator's pages of mergers and splits: what is said, what would pass, the word, the day, and giving it up."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pypdfium2
import pytest
from sqlalchemy import select, update
from tests.conftest import Visitor
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform import clock
from lienxa.platform.access.models import Appointment, Post, Staff, Unit
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.life import acts, following, jobs, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.notify.models import Notice
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.tenants.meetings.models import Room

__all__ = ["operator", "stranger"]

MERGING = "/van-hanh/don-vi/lam-son/sap-nhap"
SPLITTING = "/van-hanh/don-vi/lam-son/chia-tach"
INTO_A_NEW_ONE = {"others": "giang-son-tay", "name-1": "Lương Sơn", "administrator-1": "quan-tri.lam-son"}


def day(after: int = 0) -> str:
    return f"{clock.today() + timedelta(days=after):%d/%m/%Y}"


def fields(html: str) -> dict[str, str]:
    """What the second page would send: its plan, and everything that is chosen on it."""
    sent = {name: unescape(value) for name, value in re.findall(r'name="(plan|ky-hieu-[^"]+)" value="([^"]*)"', html)}
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def field_of(html: str, label: str) -> str:
    """The name of the select or input with this label."""
    found = re.search(rf'name="([^"]+)"[^>]*aria-label="{re.escape(label)}"', html)
    assert found, label
    return found[1]


async def previewed(operator: Visitor, path: str, **typed: str) -> str:
    answer = await operator.post(path, {"from_day": day(), **typed})
    assert answer.status_code == 200, answer.text
    return answer.text


async def confirmed(operator: Visitor, path: str, sent: dict[str, str]) -> UUID:
    """It is wanted once, however often the button is pressed."""
    key = str(uuid4())
    for _click in range(2):
        answer = await operator.post(path, {**sent, "lam": "1", "confirm": "lam-son", "_once": key})
        assert answer.headers.get("location") == f"/van-hanh/viec-don-vi/{key}", answer.text
    return UUID(key)


async def recorded(operator: Visitor, operator_database: Database, key: UUID) -> None:
    """The record is made by a worker and taken from its page, both noted; before, there is none."""
    once = str(uuid4())
    page = f"/van-hanh/viec-don-vi/{once}"
    answer = await operator.post(f"/van-hanh/viec-don-vi/{key}/bien-ban", {"_once": once})
    assert answer.headers["location"] == page
    assert (await operator.get(f"{page}/bien-ban")).status_code == 404
    made = await acts.carry_out(operator_database, UUID(once))
    assert made.state == "done", made.reason
    assert f"{page}/bien-ban" in (await operator.get(page)).text
    taken = await operator.get(f"{page}/bien-ban")
    text = "".join(part.get_textpage().get_text_range() for part in pypdfium2.PdfDocument(taken.content))
    for said in (
        "BIÊN BẢN",
        "Xã Giang Sơn Tây bàn giao cho xã Lương Sơn",
        "Phòng họp",
        "Chủ tịch UBND",
        "Sổ ở lại bên giao",
        "chưa khóa",
    ):
        assert said in text, said
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert "Tải biên bản bàn giao" in trail


async def the(database: Database, slug: str) -> Organ:
    async with database.control() as control:
        found = await organ_by_slug(control, slug)
    assert found is not None
    return found


async def told(database: Database, organ: Organ) -> tuple[list[str], set[str]]:
    """What operators did, in the organ's trail, and of what its administrators were told."""
    async with database.tenant(organ.id) as session:
        events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.id))).all()
        notices = (await session.scalars(select(Notice.kind))).all()
    return [event.action for event in events if "operator" in event.detail], set(notices)


async def the_work(database: Database, key: UUID) -> OrganWork:
    async with database.control() as control:
        return await works.find(control, key)


async def test_two_communes_become_one_as_was_chosen_on_the_page(
    operator: Visitor, busy_lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    shown = await previewed(operator, MERGING, **INTO_A_NEW_ONE)
    assert "Xã Lam Sơn, Xã Giang Sơn Tây" in shown
    assert re.search(r"Văn bản đến chưa giải quyết</th>.*Xã Lương Sơn</td><td[^>]*>\d+<", shown)
    assert "Chủ tịch UBND: " in shown  # two would hold it
    async with database.tenant(giang_son_tay.id) as session:
        secretary = await session.scalar(select(Staff).where(Staff.id.in_(_holders("bi-thu"))))
        clerk = await session.scalar(select(Staff).where(Staff.id.in_(_holders("van-thu"))))
    assert secretary is not None
    assert clerk is not None
    chosen = fields(shown) | {
        field_of(shown, f"{secretary.full_name} sang"): "luong-son|0",
        field_of(shown, f"{clerk.full_name} sang"): "|",
        field_of(shown, "Ký hiệu của Văn phòng"): "VPTH",
    }
    again = (await operator.post(MERGING, chosen)).text
    assert secretary.full_name not in re.findall(r"<li>Bí thư Đảng ủy: ([^<]*)", again)
    assert fields(again) == chosen | {"plan": fields(again)["plan"]}
    refused = await operator.post(MERGING, fields(again) | {"lam": "1", "confirm": "lam-so"})
    assert refused.status_code == 422
    assert "Gõ đúng: lam-son" in refused.text
    assert fields(refused.text) == fields(again)

    key = await confirmed(operator, MERGING, fields(again))
    assert "Lập đơn vị mới, tạm dừng đơn vị cũ" in (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    done = await acts.carry_out(operator_database, key)
    assert done.state == "done", done.reason
    ended = (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    assert "Đã sáp nhập xong" in ended
    await recorded(operator, operator_database, key)
    new = await the(database, "luong-son")
    assert "Xã Lương Sơn kế tục từ ngày" in (await operator.get("/van-hanh/don-vi/lam-son/vong-doi")).text
    async with database.tenant(new.id) as session:
        people = {staff.account_id: staff for staff in await session.scalars(select(Staff))}
        held = set(await session.scalars(select(Appointment.staff_id)))
        symbol = await session.scalar(select(Unit.symbol).where(Unit.code == "van-phong"))
    assert people[clerk.account_id].left_on is not None
    assert people[secretary.account_id].left_on is None
    assert people[secretary.account_id].id not in held
    assert symbol == "VPTH"
    for organ in (busy_lam_son, giang_son_tay, new):
        acts_told, notices = await told(database, organ)
        assert acts_told == ["office.merged"], organ.slug
        assert "office.merged" in notices


def _holders(post: str) -> object:
    return select(Appointment.staff_id).join(Post, Post.id == Appointment.post_id).where(Post.code == post)


async def test_a_day_is_set_told_and_given_up(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    shown = await previewed(operator, MERGING, **INTO_A_NEW_ONE, from_day=day(30))
    key = await confirmed(operator, MERGING, fields(shown))
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    assert [found["args"] for found in messages if found["actor_name"] == "life.carry_out"] == [[str(key)]]
    page = f"/van-hanh/viec-don-vi/{key}"
    assert f"tự chạy đầu ngày {day(30)}" in (await operator.get(page)).text
    for slug in ("lam-son", "giang-son-tay"):
        life = (await operator.get(f"/van-hanh/don-vi/{slug}/vong-doi")).text
        assert f"từ ngày {day(30)}" in life
        assert "/sap-nhap" not in life
    other = fields(await previewed(operator, MERGING, target="giang-son-tay"))
    refused = await operator.post(MERGING, other | {"lam": "1", "confirm": "lam-son"})
    assert refused.status_code == 422
    assert "bỏ việc đang hẹn" in refused.text
    early = await acts.carry_out(operator_database, key)
    assert early.state == "failed"
    assert "Chưa đến ngày" in early.reason
    for organ in (lam_son, giang_son_tay):
        async with database.tenant(organ.id) as session:
            told = select(AuditEvent.detail).where(AuditEvent.action == "office.succession_failed")
            assert ["Chưa đến ngày" in detail["text"] for detail in await session.scalars(told)] == [True]
            heard = await session.scalars(select(Notice.title).where(Notice.kind == "office.succession_failed"))
            assert heard.all()


async def test_what_was_put_aside_has_failed_and_may_go_on(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    key = await confirmed(operator, MERGING, fields(await previewed(operator, MERGING, **INTO_A_NEW_ONE)))
    page = f"/van-hanh/viec-don-vi/{key}"
    await acts.end_dead(operator_database, jobs.carry_out)
    assert (await the_work(database, key)).state == "waiting"
    async with operator_database.control() as control:
        await control.execute(update(OrganWork).where(OrganWork.id == key).values(attempts=3))
    async with database.control() as control:
        asked = QueuedJob.message["actor_name"].astext == "life.carry_out"
        await control.execute(update(QueuedJob).where(asked).values(state="rejected"))
    await acts.end_dead(operator_database, jobs.carry_out)
    assert "Làm tiếp" in (await operator.get(page)).text
    failed = await the_work(database, key)
    assert (failed.state, "ngắt giữa chừng" in failed.reason) == ("failed", True)
    async with database.tenant(giang_son_tay.id) as session:
        heard = (await session.scalars(select(Notice.kind))).all()
    assert heard == ["office.succession_failed"] * len(heard) != []


async def test_it_wakes_on_its_day_and_waits_if_that_is_a_moment_early(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    shown = await previewed(operator, MERGING, **INTO_A_NEW_ONE, from_day=day(30))
    key = await confirmed(operator, MERGING, fields(shown))
    begins = clock.instant(clock.today() + timedelta(days=30), 0)
    async with database.control() as control:
        jobs = (await control.scalars(select(QueuedJob))).all()
    due = [job.available_at for job in jobs if job.message["actor_name"] == "life.carry_out"]
    assert [begins < moment < begins + timedelta(minutes=1) for moment in due] == [True]
    with clock.fixed_at(begins - timedelta(milliseconds=30)):
        done = await acts.carry_out(operator_database, key)
    assert done.state == "done", done.reason


async def test_what_is_given_up_never_begins(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    key = await confirmed(
        operator, MERGING, fields(await previewed(operator, MERGING, **INTO_A_NEW_ONE, from_day=day(1)))
    )
    page = f"/van-hanh/viec-don-vi/{key}"
    answer = await operator.post(f"{page}/bo", {"_once": (once := str(uuid4()))})
    assert answer.headers["location"] == f"/van-hanh/viec-don-vi/{once}"
    assert (await acts.carry_out(operator_database, UUID(once))).state == "done"
    with clock.fixed_at(clock.now() + timedelta(days=2)):
        assert (await acts.carry_out(operator_database, key)).state == "failed"
    shown = (await operator.get(page)).text
    assert "đã bỏ việc này trước khi bắt đầu" in shown
    assert "Làm tiếp" not in shown
    assert (await operator.post(f"{page}/lam-tiep")).status_code == 404
    for organ in (lam_son, giang_son_tay):
        acts_told, notices = await told(database, organ)
        assert acts_told == ["office.merge_planned", "office.succession_called_off"]
        assert {"office.merge_planned", "office.succession_called_off"} <= notices
        assert (await the(database, organ.slug)).state == "active"
    assert "Sáp nhập" in (await operator.get("/van-hanh/don-vi/lam-son/vong-doi")).text
    too_late = await operator.post(f"{page}/bo", {"_once": (once := str(uuid4()))})
    assert too_late.status_code == 303
    ended = await acts.carry_out(operator_database, UUID(once))
    assert ended.state == "failed"
    assert "đã bắt đầu hoặc đã kết thúc" in ended.reason


async def test_one_becomes_two_as_was_chosen_on_the_page(
    operator: Visitor, busy_lam_son: Organ, database: Database, operator_database: Database
) -> None:
    both = {f"administrator-{number}": "quan-tri.lam-son" for number in (1, 2)}
    shown = await previewed(operator, SPLITTING, **both, **{"name-1": "Lam Thượng", "name-2": "Lam Hạ"})
    async with database.tenant(busy_lam_son.id) as session:
        rooms = (await session.scalars(select(Room).order_by(Room.position))).all()
    hall = f"{rooms[0].name} (Lam Sơn)"
    chosen = fields(shown) | {
        "rest": "lam-thuong",
        field_of(shown, "Văn phòng sang"): "lam-ha",
        field_of(shown, f"{rooms[0].name} sang"): "lam-ha",
    }
    again = (await operator.post(SPLITTING, chosen)).text
    assert "Theo bộ phận: Xã Lam Hạ" in again
    assert "Theo bộ phận: Xã Lam Thượng" in again
    done = await acts.carry_out(operator_database, await confirmed(operator, SPLITTING, fields(again)))
    assert done.state == "done", done.reason
    above, below = await the(database, "lam-thuong"), await the(database, "lam-ha")
    async with database.tenant(below.id) as session:
        assert hall in await session.scalars(select(Room.name))
        serving = set(await session.scalars(select(Staff.account_id).where(Staff.left_on.is_(None))))
    async with database.tenant(above.id) as session:
        assert hall not in await session.scalars(select(Room.name))
    async with database.tenant(busy_lam_son.id) as session:
        clerk = await session.scalar(select(Staff.account_id).where(Staff.id.in_(_holders("van-thu"))))
        secretary = await session.scalar(select(Staff.account_id).where(Staff.id.in_(_holders("bi-thu"))))
    assert clerk in serving
    assert secretary not in serving


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        (MERGING, {}, "Chưa chọn đơn vị sáp nhập cùng"),
        (MERGING, {"others": "giang-son-tay"}, "Chưa nhập tên đơn vị mới"),
        (MERGING, {"target": "khong-co"}, "Không có xã, thị trấn “khong-co”"),
        (MERGING, INTO_A_NEW_ONE | {"administrator-1": "ke-la"}, "không phải người của đơn vị cũ nào"),
        (MERGING, INTO_A_NEW_ONE | {"slug-1": "giang-son-tay"}, "hai lần"),
        (MERGING, INTO_A_NEW_ONE | {"slug-1": "do-luong"}, "Đã có đơn vị “do-luong”"),
        (MERGING, INTO_A_NEW_ONE | {"host-1": "lam-son.localhost"}, "đã có đơn vị dùng"),
        (MERGING, INTO_A_NEW_ONE | {"term-1": "2030"}, "Nhiệm kỳ “2030” không hợp lệ"),
        (MERGING, INTO_A_NEW_ONE | {"from_day": "31/02/2026"}, "31/02/2026"),
        (SPLITTING, {"receivers": "giang-son-tay"}, "ít nhất hai đơn vị nhận"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, path: str, typed: dict[str, str], said: str
) -> None:
    answer = await operator.post(path, {"from_day": day(), **typed})
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    named = set(re.findall(r'href="#f-([^"]+)"', answer.text))
    assert named
    for name in named:
        assert f'id="f-{name}"' in answer.text
    for value in typed.values():
        assert value in unescape(answer.text)


async def test_two_units_under_one_symbol_are_refused(operator: Visitor, lam_son: Organ, giang_son_tay: Organ) -> None:
    shown = await previewed(operator, MERGING, **INTO_A_NEW_ONE)
    sent = fields(shown)
    symbol = field_of(shown, "Ký hiệu của Văn phòng")
    other = next(name for name in sent if name.startswith("ky-hieu-") and name != symbol)
    for odd, said in ((sent[other], "đã có bộ phận khác dùng"), ("V P", "ký tự lạ")):
        answer = await operator.post(MERGING, sent | {symbol: odd, "lam": "1", "confirm": "lam-son"})
        assert answer.status_code == 422
        assert said in answer.text


async def test_who_holds_a_post_where_others_come_is_named(
    operator: Visitor, lam_son: Organ, giang_son_tay: Organ, database: Database
) -> None:
    shown = await previewed(operator, MERGING, target="giang-son-tay")
    names = []
    for organ in (giang_son_tay, lam_son):
        async with database.tenant(organ.id) as session:
            names.append(await session.scalar(select(Staff.full_name).where(Staff.id.in_(_holders("bi-thu")))))
    assert f"<li>Bí thư Đảng ủy: {names[0]}, {names[1]}</li>" in shown
    assert "Ký hiệu ở đơn vị nhận" not in shown


async def test_a_plan_of_others_is_none(operator: Visitor, lam_son: Organ, giang_son_tay: Organ) -> None:
    sent = fields(await previewed(operator, MERGING, **INTO_A_NEW_ONE))
    for path in ("/van-hanh/don-vi/do-luong/sap-nhap", "/van-hanh/don-vi/hoa-son/sap-nhap", SPLITTING):
        assert (await operator.post(path, sent)).status_code == 404, path
    assert (await operator.post(MERGING, {"plan": "{"})).status_code == 404
    assert (await operator.get("/van-hanh/don-vi/do-luong/sap-nhap")).status_code == 404


async def test_a_failed_one_is_taken_up_again(
    operator: Visitor,
    lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    operator_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = await confirmed(operator, MERGING, fields(await previewed(operator, MERGING, **INTO_A_NEW_ONE)))

    async def breaks(*_args: object) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(following, "_pass_everything", breaks)
        for _attempt in range(works.ATTEMPTS):
            try:
                await acts.carry_out(operator_database, key)
            except OSError:
                continue
    assert (await the_work(database, key)).state == "failed"
    assert "Làm tiếp" in (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    answer = await operator.post(f"/van-hanh/viec-don-vi/{key}/lam-tiep", {"_once": (once := str(uuid4()))})
    assert answer.headers["location"].endswith(once)
    assert (await acts.carry_out(operator_database, UUID(once))).state == "done"


async def test_a_stranger_sees_none_of_it(stranger: Visitor, lam_son: Organ) -> None:
    for path in (MERGING, SPLITTING):
        assert (await stranger.get(path)).headers["location"].startswith("/van-hanh/dang-nhap"), path
