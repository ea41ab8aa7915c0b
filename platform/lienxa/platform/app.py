"""The web application: the one place where platform and modules are put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig
from litestar.types import ASGIApp, ControllerRouterHandler

import lienxa.platform.mail.models  # noqa: F401 -- no page asks for it, but here every model is known
from lienxa.platform import clock, readiness
from lienxa.platform.audit import strangers
from lienxa.platform.db.session import Database
from lienxa.platform.files.store import MAX_BYTES
from lienxa.platform.identity.oidc import OidcClient
from lienxa.platform.identity.routes import embedded_issuer, identity_routes
from lienxa.platform.life import pages as life_pages
from lienxa.platform.life import readiness_pages
from lienxa.platform.life.succession_pages import SuccessionController
from lienxa.platform.module import all_modules, template_folders
from lienxa.platform.operator import pages as operator_pages
from lienxa.platform.operator.account_pages import AccountController
from lienxa.platform.operator.batch_pages import BatchController
from lienxa.platform.operator.console import ConsoleController
from lienxa.platform.operator.metrics_page import metrics_page
from lienxa.platform.operator.seals import SealController
from lienxa.platform.rest import limits, reference
from lienxa.platform.rest.router import api_router
from lienxa.platform.rollup import stream
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.telemetry import health, metrics, pipeline, tracing
from lienxa.platform.tenancy.organs import HostDirectory
from lienxa.platform.web import failures, headers, page
from lienxa.platform.web.design import DesignController
from lienxa.platform.web.folding import FoldingGenerator
from lienxa.platform.web.front import FrontController
from lienxa.platform.web.gate import HostMiddleware, gate, provide_actor, provide_organ, provide_session
from lienxa.platform.web.notices import NoticeController
from lienxa.platform.web.reading import SentRequest
from lienxa.platform.web.signon import signon_routes
from lienxa.platform.web.static_files import static_file
from lienxa.platform.web.unit import UnitOfWorkMiddleware
from lienxa.platform.web.work import WorkController

_WEB = Path(__file__).parent / "web"
# A page shrinks to a fifth, which weak lines feel. What is small already (pictures, PDF) or must leave at once (events)
# says so by `opt`. The token of forms is masked in each page, so that lengths tell nothing of it.
_COMPRESSION = CompressionConfig(
    backend="gzip", gzip_compress_level=5, minimum_size=1000, exclude_opt_key=headers.SENT_AS_IT_IS
)


def build_app(settings: Settings) -> Litestar:
    """The application for these settings, without telemetry around it."""
    if settings.today is not None:
        clock.start_at(settings.today)
    return Litestar(
        route_handlers=all_routes(settings),
        guards=[gate],
        middleware=[HostMiddleware(), UnitOfWorkMiddleware()],
        dependencies={
            "session": Provide(provide_session, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "organ": Provide(provide_organ, sync_to_thread=False),
        },
        exception_handlers=failures.HANDLERS,
        request_class=SentRequest,
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(_environment())),
        compression_config=_COMPRESSION,
        before_send=[headers.add_headers],
        lifespan=[_open_parts],
        openapi_config=None,
        request_max_body_size=MAX_BYTES + 1024 * 1024,
        state=parts(settings),
        logging_config=None,
    )


def create_app() -> ASGIApp:
    """What the server process serves: the application with tracing around it."""
    settings = get_settings()
    pipeline.start("web", settings, scraped=True)
    app = build_app(settings)
    metrics.watch_pool(app.state.database.engine)
    return tracing.instrument_app(app)


def all_routes(settings: Settings) -> list[ControllerRouterHandler]:
    """Every route: platform's own, then each module's."""
    routes: list[ControllerRouterHandler] = [static_file, *health.routes, metrics_page, *signon_routes]
    routes += [FrontController, WorkController, NoticeController, DesignController]
    routes += [operator_pages.OperatorController, AccountController, BatchController, ConsoleController, SealController]
    routes += [life_pages.LifeController, readiness_pages.ReadinessController, SuccessionController]
    routes += identity_routes(settings)
    for module in all_modules():
        routes += module.routes
    return [*routes, api_router(reference.ReferenceController)]


def parts(settings: Settings) -> State:
    """All that an application keeps between requests. With other parts one that was built already starts afresh."""
    database = Database(settings.db_app_dsn.get_secret_value(), pool_size=settings.db_pool_size)
    return State(
        {
            "settings": settings,
            "database": database,
            "hosts": HostDirectory(database),
            "oidc": OidcClient(settings),
            "issuer": embedded_issuer(settings, database),
            limits.STATE_KEY: limits.Limits(),
            strangers.STATE_KEY: strangers.Refusals(),
        }
    )


@asynccontextmanager
async def _open_parts(app: Litestar) -> AsyncIterator[None]:
    await stream.start(app)
    await strangers.start(app)
    try:
        yield
    finally:
        await strangers.stop(app)
        await stream.stop(app)
        await app.state.oidc.aclose()
        await app.state.database.close()
        await asyncio.to_thread(pipeline.stop)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(
            [
                _WEB / "templates",
                operator_pages.TEMPLATES,
                life_pages.TEMPLATES,
                readiness.TEMPLATES,
                reference.TEMPLATES,
                *template_folders(),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # templates are code: the process looks at no file again
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.code_generator_class = FoldingGenerator
    page.register_filters(environment)
    return environment
