"""Pages in a language that changes every message: run by test_pseudo_language.py in a process of its own.

Texts of modules are asked of the catalogue when Python reads these, so it is put in place before anything else.
Standard input: `{"locale": folder, "dsn": database, "visits": [{"host", "cookie", "paths", "links"}]}`, `links` being
patterns of which each page's first is followed. Standard output: `[[path, status, page], ...]`.
"""

import asyncio
import gettext
import json
import re
import sys
from typing import Any

from lienxa.platform import text

LANGUAGE = "xx"


async def main(wanted: dict[str, Any]) -> list[list[Any]]:
    """Read the pages of every visit."""
    import httpx
    from pydantic import SecretStr

    from lienxa.platform.app import build_app
    from lienxa.platform.settings import get_settings

    app = build_app(get_settings().model_copy(update={"db_app_dsn": SecretStr(wanted["dsn"])}))
    read: list[list[Any]] = []
    for visit in wanted["visits"]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"http://{visit['host']}", cookies=visit["cookies"]
        ) as client:
            waiting = list(visit["paths"])
            links = [re.compile(f'href="({link})"') for link in visit["links"]]
            for path in waiting:
                answer = await client.get(path)
                read.append([path, answer.status_code, answer.text])
                found = [(link, link.search(answer.text)) for link in links]
                waiting += [hit[1] for _link, hit in found if hit]
                links = [link for link, hit in found if not hit]
            read += [[link.pattern, 404, ""] for link in links]
    await app.state.database.close()
    return read


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    text._catalogue = gettext.translation(text.DOMAIN, localedir=asked["locale"], languages=[LANGUAGE])
    json.dump(asyncio.run(main(asked)), sys.stdout)
