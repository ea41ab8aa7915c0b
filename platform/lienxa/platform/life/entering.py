"""An organ enters another phase by an operator's decision: in one transaction, as a member of the application."""

from collections.abc import Mapping
from typing import Any

from lienxa.platform.db.session import Database
from lienxa.platform.errors import NotFound
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.works import Progress
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.readiness import phases
from lienxa.platform.readiness.checklist import Checklist, checklist
from lienxa.platform.readiness.phases import Decision
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _

_PAGE = "/quan-tri/san-sang"


async def carry_out(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Enter the phase that was asked for; entries of the parallel run are kept, only the organ itself clears them."""
    async with onboarding.opened(database) as opened:
        organ = await organ_by_id(opened.control, work.tenant_id) if work.tenant_id else None
        if organ is None or organ.state != "active":
            raise NotFound
        decision = Decision(work.wanted["phase"], work.wanted["basis"], work.wanted["reason"])
        async with onboarding.as_member(opened, organ) as session:
            change = await phases.enter(session, organ, decision, None, work.operator)
            text = _("chuyển đơn vị sang giai đoạn “{phase}”", phase=phases.PHASES[change.phase])
            await telling.tell_administrators(session, "office.enter_phase", work.operator, text, _PAGE)
    return {"phase": change.phase, "outcome": change.outcome, "missing": change.missing}


async def look(database: Database, organ: Organ) -> Checklist:
    """The readiness list of an organ; `database` is the operator's."""
    async with onboarding.opened(database) as opened, onboarding.as_member(opened, organ) as session:
        return await checklist(session, organ)
