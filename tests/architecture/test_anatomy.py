"""The layout of the repository, the anatomy of a module, and what the source may not contain.

Design: architecture, 2, 3 and 6.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("platform", "tenants", "workers")
SOURCES = sorted(path for root in ROOTS for path in (ROOT / root).rglob("*.py"))
TEMPLATES = sorted(path for root in ROOTS for path in (ROOT / root).rglob("templates/**/*.html"))
MODULES = sorted(path.parent for path in (ROOT / "tenants" / "lienxa" / "tenants").glob("*/__init__.py"))

ANATOMY = {
    "__init__.py",
    "api.py",
    "models.py",
    "repository.py",
    "operations.py",
    "rules.py",
    "schemas.py",
    "pages.py",
    "rest.py",
    "jobs.py",
    "figures.py",
    "readiness.py",
    "succession.py",
    "permissions.py",
    "demo.py",
    "templates",
    "data",
}
# A file of these that grows long becomes a package of its name, with a file for each part of the module.
PACKAGES = {"repository", "operations", "pages", "rest"}
LONGEST = 900  # lines; a file is split long before
# Files beyond the anatomy, each with its reason.
ANATOMY_EXTRA = {
    "documents": {
        "papers.py",  # what printed books show
        "proposals.py",  # what the head of a paper says of itself
    },
    "meetings": {"ical.py"},  # a feed's text in iCalendar
    "office": {
        "staff_list.py",  # the list of people taken in from a spreadsheet
        "handovers.py",  # what organs handed over to each other, read and printed
        "lending.py",  # the verbs of delegations and substitutions
        "joining.py",  # the verbs of inviting people who have an account, and of their answers
        "acts.py",  # what every act is called in the trail
        "transfers.py",  # the verbs of handing work over
    },
    "procedures": {
        "catalogue.py",  # reads data/procedures.csv into first versions
        "papers.py",  # what the printed forms of a case show
        "trail.py",  # what was done to a case, in words, for pages, papers and the organ that follows
    },
}

# Files that may do what the rest may not, each with its reason. One that no longer needs it fails a test below.
MAY_CONNECT = {
    "platform/lienxa/platform/rollup/stream.py",  # one LISTEN connection for all open pages
    "platform/lienxa/platform/rollup/jobs.py",  # a lock that is taken before the transaction begins
    "platform/lienxa/platform/operator/onboarding.py",  # registry and office tables in one transaction
    "workers/lienxa/workers/scheduler.py",  # the lock by which one scheduler leads
}
MAY_HOLD_SQL_TEXT = {
    "platform/lienxa/platform/operator/onboarding.py",  # `set local role`
    "platform/lienxa/platform/telemetry/health.py",  # reads the version of the schema
    "workers/lienxa/workers/scheduler.py",  # the same lock
}
MAY_ASK_THE_DATABASE_FOR_TIME = {
    # the queue's own columns, which dramatiq-postgres compares with now()
    "platform/lienxa/platform/jobs/repository.py",
    "platform/lienxa/platform/jobs/dead_letters.py",
    "platform/lienxa/platform/jobs/broker.py",
    "platform/lienxa/platform/jobs/models.py",
    "platform/lienxa/platform/db/migrations/versions/0003_jobs_and_rollup.py",
}
MAY_ASK_THE_MACHINE_FOR_TIME = {
    "platform/lienxa/platform/clock.py",
    # the machine's clock is what is examined there
    "platform/lienxa/platform/doctor/database.py",
    "platform/lienxa/platform/doctor/surroundings.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def holds_sql(path: Path) -> bool:
    return path.name in ("models.py", "repository.py") or path.parent.name == "repository"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, whatever it begins with."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func)


def imported(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of each import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and value of each string that is not a docstring."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


# What each check finds: lines that break it. ------------------------------------------------------------------------


_OPENING = (".engine.connect", ".engine.begin", ".direct.connect", ".direct.begin", ".create_engine")


def opens_connections(tree: ast.AST) -> Iterator[int]:
    raw = {"create_engine", "create_async_engine", "asyncpg.connect", "psycopg.connect", "asyncpg.create_pool"}
    for line, name in calls(tree):
        if name in raw or name.endswith(_OPENING):
            yield line


def holds_sql_text(tree: ast.AST) -> Iterator[int]:
    for line, module, name in imported(tree):
        if module.startswith("sqlalchemy") and name == "text":
            yield line
    for line, name in calls(tree):
        if name.endswith((".exec_driver_sql", "sqlalchemy.text", "sa.text")):
            yield line


def declares_a_job_without_a_title(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", ()):
            name = getattr(getattr(decorator, "func", None), "id", "")
            if name in ("tenant_actor", "control_actor") and "title" not in {word.arg for word in decorator.keywords}:
                yield decorator.lineno


def asks_the_database_for_time(tree: ast.AST) -> Iterator[int]:
    for line, name in calls(tree):
        if name.endswith(("func.now", "func.current_date", "func.current_timestamp", "func.localtimestamp")):
            yield line
    for line, value in texts(tree):
        if re.search(r"\bnow\(\)|\b(current_date|current_timestamp|localtimestamp)\b", value, re.IGNORECASE):
            yield line


def asks_the_machine_for_time(tree: ast.AST) -> Iterator[int]:
    for line, name in calls(tree):
        if name in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"):
            yield line


def binds_a_tenant(tree: ast.AST) -> Iterator[int]:
    for line, value in texts(tree):
        if re.search(r"\bset_config\b|\bapp\.tenant\b", value):
            yield line


def sends_jobs(tree: ast.AST) -> Iterator[int]:
    for line, name in calls(tree):
        if name.endswith((".send", ".send_with_options")) and not name.endswith("?.send"):
            yield line


Check = Callable[[ast.AST], Iterator[int]]


def broken(check: Check, allowed: Callable[[Path], bool]) -> list[str]:
    return [f"{name_of(path)}:{line}" for path in SOURCES if not allowed(path) for line in check(tree_of(path))]


def within(*folders: str) -> Callable[[Path], bool]:
    return lambda path: name_of(path).startswith(folders)


# Layout -------------------------------------------------------------------------------------------------------------


def test_no_package_shadows_the_standard_library() -> None:
    """`platform/__init__.py` would shadow the standard library's `platform`, `tests/platform` likewise."""
    forbidden = [ROOT / root / "__init__.py" for root in ROOTS]
    forbidden += [ROOT / root / "lienxa" / "__init__.py" for root in ROOTS]
    forbidden += (ROOT / "tests").rglob("__init__.py")
    assert [name_of(path) for path in forbidden if path.exists()] == []


def test_every_package_below_the_namespace_is_a_regular_one() -> None:
    """A forgotten `__init__.py` makes a namespace package, which import-linter and coverage pass over."""
    folders = {path.parent for path in SOURCES} - {ROOT / root / "lienxa" / root for root in ROOTS}
    folders.discard(ROOT / "platform/lienxa/platform/db/migrations/versions")  # alembic loads these by path
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_tests_mirror_the_packages() -> None:
    for area in ("platform", "tenants"):
        packages = {path.name for path in (ROOT / area / "lienxa" / area).iterdir() if path.is_dir()}
        tested = {path.name for path in (ROOT / "tests" / area).iterdir() if path.is_dir() and any(path.glob("*.py"))}
        assert tested - packages == set()


# Anatomy of a module ------------------------------------------------------------------------------------------------


def test_there_are_modules() -> None:
    assert {"office", "documents", "meetings", "procedures", "rollout"} <= {module.name for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_has_the_anatomy_and_nothing_else(module: Path) -> None:
    found = {
        f"{path.name}.py" if path.name in PACKAGES else path.name
        for path in module.iterdir()
        if path.name != "__pycache__"
    }
    assert found - ANATOMY == ANATOMY_EXTRA.get(module.name, set())
    if "templates" in found:
        assert {path.name for path in (module / "templates").iterdir()} == {module.name}
        assert "pages.py" in found
    if "models.py" in found:
        assert "repository.py" in found
    if "pages.py" in found:
        assert "rest.py" in found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_only_declares_itself(module: Path) -> None:
    """`__init__.py` holds a docstring, imports and `module = Module(...)`."""
    docstring, *rest = tree_of(module / "__init__.py").body
    assert isinstance(docstring, ast.Expr)
    *imports, declaration = rest
    assert all(isinstance(node, ast.ImportFrom | ast.Import) for node in imports)
    assert isinstance(declaration, ast.Assign)
    assert [dotted(target) for target in declaration.targets] == ["module"]
    assert isinstance(declaration.value, ast.Call)
    assert dotted(declaration.value.func) == "Module"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_package_only_names_its_parts(module: Path) -> None:
    """Nothing is passed on: who wants `operations.series.close_book` says so."""
    for package in (module / name for name in sorted(PACKAGES) if (module / name).is_dir()):
        assert not package.with_suffix(".py").exists()
        docstring, parts, exported = tree_of(package / "__init__.py").body
        assert isinstance(docstring, ast.Expr)
        assert isinstance(parts, ast.ImportFrom)
        assert isinstance(exported, ast.Assign)
        names = sorted(path.stem for path in package.iterdir() if path.suffix == ".py" and path.stem != "__init__")
        assert parts.module == f"lienxa.tenants.{module.name}.{package.name}"
        assert [alias.name for alias in parts.names] == names
        assert ast.literal_eval(exported.value) == names


def test_no_file_is_longer_than_a_stranger_reads() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_all_sql_of_a_module_is_in_its_repository(module: Path) -> None:
    """Elsewhere only what the database raises and the type of a row may be named."""
    found = [
        f"{name_of(path)}:{line} {name}"
        for path in sorted(module.rglob("*.py"))
        if not holds_sql(path)
        for line, source, name in imported(tree_of(path))
        if source.split(".")[0] == "sqlalchemy" and source != "sqlalchemy.exc" and name != "Row"
    ]
    assert found == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_never_commits(module: Path) -> None:
    """The unit of work or the job does, in one place."""
    found = [
        f"{name_of(path)}:{line} {name}"
        for path in sorted(module.rglob("*.py"))
        for line, name in calls(tree_of(path))
        if name.endswith(".commit")
    ]
    assert found == []


def test_every_module_is_installed() -> None:
    from lienxa.platform.module import all_modules

    assert sorted(module.name for module in all_modules()) == [module.name for module in MODULES]


# What the source may not contain ------------------------------------------------------------------------------------


def test_jobs_are_enqueued_and_never_sent() -> None:
    """A job is a row of the transaction that wants it; `actor.send` would speak to the broker before the commit."""
    assert broken(sends_jobs, within("platform/lienxa/platform/jobs/")) == []


def test_only_the_database_package_opens_connections() -> None:
    """Everything else goes through a session, which binds the tenant."""
    assert broken(opens_connections, within("platform/lienxa/platform/db/", *MAY_CONNECT)) == []


def test_a_tenant_is_bound_in_one_place() -> None:
    """How it is said depends on the engine (docs/citus.md)."""
    places = ("platform/lienxa/platform/db/session.py", "platform/lienxa/platform/db/migrations/")
    assert broken(binds_a_tenant, within(*places)) == []


def test_sql_text_stands_in_repositories() -> None:
    def allowed(path: Path) -> bool:
        return holds_sql(path) or within("platform/lienxa/platform/db/", *MAY_HOLD_SQL_TEXT)(path)

    assert broken(holds_sql_text, allowed) == []


def test_the_database_is_never_asked_for_the_legal_time() -> None:
    """Legal days are Vietnamese and can be moved (`LIENXA_TODAY`): `clock.py` alone knows them."""
    assert broken(asks_the_database_for_time, within(*MAY_ASK_THE_DATABASE_FOR_TIME)) == []


def test_every_job_has_a_title_for_operators() -> None:
    """`@tenant_actor(title=_("..."))`: the operator's pages tell what runs and what failed in words."""
    assert broken(declares_a_job_without_a_title, within()) == []
    nameless = ast.parse('@tenant_actor(queue="quick")\nasync def remind(session): ...')
    assert list(declares_a_job_without_a_title(nameless)) == [1]


def test_the_machine_is_never_asked_for_the_legal_time() -> None:
    assert broken(asks_the_machine_for_time, within(*MAY_ASK_THE_MACHINE_FOR_TIME)) == []


@pytest.mark.parametrize(
    ("check", "excused"),
    [
        (opens_connections, MAY_CONNECT),
        (holds_sql_text, MAY_HOLD_SQL_TEXT),
        (asks_the_database_for_time, MAY_ASK_THE_DATABASE_FOR_TIME),
        (asks_the_machine_for_time, MAY_ASK_THE_MACHINE_FOR_TIME),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_excuse_outlives_its_reason(check: Check, excused: set[str]) -> None:
    assert {name for name in excused if not any(check(tree_of(ROOT / name)))} == set()


def test_the_checks_see_what_they_forbid() -> None:
    """A check that finds nothing anywhere would pass for ever."""
    source = """
from sqlalchemy import text
engine = create_async_engine(dsn)
await database.engine.connect()
handle_case.send(tenant_id)
session.execute(select(func.now()))
moment = datetime.now()
query = "select current_date"
query = f"set local app.tenant = '{tenant}'"
"""
    tree = ast.parse(source)
    assert list(holds_sql_text(tree)) == [2]
    assert sorted(opens_connections(tree)) == [3, 4]
    assert list(sends_jobs(tree)) == [5]
    assert list(binds_a_tenant(tree)) == [9]
    assert sorted(asks_the_database_for_time(tree)) == [6, 8]
    assert list(asks_the_machine_for_time(tree)) == [7]


# Templates ----------------------------------------------------------------------------------------------------------


def test_templates_carry_no_inline_script_or_style() -> None:
    """The policy of our pages refuses them."""
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    found = [f"{name_of(path)}: {hit}" for path in TEMPLATES for hit in inline.findall(path.read_text("utf-8"))]
    assert found == []


def test_templates_never_trust_a_value() -> None:
    """Escaping is never switched off."""
    unsafe = re.compile(r"\|\s*safe\b|autoescape\s+false")
    assert [name_of(path) for path in TEMPLATES if unsafe.search(path.read_text("utf-8"))] == []


def test_every_post_form_carries_its_token() -> None:
    """`ui.form_start` and `ui.action_button` do; a form written out by hand has to."""
    found = []
    for path in TEMPLATES:
        if "identity/issuer" in name_of(path):  # the issuer is another service; its forms carry a code of their own
            continue
        text = path.read_text("utf-8")
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.IGNORECASE | re.DOTALL):
            if "_csrf" not in form and "csrf(" not in form:
                found.append(f"{name_of(path)}: {form[:80]}")
    assert found == []
