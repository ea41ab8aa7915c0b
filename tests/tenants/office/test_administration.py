"""What an organ's administrator sets up: what it means at the next request, and what is refused."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pypdfium2
import pypdfium2.raw
import pytest
from PIL import Image
from sqlalchemy import select

from lienxa.platform import clock, ids
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Body, Post, Role, Staff, Unit
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.issuer.passwords import matches
from lienxa.platform.identity.models import Account, AccountOrgan, IssuerUser
from lienxa.platform.mail.models import Mail
from lienxa.platform.notify.models import Notice
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import operations, repository
from lienxa.tenants.office.schemas import BodyEntry, PostEntry, ProfileEntry, UnitEntry

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
PAGES = ("", "/co-quan", "/bo-phan", "/bo-phan/moi", "/chuc-vu", "/chuc-vu/moi", "/can-bo", "/can-bo/moi", "/quyen")


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        yield


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    return await actor_with(lam_son, "administrator")


async def post_of(session: TenantSession, code: str) -> Post:
    return (await session.scalars(select(Post).where(Post.code == code))).one()


async def someone(session: TenantSession, actor: Actor, name: str = "Nguyễn Thị Thử", login: str = "thu-viec") -> Staff:
    person, _account = await operations.enrol(session, actor, login, name, None, TODAY)
    return person


def entry_of(post: Post, **other: Any) -> PostEntry:
    fields = ("title", "unit_id", "body_id", "role_id", "heads_unit", "position")
    return PostEntry(**{**{field: getattr(post, field) for field in fields}, **other})


# --- Who may, and concurrent edits ----------------------------------------------------------------------------------


async def test_only_the_administrator_sets_up(database: Database, leader: Actor) -> None:
    async with database.tenant(leader.organ.id) as session:
        body = (await people.bodies(session))[0]
        post = await post_of(session, "van-thu")
        nobody = ids.new_id()
        for act in (
            operations.change_body(session, leader, body.id, 1, BodyEntry("A", "A", 1, True)),
            operations.add_unit(session, leader, UnitEntry("A", "A", 1)),
            operations.add_post(session, leader, entry_of(post)),
            operations.change_post(session, leader, post.id, 1, entry_of(post)),
            operations.appoint(session, leader, post.id, leader.staff_id, TODAY, None),
            operations.end_appointment(session, leader, nobody, TODAY),
            operations.cancel_appointment(session, leader, nobody),
            operations.enrol(session, leader, "abc", "A", None, TODAY),
            operations.rename(session, leader, leader.staff_id, 1, "B"),
            operations.suspend(session, leader, leader.staff_id, 1, "x"),
            operations.readmit(session, leader, leader.staff_id, 1),
            operations.leave(session, leader, leader.staff_id, 1, TODAY),
            operations.renew_password(session, leader, leader.staff_id),
            operations.change_profile(session, leader, 0, ProfileEntry("", "", "", "")),
        ):
            with pytest.raises(Forbidden):
                await act


async def test_a_change_made_meanwhile_is_never_overwritten(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        body = (await people.bodies(session))[3]
        first = BodyEntry("Ủy ban nhân dân xã", "UBND", 4, True)
        await operations.change_body(session, administrator, body.id, body.version, first)
        with pytest.raises(Conflict):
            await operations.change_body(session, administrator, body.id, 1, BodyEntry("Khác", "K", 4, True))
        assert (await session.find(Body, body.id)).name == "Ủy ban nhân dân xã"
        told = (await timeline(session, body.id))[-1]
    assert told.detail["text"] == "Sửa tên: “Ủy ban nhân dân” thành “Ủy ban nhân dân xã”"


async def test_two_people_who_save_the_same_form_do_not_both_win(
    sign_in: Any, administrator: Actor, database: Database
) -> None:
    client = await sign_in(administrator)
    async with database.tenant(administrator.organ.id) as session:
        unit = (await people.units(session))[2]
    place = f"/quan-tri/bo-phan/{unit.id}"
    form = {"version": "1", "name": "Tư pháp", "symbol": "TP", "position": "3"}
    assert (await client.send(place, form)).status_code == 303
    late = await client.send(place, {**form, "name": "Hộ tịch"})
    assert late.status_code == 409
    assert "Người khác vừa sửa mục này" in late.text
    assert 'value="Hộ tịch"' in late.text  # what was typed is not lost
    assert 'name="version" value="1"' in late.text  # and still is not saved over the other's


# --- Bodies and units -----------------------------------------------------------------------------------------------


async def test_names_and_symbols_are_taken_once(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        body = (await people.bodies(session))[0]
        for entry, field in (
            (BodyEntry("Hội đồng nhân dân", "ĐU", 1, True), "name"),
            (BodyEntry("Đảng ủy", "UBND", 1, True), "symbol"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await operations.change_body(session, administrator, body.id, body.version, entry)
            assert refused.value.fields[0].field == field
        with pytest.raises(InvalidInput):
            await operations.add_unit(session, administrator, UnitEntry("Văn phòng", "VP2", 9))


async def test_a_body_out_of_use_keeps_its_papers_and_gets_no_new_ones(
    sign_in: Any, database: Database, administrator: Actor, clerk: Actor
) -> None:
    client = await sign_in(clerk)
    assert '<option value="council"' in (await client.get("/van-ban/den/moi")).text
    async with database.tenant(administrator.organ.id) as session:
        body = next(found for found in await people.bodies(session) if found.code == "council")
        unused = BodyEntry(body.name, body.symbol, body.position, False)
        await operations.change_body(session, administrator, body.id, body.version, unused)
        again = await members.staff_member(session, clerk.organ, clerk.staff_id)
    assert again.acting.body_ids == clerk.acting.body_ids
    for path in ("/van-ban/den/moi", "/van-ban/di/moi", "/lich/moi"):
        assert '<option value="council"' not in (await client.get(path)).text, path


async def test_a_unit_is_closed_when_it_has_no_posts_and_opened_again(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        unit = await operations.add_unit(session, administrator, UnitEntry("Văn phòng số", "VPS", 9))
        again = await operations.add_unit(session, administrator, UnitEntry("Văn Phòng Số", "VS", 9))
        assert (unit.code, again.code) == ("van-phong-so", "van-phong-so-2")
        post = await post_of(session, "van-thu-ubkt")
        await operations.change_post(session, administrator, post.id, post.version, entry_of(post, unit_id=unit.id))
        with pytest.raises(Conflict):
            await operations.close_unit(session, administrator, unit.id, unit.version)
        office = (await session.scalars(select(Unit).where(Unit.code == "van-phong"))).one()
        await operations.change_post(session, administrator, post.id, post.version, entry_of(post, unit_id=office.id))
        await session.refresh(unit)
        await operations.close_unit(session, administrator, unit.id, unit.version)
        assert unit.id not in {found.id for found in await people.units(session)}
        with pytest.raises(InvalidInput):
            await operations.add_post(session, administrator, entry_of(post, unit_id=unit.id))
        await operations.reopen_unit(session, administrator, unit.id, unit.version)
        assert unit.id in {found.id for found in await people.units(session)}


# --- Posts and their holders in time --------------------------------------------------------------------------------


async def test_an_appointment_holds_from_its_first_to_its_last_day(
    database: Database, administrator: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        person = await someone(session, administrator)
        post = await post_of(session, "van-thu")
        await operations.appoint(session, administrator, post.id, person.id, TOMORROW, TOMORROW)
        for day, holds in ((TODAY, False), (TOMORROW, True), (TOMORROW + timedelta(days=1), False)):
            with clock.fixed_at(clock.instant(day, 8)):
                assert bool(await members.member(session, lam_son, person.account_id)) is holds, day


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (TODAY, None, "staff"),
        (TODAY - timedelta(days=30), TODAY, "staff"),
        (TOMORROW, TODAY, "held_to"),
    ],
)
async def test_what_overlaps_or_runs_backwards_is_refused(
    database: Database, administrator: Actor, since: date, until: date | None, field: str
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        person = await someone(session, administrator)
        post = await post_of(session, "van-thu")
        await operations.appoint(session, administrator, post.id, person.id, TODAY, None)
        with pytest.raises(InvalidInput) as refused:
            await operations.appoint(session, administrator, post.id, person.id, since, until)
        assert refused.value.fields[0].field == field


async def test_an_appointment_ends_or_is_taken_back_before_it_begins(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        person = await someone(session, administrator)
        post = await post_of(session, "van-thu")
        held = await operations.appoint(session, administrator, post.id, person.id, TODAY, None)
        with pytest.raises(Conflict):
            await operations.cancel_appointment(session, administrator, held.id)
        with pytest.raises(InvalidInput):
            await operations.end_appointment(session, administrator, held.id, TODAY - timedelta(days=1))
        await operations.end_appointment(session, administrator, held.id, TODAY)
        later = await operations.appoint(session, administrator, post.id, person.id, TOMORROW, None)
        await operations.cancel_appointment(session, administrator, later.id)
        assert [(line.held_from, line.held_to) for line in await repository.holdings(session, staff_id=person.id)] == [
            (TODAY, TODAY)
        ]


async def test_a_post_that_is_held_is_not_done_away_with(database: Database, administrator: Actor) -> None:
    async with database.tenant(administrator.organ.id) as session:
        post = await post_of(session, "van-thu")
        made = await operations.add_post(session, administrator, entry_of(post, title="Văn thư thứ hai"))
        person = await someone(session, administrator)
        held = await operations.appoint(session, administrator, made.id, person.id, TOMORROW, None)
        with pytest.raises(Conflict):
            await operations.close_post(session, administrator, made.id, made.version)
        await session.refresh(made)
        await operations.cancel_appointment(session, administrator, held.id)
        await operations.close_post(session, administrator, made.id, made.version)
        with pytest.raises(InvalidInput) as refused:
            await operations.appoint(session, administrator, made.id, person.id, TODAY, None)
        assert refused.value.fields[0].field == "post"


async def test_what_a_post_may_do_changes_at_the_next_request(
    database: Database, administrator: Actor, counter: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        post = await session.find(Post, counter.acting.id)
        clerk = await post_of(session, "van-thu")
        changed = entry_of(post, role_id=clerk.role_id, heads_unit=True)
        await operations.change_post(session, administrator, post.id, post.version, changed)
        again = await members.staff_member(session, lam_son, counter.staff_id)
    assert again.may("documents.register")
    assert counter.staff_id in again.acting.led


# --- Nobody loses the last administrator ----------------------------------------------------------------------------


async def held_by(session: TenantSession, actor: Actor) -> Appointment:
    query = select(Appointment).where(Appointment.staff_id == actor.staff_id, Appointment.post_id == actor.acting.id)
    return (await session.scalars(query)).one()


@pytest.mark.parametrize("act", ["end", "leave", "change_post"])
async def test_the_last_administrator_stays(database: Database, administrator: Actor, act: str) -> None:
    async with database.tenant_session(administrator.organ.id) as session:
        post = await session.find(Post, administrator.acting.id)
        held, person = await held_by(session, administrator), await session.find(Staff, administrator.staff_id)
        clerk = await post_of(session, "van-thu")
        acts = {
            "end": lambda: operations.end_appointment(session, administrator, held.id, TOMORROW),
            "leave": lambda: operations.leave(session, administrator, person.id, person.version, TOMORROW),
            "change_post": lambda: operations.change_post(
                session, administrator, post.id, post.version, entry_of(post, role_id=clerk.role_id)
            ),
        }
        with pytest.raises(Conflict) as refused:
            await acts[act]()
    assert "không còn người quản trị" in refused.value.message


@pytest.mark.parametrize(
    ("since", "until", "enough"),
    [
        (TODAY, None, True),
        (TOMORROW, None, True),
        (TOMORROW + timedelta(days=1), None, False),
        (TODAY, TOMORROW, False),
    ],
)
async def test_another_administrator_must_be_there_without_a_gap_or_an_end(
    database: Database, administrator: Actor, since: date, until: date | None, enough: bool
) -> None:
    async with database.tenant_session(administrator.organ.id) as session:
        other = await someone(session, administrator)
        await operations.appoint(session, administrator, administrator.acting.id, other.id, since, until)
        held = await held_by(session, administrator)
        if enough:
            await operations.end_appointment(session, administrator, held.id, TODAY)
            return
        with pytest.raises(Conflict):
            await operations.end_appointment(session, administrator, held.id, TODAY)


# --- Staff ----------------------------------------------------------------------------------------------------------


async def test_a_new_person_gets_an_account_that_serves_this_organ_and_a_password_once(
    database: Database, administrator: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        post = await post_of(session, "van-thu")
        person, account = await operations.enrol(session, administrator, "tran-thu", "Trần Thị Thử", post.id, TODAY)
        assert account.username == "tran-thu.lam-son"
    async with database.control() as control:
        user = await control.get(IssuerUser, account.sub)
        assert user is not None
        assert matches(account.one_time_password or "", user.password_hash)
        assert user.must_change_password
        assert await control.get(AccountOrgan, (account.account_id, lam_son.id))
    async with database.tenant(lam_son.id) as session:
        actor = await members.member(session, lam_son, person.account_id)
        told = str([event.detail for event in await timeline(session, person.id)])
    assert actor is not None
    assert actor.acting.title == "Văn thư"
    assert account.one_time_password not in told


async def test_nothing_is_left_of_an_account_whose_request_fails(database: Database, administrator: Actor) -> None:
    async with database.tenant_session(administrator.organ.id) as session:
        await someone(session, administrator)
        await session.rollback()
    async with database.control() as control:
        assert not (await control.scalars(select(Account).where(Account.username == "thu-viec.lam-son"))).all()
        assert not (await control.scalars(select(IssuerUser).where(IssuerUser.username == "thu-viec.lam-son"))).all()


@pytest.mark.parametrize("name", ["an", "Nguyen", "nguyễn-an", "a..b", "-abc", "abc.", "x" * 31, "a b c"])
async def test_a_login_name_that_cannot_be_typed_is_refused(
    database: Database, administrator: Actor, name: str
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(InvalidInput) as refused:
            await someone(session, administrator, login=name)
    assert refused.value.fields[0].field == "username"


async def test_a_login_name_is_taken_once_and_never_another_organs(
    database: Database, administrator: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        await someone(session, administrator)
        with pytest.raises(InvalidInput):
            await someone(session, administrator, name="Người khác")
        # The clerk of another commune has this name there; here it becomes a name of this commune.
        with pytest.raises(InvalidInput):
            await someone(session, administrator, login="van-thu")
        _person, account = await operations.enrol(session, administrator, "van-thu.giang-son-tay", "A", None, TODAY)
    assert account.username == "van-thu.giang-son-tay.lam-son"


async def test_who_is_suspended_is_out_at_once_and_comes_back_to_the_same_posts(
    database: Database, administrator: Actor, clerk: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        person = await session.find(Staff, clerk.staff_id)
        await operations.suspend(session, administrator, person.id, person.version, "Chờ xem xét")
        assert await members.member(session, lam_son, clerk.account_id) is None
        await operations.readmit(session, administrator, person.id, person.version)
        again = await members.member(session, lam_son, clerk.account_id)
        assert again is not None
        assert again.posts == clerk.posts
        own = await session.find(Staff, administrator.staff_id)
        with pytest.raises(Conflict):
            await operations.suspend(session, administrator, own.id, own.version, "Thử")


async def test_who_leaves_holds_nothing_after_the_last_day(
    database: Database, administrator: Actor, clerk: Actor, lam_son: Organ
) -> None:
    async with database.tenant(lam_son.id) as session:
        person = await session.find(Staff, clerk.staff_id)
        post = await post_of(session, "van-thu-ubkt")
        await operations.appoint(session, administrator, post.id, person.id, TOMORROW + timedelta(days=5), None)
        await operations.leave(session, administrator, person.id, person.version, TOMORROW)
        for day, holds in ((TOMORROW, True), (TOMORROW + timedelta(days=1), False), (date(2027, 6, 1), False)):
            with clock.fixed_at(clock.instant(day, 8)):
                assert bool(await members.member(session, lam_son, clerk.account_id)) is holds, day
        with pytest.raises(InvalidInput) as refused:
            await operations.appoint(session, administrator, post.id, person.id, TODAY, None)
        assert refused.value.fields[0].field == "staff"


async def test_a_new_password_ends_the_sessions_of_its_owner(
    sign_in: Any, database: Database, administrator: Actor, clerk: Actor
) -> None:
    browser = await sign_in(clerk)
    assert (await browser.get("/can-bo")).status_code == 200
    slip = await (await sign_in(administrator)).send(f"/quan-tri/can-bo/{clerk.staff_id}/mat-khau")
    assert slip.status_code == 200
    assert slip.headers["cache-control"] == "no-store"
    printed = re.search(r'<dd class="slip-code">([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</dd>', slip.text)
    assert printed
    assert (await browser.get("/can-bo")).status_code == 303
    async with database.control() as control:
        account = await control.get(Account, clerk.account_id)
        assert account is not None
        user = await control.get(IssuerUser, account.sub)
    assert user is not None
    assert matches(printed[1], user.password_hash)


@pytest.mark.parametrize("sends_mail", [True, False])
async def test_whose_password_is_renewed_is_told_here_and_by_mail(
    database: Database, administrator: Actor, clerk: Actor, monkeypatch: pytest.MonkeyPatch, sends_mail: bool
) -> None:
    if sends_mail:
        settings = get_settings().model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "lien-xa@xa.example"})
        monkeypatch.setattr(enrolment, "get_settings", lambda: settings)
    async with database.control() as control:
        (await control.get_one(Account, clerk.account_id)).email = "van-thu@xa.example"
    async with database.tenant(clerk.organ.id) as session:
        _person, printed = await operations.renew_password(session, administrator, clerk.staff_id)
    async with database.tenant(clerk.organ.id) as session:
        [heard] = (await session.scalars(select(Notice).where(Notice.account_id == clerk.account_id))).all()
    assert heard.title == f"{administrator.name} đã cấp lại mật khẩu của ông/bà"
    async with database.control() as control:
        letters = (await control.scalars(select(Mail))).all()
    assert [letter.receiver for letter in letters] == ["van-thu@xa.example"] * sends_mail
    for letter in letters:
        assert letter.tenant_id == clerk.organ.id
        assert administrator.name in letter.text
        assert printed not in letter.text


async def test_the_password_of_somebody_who_serves_two_organs_is_left_alone(
    database: Database, administrator: Actor, clerk: Actor, giang_son_tay: Organ
) -> None:
    async with database.control() as control:
        control.add(AccountOrgan(account_id=clerk.account_id, tenant_id=giang_son_tay.id, created_at=clock.now()))
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(Conflict):
            await operations.renew_password(session, administrator, clerk.staff_id)


async def test_the_people_of_another_organ_are_not_found(
    database: Database, administrator: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    stranger: Actor = await actor_with(giang_son_tay, "clerk")
    async with database.tenant(administrator.organ.id) as session:
        for act in (
            operations.rename(session, administrator, stranger.staff_id, 1, "B"),
            operations.leave(session, administrator, stranger.staff_id, 1, TODAY),
            operations.renew_password(session, administrator, stranger.staff_id),
            operations.appoint(session, administrator, stranger.acting.id, administrator.staff_id, TODAY, None),
        ):
            with pytest.raises(NotFound):
                await act


# --- Name and emblem ------------------------------------------------------------------------------------------------


def picture(kind: str = "PNG", side: int = 600, height: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, height or side), "#9b1c1f").save(out, kind)
    return out.getvalue()


async def test_name_and_emblem_stand_at_the_head_of_every_page(
    sign_in: Any, administrator: Actor, clerk: Actor
) -> None:
    client, other = await sign_in(administrator), await sign_in(clerk)
    place = "/quan-tri/ten-va-bieu-trung"
    form = {"version": "0", "title": "Ủy ban <Lam Sơn>", "office_name": "Văn phòng chung", "address": "", "phone": ""}
    fields = {"_csrf": client.csrf, "_once": str(ids.new_id()), **form}
    sent = await client.http.post(place, data=fields, files={"emblem": ("a.png", picture(), "image/png")})
    assert sent.status_code == 303, sent.text
    text = (await other.get("/can-bo")).text
    assert "Ủy ban &lt;Lam Sơn&gt;" in text
    assert "Văn phòng chung" in text
    address = re.search(r'<img src="(/bieu-trung/[^"]+)"', text)
    assert address
    answer = await other.get(address[1])
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (256, 256)
    assert (await other.get(f"/bieu-trung/{ids.new_id()}")).status_code == 404
    assert (await client.send(place, {**form, "without_emblem": "1"})).status_code == 409
    assert (await client.send(place, {**form, "version": "1", "without_emblem": "1"})).status_code == 303
    assert "/bieu-trung/" not in (await other.get("/can-bo")).text
    assert (await other.get(address[1])).status_code == 404


async def test_citizens_see_name_and_emblem_on_pages_and_papers(
    sign_in: Any, visit: Any, lam_son: Organ, administrator: Actor, actor_with: Any
) -> None:
    client, citizen = await sign_in(administrator), await visit(lam_son)
    form = {
        "version": "0",
        "title": "Xã Lam Sơn Mới",
        "office_name": "Văn phòng chung",
        "address": "Xóm 5, xã Lam Sơn",
        "phone": "0238 3871 234",
    }
    fields = {"_csrf": client.csrf, "_once": str(ids.new_id()), **form}
    place = "/quan-tri/ten-va-bieu-trung"
    sent = await client.http.post(place, data=fields, files={"emblem": ("a.png", picture(), "image/png")})
    assert sent.status_code == 303, sent.text
    for path in ("/thu-tuc", "/thu-tuc/1.001193", "/tra-cuu", "/dang-xuat/roi"):
        shown = (await citizen.get(path)).text
        assert "Xã Lam Sơn Mới" in shown, path
        assert "Văn phòng chung" in shown, path
        emblem = re.search(r'<img src="(/bieu-trung/[^"]+)"', shown)
        assert emblem, path
    assert (await citizen.get(emblem[1])).headers["content-type"] == "image/png"

    counter = await sign_in(await actor_with(lam_son, "counter"))
    taken = await counter.send(
        "/ho-so/moi", {"procedure": "1.001193", "applicant_name": "Nguyễn Văn Ân", "papers": "Tờ khai"}
    )
    receipt = taken.headers["location"]
    on_screen = (await counter.get(receipt)).text
    assert emblem[1] in on_screen
    assert "Xóm 5, xã Lam Sơn, điện thoại 0238 3871 234" in " ".join(on_screen.split())
    document = pypdfium2.PdfDocument((await counter.get(f"{receipt}/pdf")).content)
    assert len(document) == 1
    text = document[0].get_textpage().get_text_range()
    assert "UBND XÃ LAM SƠN MỚI" in text
    assert "điện thoại 0238 3871 234" in " ".join(text.split())
    pictures = [found for found in document[0].get_objects() if found.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert pictures, "the emblem is on the paper"
    document.close()


@pytest.mark.parametrize(("phone", "status"), [("abc", 422), ("12", 422), ("0238 3871 234; (+84) 912-345-678", 303)])
async def test_the_phone_of_the_organ_can_be_dialled(
    sign_in: Any, administrator: Actor, phone: str, status: int
) -> None:
    form = {"version": "0", "title": "", "office_name": "", "address": "", "phone": phone}
    answer = await (await sign_in(administrator)).send("/quan-tri/ten-va-bieu-trung", form)
    assert answer.status_code == status
    assert ('id="e-phone"' in answer.text) == (status == 422)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("JPEG"),
        picture()[:200],
        picture(side=4000),
        picture(height=500),
    ],
    ids=["empty", "svg", "jpeg", "broken", "huge", "oblong"],
)
async def test_what_is_no_png_of_bearable_size_is_refused(
    database: Database, administrator: Actor, content: bytes
) -> None:
    async with database.tenant_session(administrator.organ.id) as session:
        with pytest.raises(InvalidInput) as refused:
            await operations.change_profile(session, administrator, 0, ProfileEntry("", "", "", "", content))
    assert refused.value.fields[0].field == "emblem"


# --- Pages ----------------------------------------------------------------------------------------------------------


async def test_every_page_opens_for_the_administrator_alone(
    sign_in: Any, administrator: Actor, office_head: Actor, database: Database
) -> None:
    client, other = await sign_in(administrator), await sign_in(office_head)
    async with database.tenant(administrator.organ.id) as session:
        body, unit = (await people.bodies(session))[0], (await people.units(session))[0]
    things = (
        f"/co-quan/{body.id}",
        f"/bo-phan/{unit.id}",
        f"/chuc-vu/{administrator.acting.id}",
        f"/can-bo/{administrator.staff_id}",
        "/ten-va-bieu-trung",
    )
    for path in (*PAGES, *things):
        answer = await client.get(f"/quan-tri{path}")
        assert answer.status_code == 200, path
        assert (await other.get(f"/quan-tri{path}")).status_code == 403, path
    assert "/quan-tri" in (await client.get("/can-bo")).text
    assert 'href="/quan-tri"' not in (await other.get("/can-bo")).text


async def test_a_parents_administrator_sets_up_as_well(sign_in: Any, actor_with: Any, do_luong: Organ) -> None:
    client = await sign_in(await actor_with(do_luong, "administrator"))
    for path in (*PAGES, "/ten-va-bieu-trung"):
        assert (await client.get(f"/quan-tri{path}")).status_code == 200, path


async def test_the_landing_page_says_what_is_missing(
    sign_in: Any, administrator: Actor, secretary: Actor, database: Database
) -> None:
    client = await sign_in(administrator)
    async with database.tenant(administrator.organ.id) as session:
        for held in await session.scalars(select(Appointment).where(Appointment.post_id == secretary.acting.id)):
            await operations.end_appointment(session, administrator, held.id, TODAY - timedelta(days=1))
    text = (await client.get("/quan-tri")).text
    assert "Bí thư Đảng ủy: đang khuyết" in text
    assert "Chỉ có một người quản trị" in text
    assert "chưa đăng nhập lần nào" in text


async def test_a_person_is_added_by_the_form_and_faults_are_named(
    sign_in: Any, administrator: Actor, database: Database
) -> None:
    client = await sign_in(administrator)
    place = "/quan-tri/can-bo/moi"
    faulty = await client.send(place, {"full_name": "", "username": "Ă", "post": "", "held_from": "31/02/2026"})
    assert faulty.status_code == 422
    for reason in ("Chưa nhập họ và tên", "không phải là ngày"):
        assert reason in faulty.text
    once = str(ids.new_id())
    form = {"full_name": "Lê Thị  Mới", "username": "le-moi.lam-son", "post": "", "held_from": ""}
    slip = await client.send(place, form, once=once)
    assert slip.status_code == 200
    assert "le-moi.lam-son" in slip.text
    assert "le-moi.lam-son.lam-son" not in slip.text
    assert "PHIẾU CẤP TÀI KHOẢN" in slip.text
    again = await client.send(place, form, once=once)  # a second click shows no password again
    assert again.status_code == 303
    assert "Lê Thị Mới" in (await client.get("/quan-tri/can-bo")).text


async def test_appointing_by_the_form(sign_in: Any, administrator: Actor, counter: Actor, database: Database) -> None:
    client = await sign_in(administrator)
    async with database.tenant(administrator.organ.id) as session:
        post: UUID = (await post_of(session, "van-thu")).id
    place = f"/quan-tri/chuc-vu/{post}"
    nonsense = await client.send(f"{place}/giao", {"staff": "x", "held_from": "", "held_to": "99"})
    assert nonsense.status_code == 422
    sent = {"staff": str(counter.staff_id), "held_from": "01/12/2026", "held_to": "31/12/2026"}
    assert (await client.send(f"{place}/giao", sent)).status_code == 303
    text = (await client.get(place)).text
    assert "Sắp tới" in text
    cancel = re.search(rf'action="({place}/huy/[^"]+)"', text)
    assert cancel
    assert (await client.send(cancel[1])).status_code == 303
    assert "Sắp tới" not in (await client.get(place)).text


# --- Series, terms, congresses --------------------------------------------------------------------------------------


def next_number(text: str, code: str) -> str:
    found = re.search(rf'<tr data-code="{re.escape(code)}">.*?<td[^>]*>(\d*)</td>\s*</tr>', text, re.DOTALL)
    assert found, code
    return found[1]


async def test_numbers_are_set_upward_with_a_reason(sign_in: Any, administrator: Actor) -> None:
    client, place = await sign_in(administrator), "/quan-tri/so-van-ban"
    assert next_number((await client.get(place)).text, "incoming") == "01"
    form = {"code": "incoming", "next_number": "313", "reason": "Theo sổ giấy"}
    for fault, field in ((form | {"reason": ""}, "reason"), (form | {"next_number": "0"}, "next_number")):
        refused = await client.send(f"{place}/dat-so", fault)
        assert refused.status_code == 422
        assert f'id="e-{field}"' in refused.text
    assert (await client.send(f"{place}/dat-so", form)).status_code == 303
    assert next_number((await client.get(place)).text, "incoming") == "313"
    lower = form | {"next_number": "200"}
    for unusual, said in ((lower, "lùi từ 313 về 200"), (form | {"next_number": "900000"}, "nhảy từ 313 lên 900000")):
        asked = await client.send(f"{place}/dat-so", unusual)
        assert asked.status_code == 422
        assert said in asked.text
        assert 'name="confirmed"' in asked.text
    assert (await client.send(f"{place}/dat-so", lower | {"confirmed": "1"})).status_code == 303
    assert next_number((await client.get(place)).text, "incoming") == "200"
    assert (await client.send(f"{place}/dat-so", form | {"code": "khong-co"})).status_code == 404


async def test_the_intake_desk_keeps_one_book_or_each_body_its_own(sign_in: Any, administrator: Actor) -> None:
    client, place = await sign_in(administrator), "/quan-tri/so-van-ban"
    assert "dùng chung một sổ đến; UBKT có sổ riêng" in (await client.get(place)).text
    assert (await client.send(f"{place}/so-den", {"book": "separate"})).status_code == 303
    text = (await client.get(place)).text
    assert "Mỗi cơ quan đang có sổ đến riêng" in text
    assert next_number(text, "committee/incoming") == "01"
    assert (await client.send(f"{place}/so-den", {"book": "common"})).status_code == 303
    assert (await client.send(f"{place}/so-den", {"book": "x"})).status_code == 422


async def test_a_congress_is_opened_and_ends_with_the_term(sign_in: Any, administrator: Actor) -> None:
    client, place = await sign_in(administrator), "/quan-tri/so-van-ban"
    opening = {"congress": "Đại hội 2026-2031", "opened_on": "24/11/2026"}
    assert (await client.send(f"{place}/dai-hoi", opening)).status_code == 303
    assert (await client.send(f"{place}/dai-hoi", opening)).status_code == 409
    backwards = {"label": "2026-2031", "closed_on": "23/11/2026", "first_meeting_on": ""}
    assert (await client.send(f"{place}/nhiem-ky", backwards)).status_code == 422
    forwards = backwards | {"closed_on": "26/11/2026"}
    asked = await client.send(f"{place}/nhiem-ky", forwards)
    assert asked.status_code == 422
    assert "Từ ngày 27/11/2026 văn bản của Đảng lấy lại số 01 theo nhiệm kỳ 2026-2031" in asked.text
    assert (await client.send(f"{place}/nhiem-ky", forwards | {"confirmed": "1"})).status_code == 303
    text = (await client.get(place)).text
    assert "chưa bắt đầu" in text
    assert f'action="{place}/nhiem-ky/bo"' in text
    assert (await client.send(f"{place}/nhiem-ky/bo", {})).status_code == 303
    assert (await client.send(f"{place}/nhiem-ky/bo", {})).status_code == 409
    text = (await client.get(place)).text
    assert "26/11/2026" not in text
    assert f'action="{place}/dai-hoi/bo"' in text
    assert (await client.send(f"{place}/dai-hoi/bo", {})).status_code == 303
    assert "Đại hội 2026-2031" not in (await client.get(place)).text
    assert (await client.send(f"{place}/dai-hoi", opening)).status_code == 303
    assert (await client.send(f"{place}/nhiem-ky", forwards | {"confirmed": "1"})).status_code == 303
    text = (await client.get(place)).text
    assert "27/11/2026" in text


async def test_a_parent_keeps_no_books(sign_in: Any, actor_with: Any, do_luong: Organ, leader: Actor) -> None:
    assert (
        await (await sign_in(await actor_with(do_luong, "administrator"))).get("/quan-tri/so-van-ban")
    ).status_code == 404
    assert (await (await sign_in(leader)).get("/quan-tri/so-van-ban")).status_code == 403


async def test_types_of_a_body_are_put_into_one_series(
    sign_in: Any, administrator: Actor, leader: Actor, database: Database
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        committee = next(body.id for body in await people.bodies(session) if body.code == "committee")
    client, place = await sign_in(administrator), f"/quan-tri/so-van-ban/{committee}"
    assert f'href="{place}"' in (await client.get("/quan-tri/so-van-ban")).text
    for fault, field in (({"types": "state/bao-cao"}, "target"), ({"target": "one-new"}, "types")):
        refused = await client.send(f"{place}/chia-so", fault)
        assert refused.status_code == 422
        assert f'id="e-{field}"' in refused.text
    sent = {"types": ["state/bao-cao", "state/thong-bao"], "target": "one-new", "next_number": ""}
    assert (await client.send(f"{place}/chia-so", sent)).status_code == 303
    text = (await client.get(place)).text
    assert '<th scope="row">Báo cáo, Thông báo</th>' in text or '<th scope="row">Thông báo, Báo cáo</th>' in text
    assert not re.search(r">[^<]*\b(committee|incoming)\b[^<]*<", text), "codes are not for people"
    rules = {"proposal": "1", "direct": "state/giay-moi"}
    assert (await client.send(f"{place}/tiep-nhan", rules)).status_code == 303
    assert re.search(r'value="state/giay-moi" checked', (await client.get(place)).text)
    assert (await (await sign_in(leader)).send(f"{place}/chia-so", sent)).status_code == 403


async def test_the_party_is_told_why_two_of_its_types_may_have_the_same_number(
    sign_in: Any, administrator: Actor, database: Database
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        bodies = {body.code: body.id for body in await people.bodies(session)}
    client = await sign_in(administrator)
    place = f"/quan-tri/so-van-ban/{bodies['party']}"
    told = "Quyết định, Quy định: theo Hướng dẫn 05-HD/VPTW cùng viết tắt là QĐ"
    assert told in (await client.get(place)).text
    assert told not in (await client.get(f"/quan-tri/so-van-ban/{bodies['committee']}")).text
    sent = {"types": ["party/quyet-dinh", "party/quy-dinh"], "target": "one-new", "next_number": ""}
    assert (await client.send(f"{place}/chia-so", sent)).status_code == 303
    assert told not in (await client.get(place)).text


async def test_a_post_for_one_is_given_to_a_second_person_only_when_that_is_said(
    sign_in: Any, administrator: Actor, leader: Actor, counter: Actor, database: Database
) -> None:
    client, overview = await sign_in(administrator), "/quan-tri"
    place = f"/quan-tri/chuc-vu/{leader.acting.id}"
    assert 'name="together"' not in (await client.get(place)).text
    sent = {"staff": str(counter.staff_id), "held_from": "24/11/2026", "held_to": ""}
    refused = await client.send(f"{place}/giao", sent)
    assert refused.status_code == 422
    assert 'id="e-together"' in refused.text
    assert "cùng giữ" not in (await client.get(overview)).text
    member = {"full_name": "Lê Mới", "username": "le-moi-2", "post": str(leader.acting.id), "held_from": ""}
    assert 'name="together"' in (await client.send("/quan-tri/can-bo/moi", member)).text
    assert (await client.send(f"{place}/giao", sent | {"together": "1"})).status_code == 303
    async with database.tenant(administrator.organ.id) as session:
        assert len(await repository.holdings(session, post_id=leader.acting.id)) == 2
        several = await post_of(session, "van-thu")
    assert "2 người cùng giữ" in (await client.get(f"{overview}")).text
    assert (await client.send(f"/quan-tri/chuc-vu/{several.id}/giao", sent)).status_code == 303


async def test_the_page_of_rights_says_what_each_role_is_for(
    sign_in: Any, database: Database, administrator: Actor
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        role = (await session.scalars(select(Role).where(Role.code == "clerk"))).one()
        role.description = "Văn thư <thử>: nhận và vào sổ."
        told = list(await session.scalars(select(Role.description).where(Role.code != "clerk")))
    assert all(told), "every role is described from the beginning"
    text = unescape((await (await sign_in(administrator)).get("/quan-tri/quyen")).text)
    assert [one for one in (*told, "Văn thư <thử>: nhận và vào sổ.") if one not in text] == []
