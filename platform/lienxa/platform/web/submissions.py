"""A form sent twice is carried out once: each form carries a key, and a repeat gets the first answer."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from lienxa.platform import clock
from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_table
from lienxa.platform.db.session import TenantSession
from lienxa.platform.web.unit import Answer

KEPT_FOR = timedelta(hours=24)


class FormSubmission(TenantScoped):
    """A form that was carried out; `location` is where its answer led."""

    __tablename__ = "form_submission"
    __table_args__ = tenant_table(tenant_index("form_submission", "submitted_at"))

    account_id: Mapped[UUID]
    location: Mapped[str]
    submitted_at: Mapped[datetime]


# Built once, for every form asks for them.
_submissions: Table = FormSubmission.__table__  # type: ignore[assignment]
_TAKE = insert(_submissions).on_conflict_do_nothing().returning(_submissions.c.id)
_REMEMBER = (
    update(_submissions)
    .where(_submissions.c.tenant_id == bindparam("tenant"), _submissions.c.id == bindparam("key"))
    .values(location=bindparam("led_to"))
)


async def begin(session: TenantSession, key: UUID, account_id: UUID) -> str | None:
    """Take the key for this transaction; if it was used before, where the first answer led.

    A second click that arrives while the first is still running waits here for the end of the first.
    """
    row = {"tenant_id": session.tenant_id, "id": key, "account_id": account_id}
    taken = await session.execute(_TAKE, {**row, "location": "", "submitted_at": clock.now()})
    if taken.first() is not None:
        return None
    first = await session.scalar(
        select(FormSubmission.location).where(FormSubmission.id == key, FormSubmission.account_id == account_id)
    )
    return first or "/"


class FormReceipt:
    """Notes where the answer to the form led."""

    def __init__(self, key: UUID) -> None:
        self._key = key

    async def keep(self, session: TenantSession, answer: Answer) -> None:
        """Write it down in the transaction of the form."""
        given = {"tenant": session.tenant_id, "key": self._key, "led_to": answer.header("location")}
        await session.execute(_REMEMBER, given)


async def forget_old(session: TenantSession) -> None:
    """Remove the keys that are older than 24 hours."""
    await session.execute(delete(FormSubmission).where(FormSubmission.submitted_at < clock.now() - KEPT_FOR))
