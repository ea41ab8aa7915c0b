"""The administrator's pages of receivers of events."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks import repository
from lienxa.platform.webhooks.models import WebhookAttempt, WebhookSubscription

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
PATH = "/quan-tri/noi-nhan"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")


def words(page: Any) -> str:
    """What a page says."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.split("<main")[1]).split())


@pytest.fixture
async def administrator(visit: Visit, lam_son: Organ, actor_with: FindActor) -> Any:
    return await visit(lam_son, await actor_with(lam_son, "administrator"))


@pytest.fixture
async def form(database: Database, lam_son: Organ) -> dict[str, Any]:
    """The form filled in."""
    async with database.tenant(lam_son.id) as session:
        body = next(body for body in await people.bodies(session) if body.code == "committee")
    return {
        "name": "Phần mềm lưu trữ",
        "address": "https://nhan.vidu.vn/su-kien?khoa=bi-mat",
        "body_ids": [str(body.id)],
        "event_types": ["documents.issued", "meetings.changed"],
    }


async def test_a_secret_is_shown_once_and_stands_nowhere_else(administrator: Any, form: dict[str, Any]) -> None:
    offered = await administrator.get(PATH + "/moi")
    assert all(f'value="{name}"' in offered.text for name in ("documents.issued", "procedures.decided"))
    shown = await administrator.post(PATH + "/moi", form)
    assert shown.status_code == 201
    assert shown.headers["cache-control"] == "no-store"
    secrets = {SECRET.search(shown.text)}
    place = shown.headers["location"]
    rotated = await administrator.post(place + "/khoa-moi")
    assert rotated.status_code == 201
    secrets.add(SECRET.search(rotated.text))
    assert None not in secrets
    assert len({found[0] for found in secrets if found}) == 2
    for path in (PATH, place, place + "/sua", place + "/xoa"):
        page = await administrator.get(path)
        assert page.status_code == 200
        assert "Phần mềm lưu trữ" in page.text
        assert not SECRET.search(page.text)
    told = words(await administrator.get(place))
    assert "Văn bản được phát hành; Cuộc họp thay đổi" in told
    assert "Thêm nơi nhận “Phần mềm lưu trữ” (nhan.vidu.vn): Văn bản được phát hành; Cuộc họp thay đổi." in told
    assert "Cấp khóa ký mới." in told
    assert "Khóa cũ còn ký đến" in told
    assert "Phần mềm lưu trữ" in words(await administrator.get("/quan-tri"))


async def test_it_is_tried_paused_resumed_changed_and_removed(
    administrator: Any, form: dict[str, Any], database: Database, lam_son: Organ
) -> None:
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    assert "Chưa gửi sự kiện nào" in words(await administrator.get(place))
    tried = await administrator.post(place + "/thu")
    assert tried.status_code == 303
    delivery = tried.headers["location"]
    assert "Đang gửi" in words(await administrator.get(delivery))
    async with database.tenant(lam_son.id) as session:
        session.add(
            WebhookAttempt(
                id=ids.new_id(),
                delivery_id=UUID(delivery.rpartition("/")[2]),
                at=clock.now(),
                status=500,
                milliseconds=12,
                error="Trả lời mã 500.",
                answer="<b>hỏng</b>",
            )
        )
    page = await administrator.get(delivery)
    assert "mã 500 12 ms Trả lời mã 500. &lt;b&gt;hỏng&lt;/b&gt;" in words(page)
    assert "<b>hỏng</b>" not in page.text
    assert "Sự kiện thử" in words(await administrator.get(place + "?xem=cho"))
    assert "Không có sự kiện nào ở mục này" in words(await administrator.get(place + "?xem=loi"))
    assert (await administrator.get(place + "?xem=x")).status_code == 422
    for nonsense in ("?sau=x", "?sau=2026-11-24T00:00:00_x"):
        assert (await administrator.get(place + nonsense)).status_code == 422
    assert (await administrator.get(place + "?sau=2026-11-24T00:00:00Z_" + str(UUID(int=0)))).status_code == 200
    assert (await administrator.post(delivery + "/gui-lai")).status_code == 303
    assert (await administrator.post(place + "/tam-dung")).status_code == 303
    assert "Tạm dừng" in words(await administrator.get(PATH))
    for act in ("/tam-dung", "/thu"):
        assert (await administrator.post(place + act)).status_code == 409
    assert (await administrator.post(delivery + "/gui-lai")).status_code == 409
    assert (await administrator.post(place + "/gui-tiep")).status_code == 303
    assert (await administrator.post(place + "/gui-tiep")).status_code == 409
    filled = (await administrator.get(place + "/sua")).text
    assert form["address"] in filled
    assert filled.count(" checked") == 3
    assert (await administrator.post(place + "/sua", {**form, "name": "Kho số"})).status_code == 303
    assert "Kho số" in words(await administrator.get(place))
    assert (await administrator.post(place + "/xoa")).status_code == 303
    for path in (place, place + "/sua", place + "/xoa", delivery):
        assert (await administrator.get(path)).status_code == 404
    assert "Chưa báo cho phần mềm nào" in words(await administrator.get(PATH))


async def test_the_log_has_pages(administrator: Any, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PAGE_SIZE", 2)
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    for _event in range(3):
        await administrator.post(place + "/thu")
    first = await administrator.get(place)
    following = re.search(rf'href="({place}\?sau=[^"]+)"', first.text)
    assert following is not None
    shown = re.compile(rf"{place}/lan-gui/[0-9a-f-]{{36}}")
    second = await administrator.get(following[1])
    assert len(set(shown.findall(first.text))) == 2
    assert len(set(shown.findall(second.text))) == 1
    assert not set(shown.findall(first.text)) & set(shown.findall(second.text))


async def test_one_that_fails_is_seen_at_once(
    administrator: Any, form: dict[str, Any], database: Database, lam_son: Organ
) -> None:
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    async with database.tenant(lam_son.id) as session:
        await session.execute(update(WebhookSubscription).values(failing_since=clock.now()))
    assert "Đang lỗi" in words(await administrator.get(PATH))
    assert "Không gửi được từ" in words(await administrator.get(place))
    assert "Phần mềm lưu trữ: đang lỗi" in words(await administrator.get("/quan-tri"))
    async with database.tenant(lam_son.id) as session:
        values = {"paused_at": clock.now(), "paused_reason": "failing"}
        await session.execute(update(WebhookSubscription).values(**values))
    assert "Hệ thống tạm dừng vì nhiều ngày liền không gửi được." in words(await administrator.get(place))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("address", ""),
        ("address", "http://nhan.vidu.vn/"),
        ("address", "https://127.0.0.1/"),
        ("address", "https://169.254.169.254/"),
        ("event_types", ""),
        ("event_types", "documents.khong-co"),
        ("body_ids", ""),
        ("body_ids", str(UUID(int=7))),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    administrator: Any, form: dict[str, Any], field: str, typed: str
) -> None:
    page = await administrator.post(PATH + "/moi", {**form, field: typed})
    assert page.status_code == 422
    assert f'href="#f-{field}"' in page.text
    assert not SECRET.search(page.text)
    if field != "name":
        assert 'value="Phần mềm lưu trữ"' in page.text
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    assert (await administrator.post(place + "/sua", {**form, field: typed})).status_code == 422
    assert "Phần mềm lưu trữ" in words(await administrator.get(place))


async def test_the_form_sent_twice_makes_one_receiver(administrator: Any, form: dict[str, Any]) -> None:
    twice = {**form, "_once": "0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f"}
    first = await administrator.post(PATH + "/moi", twice)
    again = await administrator.post(PATH + "/moi", twice)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert (await administrator.get(PATH)).text.count("Phần mềm lưu trữ") == 1


async def test_nobody_else_sees_or_changes_them(
    administrator: Any, form: dict[str, Any], visit: Visit, clerk: Actor, giang_son_tay: Organ, actor_with: FindActor
) -> None:
    """People without the right are refused; for another organ's administrator they do not exist."""
    place = (await administrator.post(PATH + "/moi", form)).headers["location"]
    delivery = (await administrator.post(place + "/thu")).headers["location"]
    at_clerk = await visit(clerk.organ, clerk)
    stranger = await visit(giang_son_tay, await actor_with(giang_son_tay, "administrator"))
    for path in (place, place + "/sua", place + "/xoa", delivery):
        assert (await at_clerk.get(path)).status_code == 403, path
        assert (await stranger.get(path)).status_code == 404, path
    for act in ("/sua", "/khoa-moi", "/thu", "/tam-dung", "/gui-tiep", "/xoa"):
        assert (await at_clerk.post(place + act, form)).status_code == 403, act
        assert (await stranger.post(place + act, form)).status_code == 404, act
    assert (await at_clerk.post(delivery + "/gui-lai")).status_code == 403
    assert (await stranger.post(delivery + "/gui-lai")).status_code == 404
    assert (await at_clerk.get(PATH)).status_code == 403
    assert (await at_clerk.post(PATH + "/moi", form)).status_code == 403
    other = (await administrator.post(PATH + "/moi", form)).headers["location"]
    assert (await administrator.get(delivery.replace(place, other))).status_code == 404
