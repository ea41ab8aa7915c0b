"""Every route, tried as nobody, as another commune, as either district, and with another commune's things.

What must not be seen is answered like what does not exist, and nothing of the attacked commune changes.
"""

import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from litestar import Litestar
from psycopg.rows import dict_row
from sqlalchemy import select
from tests.isolation import twins
from tests.isolation.kept import Kept, kept
from tests.isolation.streams import first_words

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor, HeldPost
from lienxa.platform.access.models import Role
from lienxa.platform.audit import strangers
from lienxa.platform.audit.jobs import note_strangers
from lienxa.platform.db.session import Database
from lienxa.platform.module import all_modules
from lienxa.platform.rest import document, limits
from lienxa.platform.tenancy.organs import Organ

# What the parameters of paths name. A route whose parameter is not here fails until the suite knows how to attack it.
ROWS: Mapping[str, tuple[str, ...]] = {
    "document_id": ("document",),
    "file_id": ("document_file",),
    "paper_id": ("brought_paper",),
    "book_file_id": ("book_file",),
    "meeting_id": ("meeting",),
    "case_id": ("one_stop_case",),
    "change_id": ("calendar_change",),
    "room_id": ("room",),
    "closure_id": ("room_closure",),
    "thing_id": ("document", "meeting", "one_stop_case"),
    "hand_over_id": ("hand_over",),
    "grant_id": ("access_grant",),
    "delegation_id": ("delegation",),
    "notice_id": ("notice",),
    "body_id": ("body",),
    "unit_id": ("unit",),
    "post_id": ("post",),
    "staff_id": ("staff",),
    "appointment_id": ("appointment",),
    "feed_id": ("calendar_feed",),
    "account_id": ("service_account",),
    "receiver_id": ("webhook_subscription",),
    "delivery_id": ("webhook_delivery",),
    "closing_id": ("book_closing",),
    "comparison_id": ("book_comparison",),
    "run_id": ("import_run",),
    "invitation_id": ("invitation",),
    "organ_id": ("tenant",),  # itself: the row of the registry
    "milestone_id": ("rollout_milestone",),
    "member_id": ("steering_member",),
    "visit_id": ("rollout_visit",),
    "follow_up_id": ("visit_follow_up",),
    "period_id": ("closed_period",),
    "transfer_id": ("work_transfer",),
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": ("document", "meeting", "one_stop_case"),
    "slug": ("lam-son",),
    "import_kind": ("can-bo",),
    "figure": ("van-ban-den",),
    "key": ("khong-co",),
    "item": ("people.trained",),
    "way": ("nhan", "giao"),  # with organs that nobody handed anything over to: tests/tenants/office/test_handovers.py
    "secret": ("chua-tung-co.ics",),  # of a calendar feed: nobody is signed in there, and wrong ones get one answer
    "number": ("1",),  # a page of a file
    "form": ("xin-loi", "control"),
    "proof": ("mat-khau",),
    "month": ("2026-13",),  # whose figures a month shows follows from the session alone
}
# What strangers may open at an organ's host. Anything else is closed, and a new opening is to be thought about.
PUBLIC = {
    "GET /api/v1",
    "GET /api/v1/openapi.json",
    "GET /api/v1/procedures/catalogue",
    "GET /api/v1/procedures/catalogue/{key}",
    "GET /api/v1/procedures/standing",
    "GET /bieu-trung/{file_id}",
    "GET /dang-nhap",
    "GET /dang-nhap/xong",
    "GET /dang-xuat",
    "POST /dang-xuat",
    "GET /dang-xuat/roi",
    "GET /thu-tuc",
    "GET /thu-tuc/{key}",
    "GET /tra-cuu",
    "POST /tra-cuu",
}
# What a stranger opens who knows the secret in its address: test_by_secret.py. Without it all of them get the same 404.
BY_SECRET = {"GET /lich/ics/{secret}"}
# What belongs to no organ's host.
ELSEWHERE = (
    "/",
    "/dang-nhap/",
    "/dang-xuat/",
    "/don-vi",
    "/he-thiet-ke",
    "/healthz",
    "/metrics",
    "/readyz",
    "/realms/",
    "/static/",
    "/van-hanh",
)
# What somebody does with their own session, notices and calendar feeds, not with the things of the organ.
OWN_SESSION = ("/phien", "/loi-moi", "/chuc-vu", "/dang-xuat", "/thong-bao", "/lich/dien-thoai")
# The same by calls, where no thing is named; strangers are tried there all the same.
OWN_BY_CALL = (
    "/api/v1/meetings/feeds",
    "/api/v1/office/notices/read",
    "/api/v1/office/staff/{staff_id}/rights",
)

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Rows = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Route:
    """A route of an organ's host; `parameters` are the names in its path."""

    method: str
    path: str
    public: bool
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_stream(self) -> bool:
        """Whether the answer goes on as long as somebody listens."""
        return self.path.endswith("/luong")

    def at(self, values: Mapping[str, str]) -> str:
        """The path with its parameters replaced."""
        path = self.path
        for name in self.parameters:
            path = path.replace(f"{{{name}}}", values[name])
        return path

    def with_nothing(self) -> str:
        """A path to what nobody has."""
        return self.at({name: WORDS[name][0] if name in WORDS else str(uuid4()) for name in self.parameters})

    def with_rows(self, rows: Rows) -> Iterator[str]:
        """Paths to these rows: every word with every kind of row; of nested things, one that belongs to the other."""
        choices: list[list[dict[str, str]]] = [
            [{name: word} for word in WORDS[name]]
            if name in WORDS
            else [_with_owner(name, rows[table]) for table in ROWS[name] if table in rows]
            for name in self.parameters
        ]
        for chosen in itertools.product(*choices):
            values: dict[str, str] = {}
            for one in chosen:  # the inner thing comes last and knows the row that it belongs to
                values.update(one)
            yield self.at(values)


def _with_owner(name: str, row: Mapping[str, str]) -> dict[str, str]:
    return {column: value for column, value in row.items() if column in ROWS} | {name: row["id"]}


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many refused calls of one address are refused for their number; those limits are another test's."""
    for name in ("PER_ADDRESS", "REFUSED_PER_ADDRESS", "PER_ACCOUNT", "PER_TENANT"):
        monkeypatch.setattr(limits, name, 1_000_000)


def organ_routes(app: Litestar) -> Iterator[Route]:
    """All routes that belong to an organ's host."""
    for route in app.routes:
        for method in sorted(route.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            handler = route.route_handler_map[method][0] if hasattr(route, "route_handler_map") else None
            if handler is None or handler.opt.get("host", "organ") != "organ":
                continue
            parameters = tuple(route.path_parameters)
            public = bool(handler.opt.get("public")) or f"{method} {route.path_format}" in BY_SECRET
            yield Route(method, route.path_format, public, parameters)


@cache
def described_paths() -> Mapping[str, Any]:
    """The operations of the API as its document tells of them; to make it costs more than most requests."""
    paths: Mapping[str, Any] = document.document()["paths"]
    return paths


async def ask(visitor: Any, route: Route, path: str) -> Any:
    """Send the request that the route waits for; to the API, the example of its document."""
    if route.is_stream:
        return await first_words(visitor, path)
    if route.method == "GET":
        return await visitor.get(path)
    if not route.path.startswith("/api/"):
        return await visitor.post(path, {})
    described = described_paths()[route.path][route.method.lower()]
    content = described.get("requestBody", {}).get("content", {})
    headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
    if "multipart/form-data" in content:
        return await visitor.http.request(route.method, path, files={"file": ("a.pdf", b"%PDF-1.4")}, headers=headers)
    sent = content.get("application/json", {}).get("example")
    return await visitor.http.request(route.method, path, json=sent, headers=headers)


def assert_sent_to_sign_on(route: Route, answer: Any) -> None:
    """People are led to sign-on; a call of the API gets the problem that says so."""
    if route.path.startswith("/api/"):
        assert (answer.status_code, answer.json()["code"]) == (401, "login_required"), str(route)
        return
    assert answer.status_code == 303, f"{route}: {answer.status_code}"
    assert answer.headers["location"].startswith("/dang-nhap?"), route.path


@pytest.fixture(autouse=True)
def _as_many_calls_as_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each route is tried within one minute, mostly by somebody who is refused."""
    monkeypatch.setattr(limits, "REFUSED_PER_ADDRESS", 10_000)


@pytest.fixture
def rows_of_lam_son(busy_lam_son: Organ, clerk: Actor, owner_dsn: str) -> Rows:
    """One row of Lam Sơn from each table; where the demonstration leaves one empty, an invented one of the clerk's."""
    return things_of(owner_dsn, busy_lam_son, clerk)


@pytest.fixture
def reach_to_lam_son(busy_lam_son: Organ, owner_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every post reaches the bodies and units of Lam Sơn too."""
    reach(monkeypatch, owner_dsn, busy_lam_son)


def reach(monkeypatch: pytest.MonkeyPatch, owner_dsn: str, organ: Organ) -> None:
    """Let every post see what the bodies and units of the organ see.

    Who sees what is decided by body, and that alone hides another organ's things: nobody could tell from a refusal
    whether the filters between organs are there.
    """
    with psycopg.connect(owner_dsn) as connection:
        bodies, units = (
            frozenset(found for (found,) in connection.execute(query, [organ.id]))
            for query in (
                "select id from app.body where tenant_id = %s",
                "select id from app.unit where tenant_id = %s",
            )
        )
    held = members._post

    def reaching(row: Any) -> HeldPost:
        post = held(row)
        return replace(post, body_ids=post.body_ids | bodies, led=post.led | units)

    monkeypatch.setattr(members, "_post", reaching)


def things_of(owner_dsn: str, organ: Organ, owner: Actor | None = None) -> dict[str, dict[str, str]]:
    """A row of the organ for each name in `ROWS`, invented where it has none; of personal ones, `owner`'s."""
    twins.invent_rows(owner_dsn, organ, owner)
    invited = twins.invent_invitation(owner_dsn, organ)
    return rows_of(owner_dsn, organ) | {"tenant": {"id": str(organ.id)}, "invitation": {"id": str(invited)}}


def rows_of(owner_dsn: str, organ: Organ) -> dict[str, dict[str, str]]:
    """One row from each table in which the organ has one, as text."""
    found: dict[str, dict[str, str]] = {}
    with psycopg.connect(owner_dsn, row_factory=dict_row) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        ).fetchall()
        for table in (row["relname"] for row in tables):
            row = connection.execute(
                f"select * from app.{table} where tenant_id = %s order by id limit 1", [organ.id]
            ).fetchone()
            if row:
                found[table] = {name: str(value) for name, value in row.items()}
    return found


def assert_only_told_of(before: Kept, after: Kept) -> None:
    """Nothing of the organ is another than before but its trail."""
    assert before.changed(after) <= {"audit_event"}


async def tell_of_strangers(app: Litestar) -> None:
    """Bring into the trails what was counted in this minute."""
    await app.state[strangers.STATE_KEY].tell(app.state.database)
    with clock.fixed_at(clock.now() + 3 * strangers.WINDOW):
        await note_strangers(app.state.database)


def refused_at(owner_dsn: str, organ: Organ) -> int:
    """How many refusals the trail of the organ tells of, of whomever."""
    with psycopg.connect(owner_dsn) as connection:
        found = connection.execute(
            "select coalesce(sum(coalesce((detail->>'count')::int, 1)), 0)::int from app.audit_event "
            "where tenant_id = %s and action in ('access.refused', 'access.strangers_refused')",
            [organ.id],
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_the_suite_knows_every_route(app: Litestar) -> None:
    unknown = [str(route) for route in organ_routes(app) if set(route.parameters) - ROWS.keys() - WORDS.keys()]
    assert unknown == [], "say in ROWS or WORDS what the parameter names"
    assert {str(route) for route in organ_routes(app) if route.public} <= PUBLIC | BY_SECRET
    beside = [route.path_format for route in app.routes if route.path_format not in {r.path for r in organ_routes(app)}]
    assert [path for path in beside if path != "/" and not path.startswith(ELSEWHERE[1:])] == []


async def test_nobody_gets_in_but_to_public_pages(app: Litestar, visit: Visit, lam_son: Organ) -> None:
    nobody = await visit(lam_son)
    tried = 0
    for route in organ_routes(app):
        if route.public:
            continue
        answer = await ask(nobody, route, route.with_nothing())
        assert_sent_to_sign_on(route, answer)
        tried += 1
    assert tried >= 25


async def test_public_pages_never_fail_for_a_stranger(app: Litestar, visit: Visit, lam_son: Organ) -> None:
    nobody = await visit(lam_son)
    for route in organ_routes(app):
        if route.public:
            answer = await ask(nobody, route, route.with_nothing())
            # 503: sign-on says that the issuer, which does not run here, does not answer.
            assert answer.status_code < 500 or answer.status_code == 503, f"{route.method} {route.path}"


@pytest.mark.parametrize("home", ["giang-son-tay", "do-luong", "thuan-nam", "phuoc-nam"])
async def test_a_session_of_another_organ_opens_nothing_here(
    app: Litestar,
    visit: Visit,
    lam_son: Organ,
    actor_with: FindActor,
    database: Database,
    owner_dsn: str,
    home: str,
) -> None:
    stranger = await visit_with_session_of(home, visit, lam_son, actor_with, database)
    before, told, tried = kept(owner_dsn, lam_son), refused_at(owner_dsn, lam_son), 0
    for route in organ_routes(app):
        if route.public:
            continue
        assert_sent_to_sign_on(route, await ask(stranger, route, route.with_nothing()))
        tried += 1
    assert_only_told_of(before, kept(owner_dsn, lam_son))
    await tell_of_strangers(app)
    assert refused_at(owner_dsn, lam_son) == told + tried


def give_every_right(owner_dsn: str, organ: Organ, role: str) -> None:
    """Let a role of the organ do whatever any module knows: only what keeps organs apart is in its way then."""
    every = [permission.name for module in all_modules() for permission in module.permissions]
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into app.role_permission (tenant_id, id, role_id, permission) "
            "select r.tenant_id, gen_random_uuid(), r.id, p from app.role r, unnest(%s::text[]) p "
            "where r.tenant_id = %s and r.code = %s on conflict do nothing",
            [every, organ.id, role],
        )


def routes_to_things(app: Litestar) -> Iterator[Route]:
    """Those whose path names a row of an organ, or an organ."""
    return (route for route in organ_routes(app) if any(name in ROWS for name in route.parameters))


@pytest.mark.parametrize(
    ("home", "role", "asked"),
    [
        ("giang-son-tay", "clerk", "lam-son"),
        ("do-luong", "administrator", "lam-son"),
        ("thuan-nam", "watcher", "lam-son"),
        ("thuan-nam", "watcher", "do-luong"),
    ],
)
async def test_the_things_of_an_organ_do_not_exist_elsewhere(
    app: Litestar,
    visit: Visit,
    database: Database,
    actor_with: FindActor,
    busy_lam_son: Organ,
    owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    home: str,
    role: str,
    asked: str,
) -> None:
    """The attacker has every right at home and sees what the other's bodies see, so that no act is refused earlier."""
    attacked, organ = await organ_named(database, asked), await organ_named(database, home)
    rows = things_of(owner_dsn, attacked)
    before = kept(owner_dsn, attacked)
    give_every_right(owner_dsn, organ, role)
    visitor = await visit(organ, await actor_with(organ, role))
    reach(monkeypatch, owner_dsn, attacked)
    told, refused, tried = refused_at(owner_dsn, organ), 0, 0
    for route in routes_to_things(app):
        if home == "do-luong" and {"organ_id", "slug"} & set(route.parameters):
            continue  # it is the parent, and what it may see of its commune is tests/tenants/rollout's
        nothing = await ask(visitor, route, route.with_nothing())
        # 422: what was sent names somebody whom nobody knows, and is refused before the thing is looked for.
        assert nothing.status_code in (404, 422), f"{route}: {nothing.status_code}"
        paths = [*route.with_rows(rows)]
        assert paths, f"{route}: no row to try"
        for path in paths:
            answer = await ask(visitor, route, path)
            assert answer.status_code == nothing.status_code, f"{route.method} {path}: {answer.status_code}"
            refused += answer.status_code != 422
            tried += 1
        refused += nothing.status_code != 422
    assert tried >= 240
    assert before.changed(kept(owner_dsn, attacked)) == set()
    await tell_of_strangers(app)  # on open pages nobody is known
    assert refused_at(owner_dsn, organ) == told + refused


# What the first rows of the demonstration cannot show; the modules' own tests open these as another organ.
NOT_OF_THE_FIRST_ROW = {
    "/van-ban/{document_id}/sua-so",  # has no number yet
    "/van-ban/{document_id}/tep/{file_id}/trang/{number}",  # no page is drawn yet
    "/ho-so/{case_id}/phieu/{form}",  # nobody has apologised
    "/ho-so/{case_id}/tep-ket-qua",  # has no result yet
    "/api/v1/procedures/cases/{case_id}/result-file",
    "/api/v1/documents/{document_id}/files/{file_id}/pages/{number}",
    "/van-ban/den/cho-vao-so/{paper_id}/tep/trang/{number}",
    # Nobody handed anything over to the organ that is named.
    "/ban-giao/don-vi/{way}/{organ_id}",
    "/ban-giao/don-vi/{way}/{organ_id}/tep",
    "/ban-giao/don-vi/{way}/{organ_id}/xuat",
    "/tong-hop/tien-do/moc/{milestone_id}",  # is of no figure that there is
    "/quan-tri/nhap-du-lieu/tep/{run_id}",  # is of no kind that anybody may import
    "/quan-tri/nhap-du-lieu/tep/{run_id}/dong-loi.xlsx",
}


async def test_what_the_attacks_ask_for_opens_for_its_owner(
    app: Litestar, visit: Visit, busy_lam_son: Organ, do_luong: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    """Else an attack that is answered "not found" would say nothing."""
    closed = []
    for organ, role in ((busy_lam_son, "clerk"), (do_luong, "watcher")):
        give_every_right(owner_dsn, organ, role)
        owner = await actor_with(organ, role)
        visitor = await visit(organ, owner)
        rows = things_of(owner_dsn, organ, owner) | {"tenant": {"id": str(busy_lam_son.id)}}
        closed.append({route.path for route in routes_to_things(app) if await is_closed(visitor, route, rows)})
    assert closed[0] & closed[1] == NOT_OF_THE_FIRST_ROW


async def is_closed(visitor: Any, route: Route, rows: Rows) -> bool:
    """Whether a page tells nothing of these rows; 403 and 409 know the thing: its state or its handler is another."""
    if route.method != "GET" or route.public:
        return False
    statuses = [(await visitor.get(path)).status_code for path in route.with_rows(rows)]
    return all(status == 404 or status >= 500 for status in statuses)


# What every member may look at, whatever their post: their own work, the calendar without titles, who is who.
FOR_EVERY_MEMBER = ("/viec-cua-toi", "/lich", "/can-bo", "/tim", "/phien")


async def test_the_weakest_role_is_refused_or_finds_nothing_and_changes_nothing(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    actor_with: FindActor,
    rows_of_lam_son: Rows,
    owner_dsn: str,
) -> None:
    """A member whose post carries no right at all: every act is refused, and of the pages only the common ones open."""
    weakest = await visit(busy_lam_son, await actor_with(busy_lam_son, "administrator"))
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "delete from app.role_permission p using app.role r "
            "where r.tenant_id = p.tenant_id and r.id = p.role_id and r.code = 'administrator' and r.tenant_id = %s",
            [busy_lam_son.id],
        )
        secrets = [
            text
            for table, column in (("document", "abstract"), ("meeting", "title"), ("one_stop_case", "applicant_name"))
            for (text,) in connection.execute(
                f"select distinct {column} from app.{table} where tenant_id = %s", [busy_lam_son.id]
            )
        ]
    before = kept(owner_dsn, busy_lam_son)
    assert len(secrets) > 20
    for route in organ_routes(app):
        if route.public or route.path.startswith(OWN_SESSION):
            continue
        if route.path in OWN_BY_CALL:
            continue
        for path in route.with_rows(rows_of_lam_son) if route.parameters else [route.path]:
            answer = await ask(weakest, route, path)
            told = [text for text in secrets if text in answer.text]
            assert told == [], f"{route.method} {path}"
            if route.method == "GET" and route.path.startswith(FOR_EVERY_MEMBER):
                assert answer.status_code < 500, f"{route.method} {path}"
            elif route.method == "GET" and not route.parameters and answer.status_code == 200:
                continue  # an empty list; what it must not tell was looked for above
            else:
                # Forms are sent empty: whoever has no right is told so, not what is missing in the form.
                assert answer.status_code in (403, 404), f"{route.method} {path}: {answer.status_code}"
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))


FORGERIES: Mapping[str, Mapping[str, str]] = {
    "from another organ's page": {"origin": "http://giang-son-tay.localhost:8000"},
    "from a stranger's page": {"origin": "http://elsewhere.example"},
    "from nowhere": {},
    "from another site, hidden": {"origin": "null", "sec-fetch-site": "cross-site"},
    "with the token of another organ": {"origin": "http://lam-son.localhost:8000"},
    "without a token": {"origin": "http://lam-son.localhost:8000"},
}


async def test_no_unsafe_request_from_elsewhere_is_carried_out(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    clerk: Actor,
    actor_with: FindActor,
    rows_of_lam_son: Rows,
    owner_dsn: str,
) -> None:
    """Communes are one site to a browser: only the origin and a token of this very host and session count."""
    visitor = await visit(busy_lam_son, clerk)
    other = await visit(giang_son_tay, await actor_with(giang_son_tay, "clerk"))
    before, told = kept(owner_dsn, busy_lam_son), refused_at(owner_dsn, busy_lam_son)
    tried = 0
    for how, headers in FORGERIES.items():
        token = {"with the token of another organ": other.csrf, "without a token": ""}.get(how, visitor.csrf)
        for route in organ_routes(app):
            if route.method == "GET" or (route.public and "token" in how):
                continue  # a public form has no session and hence no token: its origin is all there is
            path = next(route.with_rows(rows_of_lam_son), route.with_nothing())
            sent = {"_csrf": token, "_once": str(uuid4())}
            answer = await visitor.http.request(route.method, path, data=sent, headers=dict(headers))
            assert answer.status_code == 403, f"{route.method} {path} {how}: {answer.status_code}"
            tried += 1
    assert tried >= 100
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))
    await tell_of_strangers(app)
    assert refused_at(owner_dsn, busy_lam_son) == told + tried


@pytest.mark.parametrize(
    ("home", "role"),
    [("giang-son-tay", "clerk"), ("giang-son-tay", "counter"), ("do-luong", "watcher"), ("thuan-nam", "watcher")],
)
async def test_no_page_elsewhere_tells_of_a_communes_things(
    app: Litestar,
    visit: Visit,
    database: Database,
    actor_with: FindActor,
    busy_lam_son: Organ,
    owner_dsn: str,
    home: str,
    role: str,
) -> None:
    """Books, lists, calendars, searches and the district's pages: nothing that was written in Lam Sơn stands there."""
    with psycopg.connect(owner_dsn) as connection:
        telling = [
            text
            for table, column in (("document", "abstract"), ("meeting", "title"), ("one_stop_case", "applicant_name"))
            for (text,) in connection.execute(
                f'select distinct {column} from app."{table}" where tenant_id = %s', [busy_lam_son.id]
            )
        ]
    assert len(telling) > 20
    organ = await organ_named(database, home)
    visitor = await visit(organ, await actor_with(organ, role))
    words = telling[0].split()[-1]
    for route in organ_routes(app):
        if route.method != "GET" or route.parameters:
            continue
        for path in (route.path, f"{route.path}?q={words}"):
            page = (await ask(visitor, route, path)).text
            assert [text for text in telling if text in page] == [], path


def operator_routes(app: Litestar) -> Iterator[Route]:
    """All routes that let operators in alone, on the sign-on host."""
    for route in app.routes:
        for method in sorted(route.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            handler = route.route_handler_map[method][0] if hasattr(route, "route_handler_map") else None
            if handler is not None and handler.opt.get("operator"):
                yield Route(method, route.path_format, public=False, parameters=tuple(route.path_parameters))


async def test_the_operators_pages_do_not_exist_at_an_organ(
    app: Litestar, visit: Visit, database: Database, actor_with: FindActor, lam_son: Organ, do_luong: Organ
) -> None:
    visitors = [await visit(lam_son), await visit(do_luong)]
    for organ in (lam_son, do_luong):
        async with database.tenant(organ.id) as session:
            roles = (await session.scalars(select(Role.code))).all()
        visitors += [await visit(organ, await actor_with(organ, role)) for role in roles]
    assert len(visitors) >= 10
    routes = list(operator_routes(app))
    assert len(routes) >= 6
    for visitor in visitors:
        for route in routes:
            answer = await ask(visitor, route, route.with_nothing())
            assert answer.status_code == 404, f"{route.method} {route.path}: {answer.status_code}"


async def test_on_the_sign_on_host_a_session_of_an_organ_is_nobodys(
    app: Litestar, visit: Visit, actor_with: FindActor, lam_son: Organ, do_luong: Organ
) -> None:
    for organ, role in ((lam_son, "leader"), (lam_son, "administrator"), (do_luong, "watcher")):
        at_home = await visit(organ, await actor_with(organ, role))
        for host, expected in (("localhost:8000", 303), ("127.0.0.1:8000", 404)):
            abroad = await visit(organ)
            abroad.http.base_url = f"http://{host}"
            abroad.http.cookies.set("lx_session", at_home.http.cookies["lx_session"])
            abroad.csrf = at_home.csrf
            for route in operator_routes(app):
                answer = await ask(abroad, route, route.with_nothing())
                assert answer.status_code == expected, f"{route.method} {route.path} at {host}: {answer.status_code}"
                assert expected == 404 or answer.headers["location"].startswith("/van-hanh/dang-nhap?"), route.path


async def organ_named(database: Database, slug: str) -> Organ:
    """An organ of the tests."""
    from lienxa.platform.tenancy.organs import organ_by_slug

    async with database.control() as control:
        organ = await organ_by_slug(control, slug)
    assert organ is not None
    return organ


async def visit_with_session_of(
    home: str, visit: Visit, target: Organ, actor_with: FindActor, database: Database
) -> Any:
    """A visitor at `target` who brings the cookie of their own organ's session."""
    organ = await organ_named(database, home)
    at_home = await visit(organ, await actor_with(organ, "administrator"))
    abroad = await visit(target)
    abroad.http.cookies.set("lx_session", at_home.http.cookies["lx_session"])
    abroad.csrf = at_home.csrf
    return abroad
