"""What other systems are told of documents."""

from typing import Any

from lienxa.platform.access.actor import Actor
from lienxa.tenants.documents import operations
from lienxa.tenants.documents.models import Document

from .conftest import PDF, Check, Do, MakeDraft


async def numbered(do: Do, draft: MakeDraft, check: Check, people: tuple[Actor, Actor, Actor], title: str) -> Document:
    """A paper that waits to be issued."""
    specialist, leader, clerk = people
    document: Document = await do(operations.drafts.create_draft, specialist, draft(abstract=title), PDF)
    await do(operations.drafts.submit, specialist, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    await do(operations.issuing.give_number, clerk, document.id)
    return document


async def test_only_issuing_is_told(
    do: Do, draft: MakeDraft, check: Check, told_others: Any, specialist: Actor, leader: Actor, clerk: Actor
) -> None:
    paper = await numbered(do, draft, check, (specialist, leader, clerk), "Kế hoạch")
    assert await told_others() == []
    await do(operations.issuing.issue, clerk, paper.id)
    assert await told_others() == [("documents.issued", paper.id)]


async def test_several_papers_are_told_each_and_one_that_is_left_is_not(
    do: Do, draft: MakeDraft, check: Check, told_others: Any, specialist: Actor, leader: Actor, clerk: Actor
) -> None:
    first, second, done = [
        await numbered(do, draft, check, (specialist, leader, clerk), f"Kế hoạch {n}") for n in range(3)
    ]
    await do(operations.issuing.issue, clerk, done.id)
    outcomes = await do(operations.selection.issue_several, clerk, [first.id, second.id, done.id])
    assert sum(not outcome.refusal for outcome in outcomes) == 2
    told = await told_others()
    assert told[0] == ("documents.issued", done.id)
    assert set(told[1:]) == {("documents.issued", first.id), ("documents.issued", second.id)}
