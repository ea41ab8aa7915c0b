"""Who stands in for whom goes along to the organ that follows (ADR 0035), if both serve there and the post came along.

An authority (ủy quyền) does not: it was given in the name of the organ before, and ends with it (Civil Code 91/2015,
article 140). Whoever needs one gives it anew in the name of the organ that follows.
"""

from collections.abc import Sequence
from datetime import date

from lienxa.platform.access import delegations
from lienxa.platform.access.delegations import SUBSTITUTION, StandIn
from lienxa.platform.access.models import Delegation
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession.kinds import Arrival, Inheritance
from lienxa.platform.text import _


async def take_over(session: TenantSession, arrival: Arrival, found: Sequence[StandIn]) -> None:
    """Let people stand in here too, for the days and rights that were said there."""
    held = await delegations.held_from(session, arrival.from_day)
    present = {_which(one.delegation) for one in await delegations.substitutions_from(session, arrival.from_day)}
    for one in found:
        there = one.delegation
        lender, borrower = arrival.holder(there.lender_id), arrival.holder(there.borrower_id)
        post_id = held.get((lender, one.post_code)) if lender else None
        if lender is None or borrower is None or post_id is None:
            continue
        made = Delegation(
            kind=SUBSTITUTION,
            lender_id=lender,
            post_id=post_id,
            borrower_id=borrower,
            mark="",
            starts_on=there.starts_on,
            ends_on=there.ends_on,
            basis=_("{basis} ({organ})", basis=there.basis, organ=arrival.predecessor.full_name),
            made_by=arrival.people[there.made_by],
            made_at=there.made_at,
        )
        if _which(made) in present:
            continue
        await delegations.add(session, made, list(one.rights))
        text = _("Nhận bàn giao từ {name}: {basis}", name=arrival.predecessor.full_name, basis=there.basis)
        trail.record_service(session, "succession.came_over", "delegation", made.id, {"text": text})
    await session.flush()


def _which(made: Delegation) -> tuple[object, ...]:
    return made.lender_id, made.post_id, made.borrower_id, made.starts_on, made.ends_on


async def read(session: TenantSession, from_day: date) -> Sequence[StandIn]:
    """The substitutions that count on that day or later."""
    return await delegations.substitutions_from(session, from_day)


INHERITANCE = Inheritance(read, take_over)
