"""Series of numbers, documents in both directions, their files and the people who have to do with them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class CommitteeTerm(TenantScoped):
    """A term of the Party committee, both days included; `closed_on` is empty while it lasts.

    Numbers of Party series begin again with each term, so `opened_on` is the day after the closing of the congress, or
    the first meeting of the new committee if that was held during it.
    """

    __tablename__ = "committee_term"
    __table_args__ = tenant_table(
        tenant_unique("label"),
        CheckConstraint("closed_on is null or closed_on >= opened_on", name="order"),
    )

    label: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]


class Congress(TenantScoped):
    """A congress of the Party organisation, both days included; `closed_on` is empty while it sits.

    Its papers share one series over all types, from the opening to the closing day (HD 36-HD/VPTW).
    """

    __tablename__ = "congress"
    __table_args__ = tenant_table(
        tenant_unique("label"),
        CheckConstraint("closed_on is null or closed_on >= opened_on", name="order"),
    )

    label: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]


class NumberSeries(TenantScoped):
    """A series of numbers; it begins again with each calendar year, each term of the committee or each congress."""

    __tablename__ = "number_series"
    __table_args__ = tenant_table(
        tenant_unique("code"),
        CheckConstraint("period_kind in ('year', 'term', 'congress')", name="period_kind"),
    )

    code: Mapped[str]
    period_kind: Mapped[str]


class SeriesUse(TenantScoped):
    """Which documents of a body take their number from a series: one type, or with an empty type all the others.

    Direction `congress` is what goes out in the name of the Party's congress. Which series there are is for the head
    of the agency to decide (NĐ 30/2020, Appendix I), so it is data.
    """

    __tablename__ = "series_use"
    __table_args__ = tenant_table(
        tenant_key("series_id", "number_series"),
        tenant_key("body_id", "body"),
        tenant_unique("body_id", "direction", "type_code"),
        tenant_index("series_use", "series_id"),
        CheckConstraint("direction in ('incoming', 'outgoing', 'congress')", name="direction"),
    )

    series_id: Mapped[UUID]
    body_id: Mapped[UUID]
    direction: Mapped[str]
    type_code: Mapped[str]


class NumberCounter(TenantScoped):
    """The last number given in one period of a series. Its row lock makes numbers follow each other without a gap."""

    __tablename__ = "number_counter"
    __table_args__ = tenant_table(
        tenant_key("series_id", "number_series"),
        tenant_unique("series_id", "period"),
        CheckConstraint("last_number >= 0", name="last_number"),
    )

    series_id: Mapped[UUID]
    period: Mapped[str]
    last_number: Mapped[int]


class IntakeRule(TenantScoped):
    """How the working rules of the office let a body's incoming documents go to its leader."""

    __tablename__ = "intake_rule"
    __table_args__ = tenant_table(tenant_key("body_id", "body"), tenant_unique("body_id"))

    body_id: Mapped[UUID]
    proposal_required: Mapped[bool]


class DirectRoute(TenantScoped):
    """A type of incoming documents that the office head passes on without the leader, by the working rules."""

    __tablename__ = "direct_route"
    __table_args__ = tenant_table(tenant_key("body_id", "body"), tenant_unique("body_id", "type_code"))

    body_id: Mapped[UUID]
    type_code: Mapped[str]


class Document(TenantScoped):
    """An incoming or outgoing document of one body.

    `listed_at` is its place in the books: when it was registered, for an outgoing one when it was drafted and then
    when it was numbered. It is taken while the counter is locked, so within a series it follows the numbers.
    `number_text` is what is read aloud: the arrival number, or number and symbol (`05/QĐ-UBND`). A struck entry keeps
    its number.
    """

    __tablename__ = "document"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("series_id", "number_series"),
        tenant_key("answers_id", "document"),
        tenant_key("unit_id", "unit"),
        tenant_key("proposed_lead_id", "staff"),
        tenant_key("signer_id", "staff"),
        tenant_key("entered_by", "staff"),
        tenant_unique("series_id", "period", "number"),
        tenant_index("document", "direction", "listed_at", "id"),
        tenant_index("document", "direction", "state"),
        tenant_index("document", "author_symbol"),
        tenant_index("document", "answers_id"),
        Index(
            "document_search_norm_idx",
            "tenant_id",
            "search_norm",
            postgresql_using="gin",
            postgresql_ops={"search_norm": "app.gin_trgm_lp_ops"},
        ),
        CheckConstraint(
            "direction = 'incoming' and state in "
            "('registered', 'proposed', 'directed', 'answered', 'done', 'struck') or "
            "direction = 'outgoing' and state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', "
            "'signed', 'numbered', 'issued', 'struck', 'discarded')",
            name="state",
        ),
        CheckConstraint("urgency in ('normal', 'urgent', 'very_urgent', 'immediate')", name="urgency"),
        CheckConstraint(
            "(number is null) = (series_id is null) and (number is null) = (period is null) "
            "and (number is null) = "
            "(state in ('draft', 'content_check', 'form_check', 'submitted', 'returned', 'signed', 'discarded'))",
            name="number",
        ),
        CheckConstraint("(state = 'struck') = (struck_at is not null)", name="struck"),
        CheckConstraint("(state = 'discarded') = (discarded_at is not null)", name="discarded"),
        CheckConstraint("copies > 0", name="copies"),
    )

    direction: Mapped[str]
    body_id: Mapped[UUID]
    type_code: Mapped[str]
    state: Mapped[str]
    abstract: Mapped[str]
    urgency: Mapped[str] = mapped_column(default="normal")
    listed_at: Mapped[datetime]
    entered_by: Mapped[UUID]
    doc_date: Mapped[date | None]

    series_id: Mapped[UUID | None]
    period: Mapped[str | None]
    number: Mapped[int | None]
    number_text: Mapped[str] = mapped_column(default="")

    # Incoming: who wrote it, when it came, what is proposed to the leader and what the leader directs.
    author_organ: Mapped[str] = mapped_column(default="")
    author_symbol: Mapped[str] = mapped_column(default="")
    received_on: Mapped[date | None]
    due_on: Mapped[date | None]
    proposed_lead_id: Mapped[UUID | None]
    proposed_co_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    proposal_text: Mapped[str] = mapped_column(default="")
    direction_text: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]

    # Outgoing: what it answers, who drafts and signs it, where it goes; `copies` and the archive's receiver are columns
    # of the book (NĐ 30/2020, Appendix IV).
    answers_id: Mapped[UUID | None]
    of_congress: Mapped[bool] = mapped_column(default=False)
    unit_id: Mapped[UUID | None]
    signer_id: Mapped[UUID | None]
    signer_title: Mapped[str] = mapped_column(default="")
    recipients: Mapped[str] = mapped_column(default="")
    return_reason: Mapped[str] = mapped_column(default="")
    discarded_at: Mapped[datetime | None]
    discarded_reason: Mapped[str] = mapped_column(default="")
    signed_at: Mapped[datetime | None]
    numbered_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]
    copies: Mapped[int | None]
    archive_receiver: Mapped[str] = mapped_column(default="")

    # A result that was drafted elsewhere in the office: what it comes of, and the page of that.
    origin_title: Mapped[str] = mapped_column(default="")
    origin_path: Mapped[str] = mapped_column(default="")

    # Both: the note of the book, and why the entry was struck through.
    book_note: Mapped[str] = mapped_column(default="")
    struck_at: Mapped[datetime | None]
    struck_reason: Mapped[str] = mapped_column(default="")

    search_norm: Mapped[str] = mapped_column(
        Computed(
            "app.norm(abstract || ' ' || number_text || ' ' || author_symbol || ' ' || author_organ)", persisted=True
        )
    )


class DocumentFile(TenantScoped):
    """A file of a document: its text (`main`), the paper as signed and sealed, an annex, or an earlier one of those.

    Beside a `signed` file `main` is the draft that was signed; after a return that draft is the text again.
    """

    __tablename__ = "document_file"
    __table_args__ = tenant_table(
        tenant_key("document_id", "document"),
        tenant_key("stored_file_id", "stored_file"),
        tenant_unique("document_id", "stored_file_id"),
        CheckConstraint("role in ('main', 'annex', 'signed', 'earlier')", name="role"),
    )

    document_id: Mapped[UUID]
    stored_file_id: Mapped[UUID]
    role: Mapped[str]


class DocumentParticipant(TenantScoped):
    """A person who takes part and therefore sees it: `lead` and `co` handle, `drafter` and `signer` make."""

    __tablename__ = "document_participant"
    __table_args__ = tenant_table(
        tenant_key("document_id", "document"),
        tenant_key("staff_id", "staff"),
        tenant_unique("document_id", "staff_id", "relation", name="document_participant_staff_relation_key"),
        tenant_index("document_participant", "staff_id", "relation"),
        Index(
            "document_participant_lead_key",
            "tenant_id",
            "document_id",
            unique=True,
            postgresql_where=text("relation = 'lead'"),
        ),
        CheckConstraint("relation in ('lead', 'co', 'drafter', 'signer')", name="relation"),
    )

    document_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    relation: Mapped[str]


class SignOff(TenantScoped):
    """A step of approval: who found the content or the form in order, and when. It holds until the draft is returned.

    `alone`: the drafter checked the content, because nobody else of the body has the right.
    """

    __tablename__ = "sign_off"
    __table_args__ = tenant_table(
        tenant_key("document_id", "document"),
        tenant_key("staff_id", "staff"),
        tenant_index("sign_off", "document_id"),
        CheckConstraint("kind in ('content', 'form')", name="kind"),
    )

    document_id: Mapped[UUID]
    kind: Mapped[str]
    staff_id: Mapped[UUID]
    post_title: Mapped[str]
    signed_off_at: Mapped[datetime]
    alone: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None]


class HandOver(TenantScoped):
    """A paper given on by the clerk: to whom, when, and who signed for it (chuyển giao, ký nhận).

    `staff_id` is empty where the receiver is no person of this organ; `received_at` while nobody has signed.
    """

    __tablename__ = "hand_over"
    __table_args__ = tenant_table(
        tenant_key("document_id", "document"),
        tenant_key("staff_id", "staff"),
        tenant_key("handed_over_by", "staff"),
        tenant_index("hand_over", "document_id"),
    )

    document_id: Mapped[UUID]
    receiver: Mapped[str]
    staff_id: Mapped[UUID | None]
    handed_over_on: Mapped[date]
    handed_over_by: Mapped[UUID]
    received_by: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime | None]


class BroughtPaper(TenantScoped):
    """A file that a clerk brought for the incoming book and has not entered yet; nobody else sees it.

    `typed` is what stood in the form, `found` what the file says of itself (`proposals.Proposal.fields`), both by field
    of the form; nothing of `found` is entered before the clerk has seen it. While it is `reading`, a job is at it;
    `reason` tells people why nothing was found.
    """

    __tablename__ = "brought_paper"
    __table_args__ = tenant_table(
        tenant_key("stored_file_id", "stored_file"),
        tenant_key("brought_by", "staff"),
        tenant_index("brought_paper", "brought_by", "brought_at"),
        tenant_index("brought_paper", "brought_at"),
        CheckConstraint("state in ('reading', 'read')", name="state"),
    )

    stored_file_id: Mapped[UUID]
    brought_by: Mapped[UUID]
    brought_at: Mapped[datetime]
    state: Mapped[str]
    typed: Mapped[dict[str, str]] = mapped_column(JSONB)
    found: Mapped[dict[str, str]] = mapped_column(JSONB)
    reason: Mapped[str]


class BookFile(TenantScoped):
    """A whole book of a period as one PDF, as it is seen by who asked for it in the post of that moment.

    `post_id` is `HeldPost.id`: a post, or the delegation by which they acted in another's.
    `kind` is that of `papers.BOOK_KINDS`; without `body_id` it is the book of all bodies. While it is `making`,
    `lines_done` of `line_count` (known once the job has begun) are set; `reason` tells people why it `failed`.
    """

    __tablename__ = "book_file"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("asked_by", "staff"),
        tenant_key("stored_file_id", "stored_file"),
        tenant_index("book_file", "asked_by", "asked_at"),
        tenant_index("book_file", "asked_at"),
        Index(
            "book_file_making_key",
            "tenant_id",
            "asked_by",
            "post_id",
            "kind",
            "period",
            "body_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'making'"),
        ),
        CheckConstraint("kind in ('di', 'den', 'theo-doi')", name="kind"),
        CheckConstraint("state in ('making', 'made', 'failed')", name="state"),
        CheckConstraint("(state = 'made') = (stored_file_id is not null)", name="made"),
    )

    kind: Mapped[str]
    period: Mapped[str]
    body_id: Mapped[UUID | None]
    asked_by: Mapped[UUID]
    post_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str]
    lines_done: Mapped[int]
    line_count: Mapped[int | None]
    stored_file_id: Mapped[UUID | None]


class BookClosing(TenantScoped):
    """A book of an ended period, closed on paper: counted, signed by the head of the office, bound and put away.

    Without `body_id` it is the intake desk's book of all bodies. `lines` tells each series of it as it was that day
    (`rules.SeriesEnd` by field); the closing sheet shows them.
    """

    __tablename__ = "book_closing"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("closed_by", "staff"),
        Index(
            "book_closing_book_key",
            "tenant_id",
            "direction",
            "period",
            "body_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("direction in ('incoming', 'outgoing')", name="direction"),
        CheckConstraint("volumes > 0", name="volumes"),
    )

    direction: Mapped[str]
    period: Mapped[str]
    body_id: Mapped[UUID | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    signer: Mapped[str]
    volumes: Mapped[int]
    kept_at: Mapped[str]
    closed_by: Mapped[UUID]
    closed_at: Mapped[datetime]


class BookChange(TenantScoped):
    """A change of what stands in a book after it was closed, with its reason: a line of its supplementary sheet.

    `told` says in words what stood there and what stands there now.
    """

    __tablename__ = "book_change"
    __table_args__ = tenant_table(
        tenant_key("closing_id", "book_closing"),
        tenant_key("document_id", "document"),
        tenant_key("changed_by", "staff"),
        tenant_index("book_change", "closing_id", "changed_at", "id"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    closing_id: Mapped[UUID]
    document_id: Mapped[UUID]
    told: Mapped[str]
    reason: Mapped[str]
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime]


class BookComparison(TenantScoped):
    """The paper registers compared with ours (đối chiếu): the last number in each of both, and why they differ.

    `lines` are those of `rules.ComparedSeries` by field, `differing` is how many of them differ.
    """

    __tablename__ = "book_comparison"
    __table_args__ = tenant_table(
        tenant_key("compared_by", "staff"),
        tenant_index("book_comparison", "compared_at", "id"),
        CheckConstraint("differing >= 0", name="differing"),
    )

    compared_on: Mapped[date]
    compared_at: Mapped[datetime]
    compared_by: Mapped[UUID]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    differing: Mapped[int]
    note: Mapped[str]
