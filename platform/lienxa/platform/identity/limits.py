"""Limits per address, user name or code, in fixed windows."""

from datetime import UTC, datetime

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.identity.models import RateLimit
from lienxa.platform.text import _

_LONGEST_KEY = 200


async def hit(database: Database, key: str, limit: int, seconds: int) -> None:
    """Count one try of `key`; raise `TooManyRequests` if there were more than `limit` in this window of `seconds`.

    Runs in a transaction of its own: a try counts although the request behind it is rolled back.
    """
    present = clock.now().timestamp()
    window = datetime.fromtimestamp(present - present % seconds, UTC)
    counted = insert(RateLimit).values(key=key[:_LONGEST_KEY], window_started_at=window, hits=1)
    query = counted.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "hits": case((RateLimit.window_started_at == window, RateLimit.hits + 1), else_=1),
            "window_started_at": window,
        },
    ).returning(RateLimit.hits)
    async with database.control() as control:
        hits = await control.scalar(query)
    if hits is not None and hits > limit:
        minutes = -(-seconds // 60)
        raise TooManyRequests(
            _("Đã thử quá nhiều lần."),
            remedy=_("Chờ khoảng {minutes} phút rồi thử lại.", minutes=minutes),
            retry_after=int(seconds - present % seconds) + 1,
        )


async def forgive(database: Database, key: str) -> None:
    """Forget the tries of `key`, after one succeeded."""
    async with database.control() as control:
        await control.execute(delete(RateLimit).where(RateLimit.key == key[:_LONGEST_KEY]))
