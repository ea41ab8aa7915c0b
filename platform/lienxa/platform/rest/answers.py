"""Shapes of operations that several modules share."""

from typing import TypeVar

from litestar import Response, post

from lienxa.platform.rest.admission import NEEDS

Content = TypeVar("Content")
PATH = "/api/v1"
SENDS = "sends"
"""Key in a handler's `opt`: the media types of the file that it answers with instead of JSON."""


def created(path: str, content: Content) -> Response[Content]:
    """201: the new thing, and where it is (`path` below `/api/v1`)."""
    return Response(content, status_code=201, headers={"location": PATH + path})


def act(path: str, operation_id: str, summary: str, *, needs: str = "") -> post:
    """Decorator of an act on a thing: `POST`, answered by 200; `needs` is the right that it takes in any case."""
    return post(path, operation_id=operation_id, summary=summary, status_code=200, opt={NEEDS: needs} if needs else {})
