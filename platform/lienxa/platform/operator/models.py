"""Organs that were asked for on the operator's page. No office content: what is asked for, and how far it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import ControlBase
from lienxa.platform.operator.passwords import HoldsPassword


class OrganAddition(HoldsPassword, ControlBase):
    """An organ to add. `id` is the key of the form that was sent: a form that is sent twice is one addition.

    `waiting` (for the worker, or for its next attempt), `added` (the organ is there, its address is being tried),
    `done`, or `failed` with the faults that say what to do. The one-time password is the first administrator's.
    """

    __tablename__ = "organ_addition"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'added', 'done', 'failed')", name="state"),
        {"schema": "control"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.addition_batch.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), index=True)
    operator: Mapped[str]
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    attempts: Mapped[int]
    faults: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    address_answers: Mapped[bool | None]
    administrator_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.account.id"), index=True)


class AdditionBatch(ControlBase):
    """A list of organs to add, brought as a spreadsheet. `id` is the key of the form that was sent.

    `reading`; then `refused` with the `reason` why the file cannot be read, or `checked`: `lines` has of each line its
    `number`, its `name`, and either the `spec` or the `faults`; then `adding`: each good line is an `OrganAddition`.
    `defaults` are what the form said for all lines. The file itself is kept until it is read.
    """

    __tablename__ = "addition_batch"
    __table_args__ = (
        CheckConstraint("state in ('reading', 'checked', 'refused', 'adding')", name="state"),
        {"schema": "control"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), index=True)
    operator: Mapped[str]
    file_name: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    defaults: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    reason: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class PasswordRenewal(HoldsPassword, ControlBase):
    """A one-time password for the administrator of an organ. `id` is the key of the form that was sent.

    `waiting` for the worker, `done`, or `failed` for a reason that says what to do. Who got it is known then.
    """

    __tablename__ = "password_renewal"
    __table_args__ = (CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"), {"schema": "control"})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    operator: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    full_name: Mapped[str | None]
    username: Mapped[str | None]


class AdditionStep(ControlBase):
    """A step of an addition that is done. Rows of their own: they are written beside the transaction of the organ."""

    __tablename__ = "addition_step"

    addition_id: Mapped[UUID] = mapped_column(ForeignKey("control.organ_addition.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
