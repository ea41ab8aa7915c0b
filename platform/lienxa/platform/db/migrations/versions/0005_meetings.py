"""Rooms, meetings and their participants; two booked meetings never share a room."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0005_meetings"
down_revision = "0004_documents"


def upgrade() -> None:
    """Create the tables and the constraint that refuses a clash of rooms."""
    op.create_table(
        "room",
        *_tenant_columns(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seats", sa.Integer, nullable=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="room_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="room_tenant_id_code_key"),
        schema="app",
    )
    op.create_table(
        "meeting",
        *_tenant_columns(),
        sa.Column("body_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_norm", sa.Text, sa.Computed("app.norm(title)", persisted=True), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("chair_id", sa.Uuid, nullable=False),
        sa.Column("room_id", sa.Uuid, nullable=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="meeting_pkey"),
        _key("meeting", "body_id", "body"),
        _key("meeting", "room_id", "room"),
        _key("meeting", "chair_id", "staff"),
        _key("meeting", "proposed_by", "staff"),
        sa.CheckConstraint("state in ('proposed', 'booked', 'held', 'cancelled')", name=op.f("meeting_state_check")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("meeting_order_check")),
        schema="app",
    )
    op.create_index("meeting_starts_at_idx", "meeting", ["tenant_id", "starts_at"], schema="app")
    op.create_index(
        "meeting_title_norm_idx",
        "meeting",
        ["tenant_id", "title_norm"],
        schema="app",
        postgresql_using="gin",
        postgresql_ops={"title_norm": "app.gin_trgm_lp_ops"},
    )
    # The guard, not an access path: range operators are not leakproof, so no query of ours uses this index.
    op.execute(
        "alter table app.meeting add constraint meeting_room_excl exclude using gist ("
        "tenant_id with =, room_id with =, pg_catalog.tstzrange(starts_at, ends_at, '[)') with &&) "
        "where (state in ('booked', 'held') and room_id is not null)"
    )
    op.create_table(
        "meeting_participant",
        *_tenant_columns(),
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("relation", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="meeting_participant_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "meeting_id", "staff_id", name="meeting_participant_tenant_id_meeting_id_staff_id_key"
        ),
        sa.CheckConstraint(
            "relation in ('chair', 'member', 'preparer')", name=op.f("meeting_participant_relation_check")
        ),
        _key("meeting_participant", "meeting_id", "meeting"),
        _key("meeting_participant", "staff_id", "staff"),
        schema="app",
    )
    for table in ("room", "meeting", "meeting_participant"):
        protect(table)


def _tenant_columns() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
