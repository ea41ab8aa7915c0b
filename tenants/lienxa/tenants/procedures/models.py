"""The organ's catalogue of procedures and its one-stop cases."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique
from lienxa.platform.workdays import Due


class Procedure(TenantScoped):
    """One version of an administrative procedure; a change is a new version, so that running cases keep theirs.

    `key` is the official code, or a slug where none was found; `valid_to` is empty for the version in use. `section`
    is the code of the unit that handles it; empty: the commune's police take it in, not the one-stop.
    `time_source`, `documents_source` and `source` say where the datum comes from: `portal` (national portal, copy of
    July 2026), `older_list` (before 2025) or `known` (not checked against a text).
    `fee` is in đồng; None where it is not known. `documents` are the papers, separated by semicolons. `result_type` is
    the type of document as which the result is entered into the outgoing book; empty: it bears no number of that book,
    but a seal.
    """

    __tablename__ = "procedure"
    __table_args__ = tenant_table(
        tenant_unique("key", "version"),
        CheckConstraint("time_unit in ('working_day', 'day', 'hour', 'same_day', 'at_once', '')", name="time_unit"),
        CheckConstraint("(time_value is not null) = (time_unit in ('working_day', 'day', 'hour'))", name="time_value"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="order"),
    )

    key: Mapped[str]
    version: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    position: Mapped[int]
    code: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    name_norm: Mapped[str] = mapped_column(
        Computed("app.norm(code || ' ' || name || ' ' || short_name)", persisted=True)
    )
    field: Mapped[str]
    authority: Mapped[str]
    section: Mapped[str]
    time_value: Mapped[int | None]
    time_unit: Mapped[str]
    time_note: Mapped[str]
    time_source: Mapped[str]
    fee: Mapped[int | None]
    fee_note: Mapped[str]
    documents: Mapped[str]
    documents_source: Mapped[str]
    source: Mapped[str]
    result_type: Mapped[str]

    @property
    def papers(self) -> tuple[str, ...]:
        """The papers of a complete dossier, one by one."""
        found = (paper.strip() for paper in self.documents.split(";"))
        return tuple(paper[:1].upper() + paper[1:] for paper in found if paper)

    @property
    def has_number(self) -> bool:
        """Whether the result takes a number of the outgoing book."""
        return bool(self.result_type)

    @property
    def at_one_stop(self) -> bool:
        """Whether the one-stop takes it in."""
        return bool(self.section)


class OneStop(TenantScoped):
    """The one-stop of the organ: one row. `code_template` has places `{day}` and `{number}`; `body_id` decides.

    `one_person` says what happens if who received a case is to handle it as well: they are warned, or it is forbidden.
    """

    __tablename__ = "one_stop"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"), CheckConstraint("one_person in ('warn', 'forbid')", name="one_person")
    )

    name: Mapped[str]
    body_id: Mapped[UUID]
    code_template: Mapped[str]
    one_person: Mapped[str] = mapped_column(default="warn")


class CaseCounter(TenantScoped):
    """The last number given to a case on one day; locked by whoever takes the next, so there is no gap."""

    __tablename__ = "case_counter"
    __table_args__ = tenant_table(tenant_unique("day"))

    day: Mapped[date]
    last: Mapped[int]


class Case(TenantScoped):
    """A one-stop application (hồ sơ một cửa).

    It keeps the version of its procedure, the rule set and the calendar under which its due date was computed.
    `clock_from` is the moment from which its time runs, and with it the calendar: the receipt, or the papers that came
    later; None where the day was agreed with the citizen. `due_exact`: due by the instant itself (hours), else by the
    end of that legal day. Legal days (`..._on`) stand beside their instants, because lists and figures go by days.
    `outcome` is set when the result is ready. `first_due_at` is when it was due before the one new date.
    `result_file_id` is the draft that the handler puts before the signer, then the text of the result.
    `one_person`: who received it handled it as well, be it for a while.
    `receipt_secret` is the secret on the citizen's receipt, sealed with the application's key. It is empty in cases of
    before it was stored: theirs is derived from that key (`rules.secret_of`) until a rotation of keys seals it.
    `receipt_code`, `receipt_organ_id` and `receipt_case_id` are set where the case came over from another organ: the
    code that stands on the citizen's receipt, and whose secret does. `code` is the same, unless it was given here.
    """

    __tablename__ = "one_stop_case"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("procedure_id", "procedure"),
        tenant_key("received_by", "staff"),
        tenant_key("handler_id", "staff"),
        tenant_key("signer_id", "staff"),
        tenant_key("result_document_id", "document"),
        tenant_key("result_file_id", "stored_file"),
        tenant_unique("code"),
        tenant_index("one_stop_case", "receipt_code"),
        tenant_index("one_stop_case", "state", "due_at"),
        tenant_index("one_stop_case", "handler_id", "state", "due_at"),
        tenant_index("one_stop_case", "received_at"),
        tenant_index(
            "one_stop_case",
            "search_norm",
            postgresql_using="gin",
            postgresql_ops={"search_norm": "app.gin_trgm_lp_ops"},
        ),
        CheckConstraint(
            "state in ('received', 'processing', 'supplement', 'signing', 'signed', 'done', 'returned', 'refused', "
            "'withdrawn', 'stopped')",
            name="state",
        ),
        CheckConstraint("outcome in ('early', 'on_time', 'late')", name="outcome"),
        CheckConstraint("(finished_at is null) = (outcome is null)", name="finished"),
        CheckConstraint("state not in ('done', 'returned') or finished_at is not null", name="result"),
        CheckConstraint("(apologised_at is null) = (first_due_at is null)", name="apology"),
        CheckConstraint("num_nulls(receipt_code, receipt_organ_id, receipt_case_id) in (0, 3)", name="receipt"),
    )

    code: Mapped[str]
    receipt_code: Mapped[str | None]
    receipt_organ_id: Mapped[UUID | None]
    receipt_case_id: Mapped[UUID | None]
    receipt_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_id: Mapped[UUID]
    procedure_id: Mapped[UUID]
    rule_set: Mapped[str]
    calendar_version: Mapped[str]
    applicant_name: Mapped[str]
    applicant_phone: Mapped[str]
    applicant_address: Mapped[str]
    search_norm: Mapped[str] = mapped_column(
        Computed("app.norm(code || ' ' || applicant_name || ' ' || applicant_phone)", persisted=True)
    )
    papers: Mapped[str]
    note: Mapped[str]
    state: Mapped[str]
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    received_by: Mapped[UUID]
    hand_over_by: Mapped[date]
    handed_over_at: Mapped[datetime | None]
    handler_id: Mapped[UUID | None]
    one_person: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    due_on: Mapped[date]
    due_exact: Mapped[bool]
    supplement_asked_at: Mapped[datetime | None]
    supplement_request: Mapped[str]
    supplied_at: Mapped[datetime | None]
    clock_from: Mapped[datetime | None]
    apologised_at: Mapped[datetime | None]
    apology_reason: Mapped[str]
    first_due_at: Mapped[datetime | None]
    signer_id: Mapped[UUID | None]
    signer_title: Mapped[str]
    signed_at: Mapped[datetime | None]
    rework_reason: Mapped[str]
    result_document_id: Mapped[UUID | None]
    result_file_id: Mapped[UUID | None]
    result_number: Mapped[str]
    finished_at: Mapped[datetime | None]
    finished_on: Mapped[date | None]
    outcome: Mapped[str | None]
    result: Mapped[str]
    returned_at: Mapped[datetime | None]
    returned_to: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_on: Mapped[date | None]
    closing_reason: Mapped[str]

    @property
    def due(self) -> Due:
        """When the result is due."""
        return Due(self.due_at, exact=self.due_exact)

    @property
    def promised(self) -> Due:
        """When it was due at first: an apology gives a new date and does not make late what is late."""
        return Due(self.first_due_at, exact=False) if self.first_due_at else self.due

    def set_due(self, due: Due) -> None:
        """Make it due then."""
        self.due_at, self.due_on, self.due_exact = due.at, due.day, due.exact

    @property
    def received_papers(self) -> tuple[str, ...]:
        """The papers that came with it, one by one."""
        return tuple(paper for paper in self.papers.split("\n") if paper)


class CaseParticipant(TenantScoped):
    """Somebody who takes part in a case and therefore sees it."""

    __tablename__ = "case_participant"
    __table_args__ = tenant_table(
        tenant_key("case_id", "one_stop_case"),
        tenant_key("staff_id", "staff"),
        tenant_unique("case_id", "staff_id"),
        CheckConstraint("relation in ('receiver', 'handler', 'signer', 'sealer')", name="relation"),
    )

    case_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    relation: Mapped[str]


class CaseEarlierStep(TenantScoped):
    """What was done to a case in the organ from which it came over, in the words of its timeline there.

    `post` tells the organ as well. The order is that of `position`, from 0.
    """

    __tablename__ = "case_earlier_step"
    __table_args__ = tenant_table(tenant_key("case_id", "one_stop_case"), tenant_unique("case_id", "position"))

    case_id: Mapped[UUID]
    position: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str]
    name: Mapped[str]
    post: Mapped[str]
    text: Mapped[str]
