"""A form that is refused is shown again, with what was typed and what is wrong; nothing of the act stays."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable

from litestar.response import Template

from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, InvalidInput

Form = Callable[..., Template | Awaitable[Template]]


class ShownAgain(Exception):
    """The act was refused; `form` is the answer."""

    def __init__(self, form: Template) -> None:
        super().__init__("the form is shown again")
        self.form = form


@asynccontextmanager
async def shown_again(session: TenantSession, form: Form, *also: type[AppError]) -> AsyncIterator[None]:
    """Carry out what stands inside; if it is refused, undo it and answer with `form(errors=refusal)`.

    Refused is what raises `InvalidInput` or one of `also`; anything else goes on to its own page.
    """
    refusals: tuple[type[AppError], ...] = (InvalidInput, *also)
    try:
        yield
    except refusals as refusal:
        session.expunge_all()  # what the caller read before stays readable, what the form reads is what is stored
        await session.rollback()
        made = form(errors=refusal)
        raise ShownAgain(await made if isawaitable(made) else made) from refusal
