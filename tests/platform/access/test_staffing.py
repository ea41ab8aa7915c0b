"""What a new organ's people stand on, and who joins and holds a post."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock, ids
from lienxa.platform.access import members, repository
from lienxa.platform.access.models import Post, RolePermission, Staff
from lienxa.platform.access.staffing import COMMUNE, add_staff, appoint, plan_for
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.tenancy.organs import Organ


def test_every_post_names_a_body_unit_and_role_of_its_plan(lam_son: Organ, do_luong: Organ) -> None:
    for plan in (plan_for(lam_son), plan_for(do_luong)):
        bodies = {body.code for body in plan.bodies}
        units = {unit.code for unit in plan.units}
        roles = {role.code for role in plan.roles}
        for post in plan.posts:
            assert post.body is None or post.body in bodies
            assert post.unit in units
            assert post.role in roles


async def test_a_commune_begins_with_its_bodies_posts_and_rights(database: Database, lam_son: Organ) -> None:
    async with database.tenant(lam_son.id) as session:
        bodies = await repository.bodies(session)
        posts = await session.scalar(select(func.count()).select_from(Post))
        rights = set(await session.scalars(select(RolePermission.permission)))
    assert [body.code for body in bodies] == ["party", "inspection", "council", "committee"]
    assert [body.system for body in bodies] == ["party", "party", "state", "state"]
    assert posts == len(COMMUNE.posts)
    roles = {role.code for role in COMMUNE.roles}
    given = {right.name for module in all_modules() for right in module.permissions if roles & set(right.roles)}
    assert rights == given


async def test_a_parents_party_committee_is_named_after_its_level(database: Database, do_luong: Organ) -> None:
    async with database.tenant(do_luong.id) as session:
        names = [(body.name, body.symbol) for body in await repository.bodies(session)]
    assert names == [("Huyện ủy", "HU"), ("Ủy ban nhân dân", "UBND")]


async def test_papers_of_the_inspection_committee_are_out_of_the_common_offices_reach(
    database: Database, lam_son: Organ, actor_with: object
) -> None:
    async with database.tenant(lam_son.id) as session:
        by_code = {body.code: body.id for body in await repository.bodies(session)}
        holder = (await repository.holders_of_role(session, "office_head"))[0]
        head = await members.staff_member(session, lam_son, holder.staff_id)
    assert head.acting.body_ids == {by_code["party"], by_code["council"], by_code["committee"]}


async def test_an_account_joins_an_organ_once(database: Database, lam_son: Organ) -> None:
    account_id = ids.new_id()
    async with database.tenant(lam_son.id) as session:
        staff = await add_staff(session, account_id, "Nguyễn Văn Ánh")
        assert staff.sort_key == "anh nguyen van"
        with pytest.raises(Conflict):
            await add_staff(session, account_id, "Nguyễn Văn Ánh")
        joined = select(func.count()).select_from(Staff).where(Staff.account_id == account_id)
        assert await session.scalar(joined) == 1


async def test_a_person_holds_a_post_from_its_day_on_and_only_once(database: Database, lam_son: Organ) -> None:
    async with database.tenant(lam_son.id) as session:
        staff = await add_staff(session, ids.new_id(), "Trần Thị Bình")
        tomorrow = clock.today() + timedelta(days=1)
        await appoint(session, staff.id, "van-thu", tomorrow)
        assert await members.member(session, lam_son, staff.account_id) is None
        with clock.fixed_at(clock.instant(tomorrow, 8)):
            actor = await members.member(session, lam_son, staff.account_id)
        assert actor is not None
        assert actor.acting.title == "Văn thư"
        for post in ("van-thu", "khong-co"):
            with pytest.raises(InvalidInput) as refused:
                await appoint(session, staff.id, post, tomorrow)
            assert refused.value.fields[0].field == "post"


async def test_another_organs_person_cannot_hold_a_post_here(
    database: Database, lam_son: Organ, giang_son_tay: Organ
) -> None:
    async with database.tenant(giang_son_tay.id) as session:
        stranger = await add_staff(session, ids.new_id(), "Lê Văn Châu")
    async with database.tenant(lam_son.id) as session:
        with pytest.raises(NotFound):
            await appoint(session, stranger.id, "van-thu", clock.today())
