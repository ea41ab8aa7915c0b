"""What passed from one organ to another that follows it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_table, tenant_unique
from lienxa.platform.settings import get_settings


class Passage(TenantScoped):
    """A thing of this organ that passed `out` to a successor, or came `in` from a predecessor: one row on either side.

    `kind` is the table of the thing, `code` the kind of work. `organ_id`, `organ_name` and `host` are the other organ
    as it was called that day; `other_id`, `other_number` and `other_path` the thing there, of which this organ knows no
    more. `holder` is who had it in hand in the predecessor, `receiver` who has it in the successor, of which `unit`;
    empty if nobody. `symbol` and `dated` are those that a paper of others bears. The title of a `restricted` thing is
    not kept.
    """

    __tablename__ = "passage"
    __table_args__ = tenant_table(
        tenant_unique("direction", "kind", "thing_id"),
        tenant_index("passage", "kind", "number"),
        tenant_index("passage", "kind", "other_number"),
        Index("passage_record_idx", "tenant_id", "direction", "organ_id", "code", "unit", "receiver", "id"),
        CheckConstraint("direction in ('in', 'out')", name="direction"),
    )

    direction: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    thing_id: Mapped[UUID]
    number: Mapped[str]
    title: Mapped[str]
    restricted: Mapped[bool]
    path: Mapped[str]
    due_on: Mapped[date | None]
    symbol: Mapped[str]
    dated: Mapped[date | None]
    holder: Mapped[str]
    receiver: Mapped[str]
    unit: Mapped[str]
    organ_id: Mapped[UUID]
    organ_name: Mapped[str]
    host: Mapped[str]
    other_id: Mapped[UUID]
    other_number: Mapped[str]
    other_path: Mapped[str]
    passed_on: Mapped[date]
    passed_at: Mapped[datetime]

    @property
    def other_address(self) -> str:
        """The page of the thing in the other organ."""
        return f"{get_settings().address(self.host)}{self.other_path}"
