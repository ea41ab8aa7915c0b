"""Static files: for good under their versioned address, compressed for who can read it, and nothing else."""

import gzip

import httpx
import pytest
from litestar import Litestar

from lienxa.platform.web.static_files import asset

NAMES = ("vendor/lienxa.css", "vendor/lienxa.js", "vendor/icons.svg", "emblem.svg")


@pytest.fixture
def client(app: Litestar) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000")


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_may_be_kept_under_its_version(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(asset(name), headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get(asset(name), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert int(answer.headers["content-length"]) <= len(gzip.compress(plain.content)) + 32


async def test_an_old_address_is_kept_for_an_hour_only(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/vendor/lienxa.css?v=0")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.css", "../page.py", "..%2fpage.py", "vendor/.stamp", ""])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


def test_a_template_cannot_name_a_file_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        asset("nothing.css")
