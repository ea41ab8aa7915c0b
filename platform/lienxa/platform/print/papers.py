"""Setting a paper: a template and the data it shows."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lienxa.platform import clock
from lienxa.platform.module import template_folders

FONTS = Path(__file__).parent / "vendor"
_PARTS = Path(__file__).parent / "lienxa.typ"


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `<module>/<name>.typ` with that data, made in this process: for heavy jobs, never for the web.

    `data` is what JSON can hold. `LookupError` if there is no such template; a mistake in it is a `ValueError`.
    """
    return typeset(template_file(template), data, int(clock.now().timestamp()))


def template_file(template: str) -> Path:
    """Where the template lies; `LookupError` if no module has it."""
    for folder in template_folders():
        if (folder / template).is_file():
            return folder / template
    raise LookupError(f"no template {template!r}")


def typeset(template: Path, data: Mapping[str, Any], made_at: int) -> bytes:
    """The PDF of that file, marked as made at `made_at` (seconds since 1970)."""
    import typst

    sources = {"main.typ": template.read_bytes(), "lienxa.typ": _PARTS.read_bytes()}
    try:
        made: bytes = cast("Any", typst.compile)(  # its types know no sources by name
            sources,
            format="pdf",
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data)},
            timestamp=made_at,
        )
    except typst.TypstError as error:
        raise ValueError(f"{template.name}: {error}") from error
    return made
