"""The way in: what no address may hold."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lienxa.platform.access.actor import Actor
from lienxa.platform.tenancy.organs import Organ

Visit = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("path", ["/thu-tuc?q=%00", "/thu-tuc/%00", "/thu-tuc/a%00b", "/tra-cuu?ma=%00"])
async def test_a_nul_in_a_public_address_is_nothing_that_exists(visit: Visit, lam_son: Organ, path: str) -> None:
    assert (await (await visit(lam_son)).get(path)).status_code == 404


async def test_a_nul_in_an_address_fails_no_page_of_an_office(visit: Visit, lam_son: Organ, clerk: Actor) -> None:
    visitor = await visit(lam_son, clerk)
    for path in ("/van-ban/den?q=%00", "/ho-so?q=%00", "/tim?q=a%00", "/van-ban/%00"):
        assert (await visitor.get(path)).status_code == 404, path
