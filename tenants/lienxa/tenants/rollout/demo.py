"""The rollout as the articles tell it. They give no dates, so none are stored."""

from lienxa.platform.module import DemoContext
from lienxa.tenants.rollout import operations
from lienxa.tenants.rollout.schemas import RecordProgress

_STATE_IN_ARTICLE = {"merged": "merged", "staff moved": "staff_moved", "planned": "planned"}
_SCHEMES = {"do-luong": "07-ĐA/HU"}


async def demo(context: DemoContext) -> None:
    """Record the state of every organ below this parent."""
    if not context.organ.is_parent:
        return
    async with context.transaction() as session:
        actor = await context.person(session, "administrator")
        if context.organ.slug in _SCHEMES:
            await operations.adopt_scheme(session, actor, _SCHEMES[context.organ.slug])
        for row in context.rows:
            if row["parent"] != context.organ.slug or row["slug"] not in context.organ_ids:
                continue
            moved = row["civil_servants_moved"]
            command = RecordProgress(
                wave=row["wave"],
                state=_STATE_IN_ARTICLE[row["state_in_article"]],
                civil_servants_moved=int(moved) if moved else None,
                concurrent_inspection_deputy=row["concurrent_inspection_deputy"] == "yes",
                changed_on=None,
                note="",
            )
            await operations.record_progress(session, actor, context.organ_ids[row["slug"]], command)
