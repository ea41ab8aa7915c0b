"""A refused form: nothing of the act stays, and only what is refused is shown again."""

from typing import Any

import pytest
from litestar.response import Template
from sqlalchemy import select, update

from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Unit
from lienxa.platform.db.session import Database
from lienxa.platform.errors import AppError, Conflict, InvalidInput
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web.refusals import ShownAgain, shown_again


@pytest.fixture
async def clerk(lam_son: Organ, actor_with: Any) -> Actor:
    """Somebody at work in Lam Sơn."""
    member: Actor = await actor_with(lam_son, "clerk")
    return member


def plain(errors: Exception) -> Template:
    """A form that only says what is wrong."""
    return Template("form.html", context={"errors": errors})


async def test_what_was_begun_is_undone_before_the_form_is_drawn(database: Database, clerk: Actor) -> None:
    stored: list[str] = []

    async def form(errors: InvalidInput) -> Template:
        stored.extend(await session.scalars(select(Unit.name)))
        return plain(errors)

    async with database.tenant_session(clerk.organ.id) as session:
        unit = (await session.scalars(select(Unit))).first()
        assert unit is not None
        before = unit.name

        async def rename() -> None:
            async with shown_again(session, form):
                await session.execute(
                    update(Unit).values(name="Changed"), execution_options={"synchronize_session": False}
                )
                raise InvalidInput.of("name", "Too long.")

        with pytest.raises(ShownAgain) as shown:
            await rename()
        assert before in stored
        assert "Changed" not in stored
        assert unit.name == before, "what was read before can still be shown"
    assert shown.value.form.context["errors"].fields[0].field == "name"


async def test_a_conflict_is_shown_at_the_form_only_where_that_is_said(database: Database, clerk: Actor) -> None:
    async with database.tenant_session(clerk.organ.id) as session:

        async def collide(*also: type[AppError]) -> None:
            async with shown_again(session, plain, *also):
                raise Conflict("Taken.")

        with pytest.raises(Conflict):
            await collide()
        with pytest.raises(ShownAgain):
            await collide(Conflict)
