"""What operators want done with an organ, and how its end went. No office content: who, when, how much."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import ControlBase


class OrganWork(ControlBase):
    """An act on an organ that a worker carries out. `id` is the key of the form: sent twice it is wanted once.

    `kind` names the act (`works.KINDS`), `wanted` what it needs to know. `waiting` for the worker or for its next
    attempt, then `done` with a `result`, or `failed` for a reason that says what to do. While it runs, `step` says
    where, and `made` of `expected` things (rows, files) are through.
    """

    __tablename__ = "organ_work"
    __table_args__ = (CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"), {"schema": "control"})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    operator: Mapped[str]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    step: Mapped[str]
    made: Mapped[int] = mapped_column(BigInteger)
    expected: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int]
    reason: Mapped[str]
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    @property
    def share(self) -> int:
        """In per cent, as far as it is known."""
        return min(99, self.made * 100 // self.expected) if self.expected else 0


class Erasure(ControlBase):
    """The end of an organ: decided, due after the waiting period, called back or carried out, and its certificate.

    What was erased is written down with each batch: `rows` by table, `expected` of them in all, `files` with their
    bytes, `accounts` that were for nothing else. `accounts_kept` is how many of its people's stay; None until all were
    dealt with. `head_number` and `head_mac` are the end of its audit chain.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'called_back', 'erasing', 'done')", name="state"),
        Index("erasure_open_key", "tenant_id", unique=True, postgresql_where=text("state in ('waiting', 'erasing')")),
        {"schema": "control"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    slug: Mapped[str]
    name: Mapped[str]
    host: Mapped[str]
    operator: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    called_back_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    expected: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[dict[str, int]] = mapped_column(JSONB)
    files: Mapped[int] = mapped_column(BigInteger)
    file_bytes: Mapped[int] = mapped_column(BigInteger)
    accounts: Mapped[int] = mapped_column(BigInteger)
    accounts_kept: Mapped[int | None] = mapped_column(BigInteger)
    head_number: Mapped[int] = mapped_column(BigInteger)
    head_mac: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def erased(self) -> int:
        """How many rows are gone."""
        return sum(self.rows.values())
