"""A worker adds an organ: killed between any two steps, delivered twice, or failing, it is there once or not at all."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.platform.operator.test_onboarding import new_commune, rows

from lienxa.platform.db.session import Database
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.module import all_modules
from lienxa.platform.operator import additions, onboarding
from lienxa.platform.operator.jobs import add_organ
from lienxa.platform.operator.models import OrganAddition
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug

CarryOut = Callable[[UUID], Awaitable[None]]
STEPS = ("registered", "access", *(module.name for module in all_modules() if module.provision), "people")

# The worker's process: it runs the job and dies by SIGKILL at one of the places that the test names.
WORKER = """
import asyncio, os, signal, sys
from uuid import UUID
from lienxa.platform.db.session import Database
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.operator import additions, onboarding
from lienxa.platform.settings import get_settings

place = os.environ["KILLED_AT"]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_at(real, here):
    async def around(*arguments, **named):
        result = await real(*arguments, **named)
        if place == here:
            die()
        return result
    return around

additions._begin_attempt = dying_at(additions._begin_attempt, "begun")
onboarding.register = dying_at(onboarding.register, "registered")
onboarding.let_in = dying_at(onboarding.let_in, "let in")
additions._make = dying_at(additions._make, "committed")
additions._end = dying_at(additions._end, "ended")
additions.address_answers = die if place == "asking" else lambda *_: True

real_equip = onboarding.equip
async def equip(work, organ, spec, accounts, report):
    async def noted(step):
        if place == f"before {step}":
            die()
        await report(step)
        if place == f"after {step}":
            die()
    await real_equip(work, organ, spec, accounts, noted)
    if place == "equipped":
        die()
onboarding.equip = equip

async def main():
    settings = get_settings()
    database = Database(settings.db_operator_dsn.get_secret_value(), pool_size=2)
    await additions.carry_out(database, settings, provisioner_for(settings), UUID(sys.argv[1]))

asyncio.run(main())
"""
NOTHING_YET = (
    "begun",
    "registered",
    "let in",
    *(f"{when} {step}" for step in STEPS[1:] for when in ("before", "after")),
    "equipped",
)
THERE = ("committed", "asking", "ended")


@pytest.fixture
async def asked(do_luong: Organ, database: Database, operator_database: Database, test_settings: Settings) -> UUID:
    """An addition that an operator has asked for."""
    async with operator_database.control() as control:
        person = await provisioner_for(test_settings).provision_operator(control, "van-hanh", "Phan Thị Thử", "lien-xa")
    key = uuid4()
    async with database.control() as control:
        await additions.ask(control, test_settings, add_organ, key, (person.account_id, "van-hanh"), new_commune())
    return key


async def addition(database: Database, key: UUID) -> OrganAddition:
    async with database.control() as control:
        return await additions.find(control, key)


def office_rows(found: dict[str, int]) -> dict[str, int]:
    """Without what an addition itself keeps, and what its steps leave beside the organ."""
    beside = ("control.organ_addition", "control.addition_step")
    return {table: count for table, count in found.items() if table not in beside}


@pytest.fixture
def carry_out(operator_database: Database, test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CarryOut:
    monkeypatch.setattr(additions, "address_answers", lambda _settings, _host: True)

    async def run(key: UUID) -> None:
        await additions.carry_out(operator_database, test_settings, provisioner_for(test_settings), key)

    return run


@pytest.mark.parametrize("place", [*NOTHING_YET, *THERE])
async def test_killed_between_two_steps_nothing_is_left_or_all_is_there(
    asked: UUID,
    database: Database,
    operator_database: Database,
    owner_dsn: str,
    tmp_path: Path,
    carry_out: CarryOut,
    place: str,
) -> None:
    before = office_rows(rows(owner_dsn))
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", WORKER, str(asked)],
        env={**os.environ, "LIENXA_DATA": str(tmp_path), "LIENXA_DB_OPERATOR_DSN": dsn, "KILLED_AT": place},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if place in NOTHING_YET:
        assert office_rows(rows(owner_dsn)) == before
        assert (await addition(database, asked)).state == "waiting"
    else:
        assert (await addition(database, asked)).state in ("added", "done")
    there = office_rows(rows(owner_dsn)) if place in THERE else None

    await carry_out(asked)  # the message is delivered again
    now = await addition(database, asked)
    assert now.state == "done"
    assert now.sealed_password is not None
    after = office_rows(rows(owner_dsn))
    assert after["control.tenant"] == before["control.tenant"] + 1
    assert after["app.procedure"] == before["app.procedure"] + 112
    if there is not None:
        assert after == there
    async with database.control() as control:
        organ = await organ_by_slug(control, "xuan-son")
    assert organ is not None
    assert organ.id == now.tenant_id


async def test_two_deliveries_at_once_make_one_organ(
    asked: UUID, database: Database, owner_dsn: str, carry_out: CarryOut
) -> None:
    await asyncio.gather(carry_out(asked), carry_out(asked))
    assert (await addition(database, asked)).state == "done"
    with psycopg.connect(owner_dsn) as connection:
        found = connection.execute("select count(*) from control.tenant where slug = 'xuan-son'").fetchone()
    assert found == (1,)


async def test_the_steps_are_seen_while_the_organ_is_still_unseen(
    asked: UUID,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[set[str]] = []
    real = onboarding.equip

    async def looking(*arguments: object) -> None:
        *others, report = arguments

        async def looked(step: str) -> None:
            await report(step)  # type: ignore[operator]
            async with database.control() as control:
                seen.append(await additions.steps_done(control, asked))
                assert await organ_by_slug(control, "xuan-son") is None

        await real(*others, looked)  # type: ignore[arg-type]

    monkeypatch.setattr(onboarding, "equip", looking)
    monkeypatch.setattr(additions, "address_answers", lambda _settings, _host: False)
    await additions.carry_out(operator_database, test_settings, provisioner_for(test_settings), asked)
    assert seen == [set(STEPS[:count]) for count in range(2, len(STEPS) + 1)]
    now = await addition(database, asked)
    assert (now.state, now.address_answers) == ("done", False)


async def test_an_unexpected_fault_is_tried_again_and_at_last_told(
    asked: UUID,
    database: Database,
    owner_dsn: str,
    carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = office_rows(rows(owner_dsn))

    async def fail(*_arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(onboarding, "equip", fail)
    for _attempt in range(additions.ATTEMPTS - 1):
        with pytest.raises(RuntimeError):
            await carry_out(asked)
        assert (await addition(database, asked)).state == "waiting"
    await carry_out(asked)
    now = await addition(database, asked)
    assert now.state == "failed"
    assert "worker-operator" in additions.faults_of(now)[0].remedy
    left = office_rows(rows(owner_dsn))
    assert {table for table in left if left[table] != before[table]} == {
        "control.operator_event",
        "control.operator_unsealed",
    }
    await carry_out(asked)  # a late delivery changes nothing
    assert (await addition(database, asked)).state == "failed"
