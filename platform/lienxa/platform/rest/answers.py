"""Answers that several modules give."""

from typing import TypeVar

from litestar import Response

Content = TypeVar("Content")
PATH = "/api/v1"
SENDS = "sends"
"""Key in a handler's `opt`: the media types of the file that it answers with instead of JSON."""


def created(path: str, content: Content) -> Response[Content]:
    """201: the new thing, and where it is (`path` below `/api/v1`)."""
    return Response(content, status_code=201, headers={"location": PATH + path})
