"""A district's list of organs: read, looked at, then each organ made for itself, whatever becomes of the others."""

import io
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
import xlsxwriter
from sqlalchemy import func, select
from tests.conftest import Visitor

from lienxa.platform.db.session import Database
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.operator import additions, batches, commands, listing
from lienxa.platform.operator.listing import Defaults
from lienxa.platform.operator.models import AdditionBatch, OrganAddition
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import LIVE, PREPARING, Organ, organ_by_slug

HEADING = ["STT", "Tên đơn vị", "Loại đơn vị", "Tên miền", "Đơn vị cấp trên", "Họ và tên người quản trị"]
GOOD = [["1", "Xuân Sơn", "", "", "", "Nguyễn Văn Thử"], ["2", "Phường Cửa Bắc", "", "", "", "Lê Thị Thử"]]
BAD = [
    ["3", "Lam Sơn", "xã", "", "", "Nguyễn Văn Thử"],  # is there already
    ["4", "Xuân Sơn", "xã", "", "", "Trần Văn Thử"],  # the same address as line 1
    ["5", "Hạ Sơn", "ấp", "", "", "Trần Văn Thử"],
    ["6", "Thượng Sơn", "xã", "", "khong-co", "Trần Văn Thử"],
    ["7", "Tây Sơn", "xã", "", "", ""],
    ["8", "Đông Sơn", "xã", "lam-son", "", "Trần Văn Thử"],  # the address of another
]

Work = Callable[[UUID], Awaitable[None]]


def workbook(*rows: list[str]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADING, *rows]):
            sheet.write_row(number, 0, row)
    return content.getvalue()


@pytest.fixture
def work(operator_database: Database, database: Database, test_settings: Settings, monkeypatch: Any) -> Work:
    """What workers do for a batch until nothing is left."""
    monkeypatch.setattr(additions, "address_answers", lambda *_: True)

    async def until_done(batch_id: UUID) -> None:
        await batches.check(database, test_settings, batch_id)
        async with database.control() as control:
            query = select(OrganAddition.id).where(OrganAddition.batch_id == batch_id, OrganAddition.state == "waiting")
            wanted = (await control.scalars(query)).all()
        for addition_id in wanted:
            await additions.carry_out(operator_database, test_settings, provisioner_for(test_settings), addition_id)

    return until_done


async def brought(operator: Visitor, *rows: list[str], **more: str) -> tuple[str, UUID]:
    sent = {"parent": "do-luong", "term": "2025-2030", "term_opened": "01/07/2025", **more}
    answer = await operator.post("/van-hanh/them-nhieu", sent, files={"file": ("huyen.xlsx", workbook(*rows))})
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    return path, UUID(path.rsplit("/", 1)[1])


async def test_a_list_is_looked_at_before_and_made_line_by_line(
    operator: Visitor, work: Work, database: Database, do_luong: Organ, lam_son: Organ
) -> None:
    path, batch_id = await brought(operator, *GOOD, *BAD)
    assert "Đang kiểm tra danh sách" in (await operator.get(path)).text
    await work(batch_id)
    shown = (await operator.get(path)).text
    assert "2 dòng đúng, 5 dòng lỗi" in shown
    assert "1 đơn vị đã có từ trước" in shown
    for reason in ("đã có ở dòng 2", "Không biết loại", "Không có đơn vị cấp trên", "Họ và tên", "Đã có đơn vị"):
        assert reason in shown, reason
    assert "huyen.xlsx" in (await operator.get("/van-hanh")).text
    assert (await operator.post(path)).status_code == 303
    assert (await operator.post(path)).status_code == 409  # asked for already
    assert 'aria-valuenow="0"' in (await operator.get(path)).text
    await work(batch_id)
    ended = (await operator.get(path)).text
    assert 'aria-valuenow="100"' in ended
    assert "Đã thêm 2 trên 2 đơn vị; 0 chưa thêm được." in ended
    async with database.control() as control:
        ward = await organ_by_slug(control, "cua-bac")
        assert ward is not None
        assert (ward.title, ward.parent_id) == ("Phường Cửa Bắc", do_luong.id)
        assert await organ_by_slug(control, "ha-son") is None


@pytest.mark.parametrize(("more", "phase"), [({}, PREPARING), ({"live": "1"}, LIVE)])
async def test_communes_of_a_list_begin_as_one_alone_does(
    operator: Visitor, work: Work, database: Database, do_luong: Organ, more: dict[str, str], phase: str
) -> None:
    path, batch_id = await brought(operator, GOOD[0], **more)
    await work(batch_id)
    await operator.post(path)
    await work(batch_id)
    async with database.control() as control:
        organ = await organ_by_slug(control, "xuan-son")
    assert organ is not None
    assert organ.phase == phase


async def test_slips_of_all_are_shown_once_and_each_time_is_in_the_trail(
    operator: Visitor, work: Work, do_luong: Organ
) -> None:
    path, batch_id = await brought(operator, *GOOD)
    await work(batch_id)
    await operator.post(path)
    await work(batch_id)
    assert "2 phiếu mật khẩu chưa in" in (await operator.get(path)).text
    slips = (await operator.post(f"{path}/phieu")).text
    assert slips.count("slip-password") == 2
    assert "quan-tri.xuan-son" in slips
    assert "Không còn phiếu nào" in (await operator.post(f"{path}/phieu")).text
    assert "phiếu mật khẩu chưa in" not in (await operator.get(path)).text
    assert (await operator.get("/van-hanh/nhat-ky")).text.count("Xem mật khẩu dùng một lần") == 2


async def test_one_that_fails_is_told_with_its_reason_and_the_others_go_on(
    operator: Visitor, work: Work, database: Database, owner_dsn: str, do_luong: Organ
) -> None:
    path, batch_id = await brought(operator, *GOOD)
    await work(batch_id)
    await operator.post(path)
    with psycopg.connect(owner_dsn, autocommit=True) as owner:  # somebody is quicker
        owner.execute("insert into control.tenant_host select 'xuan-son.localhost', id from control.tenant limit 1")
        await work(batch_id)
        told = (await operator.get(path)).text
        assert "Đã thêm 1 trên 2 đơn vị; 1 chưa thêm được." in told
        assert "Địa chỉ xuan-son.localhost đã có đơn vị dùng." in told
        assert 'aria-valuenow="100"' in told
        owner.execute("delete from control.tenant_host where host = 'xuan-son.localhost'")
    assert (await operator.post(f"{path}/thu-lai")).status_code == 303
    await work(batch_id)
    assert "Đã thêm 2 trên 2 đơn vị; 0 chưa thêm được." in (await operator.get(path)).text


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"PK\x03\x04 broken", "Họ tên,Tuổi\nA,3\n".encode()])
async def test_what_is_no_such_list_is_refused_and_leaves_nothing(
    operator: Visitor, work: Work, database: Database, do_luong: Organ, content: bytes
) -> None:
    sent = {"term_opened": "01/07/2025"}
    answer = await operator.post("/van-hanh/them-nhieu", sent, files={"file": ("a.xlsx", content)})
    path = answer.headers["location"]
    await work(UUID(path.rsplit("/", 1)[1]))
    assert "Chọn lại tệp" in (await operator.get(path)).text
    assert (await operator.post(path)).status_code == 409
    async with database.control() as control:
        assert await control.scalar(select(func.count()).select_from(OrganAddition)) == 0
        assert (await control.scalars(select(AdditionBatch.content))).all() == [None]


async def test_a_form_without_a_file_or_with_a_coming_term_keeps_what_was_typed(
    operator: Visitor, do_luong: Organ
) -> None:
    sent = {"parent": "do-luong", "term": "2025-2030", "term_opened": "01/07/2099"}
    answer = await operator.post("/van-hanh/them-nhieu", sent)
    assert answer.status_code == 422
    assert "Nhiệm kỳ chưa bắt đầu." in answer.text
    assert 'value="01/07/2099"' in answer.text
    assert (await operator.get("/van-hanh/them-nhieu/mau.xlsx")).content.startswith(b"PK")


async def test_statements_do_not_grow_with_the_organs(
    operator: Visitor, work: Work, database: Database, statements: Any, do_luong: Organ
) -> None:
    counts = []
    for many in (3, 300):
        rows = [[str(n), f"Thử {many} {n}", "", "", "", "Nguyễn Văn Thử"] for n in range(many)]
        path, batch_id = await brought(operator, *rows)
        with statements() as reading:
            await work(batch_id)
        with statements() as showing:
            assert f"{many} dòng đúng" in (await operator.get(path)).text
        with statements() as starting:
            assert (await operator.post(path)).status_code == 303
        counts.append([len(sent.work) for sent in (reading, showing, starting)])
    assert counts[0] == counts[1]


def test_reading_follows_the_name_where_a_line_says_nothing(test_settings: Settings) -> None:
    (found,) = listing.read(workbook(GOOD[1]), test_settings, Defaults("do-luong"))
    assert (found.spec.slug, found.spec.kind, found.spec.level_label) == ("cua-bac", "commune", "phường")
    assert found.spec.administrator.username == "quan-tri.cua-bac"
    assert found.faults == []
    with pytest.raises(InvalidInput):
        listing.read(workbook(), test_settings, Defaults())


async def test_the_command_goes_on_past_a_failure_and_does_nothing_twice(
    do_luong: Organ,
    templates: Any,
    database_name: str,
    database: Database,
    test_settings: Settings,
    tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dsn = type(test_settings.db_operator_dsn)(templates.cluster.dsn("lx_operator", database_name))
    settings = test_settings.model_copy(update={"db_operator_dsn": dsn})
    slips, content = tmp_path / "phieu.csv", workbook(GOOD[0], BAD[2], GOOD[1])
    assert await commands._add_many(settings, content, Defaults("do-luong"), slips) == 1
    told = capsys.readouterr().out
    assert "1/3 Xuân Sơn (dòng 2): đã thêm" in told
    assert "2/3 Hạ Sơn (dòng 3): Không biết loại đơn vị" in told
    assert "3/3 Phường Cửa Bắc (dòng 4): đã thêm" in told
    assert len(slips.read_text().splitlines()) == 2
    assert slips.stat().st_mode & 0o077 == 0
    assert await commands._add_many(settings, content, Defaults("do-luong"), slips) == 1
    assert "có từ trước" in capsys.readouterr().out
    async with database.control() as control:
        assert await control.scalar(select(func.count()).where(Tenant.slug.in_(["xuan-son", "cua-bac"]))) == 2
