"""Set-up of what browsers load: `static/vendor/` with one style sheet, one script and one sprite of icons.

`styles/*.css` and `scripts/*.js` are bundled by npm's esbuild for the oldest browsers in use. A module adds files of
its own to both folders; nothing else lists them. Run as `python -m lienxa.platform.web.assets`; setting up does it
whenever a source has changed. Nothing of it is committed.
"""

import re
import subprocess
import sys
from pathlib import Path

# Rules of equal weight win by their place. The files of modules, by name, come between these.
STYLES_FIRST = (
    "tokens",
    "base",
    "shell",
    "button",
    "form",
    "filters",
    "badge",
    "states",
    "dialog",
    "content",
    "chart",
    "table",
)
STYLES_LAST = ("print", "access")
BROWSERS = "chrome109,firefox115"

ICONS = (
    "adjustments",
    "alert-circle",
    "alert-triangle",
    "archive",
    "arrow-left",
    "arrow-right",
    "bell",
    "books",
    "building",
    "building-community",
    "calendar",
    "calendar-event",
    "calendar-plus",
    "certificate",
    "chart-bar",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevrons-left",
    "circle",
    "circle-check",
    "circle-x",
    "clipboard-list",
    "clock",
    "device-desktop-analytics",
    "device-mobile",
    "devices",
    "dots",
    "download",
    "edit",
    "external-link",
    "eye",
    "file-certificate",
    "file-import",
    "file-plus",
    "file-search",
    "file-text",
    "files",
    "filter",
    "flask",
    "folder",
    "history",
    "home",
    "inbox",
    "info-circle",
    "keyboard",
    "list-check",
    "list-details",
    "lock",
    "login",
    "logout",
    "mail",
    "map-pin",
    "minus",
    "paperclip",
    "pencil",
    "phone",
    "plug-connected-x",
    "plus",
    "printer",
    "progress",
    "refresh",
    "road",
    "route",
    "rubber-stamp",
    "search",
    "send",
    "settings",
    "signature",
    "switch-horizontal",
    "timeline",
    "trash",
    "trending-up",
    "upload",
    "user",
    "user-check",
    "users",
    "writing",
    "x",
)
_WEB = Path(__file__).parent
VENDOR = _WEB / "static" / "vendor"
_ROOT = Path(__file__).parents[4]


class BundleFailed(Exception):
    """What the bundler complained of."""


def build(root: Path = _ROOT, vendor: Path = VENDOR) -> None:
    """Write `lienxa.css`, `lienxa.js` and `icons.svg` from the sources and `<root>/node_modules`.

    FileNotFoundError if a package or one of the icons is missing, BundleFailed if a source has a fault.
    """
    icons = root / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
    sprite = "".join(_symbol(name, (icons / f"{name}.svg").read_text(encoding="utf-8")) for name in ICONS)
    vendor.mkdir(exist_ok=True)
    (vendor / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{sprite}</svg>\n', encoding="utf-8")
    bundler = _bundler(root)
    _bundle(bundler, "".join(f'@import "./{name}.css";\n' for name in styles()), "css", vendor)
    _bundle(bundler, "".join(f'import "./{name}.js";\n' for name in scripts()), "js", vendor)


def styles() -> list[str]:
    """The names of all style sheets in the order of their rules."""
    found = {file.stem for file in (_WEB / "styles").glob("*.css")}
    return [*STYLES_FIRST, *sorted(found - {*STYLES_FIRST, *STYLES_LAST}), *STYLES_LAST]


def scripts() -> list[str]:
    """The names of all scripts; none depends on the order."""
    return sorted(file.stem for file in (_WEB / "scripts").glob("*.js"))


def _bundler(root: Path) -> Path:
    """esbuild's own program: it needs no Node."""
    for found in (root / "node_modules" / "@esbuild").glob("*/bin/esbuild"):
        return found
    raise FileNotFoundError(2, "esbuild", str(root / "node_modules" / "@esbuild"))


def _bundle(bundler: Path, entry: str, kind: str, vendor: Path) -> None:
    folder = _WEB / {"css": "styles", "js": "scripts"}[kind]
    command = [
        str(bundler),
        "--bundle",
        "--minify",
        f"--loader={kind}",
        f"--target={BROWSERS}",
        "--charset=utf8",
        "--legal-comments=none",
        "--log-level=warning",
        "--color=false",
        f"--outfile={vendor / f'lienxa.{kind}'}",
    ]
    done = subprocess.run(command, input=entry.encode(), cwd=folder, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BundleFailed(done.stderr.decode(errors="replace"))


def _symbol(name: str, svg: str) -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    assert drawing is not None, name
    inner = re.sub(r"\s*\n\s*", "", drawing[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def main() -> None:
    """Build, or say what is missing or wrong."""
    try:
        build()
    except FileNotFoundError as error:
        sys.exit(f"Thiếu {error.filename}. Chạy “npm ci” trước.")
    except BundleFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
