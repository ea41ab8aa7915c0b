"""Papers that pass to the organ that follows (ADR 0035): incoming ones that are not settled, drafts, unissued papers.

An incoming paper is entered into the successor's book under a new number; the note of the book tells the old one. A
draft goes on as a draft: it will be issued in the successor's name, so nothing that was approved for the predecessor
counts any more. What was signed and not issued is returned to its drafter for the same reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.platform.succession.kinds import Arrival, Arrived, Passing, SuccessionKind
from lienxa.platform.text import _
from lienxa.tenants.documents import repository, rules
from lienxa.tenants.documents.models import CommitteeTerm, Document, DocumentFile, DocumentParticipant, SeriesUse
from lienxa.tenants.documents.operations.series import COMMON_BOOK
from lienxa.tenants.documents.repository import succession as stored

DOCUMENT = "document"

# What a copy takes as it is; the rest is new in the successor, or another row's id.
_KEPT = ("direction", "type_code", "abstract", "urgency", "doc_date", "author_organ", "author_symbol", "due_on")
_KEPT_INCOMING = (*_KEPT, "proposal_text", "direction_text")
_KEPT_DRAFT = (*_KEPT, "of_congress", "signer_title", "recipients", "return_reason")
_SIGNED = (rules.SIGNED, rules.NUMBERED)

Row = TypeVar("Row", DocumentParticipant, DocumentFile)


@dataclass(frozen=True)
class _Paper:
    """A paper with its people and files, read completely."""

    document: Document
    people: Sequence[DocumentParticipant]
    files: Sequence[DocumentFile]

    def held_by(self, *relations: str) -> UUID | None:
        """The first person who stands to it so."""
        found = (one.staff_id for relation in relations for one in self.people if one.relation == relation)
        return next(found, None)


async def incoming(session: TenantSession, _from_day: date, most: int | None) -> Sequence[Passing]:
    """The incoming papers that are not settled."""
    papers = await _papers(session, await stored.staying(session, stored.unsettled(), most))
    return [_passing(paper, paper.held_by(rules.LEAD) or paper.document.proposed_lead_id) for paper in papers]


async def drafts(session: TenantSession, _from_day: date, most: int | None) -> Sequence[Passing]:
    """The outgoing papers that are not issued."""
    papers = await _papers(session, await stored.staying(session, stored.unissued(), most))
    return [_passing(paper, paper.held_by(rules.DRAFTER)) for paper in papers]


async def _papers(session: TenantSession, documents: Sequence[Document]) -> list[_Paper]:
    document_ids = [document.id for document in documents]
    people = _by_document(await stored.participants(session, document_ids))
    files = _by_document(await stored.files(session, document_ids))
    return [_Paper(document, people.get(document.id, []), files.get(document.id, [])) for document in documents]


def _by_document(rows: Sequence[Row]) -> Mapping[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row.document_id, []).append(row)
    return found


def _passing(paper: _Paper, holder_id: UUID | None) -> Passing:
    document = paper.document
    return Passing(
        id=document.id,
        title=document.abstract,
        path=f"/van-ban/{document.id}",
        number=document.number_text,
        symbol=document.author_symbol or "",
        dated=document.doc_date,
        due_on=document.due_on,
        holder_id=holder_id,
        unit_id=document.unit_id,
        files=[file.stored_file_id for file in paper.files],
        carried=paper,
    )


async def take_incoming(session: TenantSession, arrival: Arrival, things: Sequence[Passing]) -> Sequence[Arrived]:
    """Enter the papers into the successor's books, in the order in which they had come."""
    papers = [thing.carried for thing in things]
    numbers = await _numbers(session, arrival, papers)
    today, moment = clock.today(), clock.now()
    made = []
    for place, paper in enumerate(papers):
        there = paper.document
        series_id, period, number = numbers[there.id]
        leads = arrival.holder(paper.held_by(rules.LEAD)) is not None
        proposed = arrival.holder(there.proposed_lead_id)
        document = Document(
            **{name: getattr(there, name) for name in _KEPT_INCOMING},
            id=ids.new_id(),
            body_id=arrival.bodies[there.body_id],
            state=_incoming_state(there, leads=leads, proposed=proposed is not None),
            listed_at=moment + timedelta(microseconds=place),
            entered_by=arrival.people[there.entered_by],
            series_id=series_id,
            period=period,
            number=number,
            number_text=str(number),
            received_on=today,
            proposed_lead_id=proposed,
            proposed_co_ids=[one for one in map(arrival.holder, there.proposed_co_ids) if one],
            book_note=_(
                "Nhận bàn giao từ {name}: số đến cũ {number}, ngày {day:%d/%m/%Y}.",
                name=arrival.predecessor.full_name,
                number=there.number_text,
                day=there.received_on,
            ),
        )
        made.append((paper, document))
    return await _write(session, arrival, made, rules.LEAD)


def _incoming_state(there: Document, *, leads: bool, proposed: bool) -> str:
    """As it stood, if who is to act serves the successor; else it waits to be given out again."""
    if there.state in (rules.DIRECTED, rules.ANSWERED) and leads:
        return rules.DIRECTED
    return rules.PROPOSED if there.state == rules.PROPOSED and proposed else rules.REGISTERED


async def take_drafts(session: TenantSession, arrival: Arrival, things: Sequence[Passing]) -> Sequence[Arrived]:
    """Let the drafts go on; an answer answers the incoming paper as it arrived."""
    papers = [thing.carried for thing in things]
    answered = [paper.document.answers_id for paper in papers if paper.document.answers_id]
    arrived = await passages.arrived(session, DOCUMENT, arrival.predecessor.id, answered)
    moment = clock.now()
    made = []
    for place, paper in enumerate(papers):
        there = paper.document
        signed = there.state in _SIGNED
        document = Document(
            **{name: getattr(there, name) for name in _KEPT_DRAFT},
            id=ids.new_id(),
            body_id=arrival.bodies[there.body_id],
            state=rules.RETURNED if signed or there.state == rules.RETURNED else rules.DRAFT,
            listed_at=moment + timedelta(microseconds=place),
            entered_by=arrival.people[there.entered_by],
            unit_id=arrival.units[there.unit_id] if there.unit_id else None,
            signer_id=arrival.named(there.signer_id),
            answers_id=arrived.get(there.answers_id) if there.answers_id else None,
        )
        if signed:
            document.return_reason = _told_signed(there, arrival)
            document.doc_date = None
        made.append((paper, document))
    written = await _write(session, arrival, made, rules.DRAFTER)
    await stored.let_be_answered(session, [document.answers_id for _paper, document in made if document.answers_id])
    return written


def _told_signed(there: Document, arrival: Arrival) -> str:
    if there.number_text:
        return _(
            "Đã cấp số {number} ở {name} nhưng chưa phát hành; sửa tên cơ quan rồi trình ký lại.",
            number=there.number_text,
            name=arrival.predecessor.full_name,
        )
    return _("Đã ký ở {name}, chưa cấp số; sửa tên cơ quan rồi trình ký lại.", name=arrival.predecessor.full_name)


async def _numbers(
    session: TenantSession, arrival: Arrival, papers: Sequence[_Paper]
) -> Mapping[UUID, tuple[UUID, str, int]]:
    """A number of the successor's books for each paper: series, period, number. One statement a book."""
    uses = await repository.old_books.uses(session, rules.INCOMING)
    books = {(use.body_id, use.type_code): (use.series_id, use.period_kind) for use in uses}
    today = clock.today()
    term = await repository.terms.running_label(session, CommitteeTerm, today)
    groups: dict[tuple[UUID, str], list[UUID]] = {}
    for paper in papers:
        there = paper.document
        body_id = arrival.bodies[there.body_id]
        if (body_id, "") not in books:
            books[body_id, ""] = await _opened(session, body_id)
        series_id, kind = books.get((body_id, there.type_code)) or books[body_id, ""]
        groups.setdefault((series_id, rules.period(kind, today, term)), []).append(there.id)
    found: dict[UUID, tuple[UUID, str, int]] = {}
    for (series_id, period), document_ids in groups.items():
        first = await stored.take_numbers(session, series_id, period, len(document_ids)) - len(document_ids) + 1
        found |= {
            document_id: (series_id, period, number) for number, document_id in enumerate(document_ids, start=first)
        }
    return found


async def _opened(session: TenantSession, body_id: UUID) -> tuple[UUID, str]:
    """The common book, opened for a body that the successor did not have until now."""
    series_id = await repository.series.open_series(session, COMMON_BOOK, rules.YEAR)
    session.add(SeriesUse(series_id=series_id, body_id=body_id, direction=rules.INCOMING, type_code=""))
    await session.flush()
    return series_id, rules.YEAR


async def _write(
    session: TenantSession, arrival: Arrival, made: Sequence[tuple[_Paper, Document]], holds: str
) -> Sequence[Arrived]:
    """Keep the papers with their people and files; who stands to one as `holds` has it in hand."""
    session.add_all(document for _paper, document in made)
    await session.flush()
    for paper, document in made:
        session.add_all(_people(arrival, paper, document))
        session.add_all(
            DocumentFile(
                document_id=document.id,
                stored_file_id=arrival.files[file.stored_file_id],
                role="earlier" if file.role == "signed" else file.role,
            )
            for file in paper.files
        )
    await session.flush()
    return [
        Arrived(
            paper.document.id,
            document.id,
            f"/van-ban/{document.id}",
            document.number_text,
            arrival.holder(paper.held_by(holds)) or document.proposed_lead_id,
        )
        for paper, document in made
    ]


def _people(arrival: Arrival, paper: _Paper, document: Document) -> list[DocumentParticipant]:
    """Who handles it goes on if they serve; its drafter and signer are named even if others must take it over."""
    return [
        DocumentParticipant(document_id=document.id, staff_id=arrival.people[one.staff_id], relation=one.relation)
        for one in paper.people
        if one.relation in (rules.DRAFTER, rules.SIGNER) or _goes_on(arrival, document, one)
    ]


def _goes_on(arrival: Arrival, document: Document, one: Any) -> bool:
    return document.state == rules.DIRECTED and arrival.holder(one.staff_id) is not None


SUCCESSION = (
    SuccessionKind("documents.incoming", DOCUMENT, _("Văn bản đến chưa giải quyết"), incoming, take_incoming),
    SuccessionKind("documents.drafts", DOCUMENT, _("Dự thảo, văn bản đi chưa phát hành"), drafts, take_drafts),
)
