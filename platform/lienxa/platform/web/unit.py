"""The unit of work of a request: one transaction of the organ, committed in one place.

The commit happens when the answer begins: an answer below 400 is sent only after the commit succeeded, any other
answer only after the rollback. A stream therefore holds no transaction while its body is produced.
"""

from uuid import UUID

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import submissions

STATE_KEY = "unit_of_work"


class UnitOfWork:
    """The transaction of one request, opened when something first asks for it."""

    def __init__(self, database: Database, organ: Organ) -> None:
        self._session = database.tenant_session(organ.id)
        self.submission_id: UUID | None = None

    @property
    def session(self) -> TenantSession:
        """The session of the request's organ; SQLAlchemy begins its transaction with the first statement."""
        return self._session

    async def finish(self, *, succeeded: bool, location: str) -> None:
        """Commit or roll back, and give the connection back."""
        try:
            if not succeeded:
                await self._session.rollback()
                return
            if self.submission_id is not None:
                await submissions.remember(self._session, self.submission_id, location)
            await self._session.commit()
        finally:
            await self._session.close()


class UnitOfWorkMiddleware(ASGIMiddleware):
    """Gives each request of an organ its `UnitOfWork` and finishes it when the answer begins."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap `send` so that nothing leaves before the transaction has ended."""
        organ: Organ | None = scope["state"].get("organ")
        if organ is None:
            await next_app(scope, receive, send)
            return
        unit = UnitOfWork(scope["litestar_app"].state.database, organ)
        scope["state"][STATE_KEY] = unit

        async def send_when_finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                location = MutableScopeHeaders.from_message(message).get("location", "")
                await unit.finish(succeeded=message["status"] < 400, location=location)
            await send(message)

        try:
            await next_app(scope, receive, send_when_finished)
        finally:
            await unit.session.close()
