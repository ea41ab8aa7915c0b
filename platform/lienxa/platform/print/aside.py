"""Setting a paper for somebody who waits for it, in a process of its own that ends with it.

The web process must stay small (typst alone costs 39 MB), and a receipt carries the citizen's secret, which is stored
nowhere: so it is neither made in the web process nor laid into the file store by a job (ADR 0009).
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from lienxa.platform import clock
from lienxa.platform.aside import run_aside
from lienxa.platform.errors import Unavailable
from lienxa.platform.print.papers import template_file
from lienxa.platform.text import _

_SECONDS = 20.0
# Papers made at the same time by one web process; whoever comes next waits for a moment.
_at_once = asyncio.Semaphore(2)


async def pdf_aside(template: str, data: Mapping[str, Any]) -> bytes:
    """As `pdf`, without typst in this process: about 0.15 s for a page. `Unavailable` if it takes too long."""
    order = json.dumps([str(template_file(template)), data, int(clock.now().timestamp())]).encode()
    async with _at_once:
        try:
            ended = await run_aside("lienxa.platform.print", order, _SECONDS)
        except TimeoutError:
            raise Unavailable(_("Máy in PDF đang bận."), remedy=_("Thử lại sau ít phút.")) from None
    if ended.status:
        raise ValueError(ended.fault)
    return ended.written
