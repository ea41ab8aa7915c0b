"""Papers when communes are merged: what passed waits for nobody where it was, and is read there."""

from collections.abc import Awaitable, Callable
from typing import Any

from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import repository, rules
from lienxa.tenants.documents.schemas import BookFilter

Merged = Callable[[], Awaitable[Organ]]
ROLES = ("clerk", "office_head", "leader", "specialist")
DIRECTIONS = (rules.INCOMING, rules.OUTGOING)


async def test_what_passed_waits_for_nobody_there_and_is_counted_as_open_here_alone(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    actor_with: Any,
    actor_there: Any,
    sign_in: Any,
) -> None:
    actors = [await actor_with(busy_lam_son, role) for role in ROLES]
    async with database.tenant(busy_lam_son.id) as session:
        before = {
            direction: await repository.books.count_views(session, actors[1], direction, None)
            for direction in DIRECTIONS
        }
        assert any([await repository.books.work_lines(session, actor) for actor in actors])
    new = await merged()
    head = await actor_there(new, actors[1])
    async with database.tenant(busy_lam_son.id) as session:
        for actor in actors:
            assert await repository.books.work_lines(session, actor) == []
        for direction in DIRECTIONS:
            there = await repository.books.count_views(session, actors[1], direction, None)
            assert not any(there.values())
            for view in rules.COUNTED_VIEWS[direction]:
                assert await repository.books.book_page(session, actors[1], BookFilter(direction, view=view)) == (
                    [],
                    "",
                )
        listed, _more = await repository.books.book_page(session, actors[1], BookFilter(rules.INCOMING))
    gone = [line for line in listed if line.passed_to]
    assert gone
    assert {line.passed_to for line in gone} == {new.full_name}
    async with database.tenant(new.id) as session:
        here = await repository.books.count_views(session, head, rules.INCOMING, None)
    late, unfinished = before[rules.INCOMING][rules.LATE], {rules.UNASSIGNED, rules.OPEN}
    assert here[rules.LATE] == late
    assert sum(here[view] for view in unfinished) == sum(before[rules.INCOMING][view] for view in unfinished)
    shown = (await (await sign_in(actors[0])).get("/van-ban/den")).text
    assert f"Đã chuyển {new.full_name}" in shown
    assert "Quá hạn</span></span>" not in shown
