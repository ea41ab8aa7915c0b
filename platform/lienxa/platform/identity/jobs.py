"""The jobs that speak with the issuer: about everybody who is at work, and about who is not any more."""

from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import control_actor, tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from lienxa.platform.identity.oidc import OidcClient

SCHEDULES = (Schedule("identity.refresh_sessions", 30),)


@control_actor(title=_("Hỏi lại máy chủ đăng nhập về người đang làm việc"), max_retries=None)
async def refresh_sessions(database: Database) -> None:
    """Refresh the sessions in use; the next run comes in 30 seconds anyway."""
    from lienxa.platform.identity import refresh

    await refresh.refresh_sessions(database, get_settings(), _client())


@tenant_actor(title=_("Đăng xuất một người ở máy chủ đăng nhập"))
async def end_at_issuer(session: TenantSession, staff_id: UUID) -> None:
    """Sign somebody out at the issuer who was suspended or leaves, unless they are at work elsewhere."""
    from lienxa.platform.identity import enrolment

    await enrolment.end_at_issuer(session, staff_id)


@cache
def _client() -> "OidcClient":
    # Quick jobs share one event loop, so they share one client. The scheduler, too, reads this module: it must not
    # load python-keycloak.
    from lienxa.platform.identity.oidc import OidcClient

    return OidcClient(get_settings())
