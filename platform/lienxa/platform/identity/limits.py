"""Limits per address, user name or code, in fixed windows."""

from collections.abc import Mapping
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
    found = await count_together(database, {key[:_LONGEST_KEY]: 1}, seconds)
    if found[key[:_LONGEST_KEY]] > limit:
        raise too_many(seconds)


def too_many(seconds: int) -> TooManyRequests:
    """The refusal of a try too many in a window of `seconds`: how long to wait, and when the window ends."""
    minutes = -(-seconds // 60)
    return TooManyRequests(
        _("Đã thử quá nhiều lần."),
        remedy=_("Chờ khoảng {minutes} phút rồi thử lại.", minutes=minutes),
        retry_after=int(seconds - clock.now().timestamp() % seconds) + 1,
    )


async def count_together(database: Database, hits: Mapping[str, int], seconds: int) -> Mapping[str, int]:
    """Add so many hits to each key in the present window of `seconds`; what all processes have counted there."""
    present = clock.now().timestamp()
    window = datetime.fromtimestamp(present - present % seconds, UTC)
    counted = insert(RateLimit).values(
        [{"key": key, "window_started_at": window, "hits": more} for key, more in hits.items()]
    )
    more = counted.excluded.hits
    query = counted.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "hits": case((RateLimit.window_started_at == window, RateLimit.hits + more), else_=more),
            "window_started_at": window,
        },
    ).returning(RateLimit.key, RateLimit.hits)
    async with database.control() as control:
        return {row.key: row.hits for row in await control.execute(query)}


async def forgive(database: Database, key: str) -> None:
    """Forget the tries of `key`, after one succeeded."""
    async with database.control() as control:
        await control.execute(delete(RateLimit).where(RateLimit.key == key[:_LONGEST_KEY]))
