"""Acts on organs, as a worker carries them out."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from lienxa.platform.db.session import Database
from lienxa.platform.life import acts, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.tenancy.organs import Organ

Act = Callable[..., Awaitable[OrganWork]]


@pytest.fixture
def act(operator_database: Database) -> Act:
    """`await act(kind, organ, **wanted)`: an operator wants it, and it is carried out."""

    async def carried_out(kind: str, organ: Organ | None, **wanted: object) -> OrganWork:
        key = uuid4()
        async with operator_database.control() as control:
            await works.ask(control, None, key, kind, "van-hanh", organ.id if organ else None, **wanted)
        return await acts.carry_out(operator_database, key)

    return carried_out
