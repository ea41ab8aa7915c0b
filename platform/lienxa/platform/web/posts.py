"""A form is carried out in the post in which it was opened, or not at all (ADR 0048).

The session acts in one post at a time, but pages stay open: in a second tab, or while a delegation ends. Every form
therefore names the post of its page beside its token (`ui.csrf`), and the gate compares it with the one that acts now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request
from litestar.datastructures import State, UploadFile

from lienxa.platform.access.actor import Actor, HeldPost
from lienxa.platform.errors import Conflict
from lienxa.platform.identity import sessions
from lienxa.platform.identity.requests import CSRF_FIELD, person_of
from lienxa.platform.text import _

POST_FIELD = "_post"
# Sent by the button of the refusal alone: the person goes back to the post that the form names.
GO_BACK_FIELD = "_doi-chuc-vu"
# In a route's `opt`: what is done there is of the person and their session, whatever post they act in.
IN_ANY_POST = "in_any_post"

PageRequest = Request[Any, Any, State]


@dataclass(frozen=True)
class SentAgain:
    """What was typed, to be sent once more by one button: `post` is the title it is then done in.

    `files` are the names of those that were chosen, by field; a browser lets nobody but the person choose them again.
    """

    post: str
    goes_back: bool
    fields: Sequence[tuple[str, str]]
    files: Mapping[str, Sequence[str]]


class OpenedInAnotherPost(Conflict):
    """The form was opened in another post than the person acts in now."""

    def __init__(self, message: str, remedy: str, again: SentAgain) -> None:
        super().__init__(message, remedy=remedy)
        self.again = again


async def check(request: PageRequest, actor: Actor) -> None:
    """Raise `OpenedInAnotherPost` if the form was opened in another post, unless the person goes back to it with it."""
    form = await request.form()
    opened_in = form.get(POST_FIELD)
    if not isinstance(opened_in, str) or opened_in in ("", str(actor.acting.id)):
        return
    held = next((post for post in actor.posts if str(post.id) == opened_in), None)
    if held is None:
        raise _ended(actor, form.multi_items())
    if not form.get(GO_BACK_FIELD):
        raise _changed(actor, held, form.multi_items())
    await _go_back(request, actor, held)


async def _go_back(request: PageRequest, actor: Actor, held: HeldPost) -> None:
    signed = person_of(request)
    await sessions.act_in(request.app.state.database, signed.session_id, held.id)
    acting = replace(signed, acting_post_id=held.id)
    request.scope["state"].update(actor=actor.acting_in(held.id), signed_in=acting)


def _changed(actor: Actor, held: HeldPost, sent: Iterable[tuple[str, Any]]) -> OpenedInAnotherPost:
    return OpenedInAnotherPost(
        _(
            "Biểu mẫu này được mở với chức vụ “{opened}”, còn đồng chí đã chuyển sang “{acting}”.",
            opened=held.title,
            acting=actor.acting.title,
        ),
        _("Chưa có gì được ghi. Chuyển về chức vụ cũ và gửi lại, hoặc mở lại trang để làm với chức vụ hiện nay."),
        _again(held, sent, goes_back=True),
    )


def _ended(actor: Actor, sent: Iterable[tuple[str, Any]]) -> OpenedInAnotherPost:
    return OpenedInAnotherPost(
        _(
            "Chức vụ hoặc ủy quyền dùng khi mở biểu mẫu này không còn nữa; đồng chí đang làm việc với “{acting}”.",
            acting=actor.acting.title,
        ),
        _("Chưa có gì được ghi. Mở lại trang để xem lại, hoặc gửi với chức vụ hiện nay nếu việc này thuộc chức vụ đó."),
        _again(actor.acting, sent, goes_back=False),
    )


def _again(post: HeldPost, sent: Iterable[tuple[str, Any]], *, goes_back: bool) -> SentAgain:
    fields, files = [(POST_FIELD, str(post.id))], dict[str, list[str]]()
    for name, value in sent:
        if isinstance(value, UploadFile):
            files.setdefault(name, []).extend([value.filename] if value.filename else [])
        elif name not in (CSRF_FIELD, POST_FIELD, GO_BACK_FIELD):
            fields.append((name, value))
    chosen = {name: names for name, names in files.items() if names}
    return SentAgain(post.title, goes_back, fields, chosen)
