"""Everything below `/api/v1`: what the modules bring, and the document that describes it."""

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from lienxa.platform.module import all_modules
from lienxa.platform.rest.admission import admit
from lienxa.platform.rest.answers import PATH
from lienxa.platform.rest.idempotency import AnsweredBefore, answered_before
from lienxa.platform.rest.paging import provide_window
from lienxa.platform.rest.reading import Call, check_address


def api_router(*beside: ControllerRouterHandler) -> Router:
    """The API of all modules, each under its own tag, and what is served beside it."""
    parts = [
        Router("/", route_handlers=list(module.rest), tags=[module.name]) for module in all_modules() if module.rest
    ]
    return Router(
        PATH,
        route_handlers=[*parts, *beside],
        dependencies={"window": Provide(provide_window, sync_to_thread=False)},
        exception_handlers={AnsweredBefore: answered_before},
        guards=[check_address],
        opt={"admit": admit},
        request_class=Call,
    )
