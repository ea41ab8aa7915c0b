"""An organ at another address, erased, and restored: what its people find when they sign on, at either issuer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from keycloak import KeycloakAdmin

from lienxa.platform import clock
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.life import acts, erasing, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator import accounts

from .conftest import Browser
from .issuers import Issuer, Real, killed_after_each_request
from .test_contract import KEYCLOAK, issuer, kind  # noqa: F401 -- fixtures
from .test_succession import AT_THE_SERVER, PASSWORD, Communes, communes, organizations, reaches  # noqa: F401 -- a fixture, too

NewBrowser = Callable[[], Browser]


async def _act(
    communes: Communes,  # noqa: F811
    kind: str,  # noqa: F811
    organ_id: UUID | None,
    key: UUID | None = None,
    **wanted: Any,
) -> OrganWork:
    key = key or uuid4()
    async with communes.operator_database.control() as control:
        await works.ask(control, None, key, kind, "van-hanh", organ_id, **wanted)
    done = await acts.carry_out(communes.operator_database, key)
    communes.service.app.state.hosts._known.clear()  # what a process remembers for ten seconds
    assert done.state == "done", done.reason
    return done


async def test_at_another_address_people_sign_on_with_the_session_that_they_have(
    communes: Communes,  # noqa: F811
    new_browser: NewBrowser,
) -> None:
    browser, clerk = new_browser(), communes.username("van-thu", "ha")
    assert await reaches(browser, communes, "ha", clerk)
    host = f"moi-{communes.mark}.localhost"
    await _act(communes, "move", (await communes.organ("ha")).id, host=host)
    at = f"http://{host}:{communes.service.settings.port}/phien"
    for address in (f"http://{communes.host('ha')}/phien", at):
        page = await browser.get(address)
        assert page.extensions["address"] == at, "no password was asked for"
    page = await new_browser().sign_in(f"{host}:{communes.service.settings.port}", clerk, PASSWORD)
    assert page.extensions["address"] == at


async def test_who_served_an_erased_organ_comes_back_with_its_archive(
    communes: Communes,  # noqa: F811
    issuer: Issuer,  # noqa: F811
    kind: str,  # noqa: F811
    new_browser: NewBrowser,
) -> None:
    """Who serves another organ kept their password; the others are made anew, and who was shut out stays so."""
    operator_database, ha = communes.operator_database, await communes.organ("ha")
    both, chief, shut_out = (communes.username(post, "ha") for post in ("van-thu", "quan-tri", "bi-thu"))
    async with operator_database.control() as control:
        await provisioner_for(communes.service.settings).set_enabled(
            control, await communes.account_id(shut_out), enabled=False
        )
    archive = await _erased(communes)
    assert [await issuer.knows(name) for name in (both, chief, shut_out)] == [True, False, False]
    if kind == KEYCLOAK:
        assert "ha" not in await organizations(issuer, communes)

    await _act(communes, "restore", None, archive=archive)
    await _act(communes, "resume", ha.id)
    if kind == KEYCLOAK:
        assert (await organizations(issuer, communes))["ha"] == {"van-thu.ha", "quan-tri.ha", "bi-thu.ha"}
    assert await reaches(new_browser(), communes, "ha", both)
    printed = await accounts.renew_password(
        operator_database, communes.service.settings, provisioner_for(communes.service.settings), chief, "van-hanh"
    )
    browser, host = new_browser(), communes.host("ha")
    page = await browser.sign_in(host, chief, printed)
    assert page.text.count('type="password"') == 2, "one chooses one's own"
    if kind == KEYCLOAK:
        assert isinstance(issuer, Real)
        (user,) = await issuer.ask(_named(shut_out))
        assert not user["enabled"]


async def _erased(communes: Communes) -> str:  # noqa: F811
    """Hạ is exported and erased; the name of its archive."""
    ha = await communes.organ("ha")
    archive = (await _act(communes, "export", ha.id, books=False)).result["archive"]
    await _act(communes, "erase", ha.id, reason="Thử")
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out_due(communes.operator_database)
    return str(archive)


@AT_THE_SERVER
async def test_killed_after_any_request_a_restore_is_done_again_and_everybody_is_there_once(
    communes: Communes,  # noqa: F811
    issuer: Issuer,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive, key = await _erased(communes), uuid4()
    monkeypatch.setattr(works, "ATTEMPTS", 10_000)
    done, killed = await killed_after_each_request(
        monkeypatch, lambda: _act(communes, "restore", None, key, archive=archive)
    )
    assert done.state == "done"
    assert killed > 7
    assert (await organizations(issuer, communes))["ha"] == {"van-thu.ha", "quan-tri.ha", "bi-thu.ha"}
    for post in ("van-thu", "quan-tri", "bi-thu"):
        assert await communes.serving(communes.username(post, "ha")) >= {"ha"}


def _named(username: str) -> Callable[[KeycloakAdmin], Any]:
    return lambda admin: admin.get_users({"username": username, "exact": "true"})
