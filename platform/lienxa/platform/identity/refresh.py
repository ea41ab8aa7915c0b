"""The issuer is asked again about everybody who is at work: a person who was shut out is out within a minute."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from lienxa.platform.db.session import Database
from lienxa.platform.errors import Unavailable
from lienxa.platform.identity import sealing, sessions
from lienxa.platform.identity.addresses import OPERATOR_ROLE
from lienxa.platform.identity.oidc import GrantEnded, OidcClient
from lienxa.platform.settings import Settings

log = structlog.get_logger()

# The use of a session is noted once a minute, so one in use was noted at most two minutes ago.
_USED_WITHIN = timedelta(minutes=2)
_OFTEN = timedelta(seconds=25)
# The others are refreshed too, so that the issuer's own idle limit does not end a session that may idle here, and a
# page that only listens to a stream does not outlive its person for long.
_SELDOM = timedelta(minutes=10)
_AT_ONCE = 8
_BATCH = 1000


@dataclass(frozen=True)
class RefreshOutcome:
    """How many sessions the issuer vouched for, ended, or could not be asked about."""

    confirmed: int
    ended: int
    unanswered: int


async def refresh_sessions(database: Database, settings: Settings, oidc: OidcClient) -> RefreshOutcome:
    """Refresh every session in use at the issuer; run it every 30 seconds.

    A session whose grant ended is ended. While the issuer does not answer, sessions live on up to 8 hours (see
    `sessions`). Rows that can no longer be used are removed.
    """
    async with database.control() as control:
        await sessions.forget_expired(control)
        claimed = await sessions.claim_for_refresh(
            control, used_within=_USED_WITHIN, often=_OFTEN, seldom=_SELDOM, limit=_BATCH
        )
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(session_id: UUID, sealed: bytes, *, of_operator: bool) -> str:
        async with slots:
            return await _refresh_one(database, settings, oidc, session_id, sealed, of_operator=of_operator)

    said = await asyncio.gather(*(one(row.id, row.refresh_token, of_operator=row.tenant_id is None) for row in claimed))
    outcome = RefreshOutcome(*(said.count(word) for word in ("confirmed", "ended", "unanswered")))
    if outcome.unanswered:
        log.warning("issuer does not answer: sessions live on unconfirmed", sessions=outcome.unanswered)
    return outcome


async def _refresh_one(
    database: Database, settings: Settings, oidc: OidcClient, session_id: UUID, sealed: bytes, *, of_operator: bool
) -> str:
    refresh_token = sealing.unseal(settings, sealed)
    if refresh_token is None:  # sealed with a key that was replaced: the person logs in anew
        async with database.control() as control:
            await sessions.end(control, session_id)
        return "ended"
    try:
        following, id_token = await oidc.refresh(refresh_token)
        if of_operator and id_token and not await oidc.still_has_role(id_token, OPERATOR_ROLE):
            raise GrantEnded
    except GrantEnded:
        async with database.control() as control:
            await sessions.end(control, session_id)
        return "ended"
    except Unavailable:
        return "unanswered"
    async with database.control() as control:
        await sessions.confirm(control, session_id, sealing.seal(settings, following), id_token)
    return "confirmed"
