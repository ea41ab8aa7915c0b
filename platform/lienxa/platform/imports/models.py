"""A file that is being taken in, and what was found in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table

CHECKING, CHECKED, WRITING, DONE, FAILED = "checking", "checked", "writing", "done", "failed"


class ImportRun(TenantScoped):
    """A file that somebody brought in the post of that moment; `kind` is the code of an `ImportKind`.

    `faults` are those of the first faulty lines (`line`, `column`, `value`, `reason`, `remedy`), `faulty_file_id` is a
    workbook of all of them. `outcome` says what was written, `reason` why nothing will be.
    """

    __tablename__ = "import_run"
    __table_args__ = tenant_table(
        tenant_key("file_id", "stored_file"),
        tenant_key("faulty_file_id", "stored_file"),
        tenant_key("asked_by", "staff"),
        tenant_key("post_id", "post"),
        tenant_index("import_run", "asked_at"),
        CheckConstraint("state in ('checking', 'checked', 'writing', 'done', 'failed')", name="state"),
    )

    kind: Mapped[str]
    state: Mapped[str]
    file_name: Mapped[str]
    file_id: Mapped[UUID]
    faulty_file_id: Mapped[UUID | None]
    asked_by: Mapped[UUID]
    post_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    line_count: Mapped[int] = mapped_column(default=0)
    good_count: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    outcome: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
