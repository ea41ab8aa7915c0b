"""A small tree of organs, and a module whose one figure counts events."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock, module
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.module import Figure, FigureRow, Module
from lienxa.platform.rollup import marks
from lienxa.platform.tenancy.models import Tenant

MONTH = date(2026, 3, 1)

Write = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Tree:
    """`province` above `district` above `commune` and `neighbour`; `elsewhere` is a commune of `other_district`."""

    province: UUID
    district: UUID
    commune: UUID
    neighbour: UUID
    other_district: UUID
    elsewhere: UUID


@pytest.fixture
async def tree(operator_database: Database) -> Tree:
    """The organs, in the registry."""
    async with operator_database.control() as session:

        async def organ(slug: str, kind: str, parent: UUID | None = None) -> UUID:
            row = Tenant(slug=slug, name=slug, kind=kind, level_label=kind, parent_id=parent, created_at=clock.now())
            session.add(row)
            await session.flush()
            return row.id

        province = await organ("tinh", "province")
        district = await organ("huyen", "district", province)
        other_district = await organ("huyen-khac", "district")
        return Tree(
            province=province,
            district=district,
            commune=await organ("xa", "commune", district),
            neighbour=await organ("xa-ben", "commune", district),
            other_district=other_district,
            elsewhere=await organ("xa-khac", "commune", other_district),
        )


@pytest.fixture
def write(database: Database) -> Write:
    """Commit one change of an organ's rows with its mark, as an operation does."""

    async def commit(organ: UUID, action: str = "trial.done") -> None:
        async with database.tenant(organ) as session:
            session.add(
                AuditEvent(at=clock.now(), staff_name="", post_title="", action=action, object_type="trial", detail={})
            )
            await marks.mark(session, "trial")

    return commit


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Module:
    """The only module there is, `trial`; its figure `events` counts an organ's events by action."""

    async def events(session: TenantSession) -> Sequence[FigureRow]:
        rows = await session.execute(select(AuditEvent.action, func.count()).group_by(AuditEvent.action))
        return [FigureRow(MONTH, action, count) for action, count in rows]

    only = Module(name="trial", title="Thử", figures=[Figure("events", "Sự kiện", "", events)])
    monkeypatch.setattr(module, "all_modules", lambda: (only,))
    return only
