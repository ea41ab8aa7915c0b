"""What the trail of the organ that was asked tells of refusals (design: security, 7).

A known person stands there by themselves, written after the answer in a transaction of its own: that of the request is
undone. Strangers are counted (`audit/strangers.py`). An address that no page has is a slip of the pen; a thing by its
identifier that is not found may be somebody else's.
"""

from typing import Any

from litestar import Request, Response
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State

from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import strangers
from lienxa.platform.db.session import Database
from lienxa.platform.errors import (
    AppError,
    Forbidden,
    ForgedRequest,
    LoginRequired,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from lienxa.platform.identity.requests import SignedIn, session_cookie_name
from lienxa.platform.telemetry.redaction import known_method, safe_path
from lienxa.platform.tenancy.organs import Organ

PageRequest = Request[Any, Any, State]

ACT = "access.refused"
# The kinds of refusals of strangers; what they are called stands with the acts of the office.
NOBODY = "nobody"
DEAD_SESSION = "dead_session"
DEAD_TOKEN = "dead_token"  # noqa: S105
FORGED = "forged"
UNKNOWN_THING = "unknown_thing"
TOO_MANY = "too_many"
SIGN_ON = "sign_on"
LOOK_UP = "look_up"
FEED = "feed"


def note(request: PageRequest, error: AppError, answer: Response[Any]) -> None:
    """Let the trail tell of the refusal, if it is one."""
    state = request.scope["state"]
    organ: Organ | None = state.get("organ")
    if organ is None or not _is_refusal(request, error):
        return
    actor: Actor | None = state.get("actor")
    signed: SignedIn | None = state.get("signed_in")
    if actor is None and signed is None:
        count(request, organ, _kind_of(request, error))
    elif not isinstance(error, TooManyRequests):
        detail = {
            "method": known_method(request.method),
            "path": safe_path(request.scope["path"])[:200],
            "kind": error.code,
        }
        answer.background = BackgroundTask(_write, request.app.state.database, organ, actor, signed, detail)


def count(request: PageRequest, organ: Organ, kind: str) -> None:
    """One more refusal of a stranger at that organ."""
    refusals: strangers.Refusals = request.app.state[strangers.STATE_KEY]
    refusals.count(organ.id, kind, request.client.host if request.client else "")


def _is_refusal(request: PageRequest, error: AppError) -> bool:
    if isinstance(error, NotFound):
        return bool(request.path_params)
    return isinstance(error, Forbidden | ForgedRequest | LoginRequired | Unauthenticated | TooManyRequests)


def _kind_of(request: PageRequest, error: AppError) -> str:
    match error:
        case Unauthenticated():
            return DEAD_TOKEN
        case LoginRequired():
            return DEAD_SESSION if session_cookie_name(request.app.state.settings) in request.cookies else NOBODY
        case ForgedRequest():
            return FORGED
        case TooManyRequests():
            return TOO_MANY
        case _:
            return UNKNOWN_THING


async def _write(
    database: Database, organ: Organ, actor: Actor | None, signed: SignedIn | None, detail: audit.Detail
) -> None:
    async with database.tenant(organ.id) as session:
        if actor is None and signed is not None:
            actor = await members.member(session, organ, signed.account_id, signed.acting_post_id)
        if actor is not None:
            audit.record(session, actor, ACT, "request", None, detail)
        elif signed is not None:
            audit.record_stranger(session, ACT, signed.account_id, detail)
