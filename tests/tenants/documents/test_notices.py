"""Whom the acts on documents tell, and what."""

from typing import Any

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.notify import notices
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.schemas import Direction, SharedDirection

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry, Propose


async def told(database: Database, actor: Actor) -> list[tuple[str, str]]:
    """`(title, path)` of the person's notices, latest first."""
    async with database.tenant(actor.organ.id) as session:
        found, _following = await notices.page_of(session, actor.account_id, only_unread=True, before=None)
        return [(notice.title, notice.path) for notice in found]


async def test_who_is_given_a_paper_is_told(
    database: Database, do: Do, entry: MakeEntry, propose: Propose, clerk: Actor, leader: Actor, specialist: Actor,
    counter: Actor,
) -> None:  # fmt: skip
    paper = await do(operations.incoming.register_incoming, clerk, entry(abstract="Quyết toán"))
    await propose(paper, specialist)
    assert await told(database, specialist) == []  # what is proposed is not given yet
    await do(
        operations.incoming.direct,
        leader,
        paper.id,
        Direction(specialist.staff_id, (counter.staff_id, leader.staff_id)),
    )
    assert await told(database, specialist) == [("Giao đồng chí chủ trì xử lý: Quyết toán", f"/van-ban/{paper.id}")]
    assert await told(database, counter) == [("Giao đồng chí phối hợp xử lý: Quyết toán", f"/van-ban/{paper.id}")]
    assert await told(database, leader) == []


async def test_several_papers_at_once_are_told_each(
    database: Database, do: Do, entry: MakeEntry, propose: Propose, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    papers = [
        await do(operations.incoming.register_incoming, clerk, entry(author_symbol=f"{n}", abstract=f"Việc {n}"))
        for n in (1, 2)
    ]
    for paper in papers:
        await propose(paper, specialist)
    await do(operations.selection.give_several, leader, rules.DIRECT, [paper.id for paper in papers], SharedDirection())
    assert {title for title, _path in await told(database, specialist)} == {
        "Giao đồng chí chủ trì xử lý: Việc 1",
        "Giao đồng chí chủ trì xử lý: Việc 2",
    }


async def test_the_signer_is_asked_and_the_drafter_hears_of_a_return(
    database: Database, do: Do, draft: MakeDraft, check: Check, specialist: Actor, leader: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(abstract="Kế hoạch"), PDF)
    await do(operations.drafts.submit, specialist, document.id)
    assert await told(database, leader) == []
    await check(document.id)
    path = f"/van-ban/{document.id}"
    assert await told(database, leader) == [("Chờ đồng chí ký: Kế hoạch", path)]
    await do(operations.drafts.return_for_rework, leader, document.id, "Thiếu căn cứ")
    assert await told(database, specialist) == [("Trả lại để sửa: Kế hoạch", path)]


async def test_drafter_and_signer_hear_that_a_signed_paper_goes_back(
    database: Database, do: Do, draft: MakeDraft, check: Check, clerk: Actor, specialist: Actor, leader: Actor
) -> None:
    document = await do(operations.drafts.create_draft, specialist, draft(abstract="Kế hoạch"), PDF)
    await do(operations.drafts.submit, specialist, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    await do(operations.drafts.return_for_rework, clerk, document.id, "Sai thể thức")
    path = f"/van-ban/{document.id}"
    assert (await told(database, specialist))[0] == ("Trả lại để sửa: Kế hoạch", path)
    assert (await told(database, leader))[0] == ("Văn bản đồng chí đã ký được trả lại, chưa cấp số: Kế hoạch", path)


async def test_an_act_that_is_refused_tells_nobody(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, leader: Actor, specialist: Actor
) -> None:
    paper = await do(operations.incoming.register_incoming, clerk, entry())
    outcomes: Any = await do(
        operations.selection.give_several, leader, rules.DIRECT, [paper.id], SharedDirection(specialist.staff_id)
    )
    assert outcomes[0].refusal
    assert await told(database, specialist) == []
