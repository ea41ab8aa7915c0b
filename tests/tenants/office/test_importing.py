"""Lists and old books from spreadsheets: brought, checked, written, and the slips of who is new."""

import csv
import io
import re
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from sqlalchemy import select, update

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files.models import StoredFile
from lienxa.platform.imports import jobs, operations
from lienxa.platform.imports.models import ImportRun
from lienxa.platform.imports.operations import PATH
from lienxa.platform.notify.models import Notice
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents.models import Document
from lienxa.tenants.office import repository, staff_list

PEOPLE = [
    ["Họ và tên", "Tên đăng nhập", "Chức vụ", "Giữ chức vụ từ ngày"],
    ["Hồ Thị Mới", "", "Công chức Văn hóa - Xã hội; Cán bộ Một cửa", "02/11/2026"],
    ["Hồ Thị Mới", "", "", ""],
    ["Đinh Văn Bê", "dinh-be", "", ""],
    ["Đinh Văn Xê", "Dinh Xe", "Trưởng phòng", "32/01/2026"],
]


def csv_of(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


async def bring(client: Any, kind: str, content: bytes, name: str = "danh sách.csv") -> Any:
    """Send a file as the form does."""
    fields = {"_csrf": client.csrf, "_once": str(clock.now().timestamp())}
    return await client.http.post(f"{PATH}/{kind}", data=fields, files={"file": (name, content)})


async def run_of(database: Database, actor: Actor, path: str) -> ImportRun:
    async with database.tenant(actor.organ.id) as session:
        return await session.find(ImportRun, UUID(path.rsplit("/", 1)[-1]))


async def names(database: Database, actor: Actor) -> list[str]:
    async with database.tenant(actor.organ.id) as session:
        return list(await session.scalars(select(Staff.full_name)))


async def test_a_list_of_people_from_the_file_to_their_slips(
    sign_in: Any, database: Database, administrator: Actor
) -> None:
    client, organ = await sign_in(administrator), administrator.organ.id
    assert "can-bo/mau.xlsx" in (await client.get(f"{PATH}/can-bo")).text
    answer = await bring(client, "can-bo", csv_of(PEOPLE))
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    assert "Đang kiểm tra" in (await client.get(path)).text
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, organ, run.id)
    shown = (await client.get(path)).text
    assert "2 dòng đúng, 2 dòng lỗi" in shown
    assert "Đã có cán bộ tên Hồ Thị Mới" in shown
    for said in ("không phải là ngày", "Không có chức vụ “Trưởng phòng”", "Tên đăng nhập “Dinh Xe” không hợp lệ"):
        assert said in shown
    assert "Hồ Thị Mới" not in await names(database, administrator)
    faulty = await client.get(f"{path}/dong-loi.xlsx")
    assert faulty.content.startswith(b"PK")

    assert (await client.send(path)).status_code == 303
    await jobs.write_file(database, organ, run.id)
    await jobs.write_file(database, organ, run.id)  # a job may come twice
    assert "Đã thêm 2 cán bộ" in (await client.get(path)).text
    assert (await names(database, administrator)).count("Hồ Thị Mới") == 1
    async with database.tenant(organ) as session:
        (new,) = [line for line in await repository.staff(session) if line.full_name == "Hồ Thị Mới"]
        assert set(new.titles) == {"Công chức Văn hóa - Xã hội", "Cán bộ Một cửa"}
        told = await session.scalars(select(Notice.title).where(Notice.kind == "imports.run"))
        assert len(told.all()) == 2
        acts = await session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("imports.%")))
        assert set(acts) == {"imports.confirm", "imports.write"}

    again = await client.send(path)
    assert again.status_code == 409
    chosen = (await client.get(f"{PATH}/phieu")).text
    assert "ho-thi-moi.lam-son" in chosen
    slips = await client.send(f"{PATH}/phieu", {"staff": str(new.id)})
    assert slips.status_code == 200, slips.text
    assert slips.headers["cache-control"] == "no-store"
    assert len(re.findall("PHIẾU CẤP TÀI KHOẢN", slips.text)) == 1
    assert "dinh-be" not in slips.text
    nobody = await client.send(f"{PATH}/phieu", {})
    assert nobody.status_code == 422
    assert "Chưa chọn ai" in nobody.text


async def test_an_old_book_from_the_file_to_the_list(sign_in: Any, database: Database, administrator: Actor) -> None:
    head = ["Ngày đến", "Số đến", "Tác giả", "Trích yếu", "Cơ quan nhận"]
    rows = [head, *([f"{n:02d}/03/2026", str(n), "UBND huyện", f"Về việc thứ {n}", "UBND"] for n in range(1, 21))]
    client = await sign_in(administrator)
    path = (await bring(client, "van-ban-den", csv_of(rows))).headers["location"]
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, administrator.organ.id, run.id)
    assert "Nhập 20 dòng đúng" in (await client.get(path)).text
    # Somebody enters a number in the meantime: that line is refused at the writing, the others come in.
    async with database.tenant(administrator.organ.id) as session:
        kind = operations.find_kind(administrator, "van-ban-den")
        stored = await session.find(StoredFile, run.file_id)
        assert stored.name == "danh sách.csv"
        lines = operations.tables.read_lines(kind, csv_of([head, rows[3]]), "text/csv")
        checked = await kind.check(session, administrator, lines)
        await kind.write(session, administrator, [checked[0].entry])
    await client.send(path)
    await jobs.write_file(database, administrator.organ.id, run.id)
    shown = (await client.get(path)).text
    assert "Đã nhập 19 văn bản" in shown
    assert "Số 3 của kỳ 2026 đã có trong sổ" in shown
    async with database.tenant(administrator.organ.id) as session:
        assert len((await session.scalars(select(Document.id))).all()) == 20


async def test_a_file_that_is_none_is_refused(sign_in: Any, database: Database, administrator: Actor) -> None:
    client = await sign_in(administrator)
    assert (await bring(client, "can-bo", b"%PDF-1.7")).status_code == 422
    empty = await client.send(f"{PATH}/can-bo")
    assert empty.status_code == 422
    assert "Chưa chọn tệp" in empty.text
    assert (await bring(client, "khong-co", csv_of(PEOPLE))).status_code == 404
    path = (await bring(client, "can-bo", csv_of([["Tên", "Tuổi"], ["An", "40"]]))).headers["location"]
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, administrator.organ.id, run.id)
    shown = (await client.get(path)).text
    assert "Không thấy cột: Họ và tên" in shown
    assert (await client.send(path)).status_code == 409


async def test_a_cell_far_out_ends_the_file_and_not_the_worker(
    sign_in: Any, database: Database, administrator: Actor
) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, PEOPLE[0])
        sheet.write_string(1_048_575, 16_383, "x")
    client = await sign_in(administrator)
    path = (await bring(client, "can-bo", content.getvalue(), "xa.xlsx")).headers["location"]
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, administrator.organ.id, run.id)
    assert (await run_of(database, administrator, path)).state == "failed"
    assert "Tệp có vùng dữ liệu quá lớn. Xóa các ô" in (await client.get(path)).text


async def test_a_number_beyond_all_books_is_a_fault_of_its_line(
    sign_in: Any, database: Database, administrator: Actor
) -> None:
    head = ["Ngày đến", "Số đến", "Tác giả", "Trích yếu", "Cơ quan nhận"]
    rows = [head, ["01/03/2026", "000000001999999999999", "UBND huyện", "Về việc họp", "UBND"]]
    client = await sign_in(administrator)
    path = (await bring(client, "van-ban-den", csv_of(rows))).headers["location"]
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, administrator.organ.id, run.id)
    assert "không phải là số từ 1 đến 999999" in (await client.get(path)).text
    assert (await run_of(database, administrator, path)).good_count == 0


@pytest.mark.parametrize("failing", ["check", "write"])
async def test_an_unexpected_end_is_told_at_once_with_its_reference(
    sign_in: Any, database: Database, administrator: Actor, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    async def broken(session: TenantSession, _organ: Organ, _run_id: UUID) -> None:
        await session.execute(update(Staff).values(full_name="Hỏng"))
        raise OverflowError("value out of int64 range")

    client, organ = await sign_in(administrator), administrator.organ.id
    path = (await bring(client, "can-bo", csv_of(PEOPLE))).headers["location"]
    run = await run_of(database, administrator, path)
    if failing == "write":
        await jobs.check_file(database, organ, run.id)
        await client.send(path)
    monkeypatch.setattr(operations, failing, broken)
    await (jobs.check_file if failing == "check" else jobs.write_file)(database, organ, run.id)
    ended = await run_of(database, administrator, path)
    assert (ended.state, str(run.id) in ended.reason) == ("failed", True)
    shown = (await client.get(path)).text
    assert "Có lỗi ngoài dự kiến, chưa ghi dòng nào" in shown
    assert "Hỏng" not in await names(database, administrator)


async def test_only_who_administrates_takes_in_and_a_parent_has_no_old_books(
    sign_in: Any, database: Database, clerk: Actor, administrator: Actor, do_luong: Organ, actor_with: Any
) -> None:
    client = await sign_in(clerk)
    assert (await client.get(PATH)).status_code == 403
    assert (await client.get(f"{PATH}/can-bo")).status_code == 404
    assert (await client.get(f"{PATH}/phieu")).status_code == 403
    path = (await bring(await sign_in(administrator), "can-bo", csv_of(PEOPLE))).headers["location"]
    assert (await client.get(path)).status_code == 404
    above = await sign_in(await actor_with(do_luong, "administrator"))
    assert (await above.get(f"{PATH}/van-ban-den")).status_code == 404


async def test_the_one_who_lost_the_right_meanwhile_writes_nothing(
    database: Database, administrator: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        kind = operations.find_kind(administrator, "can-bo")
        run = await operations.bring(session, administrator, kind, "a.csv", csv_of(PEOPLE[:2]))
        person = await session.find(Staff, administrator.staff_id)
        person.suspended_on = clock.today()
    await jobs.check_file(database, lam_son.id, run.id)
    async with database.tenant(lam_son.id) as session:
        assert (await session.find(ImportRun, run.id)).state == "failed"


async def test_what_is_still_to_be_written_when_the_organ_is_suspended_is_not(
    sign_in: Any, database: Database, operator_database: Database, administrator: Actor
) -> None:
    client, organ = await sign_in(administrator), administrator.organ.id
    path = (await bring(client, "can-bo", csv_of(PEOPLE))).headers["location"]
    run = await run_of(database, administrator, path)
    await jobs.check_file(database, organ, run.id)
    assert (await client.send(path)).status_code == 303
    async with operator_database.control() as control:
        await control.execute(update(Tenant).where(Tenant.id == organ).values(state="suspended"))
    await jobs.write_file(database, organ, run.id)
    assert "đang tạm dừng" in (await client.get(path)).text
    assert "Hồ Thị Mới" not in await names(database, administrator)


async def test_old_files_go_and_stuck_ones_are_given_up(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        kind = operations.find_kind(administrator, "can-bo")
        run = await operations.bring(session, administrator, kind, "a.csv", csv_of(PEOPLE))
        file_id = run.file_id
    with clock.fixed_at(run.asked_at + operations.KEPT / 10):
        async with database.tenant(administrator.organ.id) as session:
            await operations.forget(session)
            stuck = await session.find(ImportRun, run.id)
            assert (stuck.state, "dừng giữa chừng" in stuck.reason) == ("failed", True)
    with clock.fixed_at(run.asked_at + operations.KEPT * 1.1):
        async with database.tenant(administrator.organ.id) as session:
            await operations.forget(session)
        async with database.tenant(administrator.organ.id) as session:
            with pytest.raises(NotFound):
                await session.find(ImportRun, run.id)
            with pytest.raises(NotFound):
                await session.find(StoredFile, file_id)


async def test_user_names_are_made_of_names(database: Database, administrator: Actor) -> None:
    rows = [["Họ và tên"], ["Đặng Thị Ánh"], ["ĐẶNG THỊ ẢNH"], ["Tôn Nữ Công Tằng Huyền Tôn Nữ Thị"], ["Ố"]]
    async with database.tenant(administrator.organ.id) as session:
        kind = operations.find_kind(administrator, "can-bo")
        lines = operations.tables.read_lines(kind, csv_of(rows), "text/csv")
        checked = await staff_list.check(session, administrator, lines)
    made = [line.entry.username for line in checked]
    assert made == ["dang-thi-anh", "dang-thi-anh-2", "ton-nu-cong-tang-huyen-ton", "can-bo"]
