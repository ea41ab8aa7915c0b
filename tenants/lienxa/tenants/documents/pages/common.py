"""What the pages of documents share."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files.content import SHOWN_INLINE
from lienxa.platform.files.models import StoredFile
from lienxa.platform.text import _
from lienxa.platform.web.forms import Upload
from lienxa.platform.web.page import redirect
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.repository.document import Held
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import Attachment

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
BOOK_PATHS = {INCOMING: "/van-ban/den", OUTGOING: "/van-ban/di"}
# What can be done to several papers of a book: the act whose right it takes, the words, the page (selection.py).
SELECTION_PATH = "/van-ban/nhieu"


def keeps_books(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: an organ above its communes keeps no books here, so none of these addresses exists there."""
    organ = connection.scope["state"].get("organ")
    if organ is not None and organ.is_parent:
        raise NotFound


def file_answer(stored: StoredFile, content: bytes) -> Response[bytes]:
    """A file as browsers may have it (design: security, 4)."""
    shown = "inline" if stored.content_type in SHOWN_INLINE else "attachment"
    return Response(
        content,
        media_type=stored.content_type,
        headers={
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(stored.name, safe='')}",
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "private, no-store",
        },
    )


def back(request: HtmlRequest, document_id: UUID, notice: str) -> Redirect:
    return redirect(
        request,
        f"/van-ban/{document_id}",
        notice=notice,
        next_label=_("Về việc của tôi"),
        next_path="/viec-cua-toi",
    )


def address(path: str, chosen: Mapping[str, str], before: str) -> str:
    query = {name: value for name, value in {**chosen, "sau": before}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


async def require_open(session: TenantSession, actor: Actor, held: Held, act: str) -> None:
    standing = await operations.acts.standing(session, actor, held)
    rules.after(held.document.direction, held.document.state, act, standing)


async def reached_bodies(session: TenantSession, actor: Actor) -> list[Body]:
    return [body for body in await people.bodies(session) if body.id in actor.acting.body_ids]


async def staff_options(session: TenantSession) -> dict[str, str]:
    """Who may handle papers, by given name, with the first of their posts: all but who only administers."""
    options: dict[str, str] = {}
    for row in await people.staff_with_posts(session):
        if row.role == "administrator":
            continue
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options


def attachment(upload: Upload | None) -> Attachment | None:
    return Attachment(upload.name, upload.content) if upload else None
