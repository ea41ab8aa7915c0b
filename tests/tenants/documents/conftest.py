"""An office's papers for the tests of this module."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.access.staffing import appoint
from lienxa.platform.db.session import Database
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import Attachment, Direction, Draft, IncomingEntry

MakeEntry = Callable[..., IncomingEntry]
MakeDraft = Callable[..., Draft]
PDF = Attachment("công văn.pdf", sample_pdf("Ngân sách"))


@pytest.fixture
async def bodies(database: Database, clerk: Actor) -> dict[str, UUID]:
    """The bodies of Lam Sơn by code."""
    async with database.tenant(clerk.organ.id) as session:
        return {body.code: body.id for body in await people.bodies(session)}


@pytest.fixture
def entry(bodies: dict[str, UUID]) -> MakeEntry:
    """An incoming document as the clerk enters it; anything can be said otherwise."""

    def make(body: str = "committee", **other: Any) -> IncomingEntry:
        usual = {
            "author_organ": "UBND huyện",
            "author_symbol": "125/UBND-TC",
            "doc_date": date(2026, 11, 20),
            "type_code": "state/cong-van",
            "abstract": "V/v quyết toán Ngân sách quý III",
        }
        return IncomingEntry(body_id=bodies[body], **{**usual, **other})

    return make


@pytest.fixture
def draft(bodies: dict[str, UUID], leader: Actor, secretary: Actor) -> MakeDraft:
    """An outgoing document as a drafter enters it; anything can be said otherwise."""

    def make(body: str = "committee", type_code: str = "state/quyet-dinh", **other: Any) -> Draft:
        signer = leader if body == "committee" else secretary
        usual = {"abstract": "Phân bổ kinh phí", "recipients": "Lưu: VT.", "signer_id": signer.staff_id}
        return Draft(body_id=bodies[body], type_code=type_code, **{**usual, **other})

    return make


@pytest.fixture
async def inspection(lam_son: Organ, actor_with: Any) -> Actor:
    """The chair of the inspection committee of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "leader", "UBKT")
    return found


@pytest.fixture
async def both_posts(database: Database, specialist: Actor) -> tuple[Actor, Actor]:
    """The civil status officer, who is clerk of the inspection committee as well: acting in the one, in the other."""
    async with database.tenant(specialist.organ.id) as session:
        await appoint(session, specialist.staff_id, "van-thu-ubkt", date(2026, 1, 1))
        person = await staff_member(session, specialist.organ, specialist.staff_id)
    other = next(post for post in person.posts if post.id != specialist.acting.id)
    return person.acting_in(specialist.acting.id), person.acting_in(other.id)


Do = Callable[..., Awaitable[Any]]


@pytest.fixture
def do(database: Database) -> Do:
    """Carry an operation out in a transaction of its own: `await do(operations.drafts.submit, clerk, document_id)`."""

    async def carry_out(operation: Callable[..., Awaitable[Any]], actor: Actor, *arguments: Any, **named: Any) -> Any:
        async with database.tenant(actor.organ.id) as session:
            return await operation(session, actor, *arguments, **named)

    return carry_out


Propose = Callable[..., Awaitable[Any]]
Check = Callable[[UUID], Awaitable[Any]]


@pytest.fixture
def propose(do: Do, office_head: Actor) -> Propose:
    """Let the office head propose who handles a paper: `await propose(paper, specialist)`."""

    async def carry_out(document: Document, lead: Actor) -> Any:
        proposal = Direction(lead.staff_id, (), document.proposal_text, document.due_on)
        return await do(operations.incoming.propose, office_head, document.id, proposal)

    return carry_out


@pytest.fixture
def check(do: Do, office_head: Actor) -> Check:
    """Let the office head find content and form of a submitted draft in order."""

    async def carry_out(document_id: UUID) -> Any:
        return await do(operations.drafts.check_content, office_head, document_id, form_too=True)

    return carry_out


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements sent inside, without the session's own set-up."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
