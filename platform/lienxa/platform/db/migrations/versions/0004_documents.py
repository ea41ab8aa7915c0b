"""Documents: committee terms, series of numbers with their counters, both books, files and participants."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0004_documents"
down_revision = "0003_jobs_and_rollup"


def upgrade() -> None:
    """Create the tables of the module `documents`."""
    _numbers()
    _documents()
    _around_documents()
    for table in (
        "committee_term",
        "number_series",
        "series_use",
        "number_counter",
        "document",
        "document_file",
        "document_participant",
    ):
        protect(table)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("tenant_id", *columns, name=f"{table}_tenant_id_{'_'.join(columns)}_key")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{name}_pkey"),
        schema="app",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"{table}_{'_'.join(columns)}_idx", table, ["tenant_id", *columns], schema="app")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _numbers() -> None:
    _table(
        "committee_term",
        _text("label"),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        _unique("committee_term", "label"),
        sa.CheckConstraint("closed_on is null or closed_on >= opened_on", name=op.f("committee_term_order_check")),
    )
    _table(
        "number_series",
        _text("code"),
        _text("period_kind"),
        _unique("number_series", "code"),
        sa.CheckConstraint("period_kind in ('year', 'term')", name=op.f("number_series_period_kind_check")),
    )
    _table(
        "series_use",
        sa.Column("series_id", sa.Uuid, nullable=False),
        sa.Column("body_id", sa.Uuid, nullable=False),
        _text("direction"),
        _text("type_code"),
        _key("series_use", "series_id", "number_series"),
        _key("series_use", "body_id", "body"),
        _unique("series_use", "body_id", "direction", "type_code"),
        sa.CheckConstraint("direction in ('incoming', 'outgoing')", name=op.f("series_use_direction_check")),
    )
    _index("series_use", "series_id")
    _table(
        "number_counter",
        sa.Column("series_id", sa.Uuid, nullable=False),
        _text("period"),
        sa.Column("last_number", sa.Integer, nullable=False),
        _key("number_counter", "series_id", "number_series"),
        _unique("number_counter", "series_id", "period"),
        sa.CheckConstraint("last_number >= 0", name=op.f("number_counter_last_number_check")),
    )


def _documents() -> None:
    _table(
        "document",
        _text("direction"),
        sa.Column("body_id", sa.Uuid, nullable=False),
        _text("type_code"),
        _text("state"),
        _text("abstract"),
        _text("urgency"),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid, nullable=False),
        sa.Column("doc_date", sa.Date, nullable=True),
        sa.Column("series_id", sa.Uuid, nullable=True),
        sa.Column("period", sa.Text, nullable=True),
        sa.Column("number", sa.Integer, nullable=True),
        _text("number_text"),
        _text("author_organ"),
        _text("author_symbol"),
        sa.Column("received_on", sa.Date, nullable=True),
        sa.Column("due_on", sa.Date, nullable=True),
        sa.Column("proposed_lead_id", sa.Uuid, nullable=True),
        _text("direction_text"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers_id", sa.Uuid, nullable=True),
        sa.Column("unit_id", sa.Uuid, nullable=True),
        sa.Column("signer_id", sa.Uuid, nullable=True),
        _text("signer_title"),
        _text("recipients"),
        _text("return_reason"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("numbered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "search_norm",
            sa.Text,
            sa.Computed(
                "app.norm(abstract || ' ' || number_text || ' ' || author_symbol || ' ' || author_organ)",
                persisted=True,
            ),
            nullable=False,
        ),
        _key("document", "body_id", "body"),
        _key("document", "series_id", "number_series"),
        _key("document", "answers_id", "document"),
        _key("document", "unit_id", "unit"),
        _key("document", "proposed_lead_id", "staff"),
        _key("document", "signer_id", "staff"),
        _key("document", "entered_by", "staff"),
        _unique("document", "series_id", "period", "number"),
        sa.CheckConstraint(
            "direction = 'incoming' and state in ('registered', 'directed', 'answered', 'done') or "
            "direction = 'outgoing' and state in ('draft', 'submitted', 'returned', 'signed', 'numbered', 'issued')",
            name=op.f("document_state_check"),
        ),
        sa.CheckConstraint(
            "urgency in ('normal', 'urgent', 'very_urgent', 'immediate')", name=op.f("document_urgency_check")
        ),
        sa.CheckConstraint(
            "(number is null) = (series_id is null) and (number is null) = (period is null) "
            "and (number is null) = (state in ('draft', 'submitted', 'returned', 'signed'))",
            name=op.f("document_number_check"),
        ),
    )
    _index("document", "direction", "listed_at", "id")
    _index("document", "direction", "state")
    _index("document", "author_symbol")
    _index("document", "answers_id")
    # Our own leakproof operator class: under row security the index of a plain ILIKE would not be used.
    op.create_index(
        "document_search_norm_idx",
        "document",
        ["tenant_id", "search_norm"],
        schema="app",
        postgresql_using="gin",
        postgresql_ops={"search_norm": "app.gin_trgm_lp_ops"},
    )


def _around_documents() -> None:
    _table(
        "document_file",
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("stored_file_id", sa.Uuid, nullable=False),
        _text("role"),
        _key("document_file", "document_id", "document"),
        _key("document_file", "stored_file_id", "stored_file"),
        _unique("document_file", "document_id", "stored_file_id"),
        sa.CheckConstraint("role in ('main', 'annex', 'earlier')", name=op.f("document_file_role_check")),
    )
    _table(
        "document_participant",
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        _text("relation"),
        _key("document_participant", "document_id", "document"),
        _key("document_participant", "staff_id", "staff"),
        # Named by hand: the name by convention would have 64 characters.
        sa.UniqueConstraint(
            "tenant_id", "document_id", "staff_id", "relation", name="document_participant_staff_relation_key"
        ),
        sa.CheckConstraint(
            "relation in ('lead', 'co', 'drafter', 'signer')", name=op.f("document_participant_relation_check")
        ),
    )
    _index("document_participant", "staff_id", "relation")
    op.create_index(
        "document_participant_lead_key",
        "document_participant",
        ["tenant_id", "document_id"],
        schema="app",
        unique=True,
        postgresql_where=sa.text("relation = 'lead'"),
    )
