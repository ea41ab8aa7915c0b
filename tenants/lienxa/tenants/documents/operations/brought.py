"""From a file to an entry of the incoming book: what the file says of itself is proposed and never entered unseen."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from lienxa.platform import clock, reading
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import store
from lienxa.platform.files.content import PDF
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, proposals, repository, rules
from lienxa.tenants.documents.models import BroughtPaper, Document, DocumentFile
from lienxa.tenants.documents.operations.incoming import register_incoming
from lienxa.tenants.documents.proposals import Proposal
from lienxa.tenants.documents.schemas import Attachment, IncomingEntry

READING, READ = "reading", "read"
KEPT = timedelta(days=14)
_MOST_TYPED = 500  # characters of a field


async def bring(session: TenantSession, actor: Actor, file: Attachment, typed: Mapping[str, str]) -> BroughtPaper:
    """Keep a file that is to be entered, with what it says of itself and what was typed into the form so far.

    It is read before anything is stored: `SecretRefused` if it bears a mark of secrecy; `InvalidInput` on `file` if
    it is of another type, too large, locked or broken.
    """
    actor.require(permissions.REGISTER)
    content_type = store.checked_type(file.content)
    proposal, reason = await _read(file.content, content_type)
    rules.refuse_secret(proposal.secrecy or "open")
    stored = await store.keep(session, actor, file.name, file.content)
    paper = BroughtPaper(
        stored_file_id=stored.id,
        brought_by=actor.staff_id,
        brought_at=clock.now(),
        state=READ,
        typed={field: value[:_MOST_TYPED] for field, value in typed.items() if value},
        found=dict(proposal.fields),
        reason=reason,
    )
    session.add(paper)
    await session.flush()
    return paper


async def _read(content: bytes, content_type: str) -> tuple[Proposal, str]:
    """What the file says, and if it says nothing, why."""
    if content_type != PDF:
        return Proposal(), _("Tệp này không phải PDF có chữ: nhập tay các ô dưới đây.")
    found = proposals.propose((await reading.read_aside(content)).pages, clock.today())
    if found.fields or found.secrecy:
        return found, ""
    return found, _("Không đọc được số, ký hiệu, ngày trong tệp (có thể là bản quét): nhập tay các ô dưới đây.")


async def enter(session: TenantSession, actor: Actor, paper_id: UUID, entry: IncomingEntry) -> Document:
    """Enter a brought paper into the book as its clerk has written the entry; its file goes with it.

    As `register_incoming`; `NotFound` if it was entered or dropped meanwhile, or somebody else brought it.
    """
    paper, _stored = await repository.brought.brought(session, actor, paper_id, lock=True)
    document = await register_incoming(session, actor, entry)
    session.add(DocumentFile(document_id=document.id, stored_file_id=paper.stored_file_id, role=rules.MAIN))
    await session.delete(paper)
    return document


async def drop(session: TenantSession, actor: Actor, paper_id: UUID) -> None:
    """Remove a paper that shall not be entered, with its file."""
    paper, _stored = await repository.brought.brought(session, actor, paper_id, lock=True)
    await repository.brought.forget(session, [paper])


async def forget(session: TenantSession) -> None:
    """Remove papers that nobody has entered for 14 days."""
    await repository.brought.forget(session, await repository.brought.older_than(session, clock.now() - KEPT))


async def twins(
    session: TenantSession, actor: Actor, values: Mapping[str, str], sha256: str = ""
) -> Sequence[Document]:
    """What stands in the books already and may be the same paper: by this very file, or by symbol, year and author.

    `values` is what stands in the form, `sha256` names the content of the file. An author not told yet may be any.
    """
    found = list(await repository.brought.same_file(session, actor, sha256)) if sha256 else []
    symbol = rules.plain_symbol(values.get("author_symbol", ""))
    if symbol:
        day = rules.read_written_day(values.get("doc_date", "")) or clock.today()
        author = values.get("author_organ", "")
        alike = await repository.brought.same_symbol(session, actor, symbol, day.year, actor.acting.body_ids)
        found += [one for one in alike if not author or rules.same_author(one.author_organ or "", author)]
    return list({document.id: document for document in found}.values())
