"""What a person may do, and who sees a thing: told to those who may know, without content."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from litestar import Litestar

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import lending, operations, repository, rules
from lienxa.tenants.office.pages import sight
from lienxa.tenants.procedures import permissions as cases


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    return await actor_with(lam_son, "administrator")


async def test_every_right_is_told_with_where_it_comes_from(
    database: Database, administrator: Actor, leader: Actor, office_head: Actor
) -> None:
    span = lending.Span(clock.today(), clock.today() + timedelta(days=3), "Giấy ủy quyền")
    async with database.tenant(leader.organ.id) as session:
        await lending.delegate(session, leader, office_head.staff_id, "TUQ", ["procedures.sign"], span)
        name, sources, _shown = await sight.rights_of(session, administrator, office_head.staff_id)
    assert name == office_head.name
    assert [source.title for source in sources] == [*(post.title for post in office_head.posts), "TUQ. Chủ tịch UBND"]
    assert sources[0].origin == "Chức vụ, vai trò Tổ trưởng Văn phòng"
    assert sources[0].days.startswith("từ ")
    assert sources[-1].origin == f"{leader.name} ủy quyền"
    assert [right for _module, rights in sources[-1].rights for right in rights] == ["Ký kết quả hồ sơ một cửa"]


async def test_ones_own_rights_are_told_and_nobody_elses(sign_in: Any, clerk: Actor, leader: Actor) -> None:
    client = await sign_in(clerk)
    assert "Cấp số văn bản đi" in (await client.get(f"/can-bo/{clerk.staff_id}/quyen")).text
    assert (await client.get(f"/can-bo/{leader.staff_id}/quyen")).status_code == 403
    assert (await client.get(f"/api/v1/office/staff/{leader.staff_id}/rights")).status_code == 403


async def test_who_sees_a_paper_is_told_to_the_administrator_without_the_paper(
    busy_lam_son: Organ, sign_in: Any, administrator: Actor, counter: Actor, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        row = connection.execute(
            "select d.id, d.abstract from app.document d join app.body b on b.tenant_id = d.tenant_id "
            "and b.id = d.body_id where d.tenant_id = %s and b.code = 'party' and not exists "
            "(select 1 from app.access_grant g where g.thing_id = d.id) limit 1",
            [busy_lam_son.id],
        ).fetchone()
    assert row
    document_id, abstract = row
    browser = await sign_in(administrator)
    shown = await browser.get(f"/ai-xem/document/{document_id}")
    assert shown.status_code == 200
    assert abstract not in shown.text
    assert "mở sổ của cơ quan này" in shown.text
    assert (await (await sign_in(counter)).get(f"/ai-xem/document/{document_id}")).status_code == 404
    seers = (await browser.get(f"/api/v1/office/seers/document/{document_id}")).json()
    assert "Bí thư Đảng ủy" in {seer["post"] for seer in seers}


async def test_a_program_that_may_see_a_paper_is_told_with_its_last_day(
    busy_lam_son: Organ, app: Litestar, database: Database, sign_in: Any, administrator: Actor, clerk: Actor
) -> None:
    last_day = clock.today() + timedelta(days=20)
    async with database.tenant(busy_lam_son.id) as session:
        rights, bodies = ["documents.read"], clerk.acting.body_ids
        wanted = [
            accounts.Application(name, clerk.acting.unit_id, rights, bodies, last_day) for name in ("Kho số", "Kho cũ")
        ]
        alive, dead = [await accounts.issue(session, administrator, one) for one in wanted]
        await accounts.revoke(session, administrator, dead.account_id)
    headers = {"authorization": f"Bearer {alive.token}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lam-son.localhost:8000") as program:
        listed = (await program.get("/api/v1/documents/incoming", headers=headers)).json()
        document_id = listed["items"][0]["id"]
        assert (await program.get(f"/api/v1/documents/{document_id}", headers=headers)).status_code == 200
    browser = await sign_in(administrator)
    told = (await browser.get(f"/ai-xem/document/{document_id}")).text
    assert "Kho số" in told
    assert f"Tài khoản kết nối, đến hết {last_day:%d/%m/%Y}" in told
    assert "Kho cũ" not in told
    seers = (await browser.get(f"/api/v1/office/seers/document/{document_id}")).json()
    assert [seer["reasons"] for seer in seers if seer["staff_id"] == str(alive.account_id)] == [
        ["mở sổ của cơ quan này"]
    ]


async def test_who_receives_in_one_post_and_processes_in_another_is_warned_of(
    busy_lam_son: Organ, database: Database, sign_in: Any, administrator: Actor, counter: Actor
) -> None:
    """No role that is delivered has both rights: the two jobs come together by a second post."""
    async with database.tenant(busy_lam_son.id) as session:
        post = next(post for post in await repository.posts(session) if post.role_code == "specialist")
    browser = await sign_in(administrator)
    places = (
        f"/can-bo/{counter.staff_id}/quyen",
        f"/quan-tri/can-bo/{counter.staff_id}",
        f"/quan-tri/chuc-vu/{post.id}",
    )
    warning = rules.two_jobs(counter.name)
    assert [place for place in places if warning in (await browser.get(place)).text] == []
    assert "người nếu đủ người" in warning
    async with database.tenant(busy_lam_son.id) as session:
        await operations.appoint(session, administrator, post.id, counter.staff_id, clock.today(), None, together=True)
    assert [place for place in places if warning not in (await browser.get(place)).text] == []
    rights = (await browser.get(f"/api/v1/office/staff/{counter.staff_id}/rights")).json()
    assert [source["warning"] for source in rights] == [warning, warning]


async def test_a_lent_post_that_joins_the_two_jobs_is_warned_of_where_it_is_lent(
    busy_lam_son: Organ, database: Database, sign_in: Any, administrator: Actor, counter: Actor
) -> None:
    span = lending.Span(clock.today() + timedelta(days=3), clock.today() + timedelta(days=5), "Đơn nghỉ phép")
    async with database.tenant(busy_lam_son.id) as session:
        post = next(
            post
            for post in await lending.posts_to_stand_in_for(session, administrator)
            if cases.PROCESS in post.permissions and post.staff_id != counter.staff_id
        )
        holder = (post.staff_id, post.post_id)
        made = await lending.substitute(session, administrator, *holder, counter.staff_id, span)
    browser, warning = await sign_in(administrator), rules.two_jobs(counter.name)
    assert warning in (await browser.get(f"/uy-quyen/{made.id}")).text
    async with database.tenant(busy_lam_son.id) as session:
        await lending.revoke(session, administrator, made.id, "Đã đi làm lại")
    assert warning not in (await browser.get(f"/uy-quyen/{made.id}")).text


@pytest.mark.parametrize(
    ("receiving", "processing", "warned"),
    [
        ((1, None), (1, None), True),
        ((1, 10), (10, 20), True),
        ((1, 9), (10, None), False),
        ((21, 22), (10, 20), False),
    ],
)
def test_two_jobs_are_those_of_one_day_and_one_person(
    receiving: tuple[int, int | None], processing: tuple[int, int | None], *, warned: bool
) -> None:
    def right(person: UUID, permission: str, days: tuple[int, int | None]) -> rules.RightInTime:
        since, until = (date(2026, 11, day) if day else None for day in days)
        assert since
        return rules.RightInTime(person, permission, since, until)

    one, other = uuid4(), uuid4()
    both = [right(one, cases.RECEIVE, receiving), right(one, cases.PROCESS, processing)]
    assert rules.with_two_jobs(both) == ({one} if warned else set())
    assert rules.with_two_jobs([both[0], right(other, cases.PROCESS, processing)]) == set()
