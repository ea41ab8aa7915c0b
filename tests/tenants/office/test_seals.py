"""The administrator's page of heads: who gets them, and what a received one says of the trail."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import sealing, sent_heads
from lienxa.platform.db.session import Database
from lienxa.platform.mail import outbox
from lienxa.platform.mail.models import Mail
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office.pages import seals

PATH = "/quan-tri/nhat-ky/dau-niem"
FindActor = Callable[..., Awaitable[Actor]]


async def seal_something(database: Database, organ: Organ, actor: Actor) -> sealing.Head:
    """Let the trail of the organ have an end, under the key of the installation."""
    keys = get_settings().audit_keys
    async with database.tenant(organ.id) as session:
        audit.record(session, actor, "office.set_seal_receivers", "organ", None, {})
    async with database.tenant(organ.id) as session:
        await sealing.seal(session, keys)
        return await sealing.last_head(session)


@pytest.fixture
async def administrator(visit: Any, lam_son: Organ, actor_with: FindActor) -> Any:
    return await visit(lam_son, await actor_with(lam_son, "administrator"))


async def test_a_received_head_is_held_against_the_trail(
    database: Database, lam_son: Organ, giang_son_tay: Organ, administrator: Any, clerk: Actor
) -> None:
    keys = get_settings().audit_keys
    head = await seal_something(database, lam_son, clerk)
    sent = sent_heads.signed(keys, lam_son.id, head)
    letter = sent_heads.letter(lam_son, sent, "http://lam-son.localhost:8000").text
    answer = await administrator.post(PATH, {"received": letter})
    assert answer.status_code == 200
    assert "Khớp: đến dấu niêm này" in answer.text
    later = sent_heads.signed(keys, lam_son.id, sealing.Head(head.number + 9, head.mac))
    assert "đã bị cắt mất" in (await administrator.post(PATH, {"received": later.line})).text
    theirs = sent_heads.signed(keys, giang_son_tay.id, head)
    assert "của nhật ký khác" in (await administrator.post(PATH, {"received": theirs.line})).text


async def test_what_is_no_head_is_refused_and_stays_in_the_field(administrator: Any) -> None:
    answer = await administrator.post(PATH, {"received": "Kính gửi văn phòng"})
    assert answer.status_code == 422
    assert "Dán cả dòng bắt đầu bằng lienxa-head" in answer.text
    assert "Kính gửi văn phòng</textarea>" in answer.text


async def test_receivers_are_set_and_get_the_first_letter_at_once(
    database: Database, lam_son: Organ, administrator: Any, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_settings().model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "a@lien-xa.example"})
    monkeypatch.setattr(seals, "get_settings", lambda: settings)
    await seal_something(database, lam_son, clerk)
    odd = await administrator.post(f"{PATH}/noi-nhan", {"receivers": "huyen@do-luong.example\nkhông phải"})
    assert odd.status_code == 422
    answer = await administrator.post(
        f"{PATH}/noi-nhan", {"receivers": "huyen@do-luong.example\nhuyen@do-luong.example, b@c.example"}
    )
    assert answer.status_code == 303
    async with database.tenant(lam_son.id) as session:
        assert await sent_heads.receivers(session) == ["b@c.example", "huyen@do-luong.example"]
        letters = await outbox.latest(session)
    assert sorted(letter.receiver for letter in letters) == ["b@c.example", "huyen@do-luong.example"]
    shown = (await administrator.get(PATH)).text
    assert "Đang gửi" in shown
    async with database.control() as control:
        refused = {"state": "failed", "tries": 1, "error": "550 5.1.1 No such user"}
        await control.execute(update(Mail).where(Mail.tenant_id == lam_son.id).values(**refused))
    assert "550 5.1.1 No such user" in (await administrator.get("/quan-tri/can-chu-y")).text


async def test_only_who_administrates_sees_it(visit: Any, lam_son: Organ, actor_with: FindActor) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "leader"))
    assert (await visitor.get(PATH)).status_code == 403
    assert (await visitor.post(PATH, {"received": "x"})).status_code == 403
    assert (await visitor.post(f"{PATH}/noi-nhan", {"receivers": ""})).status_code == 403
