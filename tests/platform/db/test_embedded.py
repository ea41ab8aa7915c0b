"""The embedded PostgreSQL: as root and as a user, from folders nobody may enter, on every version that is here."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lienxa.platform.db import embedded, programs
from lienxa.platform.db.embedded import SUPERUSER, CannotStart, Cluster, bootstrap, free_port

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


@pytest.fixture
def root() -> Iterator[Path]:
    """A data folder that every account may pass through (pytest's own have mode 0700)."""
    folder = Path(tempfile.mkdtemp(prefix="lienxa-test-"))
    folder.chmod(0o711)
    yield folder / "postgresql"
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=[None, *DEBIAN], ids=lambda path: f"pg{path.parts[-2]}" if path else "wheel")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A bootstrapped cluster of the wheel and of each version that the system has."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setenv("LIENXA_PG_BIN", str(request.param))
        made = Cluster(tmp_path_factory.mktemp("cluster"), fsync=False)
        made.start()
    bootstrap(made)
    yield made
    made.remove()


def connect(cluster: Cluster, role: str = SUPERUSER, database: str = "lienxa") -> psycopg.Connection:
    return psycopg.connect(cluster.dsn(role, database), autocommit=True)


def runs(pid: int) -> bool:
    """Whether the process lives; one that nobody has waited for yet (state Z) does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_start_finds_data_port_and_passwords(root: Path) -> None:
    with Cluster(root, fsync=False) as first, connect(first, database="postgres") as connection:
        connection.execute("create table kept as select 1")
    with Cluster(root, fsync=False) as second, connect(second, database="postgres") as connection:
        assert connection.execute("select * from kept").fetchone() == (1,)
    assert (second.port, second.home) == (first.port, root)
    assert (root / "passwords.json").stat().st_mode & 0o077 == 0


def test_a_port_taken_meanwhile_is_replaced(root: Path) -> None:
    with Cluster(root, fsync=False) as first:
        pass
    (root / "port").write_text(str(first.port))
    with Cluster(root / "other", fsync=False, port=first.port), Cluster(root, fsync=False) as second:
        assert second.port != first.port


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://{SUPERUSER}:wrong@127.0.0.1:{cluster.port}/postgres")


@as_root
def test_below_a_closed_folder_the_cluster_lies_elsewhere(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    cluster = Cluster(tmp_path / "data", fsync=False)
    cluster.start()
    assert cluster.home != cluster.root
    cluster.stop()
    again = Cluster(tmp_path / "data", fsync=False)
    assert again.home == cluster.home
    again.start()
    again.remove()
    assert not again.home.exists()
    assert not again.root.exists()


@as_root
def test_a_wheel_below_a_closed_folder_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = programs._wheel()
    assert wheel is not None
    for name in (wheel.name, f"{wheel.name}.libs"):
        (tmp_path / name).symlink_to(wheel.parent / name)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(programs, "_wheel", lambda: tmp_path / wheel.name)
    with Cluster(tmp_path / "data", fsync=False) as cluster:
        assert cluster.programs.folder.is_relative_to(cluster.home)
    cluster.remove()


@as_root
def test_what_a_vanished_temporary_folder_left_is_removed(tmp_path: Path) -> None:
    vanished = Cluster(tmp_path / "vanished", fsync=False)
    vanished.start()
    vanished.stop()
    shutil.rmtree(vanished.root)
    with Cluster(tmp_path / "next", fsync=False) as following:
        assert not vanished.home.exists()
    following.remove()


def test_data_of_another_version_is_refused_in_one_line(root: Path) -> None:
    with Cluster(root, fsync=False) as cluster:
        pass
    version = cluster.folder / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(CannotStart, match=r"PostgreSQL 12 .* PostgreSQL \d+") as refusal:
        Cluster(root, fsync=False).start()
    assert "LIENXA_PG_BIN" in str(refusal.value)


def test_a_full_disk_is_told_before_anything_is_made(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SPACE_NEEDED", 2**60)
    with pytest.raises(CannotStart, match="Không đủ chỗ"):
        Cluster(root).start()
    assert not (root / "data").exists()


@pytest.mark.parametrize(
    ("number", "line"),
    [(errno.ENOSPC, "Hết chỗ trên đĩa"), (errno.EACCES, "Không có quyền ghi"), (errno.EROFS, "Không có quyền ghi")],
)
def test_a_fault_of_the_file_system_says_what_to_do(number: int, line: str) -> None:
    said = embedded.explain(OSError(number, "in the system's words", "/some/file"))
    assert line in said
    assert "/some/file" in said


def test_programs_that_cannot_run_are_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENXA_PG_BIN", "/nowhere")
    with pytest.raises(CannotStart, match="/nowhere/postgres"):
        Cluster(root).start()


def test_an_initdb_killed_in_the_middle_leaves_no_half_cluster(root: Path) -> None:
    (root / "unfinished" / "base").mkdir(parents=True)
    with Cluster(root, fsync=False) as cluster:
        assert not (root / "unfinished").exists()
        assert cluster.folder.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_parent_takes_the_server_along(root: Path) -> None:
    code = """
        import sys, time
        from pathlib import Path
        from lienxa.platform.db.embedded import Cluster
        cluster = Cluster(Path(sys.argv[1]), fsync=False)
        cluster.start()
        print(cluster.process.pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(root)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    with Cluster(root, fsync=False) as cluster:  # waits for the dying one
        assert cluster.process is not None
        assert cluster.process.pid != server
    assert not runs(server)


def test_a_chosen_port_in_use_is_a_clear_line(root: Path, cluster: Cluster) -> None:
    with pytest.raises(CannotStart, match="could not bind"):
        Cluster(root, fsync=False, port=cluster.port).start()


def test_free_port_keeps_the_wanted_one() -> None:
    port = free_port()
    assert free_port(port) == port


# --- what the superuser makes --------------------------------------------------------------------------------------


def test_roles_have_exactly_their_attributes(cluster: Cluster) -> None:
    with connect(cluster) as connection:
        rows = connection.execute(
            "select rolname, rolcanlogin, rolbypassrls, rolinherit, rolsuper or rolcreatedb or rolcreaterole "
            r"from pg_roles where rolname like 'lx\_%' order by 1"
        ).fetchall()
    assert rows == [
        ("lx_app", True, False, True, False),
        ("lx_migrator", True, True, True, False),
        ("lx_operator", True, False, False, False),
        ("lx_owner", False, False, True, False),
    ]


def test_the_application_makes_no_objects(cluster: Cluster) -> None:
    for role in ("lx_app", "lx_operator"):
        with connect(cluster, role) as connection:
            # A restore copies lines into a table of its own session, as lx_app (bootstrap.sql).
            own = ("pg_temp.",) if role == "lx_operator" else ()
            for where in ("app.", "control.", "public.", *own):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"create table {where}mine (id int)")


def test_the_operator_becomes_the_application_but_does_not_inherit_it(cluster: Cluster) -> None:
    with connect(cluster, "lx_migrator") as connection:
        connection.execute("set role lx_owner")
        connection.execute("create table if not exists app.office (id int); grant select on app.office to lx_app")
    with connect(cluster, "lx_operator") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from app.office")
        connection.execute("set role lx_app")
        connection.execute("select from app.office")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set role lx_owner")


def test_bootstrap_may_run_again(cluster: Cluster) -> None:
    bootstrap(cluster)
    with connect(cluster, "lx_app") as connection:
        assert connection.execute("select current_user").fetchone() == ("lx_app",)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Ngân sách", "ngan sach"),
        ("NGHỊ QUYẾT của Đảng ủy", "nghi quyet cua dang uy"),
        ("Nga\u0302n sa\u0301ch", "ngan sach"),  # the same, decomposed, as macOS writes it
        ("Ưu đãi người có công", "uu dai nguoi co cong"),
    ],
)
def test_norm_takes_the_marks_away(cluster: Cluster, text: str, normal: str) -> None:
    with connect(cluster, "lx_app") as connection:
        assert connection.execute("select app.norm(%s)", [text]).fetchone() == (normal,)


@pytest.fixture(scope="module")
def searched(cluster: Cluster) -> Cluster:
    """A table under forced row security with both kinds of search index."""
    tenants = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(4)]
    with connect(cluster, "lx_migrator") as connection:
        connection.execute("set role lx_owner")
        connection.execute("""
            create function app.current_tenant() returns uuid language sql stable parallel safe
              as $$ select pg_catalog.current_setting('app.tenant')::uuid $$;
            create table app.doc (
              tenant_id uuid not null, id int not null, title text not null, primary key (tenant_id, id),
              title_norm text generated always as (app.norm(title)) stored,
              words tsvector generated always as (to_tsvector('pg_catalog.simple'::regconfig, app.norm(title))) stored
            );
            create index doc_title on app.doc using gin (tenant_id, title_norm app.gin_trgm_lp_ops);
            create index doc_words on app.doc using gin (tenant_id, words app.gin_tsvector_lp_ops);
            alter table app.doc enable row level security;
            alter table app.doc force row level security;
            create policy tenant on app.doc
              using (tenant_id = app.current_tenant()) with check (tenant_id = app.current_tenant());
            grant select on app.doc to lx_app;
            reset role
        """)
        connection.execute(
            "insert into app.doc select t::uuid, n, 'Quyết định ' || n || case when mod(n, 500) = 7 then ' Ngân sách' "
            "else ' kế hoạch' end from unnest(%s::text[]) t, generate_series(1, 3000) n",
            [tenants],
        )
        connection.execute("vacuum analyze app.doc")  # also empties GIN's pending list, which makes it look costly
    return cluster


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("title_norm operator(app.~~~*) '%ngan sach%'", "doc_title"),
        ("words operator(app.@@@) to_tsquery('simple', 'ngan & sa:*')", "doc_words"),
    ],
)
def test_search_uses_its_index_under_row_security(searched: Cluster, condition: str, index: str) -> None:
    with connect(searched, "lx_app") as connection:
        connection.execute("set app.tenant = '00000000-0000-0000-0000-000000000001'")
        assert connection.execute(f"select count(*) from app.doc where {condition}").fetchone() == (6,)
        plan = "\n".join(row[0] for row in connection.execute(f"explain select id from app.doc where {condition}"))
    assert index in plan
    assert "app.@@@" in plan.split("Index Cond:")[1] or "app.~~~*" in plan.split("Index Cond:")[1]


def test_the_schema_survives_dump_and_restore(searched: Cluster, tmp_path: Path) -> None:
    environment = {"PGPASSWORD": searched.passwords[SUPERUSER], "PATH": os.environ["PATH"]}
    address = ["-h", "127.0.0.1", "-p", str(searched.port), "-U", SUPERUSER]
    dump = tmp_path / "dump"
    bin_ = searched.programs.path
    with connect(searched, database="postgres") as connection:
        connection.execute("drop database if exists restored")
        connection.execute("create database restored")
    for command in (
        [bin_("pg_dump"), *address, "-Fc", "-f", str(dump), "lienxa"],
        [bin_("pg_restore"), *address, "--exit-on-error", "-d", "restored", str(dump)],
    ):
        subprocess.run(command, env=environment, check=True, timeout=60)
    with connect(searched, database="restored") as connection:
        assert connection.execute("select count(*) from app.doc where title_norm like '%ngan sach%'").fetchone() == (
            24,
        )
        leakproof = connection.execute(
            "select proname from pg_proc where proleakproof and pronamespace = 'app'::regnamespace order by 1"
        )
        assert leakproof.fetchall() == [("contains_ci",), ("matches",)]
        assert connection.execute("select count(*) from pg_indexes where schemaname = 'app'").fetchone() == (3,)
        connection.execute("vacuum analyze app.doc")
    with connect(searched, "lx_app", "restored") as connection:
        connection.execute("set app.tenant = '00000000-0000-0000-0000-000000000002'")
        plan = connection.execute("explain select from app.doc where title_norm operator(app.~~~*) '%ngan sach%'")
        assert "doc_title" in "\n".join(row[0] for row in plan)
