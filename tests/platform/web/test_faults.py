"""Faults that the framework finds are told in the catalogue's words."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from lienxa.platform.web.faults import fault


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """Something sent, with a field of each kind."""

    text: Annotated[str, Meta(min_length=1, max_length=3)]
    number: Annotated[int, Meta(ge=1, le=5)] | None = None
    share: Annotated[float, Meta(gt=0)] = 1.0
    ids: Annotated[list[UUID], Meta(max_length=1)] = []
    day: date | None = None
    at: datetime | None = None
    hour: time | None = None
    choice: Literal["x", "y"] = "x"
    sure: bool = False


@pytest.mark.parametrize(
    ("sent", "field", "reason", "remedy"),
    [
        ({}, "text", "Thiếu trường này.", "Gửi kèm trường này."),
        ({"text": "a", "odd": 1}, "odd", "Không có trường này.", "Bỏ trường này"),
        ({"text": ""}, "text", "Độ dài không đúng.", "từ 1 trở lên ký tự"),
        ({"text": "abcd"}, "text", "Độ dài không đúng.", "không quá 3 ký tự"),
        ({"text": 1}, "text", "Cần chuỗi ký tự, nhận được số nguyên.", "/api/v1"),
        ({"text": "a", "number": 0}, "number", "Số nằm ngoài giới hạn.", "Gửi số từ 1 trở lên."),
        ({"text": "a", "number": "x"}, "number", "Cần số nguyên hoặc null, nhận được chuỗi ký tự.", "/api/v1"),
        ({"text": "a", "share": 0}, "share", "Số nằm ngoài giới hạn.", "Gửi số lớn hơn 0."),
        ({"text": "a", "ids": ["x"]}, "ids[0]", "Không phải là mã UUID.", "0193f8a2"),
        ({"text": "a", "ids": [str(UUID(int=1))] * 2}, "ids", "Số mục không đúng.", "không quá 1 mục"),
        ({"text": "a", "day": "24/11"}, "day", "Không phải là ngày.", "2026-11-24"),
        ({"text": "a", "at": "x"}, "at", "Không phải là thời điểm.", "+07:00"),
        ({"text": "a", "hour": "x"}, "hour", "Không phải là giờ.", "08:30:00"),
        ({"text": "a", "choice": "z"}, "choice", "“z” không có trong danh sách.", "/api/v1"),
        ({"text": "a", "sure": "q"}, "sure", "Cần true hoặc false, nhận được chuỗi ký tự.", "/api/v1"),
        ([], "body", "Cần đối tượng JSON, nhận được danh sách.", "/api/v1"),
    ],
)
def test_each_fault_has_its_sentence(sent: Any, field: str, reason: str, remedy: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(sent, Sent, strict=False)
    message, _separator, place = str(raised.value).partition(" - at ")
    found = fault(place.strip("`").removeprefix("$").removeprefix("."), message)
    assert (found.field, found.reason) == (field, reason)
    assert remedy in found.remedy


def test_an_unknown_fault_is_not_quoted() -> None:
    assert fault("field", "Something new").reason == "Giá trị không đúng."
