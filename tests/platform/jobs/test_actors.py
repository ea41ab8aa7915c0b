"""Declaring jobs, and what may travel in a message."""

import inspect
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import control_actor, tenant_actor
from lienxa.platform.jobs.actors import Job, find_job


async def _sample(
    session: TenantSession, thing: UUID, day: date | None, word: str, number: int, switch: bool, note: str | None
) -> None: ...


SAMPLE = Job("test.sample", "quick", True, 0, _sample, inspect.signature(_sample))

small_texts = st.text(max_size=200)


@given(
    st.uuids(), st.uuids(), st.none() | st.dates(), small_texts, st.integers(), st.booleans(), st.none() | small_texts
)
def test_arguments_come_back_as_they_were(
    tenant: UUID, thing: UUID, day: date | None, word: str, number: int, switch: bool, note: str | None
) -> None:
    travelled = SAMPLE.to_json((tenant, thing, day, word, number, switch, note))

    assert travelled[0] == str(tenant)
    assert SAMPLE.from_json(tuple(travelled[1:])) == [thing, day, word, number, switch, note]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((uuid4(),), TypeError),
        ((uuid4(), uuid4(), None, "w", 1, True, None, "one too many"), TypeError),
        ((uuid4(), uuid4(), None, {"a": 1}, 1, True, None), TypeError),
        ((uuid4(), uuid4(), None, b"content", 1, True, None), TypeError),
        ((uuid4(), uuid4(), None, "x" * 201, 1, True, None), ValueError),
    ],
)
def test_only_ids_and_small_scalars_travel(arguments: tuple[object, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        SAMPLE.to_json(arguments)  # type: ignore[arg-type]


def test_a_job_is_named_after_its_package_and_found_by_that_name() -> None:
    async def send_notice(session: TenantSession, notice: UUID) -> None: ...

    send_notice.__module__ = "lienxa.tenants.bulletin.jobs"
    declared = tenant_actor(queue="heavy")(send_notice)

    assert find_job("bulletin.send_notice") is declared
    assert (declared.queue, declared.of_tenant) == ("heavy", True)
    with pytest.raises(ValueError, match="declared twice"):
        tenant_actor()(send_notice)
    with pytest.raises(LookupError, match=r"no_such_job.*send_notice"):
        find_job("bulletin.no_such_job")


def test_a_job_that_takes_content_cannot_be_declared() -> None:
    async def carry(database: Database, content: bytes) -> None: ...

    with pytest.raises(TypeError, match="content"):
        control_actor()(carry)
