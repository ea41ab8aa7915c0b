"""Calendar feeds: secret addresses of people, and what a calendar client must know of each change of a meeting."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0023_calendar_feeds"
down_revision = "0017_notices"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Widen the meeting, then add the table and its right; the version before can go on writing."""
    op.add_column(
        "meeting", sa.Column("sequence", sa.Integer, nullable=False, server_default=sa.text("0")), schema="app"
    )
    op.add_column(
        "meeting", sa.Column("changed_at", _INSTANT, nullable=False, server_default=sa.text("'epoch'")), schema="app"
    )
    op.add_column("meeting", sa.Column("booked_at", _INSTANT, nullable=True), schema="app")
    op.create_table(
        "calendar_feed",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=False),
        sa.Column("room_id", sa.Uuid, nullable=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("last_fetched_at", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="calendar_feed_pkey"),
        _key("staff_id", "staff"),
        _key("room_id", "room"),
        sa.UniqueConstraint("tenant_id", "secret_hash", name="calendar_feed_tenant_id_secret_hash_key"),
        sa.UniqueConstraint(
            "tenant_id",
            "staff_id",
            "room_id",
            name="calendar_feed_tenant_id_staff_id_room_id_key",
            postgresql_nulls_not_distinct=True,
        ),
        schema="app",
    )
    protect("calendar_feed")
    # Row security binds the owner too; only the migrator itself reaches the rows of all organs.
    op.execute("reset role")
    op.execute(
        "update app.meeting set changed_at = greatest(proposed_at, decided_at), "
        "booked_at = case when state in ('booked', 'held') then coalesce(decided_at, proposed_at) end"
    )
    op.execute(
        "insert into app.role_permission (tenant_id, id, role_id, permission) "
        "select tenant_id, gen_random_uuid(), id, 'feeds.manage' from app.role where code = 'administrator'"
    )
    op.execute("set role lx_owner")


def _key(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"app.{other}.tenant_id", f"app.{other}.id"],
        name=f"calendar_feed_tenant_id_{column}_fkey",
    )
