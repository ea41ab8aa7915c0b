"""The office below `/api/v1/office`: who calls, who is who, what waits, what is found, who is shown what."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from lienxa.platform.access import grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Unit
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.module import all_modules
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.platform.web.work import work_of
from lienxa.tenants.office import operations, repository, rules
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import (
    BodyShown,
    CallerShown,
    GrantShown,
    HitShown,
    PersonShown,
    PostShown,
    Seen,
    Showing,
    ShowingAsked,
    UnitChanged,
    UnitEntry,
    UnitNamed,
    UnitShown,
    WorkShown,
)

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Part = NamedDependency[Window]


class OfficeController(Controller):
    """What belongs to no single module."""

    path = "/office"

    @get("/me", operation_id="GetCaller", summary=_("Ai đang gọi, với quyền gì"))
    async def me(self, actor: Me) -> CallerShown:
        """The caller with the post in which they act."""
        acting = actor.acting
        return CallerShown(
            id=actor.staff_id,
            name=actor.name,
            organ=actor.organ.full_name,
            post=acting.title,
            unit_id=acting.unit_id,
            body_ids=sorted(acting.body_ids),
            permissions=sorted(acting.permissions),
        )

    @get("/bodies", operation_id="ListBodies", summary=_("Các cơ quan"))
    async def bodies(self, session: Db) -> list[BodyShown]:
        """The issuing bodies in their order, those no longer in use too."""
        return [
            BodyShown(body.id, body.code, body.name, body.symbol, body.system, body.in_use)
            for body in await people.bodies(session)
        ]

    @get("/units", operation_id="ListUnits", summary=_("Các bộ phận"))
    async def units(self, session: Db) -> list[UnitShown]:
        """The units in their order."""
        return [_unit(unit) for unit in await people.units(session)]

    @get("/posts", operation_id="ListPosts", summary=_("Các chức vụ và người giữ hôm nay"))
    async def posts(self, session: Db) -> list[PostShown]:
        """The posts in their order with their holders."""
        return [
            PostShown(line.id, line.title, line.unit_id, line.body_id, line.role_code, line.heads_unit, line.holders)
            for line in await repository.posts(session)
        ]

    @get("/people", operation_id="ListPeople", summary=_("Cán bộ đang giữ chức vụ, theo tên"))
    async def people(self, session: Db, window: Part) -> Response[Page[PersonShown]]:
        """Everybody who holds a post today, by given name."""
        found, following = await repository.people_page(session, window.after, window.limit)
        return window.page(found, following)

    @get("/work", operation_id="ListWork", summary=_("Việc đang chờ người gọi"))
    async def work(self, session: Db, actor: Me) -> list[WorkShown]:
        """What waits for the caller, from every module, as at the home page."""
        return [
            WorkShown(
                module=module.name,
                group=item.group,
                title=item.title,
                path=item.path,
                action=item.action,
                source=item.source,
                due_on=item.due_on,
                at=item.at,
                followed=item.followed,
            )
            for module, item in await work_of(session, actor)
        ]

    @get("/search", operation_id="SearchEverything", summary=_("Tìm trong mọi phần"))
    async def search(
        self,
        session: Db,
        actor: Me,
        words: Annotated[str, QueryParameter(name="q", max_length=200, description=_("Có dấu hoặc không dấu"))] = "",
    ) -> list[HitShown]:
        """What every module finds, at most twenty of each."""
        wanted = " ".join(words.split())
        found: list[HitShown] = []
        for module in all_modules() if wanted else ():
            hits = await module.search(session, actor, wanted) if module.search else ()
            found += [HitShown(module.name, hit.title, hit.path, hit.detail) for hit in hits]
        return found


class UnitController(Controller):
    """What the administrator does with units: for people alone."""

    path = "/office/units"

    @post("/", operation_id="AddUnit", summary=_("Lập bộ phận"), opt={NEEDS: ADMINISTRATE})
    async def add(self, session: Db, actor: Me, data: JSONBody[UnitNamed]) -> UnitShown:
        """Open a unit."""
        return _unit(await operations.add_unit(session, actor, _unit_entry(data)))

    @put("/{unit_id:uuid}", operation_id="ChangeUnit", summary=_("Sửa bộ phận"), opt={NEEDS: ADMINISTRATE})
    async def change(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[UnitChanged]) -> UnitShown:
        """Change a unit."""
        return _unit(await operations.change_unit(session, actor, unit_id, data.version, _unit_entry(data)))

    @post(
        "/{unit_id:uuid}/close",
        operation_id="CloseUnit",
        summary=_("Đóng bộ phận"),
        status_code=200,
        opt={NEEDS: ADMINISTRATE},
    )
    async def close(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[Seen]) -> UnitShown:
        """Close a unit without posts."""
        return _unit(await operations.close_unit(session, actor, unit_id, data.version))

    @post(
        "/{unit_id:uuid}/reopen",
        operation_id="ReopenUnit",
        summary=_("Mở lại bộ phận"),
        status_code=200,
        opt={NEEDS: ADMINISTRATE},
    )
    async def reopen(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[Seen]) -> UnitShown:
        """Open it again."""
        return _unit(await operations.reopen_unit(session, actor, unit_id, data.version))


def _unit(unit: Unit) -> UnitShown:
    return UnitShown(unit.id, unit.name, unit.symbol, unit.position, unit.version, unit.closed_on)


def _unit_entry(sent: UnitNamed) -> UnitEntry:
    if not rules.is_symbol(sent.symbol):
        raise InvalidInput.of("symbol", *rules.ODD_SYMBOL)
    return UnitEntry(sent.name, sent.symbol, sent.position)


class GrantController(Controller):
    """Who is shown a document, a meeting or a case beyond those whose posts show it to them."""

    path = "/office/grants/{kind:str}/{thing_id:uuid}"

    @get("/", operation_id="ListGrants", summary=_("Ai được cho xem"), opt={NEEDS: grants.GRANT})
    async def index(self, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]) -> list[GrantShown]:
        """All grants of a thing, those that ended too."""
        return await _grants(session, actor, kind, thing_id)

    @post("/", operation_id="Grant", summary=_("Cho xem"), opt={NEEDS: grants.GRANT})
    async def grant(
        self,
        session: Db,
        actor: Me,
        kind: FromPath[str],
        thing_id: FromPath[UUID],
        data: JSONBody[ShowingAsked],
    ) -> list[GrantShown]:
        """Show the thing to one more; answers with all grants."""
        await operations.grant(session, actor, kind, thing_id, _showing(data))
        return await _grants(session, actor, kind, thing_id)

    @delete("/{grant_id:uuid}", operation_id="RevokeGrant", summary=_("Thôi cho xem"), opt={NEEDS: grants.GRANT})
    async def revoke(
        self, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID], grant_id: FromPath[UUID]
    ) -> None:
        """Show the thing no longer."""
        await operations.revoke(session, actor, kind, thing_id, grant_id)


def _showing(sent: ShowingAsked) -> Showing:
    if (sent.staff_id is None) == (sent.unit_id is None):
        raise InvalidInput.of("staff_id", _("Cần đúng một người hoặc một bộ phận."), _("Gửi staff_id hoặc unit_id."))
    return Showing(sent.staff_id, sent.unit_id, sent.ends_on, sent.reason)


async def _grants(session: TenantSession, actor: Actor, kind: str, thing_id: UUID) -> list[GrantShown]:
    await operations.thing_seen(session, actor, kind, thing_id)
    return [
        GrantShown(
            id=found.id,
            to=found.to,
            to_unit=found.to_unit,
            ends_on=found.ends_on,
            reason=found.reason,
            granted_by=found.granted_by,
            granted_at=found.granted_at,
            revoked_at=found.revoked_at,
        )
        for found in await grants.of_thing(session, kind, thing_id)
    ]
