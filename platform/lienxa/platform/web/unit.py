"""The unit of work of a request: one transaction of the organ, committed in one place.

The commit happens when the answer begins: an answer below 400 is sent only after the commit succeeded, any other
answer only after the rollback. A stream therefore holds no transaction while its body is produced.
"""

from dataclasses import dataclass
from typing import Protocol

from litestar.datastructures import FormMultiDict, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Empty, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.tenancy.organs import Organ

STATE_KEY = "unit_of_work"


@dataclass(frozen=True)
class Answer:
    """An answer as it leaves; `messages` are its beginning and its body."""

    status: int
    messages: tuple[Message, ...]

    def header(self, name: str) -> str:
        """A header, or empty."""
        found: str = MutableScopeHeaders.from_message(self.messages[0]).get(name, "")
        return found

    @property
    def body(self) -> bytes:
        """The body, as far as it is known when the transaction ends."""
        return b"".join(message["body"] for message in self.messages if message["type"] == "http.response.body")


class Receipt(Protocol):
    """What a request that must not be carried out twice keeps of its answer, in its own transaction."""

    async def keep(self, session: TenantSession, answer: Answer) -> None:
        """Write it down. Only answers below 400 are kept: the others leave nothing behind."""


class UnitOfWork:
    """The transaction of one request, opened when something first asks for it."""

    def __init__(self, database: Database, organ: Organ) -> None:
        self._session = database.tenant_session(organ.id)
        self.receipt: Receipt | None = None

    @property
    def session(self) -> TenantSession:
        """The session of the request's organ; SQLAlchemy begins its transaction with the first statement."""
        return self._session

    async def finish(self, answer: Answer) -> None:
        """Commit or roll back, and give the connection back."""
        try:
            if answer.status >= 400:
                await self._session.rollback()
                return
            if self.receipt is not None:
                await self.receipt.keep(self._session, answer)
            await self._session.commit()
        finally:
            await self._session.close()


class UnitOfWorkMiddleware(ASGIMiddleware):
    """Gives each request of an organ its `UnitOfWork` and finishes it when the answer begins."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap `send` so that nothing leaves before the transaction has ended.

        With a receipt the whole answer is awaited, for its body may be kept.
        """
        organ: Organ | None = scope["state"].get("organ")
        if organ is None:
            await next_app(scope, receive, send)
            return
        unit = UnitOfWork(scope["litestar_app"].state.database, organ)
        scope["state"][STATE_KEY] = unit
        held: list[Message] = []
        finished = False

        async def send_when_finished(message: Message) -> None:
            nonlocal finished
            if finished:
                await send(message)
                return
            held.append(message)
            if unit.receipt is not None and (message["type"] == "http.response.start" or message.get("more_body")):
                return
            finished = True
            await unit.finish(Answer(held[0]["status"], tuple(held)))  # type: ignore[typeddict-item]
            for waiting in held:
                await send(waiting)

        try:
            await next_app(scope, receive, send_when_finished)
        finally:
            await unit.session.close()
            await _close_files(scope)


async def _close_files(scope: Scope) -> None:
    """Close the files of a form that a guard read and something refused: the framework does so behind a handler."""
    form = ScopeState.from_scope(scope).form
    if form is not Empty:
        await FormMultiDict.from_form_data(form).close()
