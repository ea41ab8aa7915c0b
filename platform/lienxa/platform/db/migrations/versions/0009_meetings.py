"""The weekly calendar: decisions on proposals, kinds of entries, published weeks, rooms out of service."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0009_meetings"
down_revision = "0013_2_administration"

# The rights that came with this version, for the roles of organs that exist already.
NEW_RIGHTS = (
    ("meetings.publish", ("clerk", "office_head")),
    ("rooms.manage", ("administrator", "office_head")),
)


def upgrade() -> None:
    """Widen the meeting, then add the tables beside it."""
    _widen_meeting()
    op.create_table(
        "meeting_setting",
        *_tenant_columns(),
        sa.Column("travel_minutes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="meeting_setting_pkey"),
        sa.UniqueConstraint("tenant_id", name="meeting_setting_tenant_id_key"),
        sa.CheckConstraint("travel_minutes between 0 and 240", name=op.f("meeting_setting_travel_minutes_check")),
        schema="app",
    )
    op.create_table(
        "room_closure",
        *_tenant_columns(),
        sa.Column("room_id", sa.Uuid, nullable=False),
        sa.Column("closed_from", sa.Date, nullable=False),
        sa.Column("closed_to", sa.Date, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("closed_by", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="room_closure_pkey"),
        sa.CheckConstraint("closed_to is null or closed_to >= closed_from", name=op.f("room_closure_order_check")),
        _key("room_closure", "room_id", "room"),
        _key("room_closure", "closed_by", "staff"),
        schema="app",
    )
    op.create_index("room_closure_room_id_idx", "room_closure", ["tenant_id", "room_id"], schema="app")
    op.create_table(
        "week_publication",
        *_tenant_columns(),
        sa.Column("monday", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("published_by", sa.Uuid, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="week_publication_pkey"),
        sa.UniqueConstraint("tenant_id", "monday", "version", name="week_publication_tenant_id_monday_version_key"),
        sa.CheckConstraint("version > 0", name=op.f("week_publication_version_check")),
        _key("week_publication", "published_by", "staff"),
        schema="app",
    )
    op.create_table(
        "published_entry",
        *_tenant_columns(),
        sa.Column("publication_id", sa.Uuid, nullable=False),
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("chair_id", sa.Uuid, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("room_id", sa.Uuid, nullable=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="published_entry_pkey"),
        sa.UniqueConstraint(
            "tenant_id",
            "publication_id",
            "meeting_id",
            name="published_entry_tenant_id_publication_id_meeting_id_key",
        ),
        _key("published_entry", "publication_id", "week_publication"),
        _key("published_entry", "meeting_id", "meeting"),
        _key("published_entry", "chair_id", "staff"),
        _key("published_entry", "room_id", "room"),
        schema="app",
    )
    op.create_index("published_entry_meeting_id_idx", "published_entry", ["tenant_id", "meeting_id"], schema="app")
    for table in ("meeting_setting", "room_closure", "week_publication", "published_entry"):
        protect(table)
    # Row security binds the owner too; only the migrator itself reaches the rows of all organs.
    op.execute("reset role")
    for column, other in (("unit_id", "unit"), ("follower_id", "staff"), ("decided_by", "staff")):
        op.create_foreign_key(
            f"meeting_tenant_id_{column}_fkey",
            "meeting",
            other,
            ["tenant_id", column],
            ["tenant_id", "id"],
            source_schema="app",
            referent_schema="app",
        )
    for right, roles in NEW_RIGHTS:
        op.execute(
            sa.text(
                "insert into app.role_permission (tenant_id, id, role_id, permission) "
                "select tenant_id, gen_random_uuid(), id, :right from app.role where code = any(:roles)"
            ).bindparams(right=right, roles=list(roles))
        )
    op.execute("set role lx_owner")


def _widen_meeting() -> None:
    """New columns have defaults in the database, so that the version before can go on writing."""
    for name in ("attendance", "clash_reason"):
        op.add_column("meeting", sa.Column(name, sa.Text, nullable=False, server_default=""), schema="app")
    op.add_column("meeting", sa.Column("kind", sa.Text, nullable=False, server_default="meeting"), schema="app")
    for name in ("unit_id", "follower_id", "decided_by"):
        op.add_column("meeting", sa.Column(name, sa.Uuid, nullable=True), schema="app")
    op.add_column("meeting", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True), schema="app")
    _check("meeting", "kind", "kind in ('meeting', 'internal', 'reception', 'trip', 'other')")
    op.drop_constraint(op.f("meeting_state_check"), "meeting", schema="app")
    _check("meeting", "state", "state in ('proposed', 'returned', 'refused', 'booked', 'held', 'cancelled')")
    op.drop_constraint(op.f("meeting_participant_relation_check"), "meeting_participant", schema="app")
    _check("meeting_participant", "relation", "relation in ('chair', 'member', 'invited', 'preparer')")
    op.create_index("meeting_participant_staff_id_idx", "meeting_participant", ["tenant_id", "staff_id"], schema="app")


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"{table}_{name}_check"), table, condition, schema="app")


def _tenant_columns() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"{table}_tenant_id_{column}_fkey",
    )
