"""The first view of a page on a weak line: page, styles, scripts, emblem and icons, as they travel (issue: 60 KB)."""

from typing import Any

from litestar import Litestar

from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web.static_files import asset

MOST_BYTES = 60 * 1024
FILES = ("emblem.svg", "vendor/lienxa.css", "vendor/lienxa.js", "vendor/icons.svg")
START_PAGES = {
    "clerk": ("/viec-cua-toi", "/van-ban/den", "/van-ban/di", "/lich", "/ho-so"),
    "administrator": ("/quan-tri", "/quan-tri/chuc-vu", "/can-bo"),
    "watcher": ("/tong-hop/hom-nay", "/tong-hop", "/tong-hop/tien-do"),
    None: ("/thu-tuc", "/tra-cuu"),
}


async def _travels(visitor: Any, path: str) -> int:
    """How many bytes of a body travel."""
    answer = await visitor.get(path)
    assert answer.status_code == 200, path
    return int(answer.headers["content-length"])


async def test_every_start_page_is_light(
    app: Litestar, busy_lam_son: Organ, do_luong: Organ, visit: Any, actor_with: Any
) -> None:
    stranger = await visit(busy_lam_son)
    files = sum([await _travels(stranger, asset(name)) for name in FILES])
    too_heavy = {}
    for role, paths in START_PAGES.items():
        organ = do_luong if role == "watcher" else busy_lam_son
        visitor = await visit(organ, await actor_with(organ, role)) if role else stranger
        for path in paths:
            size = files + await _travels(visitor, path)
            if size > MOST_BYTES:
                too_heavy[path] = size
    assert not too_heavy
