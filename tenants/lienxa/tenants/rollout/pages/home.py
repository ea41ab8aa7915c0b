"""Where a parent's people begin."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from uuid import UUID

from litestar import Controller, get
from litestar.response import Template

from lienxa.platform import clock
from lienxa.platform.text import _
from lienxa.platform.web.page import page
from lienxa.tenants.rollout import repository, rules
from lienxa.tenants.rollout.pages.common import ROLLOUT, Db, HtmlRequest, Me, whose
from lienxa.tenants.rollout.pages.overview import SHADES, Asked, overview_of
from lienxa.tenants.rollout.rules import Due
from lienxa.tenants.rollout.schemas import FollowUpLine, MilestoneLine, VisitLine


class HomeController(Controller):
    """Where a parent's people begin: what is late, what comes, and the table."""

    path = "/tong-hop/hom-nay"

    @get("/", operation_id="ShowParentHome")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What the parent has to see to in the rollout, above the table of the year."""
        overview = await overview_of(request, session, actor, Asked())
        today = clock.today()
        until = today + timedelta(days=rules.SOON_DAYS)
        names = {organ.id: rules.name_now(organ) for organ in overview.body.made_of[1]}
        dues = [
            *map(partial(_milestone_due, names), await repository.open_milestones(session, until)),
            *map(partial(_follow_up_due, names), await repository.open_follow_ups(session, until)),
            *map(partial(_visit_due, names), await repository.planned_visits(session)),
        ]
        return page(
            request,
            "rollout/home.html",
            overview=overview,
            agenda=rules.agenda(dues, today),
            groups=rules.GROUPS,
            shades=SHADES,
        )


def _milestone_due(names: Mapping[UUID, str], one: MilestoneLine) -> Due:
    return Due(
        title=one.title or rules.MILESTONES[one.kind],
        whose=whose(names, one.organ_id, one.wave),
        responsible=one.responsible,
        due_on=one.planned_on,
        path=f"{ROLLOUT}/moc/{one.id}",
        action=_("Ghi mốc"),
    )


def _follow_up_due(names: Mapping[UUID, str], one: FollowUpLine) -> Due:
    return Due(
        title=one.task,
        whose=whose(names, one.organ_id),
        responsible=one.responsible,
        due_on=one.due_on,
        path=f"{ROLLOUT}/lam-viec/{one.visit_id}",
        action=_("Ghi kết quả"),
    )


def _visit_due(names: Mapping[UUID, str], one: VisitLine) -> Due:
    past = one.visit_on < clock.today()
    return Due(
        title=_("{kind}: {purpose}", kind=rules.VISITS[one.kind], purpose=one.purpose),
        whose=whose(names, one.organ_id),
        responsible=_("chưa ghi kết quả") if past else "",
        due_on=one.visit_on,
        path=f"{ROLLOUT}/lam-viec/{one.id}",
        action=_("Ghi kết quả") if past else _("Xem"),
    )
