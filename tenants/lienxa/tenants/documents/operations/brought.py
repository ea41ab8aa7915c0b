"""From a file to an entry of the incoming book: what the file says of itself is proposed and never entered unseen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from lienxa.platform import clock, reading
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.files import store
from lienxa.platform.files.content import PDF, SHOWN_INLINE
from lienxa.platform.files.models import StoredFile
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, proposals, repository, rules
from lienxa.tenants.documents.models import BroughtPaper, Document, DocumentFile
from lienxa.tenants.documents.operations.incoming import register_incoming
from lienxa.tenants.documents.proposals import Proposal
from lienxa.tenants.documents.schemas import Attachment, IncomingEntry

READING, READ = "reading", "read"
KEPT = timedelta(days=14)
GIVEN_UP = timedelta(hours=6)
_MOST_TYPED = 500  # characters of a field


async def bring(session: TenantSession, actor: Actor, file: Attachment, typed: Mapping[str, str]) -> BroughtPaper:
    """Keep a file that is to be entered, with what it says of itself and what was typed into the form so far.

    A text layer is read before anything is stored: `SecretRefused` if it bears a mark of secrecy; `InvalidInput` on
    `file` if it is of another type, too large, locked or broken. A scan stays `reading` (`jobs.bring_paper`).
    """
    actor.require(permissions.REGISTER)
    content_type = store.checked_type(file.content)
    proposal = Proposal()
    if content_type == PDF:
        proposal = proposals.propose((await reading.read_aside(file.content)).pages, clock.today())
    rules.refuse_secret(proposal.secrecy or "open")
    stored = await store.keep(session, actor, file.name, file.content)
    scanned = content_type in SHOWN_INLINE and not proposal.fields
    paper = BroughtPaper(
        stored_file_id=stored.id,
        brought_by=actor.staff_id,
        brought_at=clock.now(),
        state=READING if scanned else READ,
        typed={field: value[:_MOST_TYPED] for field, value in typed.items() if value},
        found=dict(proposal.fields),
        reason="" if scanned or proposal.fields else _("Tệp Word chưa đọc được: nhập tay các ô dưới đây."),
    )
    session.add(paper)
    await session.flush()
    return paper


async def read_scan(session: TenantSession, paper_id: UUID) -> None:
    """Recognise what a scan says, unless it was entered or dropped meanwhile. For a heavy job.

    One that bears a mark of secrecy is removed with its file at once; who brought it is told, without its subject.
    """
    waiting = await repository.brought.in_reading(session, paper_id)
    if waiting is None:
        return
    found, reason = await _recognised(await store.read(session, waiting[1]))
    # Only now is it locked: who enters or drops it must not wait for the recognition.
    locked = await repository.brought.in_reading(session, paper_id, lock=True)
    if locked is None:
        return
    paper, stored = locked
    if found.secrecy:
        await _purge(session, paper, stored)
        return
    paper.state, paper.found, paper.reason = READ, dict(found.fields), reason


async def _recognised(content: bytes) -> tuple[Proposal, str]:
    """What a scan says, and if it says nothing, why."""
    try:
        found = proposals.propose((await reading.read_aside(content, scan=True)).pages, clock.today())
    except InvalidInput as refusal:
        return Proposal(), " ".join(f"{fault.reason} {fault.remedy}" for fault in refusal.fields)
    if found.fields or found.secrecy:
        return found, ""
    return found, _("Không đọc được số, ký hiệu, ngày trong bản quét: nhập tay các ô dưới đây.")


async def _purge(session: TenantSession, paper: BroughtPaper, stored: StoredFile) -> None:
    text = _("Một tệp đồng chí đưa lên có dấu chỉ độ mật nên đã bị xóa. Ghi văn bản đó vào sổ giấy.")
    await notices.tell(session, None, Told([paper.brought_by], "documents.purge", text, "/van-ban/den/cho-vao-so"))
    trail.record_service(session, "documents.purge", "brought_paper", paper.id, {})
    await session.delete(paper)
    await session.flush()
    await store.purge(session, stored)


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
    """Remove papers that nobody has entered for 14 days, and give up scans that nobody reads any more."""
    await repository.brought.forget(session, await repository.brought.older_than(session, clock.now() - KEPT))
    await give_up(session, clock.now() - GIVEN_UP)


async def give_up(session: TenantSession, before: datetime) -> None:
    """Let scans that were brought before then be typed by hand: their job came to nothing."""
    for paper in await repository.brought.still_reading(session, before):
        paper.state, paper.reason = READ, _("Việc đọc bản quét bị dừng giữa chừng: nhập tay các ô dưới đây.")


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
