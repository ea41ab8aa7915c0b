"""Routes of identity that are no pages of ours: the embedded issuer, where it may exist."""

from litestar.types import ControllerRouterHandler

from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.issuer import EmbeddedIssuer
from lienxa.platform.identity.issuer.routes import issuer_router
from lienxa.platform.settings import Settings


def identity_routes(settings: Settings) -> list[ControllerRouterHandler]:
    """The embedded issuer where it is the one; nothing where a Keycloak server is, as in production."""
    return [issuer_router(settings.realm)] if settings.issuer_is_embedded else []


def embedded_issuer(settings: Settings, database: Database) -> EmbeddedIssuer | None:
    """What answers there, as `issuer` in the application's state."""
    return EmbeddedIssuer(settings, database) if settings.issuer_is_embedded else None
