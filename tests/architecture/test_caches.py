"""What a process keeps from one request or job to the next is known here, with why no organ meets another's in it.

A cache without the organ in its key shows one office what is another's, on a page that every test of one office finds
in order. So each is found in the source and stands below with what keeps organs apart in it; a new one is red.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest

from lienxa.platform.rollup.stream import Feed
from lienxa.platform.tenancy.organs import HostDirectory, Organ

ROOT = Path(__file__).parents[2]

# Nothing of an organ is in it: code, rules of law, settings, what is the same for everybody.
NOBODYS = "nobody's"
# A pure function: its key is all that its value is made of, so whoever asks the same gets the same.
BY_CONTENT = "by content"
# Its key is the organ, or an identifier or secret that belongs to one organ.
BY_ORGAN = "by organ"
# It lives as long as one act, and is thrown away with it.
OF_ONE_ACT = "of one act"

KEPT = {
    "platform/audit/strangers.py:Refusals._hits": BY_ORGAN,
    "platform/audit/strangers.py:app.state.strangers_stopping": NOBODYS,
    "platform/audit/strangers.py:app.state.strangers_teller": NOBODYS,
    "platform/children.py:Child._deaths": NOBODYS,
    "platform/clock.py:_fixed": OF_ONE_ACT,
    "platform/clock.py:_shift": NOBODYS,
    "platform/db/archived.py:Step.rows": NOBODYS,
    "platform/db/embedded.py:Cluster.passwords": NOBODYS,
    "platform/db/embedded.py:Cluster.programs": NOBODYS,
    "platform/db/revisions.py:_following": NOBODYS,
    "platform/db/revisions.py:_found": NOBODYS,
    "platform/files/store.py:_store": NOBODYS,  # the folder; whose a content is stands in its path
    "platform/identity/issuer/grants.py:Codes._open": BY_ORGAN,  # by the code, which works once
    "platform/identity/issuer/grants.py:RefreshLines._lines": BY_ORGAN,  # by the session at the issuer
    "platform/identity/issuer/passwords.py:_demonstration_hash": NOBODYS,
    "platform/identity/issuer/passwords.py:_demonstration_pbkdf2": NOBODYS,
    "platform/identity/jobs.py:_client": NOBODYS,  # the issuer's addresses and keys
    "platform/identity/provisioning.py:KeycloakProvisioner._made_organizations": OF_ONE_ACT,
    "platform/identity/provisioning.py:KeycloakProvisioner._made_users": OF_ONE_ACT,
    "platform/identity/sealing.py:_derived": NOBODYS,
    "platform/ids.py:_last": NOBODYS,  # the time in the identifier given last
    "platform/ids.py:_source": OF_ONE_ACT,
    "platform/imports/cells.py:LineReader.faults": OF_ONE_ACT,
    "platform/jobs/actors.py:_declared": NOBODYS,
    "platform/jobs/diary.py:Diary._began": BY_ORGAN,  # by the message
    "platform/jobs/diary.py:Diary._notes": NOBODYS,  # when a kind of job was last done
    "platform/jobs/repository.py:_told_until": OF_ONE_ACT,
    "platform/keycloak/server.py:Keycloak._chosen": NOBODYS,
    "platform/keys/rotation.py:Rotated.counts": OF_ONE_ACT,
    "platform/life/archive.py:FileList.lines": OF_ONE_ACT,
    "platform/life/archive.py:FileList.missing": OF_ONE_ACT,
    "platform/life/archive.py:Writer.others": OF_ONE_ACT,
    "platform/life/archive.py:Writer.tables": OF_ONE_ACT,
    "platform/module.py:DemoContext.names": OF_ONE_ACT,
    "platform/module.py:Opening.numbers": OF_ONE_ACT,
    "platform/module.py:all_modules": NOBODYS,
    "platform/module.py:template_folders": NOBODYS,
    "platform/networks.py:read_allowed": BY_CONTENT,
    "platform/notify/notices.py:_silent": OF_ONE_ACT,
    "platform/operator/condition.py:versions": NOBODYS,
    "platform/operator/demo.py:organ_rows": NOBODYS,
    "platform/operator/invented.py:sample_pdf": BY_CONTENT,
    "platform/operator/pages.py:_books_of": NOBODYS,  # the books that a new organ has, by day
    "platform/rest/document.py:document": NOBODYS,
    "platform/rest/document.py:encoded": NOBODYS,
    "platform/rest/limits.py:Limits._counts": BY_ORGAN,  # counts of one account or address at one organ
    "platform/rest/limits.py:Limits._to_tell": BY_ORGAN,
    "platform/rest/reference.py:groups": NOBODYS,
    "platform/rollup/marks.py:_left_out": OF_ONE_ACT,
    "platform/rollup/stream.py:Feed._kept": BY_ORGAN,
    "platform/rollup/stream.py:Feed._subscribers": BY_ORGAN,
    "platform/rollup/stream.py:app.state.rollup_feed": BY_ORGAN,  # `Feed`, above
    "platform/rollup/stream.py:app.state.rollup_restore": NOBODYS,
    "platform/rules/cases.py:case_rules_named": NOBODYS,
    "platform/rules/documents.py:_types_of": NOBODYS,
    "platform/rules/loader.py:_all_sets": NOBODYS,
    "platform/settings.py:get_settings": NOBODYS,
    "platform/succession/kinds.py:Arrival.files": OF_ONE_ACT,
    "platform/supervisor.py:Service._children": NOBODYS,
    "platform/telemetry/health.py:_older_revisions": NOBODYS,
    "platform/telemetry/jobs.py:JobTelemetry._open": BY_ORGAN,  # by the message
    "platform/telemetry/logs.py:_Seldom._said": NOBODYS,  # what exporters said, and when
    "platform/telemetry/logs.py:_process": NOBODYS,
    "platform/telemetry/metrics.py:_pools": NOBODYS,
    "platform/telemetry/metrics.py:_standing": BY_ORGAN,  # series, each with its label
    "platform/telemetry/metrics.py:_standing_until": NOBODYS,
    "platform/telemetry/pipeline.py:_shutdowns": NOBODYS,
    "platform/tenancy/organs.py:HostDirectory._known": BY_ORGAN,  # by host name
    "platform/web/design.py:tokens": NOBODYS,
    "platform/web/forms.py:FormReader._faults": OF_ONE_ACT,
    "platform/web/forms.py:FormReader.values": OF_ONE_ACT,
    "platform/web/forms.py:_calendar": OF_ONE_ACT,  # each request is a task with variables of its own
    "platform/web/signon.py:signon_routes": NOBODYS,
    "platform/web/static_files.py:_files": NOBODYS,
    "platform/webhooks/delivery.py:_under_way": BY_ORGAN,  # by the subscription: how many are sent to it now
    "platform/webhooks/events.py:event_types": NOBODYS,
    "platform/webhooks/sending.py:tls": NOBODYS,
    "platform/workdays/calendar.py:national_calendar": NOBODYS,
    "platform/workdays/repository.py:_laid_over": BY_CONTENT,  # a calendar, by the days that make it another
    "tenants/documents/demo.py:Office.agenda": OF_ONE_ACT,
    "tenants/documents/demo.py:Office.author_numbers": OF_ONE_ACT,
    "tenants/documents/demo.py:Office.told": OF_ONE_ACT,
    "tenants/meetings/demo.py:Year.by_day": OF_ONE_ACT,
    "tenants/meetings/demo.py:Year.titles": OF_ONE_ACT,
    "tenants/office/staff_list.py:_Office.given": OF_ONE_ACT,
    "tenants/office/staff_list.py:_Office.posts": OF_ONE_ACT,
    "tenants/procedures/catalogue.py:_rows": NOBODYS,
    "tenants/procedures/demo.py:Story.steps": OF_ONE_ACT,
}

_DECORATORS = {"cache", "cached_property", "lru_cache", "cached", "ttl_cache", "alru_cache"}
_CONTAINERS = {"dict", "set", "list", "deque", "defaultdict", "OrderedDict", "Counter", "WeakKeyDictionary"}
_CONTAINERS |= {"WeakValueDictionary", "WeakSet", "LRUCache", "TTLCache"}
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)


def last_name(node: ast.expr) -> str:
    """`functools.lru_cache(maxsize=8)` -> `lru_cache`."""
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called.value if isinstance(called, ast.Subscript) else called).rpartition(".")[2]


def is_empty_container(value: ast.expr | None) -> bool:
    """Whether something is filled later: `{}`, `[]`, `dict()`, `Counter()`, `dict.fromkeys(...)` ..."""
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List):
        return not value.elts
    if not isinstance(value, ast.Call):
        return False
    return (last_name(value) in _CONTAINERS and not value.args) or ast.unparse(value.func) == "dict.fromkeys"


def remembers(value: ast.expr | None) -> bool:
    """Whether what is made there holds more than it was made of: `lru_cache(...)(f)`, `ContextVar(...)`."""
    if not isinstance(value, ast.Call):
        return False
    made = value.func.func if isinstance(value.func, ast.Call) else value.func
    return last_name(made) in _DECORATORS | {"ContextVar"}


def is_filled_later(name: str, value: ast.expr | None) -> bool:
    """A container that is no constant: what is in capitals is never changed, or its name lies to whoever reads it."""
    return is_empty_container(value) or remembers(value) or (isinstance(value, _DISPLAYS) and not name.isupper())


def has_factory(value: ast.expr | None) -> bool:
    """Whether it is the `field(default_factory=dict)` of a dataclass: each instance keeps one."""
    return isinstance(value, ast.Call) and any(
        word.arg == "default_factory" and last_name(word.value) in _CONTAINERS for word in value.keywords
    )


def caches(tree: ast.AST, within: tuple[str, ...] = (), owner: ast.ClassDef | None = None) -> Iterator[str]:
    """What a module keeps, by qualified name.

    Functions that remember; containers of the module, of class bodies and of instances; names that a function sets by
    `global`; variables of a context; and what is laid into the state of the application. Of frameworks' declarations
    in class bodies (`opt`, `guards`) and of defaults that msgspec copies nothing is said. Mutable defaults of
    parameters are ruff's to find (B006). What is set by `setattr` or from outside (`module.name = ...`) is not seen.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if any(last_name(decorator) in _DECORATORS for decorator in node.decorator_list):
                yield ".".join([*within, node.name])
            yield from caches(node, (*within, node.name), node if isinstance(node, ast.ClassDef) else None)
            continue
        if isinstance(node, ast.Global):
            yield from node.names
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from kept_in(target, node.value, within, owner)
        yield from caches(node, within, owner)


def kept_in(
    target: ast.expr, value: ast.expr | None, within: tuple[str, ...], owner: ast.ClassDef | None
) -> Iterator[str]:
    """What an assignment keeps beyond the function in which it stands."""
    if isinstance(target, ast.Attribute):
        holder = ast.unparse(target.value)
        if holder == "self" and (is_empty_container(value) or remembers(value)):
            yield ".".join([*within[:-1], target.attr])
        if holder.endswith("app.state"):
            yield f"app.state.{target.attr}"
    if not isinstance(target, ast.Name) or target.id.startswith("__"):
        return
    if not within and is_filled_later(target.id, value):
        yield target.id
    keeps = is_filled_later(target.id, value) or has_factory(value)
    if owner is not None and keeps and not _is_declared(owner, target.id):
        yield ".".join([*within, target.id])


def _is_declared(owner: ast.ClassDef, name: str) -> bool:
    """Whether a framework reads it when the class is made, and copies what it gives out."""
    is_struct = any(last_name(base) == "Struct" for base in owner.bases)
    return is_struct or name in _DECLARATIONS


_DECLARATIONS = {"opt", "guards", "dependencies", "exception_handlers", "type_annotation_map"}


def all_caches() -> set[str]:
    """Of the whole service: `<file>:<name>`."""
    return {
        f"{top}/{path.relative_to(ROOT / top / 'lienxa' / top).as_posix()}:{name}"
        for top in ("platform", "tenants", "workers")
        for path in (ROOT / top / "lienxa" / top).rglob("*.py")
        for name in caches(ast.parse(path.read_text("utf-8")))
    }


def test_everything_that_is_kept_is_known_with_what_keeps_organs_apart_in_it() -> None:
    assert all_caches() == set(KEPT)


def test_the_search_sees_every_way_of_keeping() -> None:
    source = """
import functools
_known = {}
_seen: dict[str, str] = {}
_last = OrderedDict[str, int]()
_filled = {"a": 1}
_each = dict.fromkeys("ab")
FIXED = {"a": 1}
_of_function = lru_cache(maxsize=4)(len)
_here = ContextVar("here", default=None)
_slot = None
def keep(app, value):
    global _slot
    _slot = value
    app.state.held = value
    local = {"a": 1}
@functools.lru_cache(maxsize=8)
def remembered(): ...
class Kept:
    _by_code = {}
    opt = {"public": True}
    def __init__(self):
        self._rows: list[str] = []
        local = {}
    @cache
    async def other(self): ...
    @cached_property
    def once(self): ...
@dataclass
class Found:
    names: dict[str, str] = field(default_factory=dict)
class Asked(msgspec.Struct):
    names: list[str] = []
"""
    found = {"_known", "_seen", "_last", "_filled", "_each", "_of_function", "_here", "_slot", "app.state.held"}
    found |= {"remembered", "Kept._by_code", "Kept._rows", "Kept.other", "Kept.once", "Found.names"}
    assert set(caches(ast.parse(source))) == found


REMEMBERING = [place for place, why in KEPT.items() if why in (NOBODYS, BY_CONTENT)]


@pytest.mark.parametrize("place", REMEMBERING)
def test_what_is_remembered_for_everybody_cannot_ask_an_organ(place: str) -> None:
    """No session, organ or identifier goes into it; what it is made of is plain, and all of it is the key."""
    path, name = place.split(":")
    kept = import_module("lienxa." + path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    for part in name.split("."):
        kept = getattr(kept, part, None)  # type: ignore[assignment]
    if not callable(kept) or not hasattr(kept, "cache_info"):
        return
    asked = [str(parameter.annotation) for parameter in inspect.signature(kept).parameters.values()]
    assert not [written for written in asked if re.search(r"Session|Connection|Database|Organ|Actor|UUID", written)]


async def test_a_feed_keeps_what_is_made_of_figures_by_reader() -> None:
    feed = Feed("postgresql://127.0.0.1:1/nothing")
    feed._hears = True
    here, there = UUID(int=1), UUID(int=2)
    feed.kept(here)["page"] = "of one"
    assert feed.kept(there) == {}
    feed._heard(None, 0, "", str(there))
    assert feed.kept(here) == {"page": "of one"}
    feed._heard(None, 0, "", str(here))
    assert feed.kept(here) == {}
    await feed.stop()


async def test_two_names_of_hosts_never_share_an_organ(database: object, lam_son: Organ, giang_son_tay: Organ) -> None:
    hosts = HostDirectory(database)  # type: ignore[arg-type]
    for _asked_again in range(2):
        assert await hosts.find("lam-son.localhost") == lam_son
        assert await hosts.find("giang-son-tay.localhost") == giang_son_tay
    assert await hosts.find("giang-son.localhost") is None
