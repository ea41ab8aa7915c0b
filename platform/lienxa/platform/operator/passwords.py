"""A one-time password between the worker that made it and the operator who hands it over: sealed, seen once, wiped."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, update
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import clock
from lienxa.platform.db.base import ControlBase
from lienxa.platform.db.session import ControlSession
from lienxa.platform.identity import sealing
from lienxa.platform.settings import Settings

SHOWN_FOR = timedelta(minutes=15)
# Of many at once: the slips are printed together, when the last one is there.
SHOWN_TOGETHER_FOR = timedelta(hours=4)


class HoldsPassword:
    """The columns of a row that holds one. It is wiped when it was seen, or at `password_until`."""

    sealed_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_until: Mapped[datetime | None]

    def keep_password(self, settings: Settings, password: str, shown_for: timedelta = SHOWN_FOR) -> None:
        """Keep it, sealed, for that long."""
        self.sealed_password = sealing.seal(settings, password)
        self.password_until = clock.now() + shown_for

    @property
    def shows_password(self) -> bool:
        """Whether it can still be seen."""
        return self.password_until is not None and self.password_until > clock.now()


async def take(control: ControlSession, settings: Settings, kind: type[HoldsPassword], row_id: UUID) -> str | None:
    """The password of a row, wiped with this transaction; None if it was seen or its time is over."""
    row = await control.get(kind, row_id, with_for_update=True, populate_existing=True)
    if row is None or row.sealed_password is None:
        return None
    shows, sealed = row.shows_password, row.sealed_password
    row.sealed_password = row.password_until = None
    return sealing.unseal(settings, sealed) if shows else None


async def wipe(control: ControlSession, kind: type[ControlBase]) -> None:
    """Wipe the passwords that nobody came to see."""
    columns = kind.__table__.columns
    await control.execute(
        update(kind).where(columns.password_until <= clock.now()).values(sealed_password=None, password_until=None)
    )
