"""Set-up of what the pages need from npm: the icons they use, as one sprite.

Run as `python -m lienxa.platform.web.assets`. Nothing of it is committed.
"""

import re
import sys
from pathlib import Path

ICONS = (
    "adjustments",
    "alert-circle",
    "alert-triangle",
    "archive",
    "arrow-left",
    "arrow-right",
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
    "dots",
    "download",
    "edit",
    "external-link",
    "eye",
    "file-certificate",
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
_STATIC = Path(__file__).parent / "static"
_ROOT = Path(__file__).parents[4]


def build(root: Path = _ROOT) -> Path:
    """Write the sprite from `<root>/node_modules/@tabler/icons` and return its path.

    FileNotFoundError if the package or one of its icons is missing.
    """
    source = root / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
    symbols = [_symbol(name, (source / f"{name}.svg").read_text(encoding="utf-8")) for name in ICONS]
    sprite = _STATIC / "vendor" / "icons.svg"
    sprite.parent.mkdir(exist_ok=True)
    sprite.write_text('<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n", encoding="utf-8")
    return sprite


def _symbol(name: str, svg: str) -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    assert drawing is not None, name
    inner = re.sub(r"\s*\n\s*", "", drawing[1])
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def main() -> None:
    """Build, or say in one line what is missing."""
    try:
        build()
    except FileNotFoundError as error:
        sys.exit(f"Thiếu {error.filename}. Chạy “npm ci” trước.")


if __name__ == "__main__":
    main()
