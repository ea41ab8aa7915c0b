"""The job that asks the issuer about everybody who is at work."""

from functools import cache
from typing import TYPE_CHECKING

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
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


@cache
def _client() -> "OidcClient":
    # Quick jobs share one event loop, so they share one client. The scheduler, too, reads this module: it must not
    # load python-keycloak.
    from lienxa.platform.identity.oidc import OidcClient

    return OidcClient(get_settings())
