"""The operators' page of seals: the end of their own trail, held against what a letter says."""

from tests.conftest import Visitor

from lienxa.platform.audit import operators, sealing, sent_heads
from lienxa.platform.audit.operators import OPERATORS
from lienxa.platform.db.session import Database
from lienxa.platform.settings import get_settings

PAGE = "/van-hanh/nhat-ky/dau-niem"


async def sealed(database: Database) -> sealing.Head:
    async with database.control() as control:
        operators.note(control, "van-hanh", "organ.suspend_asked")
    async with database.control() as control:
        await sealing.seal(control, get_settings().audit_keys)
        return await sealing.last_head(control)


async def test_a_received_head_is_held_against_the_trail(operator: Visitor, database: Database) -> None:
    assert "Chưa có dòng nào được niêm" in (await operator.get(PAGE)).text
    head = await sealed(database)
    assert f"Hiện có {head.number} dòng đã niêm" in (await operator.get(PAGE)).text
    assert f'href="{PAGE}"' in (await operator.get("/van-hanh/nhat-ky")).text
    sent = sent_heads.signed(get_settings().audit_keys, OPERATORS, head)
    answer = await operator.post(PAGE, {"received": sent_heads.letter_of_all([sent]).text})
    assert answer.status_code == 200
    assert "Khớp: đến dấu niêm này" in answer.text
    later = sent_heads.signed(get_settings().audit_keys, OPERATORS, sealing.Head(head.number + 9, head.mac))
    assert "đã bị cắt mất" in (await operator.post(PAGE, {"received": later.line})).text


async def test_what_is_no_head_is_refused_and_stays_in_the_field(operator: Visitor) -> None:
    answer = await operator.post(PAGE, {"received": "Kính gửi"})
    assert answer.status_code == 422
    assert "Dán cả dòng bắt đầu bằng lienxa-head" in answer.text
    assert "Kính gửi</textarea>" in answer.text


async def test_nobody_else_sees_it(stranger: Visitor) -> None:
    assert (await stranger.get(PAGE)).headers["location"].startswith("/van-hanh/dang-nhap?")
