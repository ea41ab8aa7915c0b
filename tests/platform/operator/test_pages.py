"""The operator's pages: what is typed is checked field by field, asked for once, and its end is told."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import delete, select
from tests.conftest import Visitor

from lienxa.platform import clock, ids
from lienxa.platform.access.models import Appointment
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.passwords import matches
from lienxa.platform.identity.models import Account, IssuerUser
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.notify.models import Notice
from lienxa.platform.operator import additions, jobs, renewals
from lienxa.platform.operator.models import OrganAddition, PasswordRenewal
from lienxa.platform.rollup.models import rollup_mark
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

TYPED = {
    "name": "Xuân Sơn",
    "kind": "commune",
    "parent": "do-luong",
    "full_name": "Nguyễn Văn Thử",
    "term": "2025-2030",
    "term_opened": "01/07/2025",
    "so-1": "312",
}


async def additions_of(database: Database) -> list[OrganAddition]:
    async with database.control() as control:
        return list(await control.scalars(select(OrganAddition)))


async def carry_out(operator_database: Database, settings: Settings, addition_id: UUID) -> None:
    await additions.carry_out(operator_database, settings, provisioner_for(settings), addition_id)


@pytest.fixture(autouse=True)
def the_address_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(additions, "address_answers", lambda _settings, _host: True)


async def test_the_list_is_searched_and_narrowed_to_what_has_a_fault(
    operator: Visitor, database: Database, do_luong: Organ, lam_son: Organ, giang_son_tay: Organ
) -> None:
    def named(page: str) -> set[str]:
        return set(re.findall(r'href="/van-hanh/don-vi/([a-z-]+)"', page))

    everything = named((await operator.get("/van-hanh")).text)
    assert {do_luong.slug, lam_son.slug, giang_son_tay.slug} <= everything
    for words in ("giang son", "Giang Sơn", "giang-son"):
        assert named((await operator.get(f"/van-hanh?q={quote(words)}")).text) == {giang_son_tay.slug}
    nobody = (await operator.get(f"/van-hanh?q={quote('%_<b>')}")).text
    assert (named(nobody), "Không tìm thấy đơn vị nào" in nobody) == (set(), True)
    async with database.control() as control:
        await control.execute(delete(rollup_mark))
    assert "Không đơn vị nào có lỗi" in (await operator.get("/van-hanh?loi=1")).text
    async with database.control() as control:
        dead = QueuedJob.__table__.insert().values(
            message_id=ids.new_id(),
            queue_name="quick",
            state="rejected",
            mtime=clock.now(),
            available_at=clock.now(),
            message={"actor_name": "x", "args": [str(lam_son.id)]},
        )
        await control.execute(dead)
    assert named((await operator.get("/van-hanh?loi=1")).text) == {lam_son.slug}
    assert named((await operator.get("/van-hanh?loi=1&q=giang")).text) == set()


async def test_the_list_says_address_state_and_parent(
    operator: Visitor, do_luong: Organ, lam_son: Organ, giang_son_tay: Organ, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.tenant set state = 'suspended' where id = %s", [giang_son_tay.id])
    page = (await operator.get("/van-hanh")).text
    rows = {re.sub("<[^>]+>", "", row.split("</th>")[0]): row for row in page.split('<th scope="row">')[1:]}
    assert "lam-son.localhost" in rows[lam_son.title]
    assert do_luong.name in rows[lam_son.title]
    assert "Đang hoạt động" in rows[lam_son.title]
    assert "Tạm dừng" in rows[giang_son_tay.title]


async def test_from_the_name_alone_follows_the_rest_and_a_commune_is_added_once(
    operator: Visitor, do_luong: Organ, database: Database, operator_database: Database, test_settings: Settings
) -> None:
    key = str(uuid4())
    answers = [await operator.post("/van-hanh/them", {**TYPED, "_once": key}) for _click in range(2)]
    assert [answer.headers["location"] for answer in answers] == [f"/van-hanh/them/{key}"] * 2
    [addition] = await additions_of(database)
    spec = additions.spec_of(addition)
    assert (spec.slug, spec.host, spec.administrator.username) == (
        "xuan-son",
        "xuan-son.localhost",
        "quan-tri.xuan-son",
    )
    assert spec.opening.numbers == {"incoming": 312}
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    assert [found["args"] for found in messages if found["actor_name"] == "operator.add_organ"] == [[key]]
    waiting = (await operator.get(f"/van-hanh/them/{key}")).text
    assert "data-preparing" in waiting
    assert 'class="step-current"' in waiting

    await carry_out(operator_database, test_settings, UUID(key))
    done = (await operator.get(f"/van-hanh/them/{key}")).text
    assert "data-preparing" not in done
    assert done.count('class="step-done"') >= 7
    assert 'class="step-current"' not in done
    assert "http://xuan-son.localhost:8000" in done
    again = await operator.post("/van-hanh/them", {**TYPED, "_once": key})  # a reload of the sent form
    assert again.headers["location"] == f"/van-hanh/them/{key}"
    assert len(await additions_of(database)) == 1
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert "Thêm đơn vị" in trail
    assert "Xuân Sơn" in trail


async def test_the_password_is_shown_once(
    operator: Visitor, do_luong: Organ, database: Database, operator_database: Database, test_settings: Settings
) -> None:
    key = await added(operator, operator_database, test_settings)
    assert (await operator.get(f"/van-hanh/them/{key}/mat-khau")).status_code == 404
    first = await operator.post(f"/van-hanh/them/{key}/mat-khau")
    assert first.headers["cache-control"] == "no-store"
    assert re.search(r"<code>[a-z2-9]{4}(-[a-z2-9]{4}){2}</code>", first.text)
    [addition] = await additions_of(database)
    assert addition.sealed_password is None
    second = await operator.post(f"/van-hanh/them/{key}/mat-khau")
    assert "Mật khẩu không còn hiện được" in second.text
    assert "Hiện phiếu mật khẩu" not in (await operator.get(f"/van-hanh/them/{key}")).text


async def test_a_password_that_nobody_saw_is_wiped_after_a_quarter_of_an_hour(
    operator: Visitor, do_luong: Organ, database: Database, operator_database: Database, test_settings: Settings
) -> None:
    key = await added(operator, operator_database, test_settings)
    with clock.fixed_at(clock.now() + timedelta(minutes=14)):
        await jobs.wipe_passwords(database)
    assert (await additions_of(database))[0].sealed_password is not None
    with clock.fixed_at(clock.now() + timedelta(minutes=16)):
        late = await operator.post(f"/van-hanh/them/{key}/mat-khau")
        assert "Mật khẩu không còn hiện được" in late.text
        await jobs.wipe_passwords(database)
    assert (await additions_of(database))[0].sealed_password is None


async def added(operator: Visitor, operator_database: Database, settings: Settings) -> str:
    key = str(uuid4())
    await operator.post("/van-hanh/them", {**TYPED, "_once": key})
    await carry_out(operator_database, settings, UUID(key))
    return key


async def asked_for_password(operator: Visitor, organ: Organ) -> str:
    key = str(uuid4())
    for _click in range(2):
        answer = await operator.post(f"/van-hanh/don-vi/{organ.slug}/mat-khau", {"_once": key})
        assert answer.headers["location"] == f"/van-hanh/mat-khau/{key}"
    return key


async def hash_of(database: Database, account_id: UUID) -> tuple[str, bool]:
    query = (
        select(IssuerUser.password_hash, IssuerUser.must_change_password)
        .join(Account, Account.sub == IssuerUser.sub)
        .where(Account.id == account_id)
    )
    async with database.control() as control:
        row = (await control.execute(query)).one()
    return row[0], row[1]


async def test_a_lost_password_of_an_administrator_is_renewed_once_and_shown_once(
    operator: Visitor,
    lam_son: Organ,
    actor_with: Any,
    visit: Any,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    administrator = await actor_with(lam_son, "administrator")
    at_work = await visit(lam_son, administrator)
    before = await hash_of(database, administrator.account_id)
    key = await asked_for_password(operator, lam_son)
    assert "data-preparing" in (await operator.get(f"/van-hanh/mat-khau/{key}")).text
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    assert [found["args"] for found in messages if found["actor_name"] == "operator.renew_password"] == [[key]]

    for _delivery in range(2):
        await renewals.carry_out(operator_database, test_settings, provisioner_for(test_settings), UUID(key))
    page = (await operator.get(f"/van-hanh/mat-khau/{key}")).text
    assert administrator.name in page
    slip = await operator.post(f"/van-hanh/mat-khau/{key}/phieu")
    printed = re.search(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){2})</code>", slip.text)
    assert printed is not None
    assert slip.headers["cache-control"] == "no-store"
    stored, must_change = await hash_of(database, administrator.account_id)
    assert must_change
    assert matches(printed[1], stored)
    assert stored != before[0], "the old one is dead"
    assert (await at_work.get("/")).status_code == 303, "whoever used it is signed out"
    assert "Mật khẩu không còn hiện được" in (await operator.post(f"/van-hanh/mat-khau/{key}/phieu")).text
    assert "đã được xem" in (await operator.get(f"/van-hanh/mat-khau/{key}")).text

    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert trail.count("Yêu cầu mật khẩu mới cho người quản trị") == 1
    assert trail.count("Cấp mật khẩu mới cho người quản trị") == 1
    assert "Xem mật khẩu dùng một lần" in trail
    async with database.tenant(lam_son.id) as session:
        told = await timeline(session, administrator.staff_id)
        heard = (await session.scalars(select(Notice.title).where(Notice.kind == "office.renew_password"))).all()
    assert [event.action for event in told if event.action == "office.renew_password"] == ["office.renew_password"]
    assert heard == [f"Người vận hành van-hanh: cấp lại mật khẩu dùng một lần cho {administrator.name}"]


async def test_a_renewed_password_that_nobody_saw_is_wiped(
    operator: Visitor,
    lam_son: Organ,
    actor_with: Any,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    await actor_with(lam_son, "administrator")
    key = await asked_for_password(operator, lam_son)
    await renewals.carry_out(operator_database, test_settings, provisioner_for(test_settings), UUID(key))
    with clock.fixed_at(clock.now() + timedelta(minutes=16)):
        await jobs.wipe_passwords(database)
    async with database.control() as control:
        assert (await control.get_one(PasswordRenewal, UUID(key))).sealed_password is None


async def test_where_nobody_administrates_the_page_says_what_to_do(
    operator: Visitor, lam_son: Organ, database: Database, operator_database: Database, test_settings: Settings
) -> None:
    async with database.tenant(lam_son.id) as session:
        await session.execute(delete(Appointment))
    key = await asked_for_password(operator, lam_son)
    await renewals.carry_out(operator_database, test_settings, provisioner_for(test_settings), UUID(key))
    page = (await operator.get(f"/van-hanh/mat-khau/{key}")).text
    assert "không có ai giữ chức vụ quản trị" in page
    assert "Hiện phiếu mật khẩu" not in page
    assert "Không cấp được mật khẩu mới" in (await operator.get("/van-hanh/nhat-ky")).text


@pytest.mark.parametrize(("state", "status"), [("preparing", 409), ("suspended", 303)])
async def test_an_organ_that_has_no_people_yet_gets_no_password(
    operator: Visitor, lam_son: Organ, owner_dsn: str, database: Database, state: str, status: int
) -> None:
    """A suspended one does: after a restore nobody there has one."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.tenant set state = %s where id = %s", [state, lam_son.id])
    page = (await operator.get("/van-hanh/don-vi/lam-son")).text
    assert ("Cấp mật khẩu mới" in page) == (status == 303)
    answer = await operator.post("/van-hanh/don-vi/lam-son/mat-khau", {"_once": str(uuid4())})
    assert answer.status_code == status
    async with database.control() as control:
        assert len((await control.scalars(select(PasswordRenewal))).all()) == (status == 303)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"name": "", "full_name": ""}, ["name", "full_name"]),
        ({"slug": "Xuân Sơn"}, ["slug", "host", "username"]),
        ({"slug": "lam-son", "host": "xuan-son.localhost"}, ["slug", "username"]),
        ({"host": "lam-son.localhost"}, ["host"]),
        ({"host": "id.localhost"}, ["host"]),
        ({"kind": "hamlet"}, ["kind"]),
        ({"parent": ""}, ["parent"]),
        ({"parent": "lam-son"}, ["parent"]),
        ({"username": "van-thu.lam-son"}, ["username"]),
        ({"term": "2030-2025"}, ["term"]),
        ({"term_opened": "32/13/2025"}, ["term_opened"]),
        ({"so-2": "không"}, ["so-2"]),
        ({"so-3": "0"}, ["so-3"]),
        ({"kind": "district", "parent": ""}, ["so-1"]),
        (
            {"parent": "", "slug": "lam-son", "host": "id.localhost", "term": "xx", "term_opened": "32/13/2025"},
            ["parent", "slug", "host", "username", "term", "term_opened"],
        ),
        ({"name": "", "host": "id.localhost", "so-2": "không"}, ["name", "host", "so-2"]),
    ],
)
async def test_every_fault_is_told_at_its_field_and_nothing_is_asked_for(
    operator: Visitor,
    do_luong: Organ,
    lam_son: Organ,
    database: Database,
    typed: dict[str, Any],
    fields: list[str],
) -> None:
    answer = await operator.post("/van-hanh/them", {**TYPED, **typed})
    assert answer.status_code == 422
    assert re.findall(r'class="field-error" id="e-([^"]+)"', answer.text) == fields
    assert 'value="312"' in answer.text  # what was typed stays
    assert await additions_of(database) == []


async def test_who_was_quicker_makes_it_fail_with_a_remedy_and_the_form_keeps_everything(
    operator: Visitor, do_luong: Organ, database: Database, operator_database: Database, test_settings: Settings
) -> None:
    keys = [str(uuid4()) for _each in range(2)]
    for key in keys:
        await operator.post("/van-hanh/them", {**TYPED, "_once": key})
    for key in keys:
        await carry_out(operator_database, test_settings, UUID(key))
    page = (await operator.get(f"/van-hanh/them/{keys[1]}")).text
    assert "Đã có đơn vị “xuan-son”." in page
    assert f"/van-hanh/them?tu={keys[1]}" in page
    form = (await operator.get(f"/van-hanh/them?tu={keys[1]}")).text
    assert 'value="xuan-son"' in form
    assert 'value="312"' in form
    assert "Chưa thêm được Xuân Sơn" in (await operator.get("/van-hanh")).text
