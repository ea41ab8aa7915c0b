"""Routes of identity that are no pages of ours: the embedded issuer, where it may exist."""

from litestar.types import ControllerRouterHandler

from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.issuer import EmbeddedIssuer
from lienxa.platform.identity.issuer.routes import issuer_router
from lienxa.platform.settings import Settings


def identity_routes(settings: Settings, database: Database) -> list[ControllerRouterHandler]:
    """The embedded issuer in the embedded profile, nothing in production."""
    if settings.profile != "embedded":
        return []
    return [issuer_router(EmbeddedIssuer(settings, database))]
