"""What an organ that may only be read still answers, and its pages without what it does not.

It is suspended, or others follow it. Its pages are the same as ever; `read_only` takes out the forms that would be
refused and the links to pages that are forms alone, so no page has to think of it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.handlers import BaseRouteHandler
from selectolax.lexbor import LexborHTMLParser, LexborNode

from lienxa.platform.tenancy.organs import Organ

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# In the `opt` of an unsafe route that changes nothing of the office, and of a page that shows more than the form that
# is sent to its address: True if it works in a suspended organ as well, False if it does not.
WHILE_SUSPENDED = "while_suspended"

Answers = Callable[[str, str], bool]
"""Whether a request of that method to that path is answered."""

_API = "/api/"
# What may be left over around a form, and what says nothing by itself.
_FRAMES = frozenset({"details", "section", "div", "p", "li", "ul", "ol", "fieldset"})
_HEADINGS = frozenset({"h2", "h3", "h4"})
_CONTENT = "img, svg.bar, table, input, select, textarea, button, a, video, iframe"


def answers(app: Litestar, method: str, path: str) -> bool:
    """Whether such a request is answered while the organ is suspended; what no route has is for others to refuse.

    Reading is, except pages that are read in order to send a form to the same address.
    """
    handler = _handler(app, method, path)
    if handler is None:
        return True
    said: bool | None = handler.opt.get(WHILE_SUSPENDED)
    if said is not None or method not in SAFE_METHODS:
        return bool(said)
    form = None if path.startswith(_API) else _handler(app, "POST", path)
    return form is None or bool(form.opt.get(WHILE_SUSPENDED))


def _handler(app: Litestar, method: str, path: str) -> BaseRouteHandler | None:
    try:
        found = app.asgi_router.handle_routing(path=path.rstrip("/") or "/", method=method)
    except (NotFoundException, MethodNotAllowedException):
        return None
    return found[1]


def answered_of(request: Request[Any, Any, State]) -> Answers | None:
    """What is answered at the organ that was asked; None if nothing is refused there."""
    organ: Organ | None = request.scope["state"].get("organ")
    return partial(answers, request.app) if organ is not None and organ.state == "suspended" else None


def read_only(html: str, answered: Answers | None) -> str:
    """Filter of the frame of all pages: the document as it is, or without what nobody answers."""
    return html if answered is None else without_refused(html, answered)


def without_refused(html: str, answered: Answers) -> str:
    """The document without the forms and buttons that nobody answers, and what stood there for them alone.

    Of links in a text the words stay.
    """
    document = LexborHTMLParser(html)
    for form in document.css("form"):
        if not _leads(form, "action", (form.attributes.get("method") or "get").upper(), answered):
            _take_out(form)
    for button in document.css("button[formaction]"):
        if not _leads(button, "formaction", "GET", answered):
            _take_out(button)
    for link in document.css("a[href]"):
        if _leads(link, "href", "GET", answered):
            continue
        if "button" in (link.attributes.get("class") or "").split():
            _take_out(link)
        else:
            link.unwrap()
    return document.html or ""


def _leads(node: LexborNode, attribute: str, method: str, answered: Answers) -> bool:
    """Whether it leads to somewhere else, or is answered here."""
    address = node.attributes.get(attribute) or ""
    path = address.partition("#")[0].partition("?")[0]
    return not path.startswith("/") or path.startswith("//") or answered(method, path)


def _take_out(node: LexborNode) -> None:
    """The node, the heading above nothing that it leaves, and each frame that stood around it alone."""
    parent, before = node.parent, _beside(node, -1)
    node.decompose()
    if before is not None and before.tag in _HEADINGS and _says_nothing_below(before):
        before.decompose()
    if parent is not None and parent.tag in _FRAMES and _is_hollow(parent):
        _take_out(parent)


def _beside(node: LexborNode, step: int) -> LexborNode | None:
    """The next element in that direction; text between them counts as one."""
    found = node.prev if step < 0 else node.next
    while found is not None and found.tag == "-text" and not found.text().strip():
        found = found.prev if step < 0 else found.next
    return found


def _says_nothing_below(heading: LexborNode) -> bool:
    below = _beside(heading, 1)
    return below is None or (below.tag in _HEADINGS and str(below.tag) <= str(heading.tag))


def _is_hollow(frame: LexborNode) -> bool:
    """Whether nothing stands in it but what calls it by name."""
    if frame.css_first(_CONTENT) is not None:
        return False
    named = "".join(part.text() for part in frame.css("summary, h2, h3, h4, .hidden"))
    return len("".join(frame.text().split())) <= len("".join(named.split()))
