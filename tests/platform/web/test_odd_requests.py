"""Requests that no browser and no honest caller sends: refused with a word, never failed, and nothing is written."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from structlog.testing import capture_logs
from tests.isolation.kept import kept
from tests.isolation.test_routes import give_every_right
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform.access.actor import Actor
from lienxa.platform.rest import limits
from lienxa.platform.tenancy.organs import Organ

FindActor = Callable[..., Awaitable[Actor]]
Visit = Callable[..., Awaitable[Any]]

ORGAN = b"lam-son.localhost:8000"
SIGN_ON = b"localhost:8000"
ISSUER = b"id.localhost:8000"
BOUNDARY = b"----one"


@dataclass(frozen=True)
class Sent:
    """A request as its bytes are; its `headers` replace those of somebody signed in at that host."""

    host: bytes
    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    breaks_off: bool = False


@dataclass(frozen=True)
class Got:
    """What came back."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes

    @property
    def media_type(self) -> bytes:
        """What the body is."""
        return self.headers.get(b"content-type", b"").split(b";")[0]


Ask = Callable[[Sent], Awaitable[Got]]
__all__ = ["operator", "stranger"]


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are another test's."""
    for name in ("PER_ADDRESS", "REFUSED_PER_ADDRESS", "PER_ACCOUNT", "PER_TENANT"):
        monkeypatch.setattr(limits, name, 1_000_000)


@pytest.fixture
async def ask(
    app: Litestar, visit: Visit, busy_lam_son: Organ, actor_with: FindActor, operator: Any, owner_dsn: str
) -> Ask:
    """Send a request as somebody with every right, as its bytes are and without a server that mends them."""
    give_every_right(owner_dsn, busy_lam_son, "clerk")
    member = await visit(busy_lam_son, await actor_with(busy_lam_son, "clerk"))

    async def send(sent: Sent) -> Got:
        visitor = operator if sent.host == SIGN_ON else member
        own = {
            b"host": sent.host,
            b"origin": b"http://" + sent.host,
            b"cookie": f"lx_session={visitor.http.cookies['lx_session']}".encode(),
            b"x-csrf-token": visitor.csrf.encode(),
        }
        replaced = {name for name, _value in sent.headers}
        kept = [(name, value) for name, value in own.items() if name not in replaced]
        return await _call(app, sent, [*kept, *((name, value) for name, value in sent.headers if value != ABSENT)])

    return send


async def _call(app: Any, sent: Sent, headers: list[tuple[bytes, bytes]]) -> Got:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": sent.path,
        "raw_path": quote(sent.path, errors="replace").encode(),
        "query_string": sent.query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
    }
    waiting = [{"type": "http.request", "body": sent.body, "more_body": sent.breaks_off}]
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in told[1:])
    return Got(told[0]["status"], dict(told[0]["headers"]), body)


ABSENT = b"\0absent"
ODD_BYTES = st.binary(max_size=24) | st.sampled_from(
    [b"", b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"a\0b", "Đô Lương".encode("cp1258", "replace"), b"%", b"%ff", b"%zz"]
)
NUMBERS = [b"-1", b"0", b"1e9", b"9" * 30, b"NaN", "\u0663".encode(), b"9223372036854775808", b"1_0"]
TYPES = [
    b"multipart/form-data",
    b"multipart/form-data; boundary=",
    b"multipart/form-data; boundary=" + BOUNDARY,
    b'multipart/form-data; boundary="\xff"',
    b"multipart/form-data; boundary=" + b"x" * 300,
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/json",
    b"application/json; charset=latin-1",
    b"text/plain",
    b";;;=",
    b"\xff",
]
ODD_HEADERS: Mapping[bytes, st.SearchStrategy[bytes]] = {
    b"host": st.sampled_from(
        [
            b"",
            b"x:8110:99",
            b"[",
            b"[::1",
            b"]:1",
            b"lam-son.localhost:x",
            b"lam-son.localhost:99999",
            b"\xff",
            b"@",
            b"a@lam-son.localhost:8000",
            b"lam-son.localhost:8000 ",
            b"lam-son.localhost:",
            b":",
            ABSENT,
        ]
    )
    | ODD_BYTES,
    b"origin": ODD_BYTES | st.sampled_from([b"null", b"http://", b"http://[", b"http://x:8110:99"]),
    b"referer": ODD_BYTES | st.sampled_from([b"http://[", b"http://x:99999/", b"//"]),
    b"cookie": ODD_BYTES.map(lambda value: b"lx_session=" + value)
    | ODD_BYTES.map(lambda value: b"lx_notice=e30." + value)
    | st.sampled_from([b"=", b";;", b"lx_notice=\xff.\xff", b'lx_session="\\377"', b"lx_shared=\xff; lx_binding=\xff"]),
    b"content-type": st.sampled_from(TYPES) | ODD_BYTES,
    b"content-length": st.sampled_from(NUMBERS) | ODD_BYTES,
    b"range": ODD_BYTES
    | st.sampled_from([b"bytes=", b"bytes=5-1", b"bytes=-", b"bytes=" + b"9" * 40 + b"-", b"x=1-2"]),
    b"accept": ODD_BYTES | st.sampled_from([b";q=", b"*/*;q=x", b"text/html;q=1e999"]),
    b"accept-language": ODD_BYTES | st.sampled_from([b"vi;q=", b"*" * 500]),
    b"accept-encoding": ODD_BYTES,
    b"if-none-match": ODD_BYTES | st.sampled_from([b'W/"', b'"', b"*"]),
    b"authorization": ODD_BYTES | ODD_BYTES.map(lambda value: b"Bearer " + value) | st.just(b"Bearer"),
    b"idempotency-key": ODD_BYTES,
    b"x-csrf-token": ODD_BYTES,
    b"x-forwarded-for": ODD_BYTES,
    b"user-agent": ODD_BYTES,
    b"traceparent": ODD_BYTES,
    b"last-event-id": ODD_BYTES | st.sampled_from(NUMBERS),
}
ODD_VALUES = ODD_BYTES | st.sampled_from(
    [
        *NUMBERS,
        b"31/12/9999",
        b"00/00/0000",
        b"01/01/0001",
        b"%2B999",
        b"2026-13",
        b"%F0%9F%8D%9C",
        b"%ED%A0%80",
        b"x" * 3000,
    ]
)


def part(disposition: bytes, content: bytes, kind: bytes = b"") -> bytes:
    """A part of a multipart body."""
    head = b"content-disposition: " + disposition + (b"\r\ncontent-type: " + kind if kind else b"")
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


END = b"--" + BOUNDARY + b"--\r\n"
PARTS = [
    part(b'form-data; name="\xff"', b"a"),
    part(b'form-data; name="abstract"', b"\xff\xfe"),
    part(b'form-data; name="file"; filename="\xff.pdf"', b"%PDF-1.4"),
    part(b'form-data; name="file"; filename="a\0b.pdf"', b"%PDF-1.4"),
    part(b"form-data; name=\"file\"; filename*=utf-8''%ff", b"%PDF-1.4"),
    part(b'form-data; name="file"; filename="../../a.pdf"', b"\0", b"\xff/\xff"),
    part(b'form-data; name="abstract"', b"a", b"text/plain; charset=no-such"),
    part(b'form-data; name="abstract"', b"\\ud800", b"text/plain; charset=unicode_escape"),
    part(b'form-data; name="abstract"', b"a", b"text/plain; charset=base64"),
    part(b"form-data", b"a"),
    part(b'form-data; name="file"', b"no file"),
    part(b"attachment", b"a"),
    b"--" + BOUNDARY + b"\r\n\r\n",
    b"--" + BOUNDARY + b"\r\nno colon\r\n\r\n",
]
MULTIPART = st.lists(st.sampled_from(PARTS), max_size=3).flatmap(
    lambda parts: st.sampled_from([b"".join(parts) + END, b"".join(parts), b"".join(parts)[:-3]])
)
JSON = st.sampled_from(
    [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b'{"number":' + b"9" * 400 + b"}", b'"\\ud800"', b"\xff", b"NaN",
     b'{"abstract":"\\ud800"}', b'{"abstract":"\\u0000"}', b"1e999", b"null", b"[]", b"", b"{", b'{"a":1,"a":2}']
)  # fmt: skip
FORMS = st.lists(
    st.tuples(st.sampled_from([b"_once", b"q", b"abstract", b"number", b"day", b"\xff", b""]), ODD_VALUES), max_size=3
).map(lambda pairs: b"&".join(name + b"=" + value for name, value in pairs))


def cases(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples, the same in each run."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: Any) -> None:
        found.append(case)

    collect()
    return found


def addresses(app: Litestar) -> Iterator[tuple[bytes, str, str]]:
    """Host, method and path of every route; things by an id that nobody has.

    Left out are the streams of events, which never end, and what ends the session of who asks.
    """
    hosts = {"sso": SIGN_ON, "issuer": ISSUER}
    for route in app.routes:
        path = route.path_format
        if not hasattr(route, "route_handler_map") or "dang-xuat" in path or path.endswith("/luong"):
            continue
        for name in route.path_parameters:
            path = path.replace(f"{{{name}}}", str(uuid4()))
        for method in sorted(route.methods - {"OPTIONS", "HEAD"}):
            yield hosts.get(route.route_handler_map[method][0].opt.get("host"), ORGAN), method, path


def fails(got: Got, sent: Sent) -> bool:
    """Whether it is a failure of ours. In these tests the issuer and workers do not run, which some routes say."""
    says_so = ("/dang-nhap", "/van-hanh/dang-nhap", "/readyz")
    return got.status >= 500 and not (got.status == 503 and sent.path.startswith(says_so))


async def refuse(ask: Ask, every: list[Sent]) -> None:
    """Ask all of them: none fails, nothing is logged as failed."""
    faults = []
    with capture_logs() as lines:
        for sent in every:
            try:
                got = await ask(sent)
            except Exception as error:
                faults.append(f"{type(error).__name__}: {error}: {sent!r:.400}")
                continue
            if fails(got, sent):
                error = next((line for line in reversed(lines) if line["event"] == "request failed"), {})
                faults.append(f"{got.status} {error.get('exc_info')!r}: {sent!r:.400}")
    assert faults == [], f"{len(faults)}\n" + "\n".join(faults[:40])


def with_odd_headers(app: Litestar) -> st.SearchStrategy[Sent]:
    """Requests of every route with some headers that no browser sends."""
    names = st.lists(st.sampled_from(sorted(ODD_HEADERS)), min_size=1, max_size=3, unique=True)
    headers = names.flatmap(lambda chosen: st.fixed_dictionaries({name: ODD_HEADERS[name] for name in chosen}))
    return st.builds(
        lambda where, odd: Sent(*where, headers=tuple(odd.items())), st.sampled_from(list(addresses(app))), headers
    )


def with_odd_queries(app: Litestar) -> st.SearchStrategy[Sent]:
    """Requests of every page and call that only reads."""
    names = st.sampled_from([*b"q sau ngay tu den trang after limit co-quan ve \xff".split(), b""])
    return st.builds(
        lambda where, pairs: Sent(*where, b"&".join(name + b"=" + value for name, value in pairs)),
        st.sampled_from([where for where in addresses(app) if where[1] == "GET"]),
        st.lists(st.tuples(names, ODD_VALUES), min_size=1, max_size=3),
    )


def with_odd_bodies(app: Litestar) -> st.SearchStrategy[Sent]:
    """Requests of every act, with bodies that are what their headers say, or something else."""
    bodies = (
        st.tuples(st.just(b"multipart/form-data; boundary=" + BOUNDARY), MULTIPART)
        | st.tuples(st.just(b"application/json"), JSON)
        | st.tuples(st.just(b"application/x-www-form-urlencoded"), FORMS)
        | st.tuples(st.sampled_from(TYPES), MULTIPART | JSON | FORMS)
    )
    return st.builds(
        lambda where, body: Sent(*where, headers=((b"content-type", body[0]),), body=body[1]),
        st.sampled_from([where for where in addresses(app) if where[1] != "GET"]),
        bodies,
    )


KINDS = (with_odd_headers, with_odd_queries, with_odd_bodies)


@pytest.mark.parametrize("kind", KINDS)
async def test_no_odd_request_fails(
    app: Litestar, ask: Ask, kind: Callable[[Litestar], st.SearchStrategy[Sent]]
) -> None:
    await refuse(ask, cases(kind(app), 150))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
async def test_none_of_many_odd_requests_fails(
    app: Litestar, ask: Ask, kind: Callable[[Litestar], st.SearchStrategy[Sent]]
) -> None:
    await refuse(ask, cases(kind(app), 3000))


ODD_FORMS = {
    "a field that is not UTF-8": PARTS[1],
    "a name that is not UTF-8": PARTS[0],
    "a file name that is not UTF-8": PARTS[2],
    "an encoding that there is not": PARTS[6],
    "half a letter": PARTS[7],
}


@pytest.mark.parametrize("what", ODD_FORMS)
@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/van-ban/den/moi", b"text/html"), ("/api/v1/documents/incoming", b"application/problem+json")],
)
async def test_a_form_that_cannot_be_read_is_refused_and_leaves_nothing(
    ask: Ask, busy_lam_son: Organ, owner_dsn: str, what: str, path: str, media_type: bytes
) -> None:
    before = kept(owner_dsn, busy_lam_son)
    kind = b"multipart/form-data; boundary=" + BOUNDARY
    got = await ask(Sent(ORGAN, "POST", path, headers=((b"content-type", kind),), body=ODD_FORMS[what] + END))
    assert (got.status, got.media_type) == (400, media_type)
    assert "Không đọc được nội dung gửi lên." in got.body.decode()
    assert kept(owner_dsn, busy_lam_son) == before


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/tra-cuu", b"application/x-www-form-urlencoded", b"code=a"),
        ("/van-ban/den/moi", b"multipart/form-data; boundary=" + BOUNDARY, PARTS[10]),
        ("/api/v1/meetings", b"application/json", b'{"title":'),
        ("/api/v1/documents/incoming", b"multipart/form-data; boundary=" + BOUNDARY, PARTS[10]),
    ],
)
async def test_a_body_that_breaks_off_is_no_failure_of_ours(ask: Ask, path: str, kind: bytes, body: bytes) -> None:
    with capture_logs() as lines:
        got = await ask(Sent(ORGAN, "POST", path, headers=((b"content-type", kind),), body=body, breaks_off=True))
    assert got.status == 400
    assert [line for line in lines if line["log_level"] == "error"] == []


@pytest.mark.parametrize("path", ["/thu-tuc", "/van-ban/den", "/api/v1/documents/inbox"])
@pytest.mark.parametrize(
    "host", [b"x:8110:99", b"lam-son.localhost:x", b"lam-son.localhost:99999", b"[", b"\xff", b"a@b"]
)
async def test_a_host_that_cannot_be_read_is_refused(ask: Ask, host: bytes, path: str) -> None:
    got = await ask(Sent(host, "GET", path))
    assert got.status == 400
    assert got.media_type == (b"application/problem+json" if path.startswith("/api/") else b"text/html")
