"""Organs that follow others, and what passed to them."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import grant_control, protect

revision = "0042_succession"
down_revision = "0041_book_closings"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    _create_succession()
    _create_passage()


def _create_succession() -> None:
    op.create_table(
        "succession",
        sa.Column("predecessor_id", sa.Uuid, nullable=False),
        sa.Column("successor_id", sa.Uuid, nullable=False),
        sa.Column("work_id", sa.Uuid, nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("begun_at", _INSTANT, nullable=False),
        sa.Column("done_at", _INSTANT, nullable=True),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name="succession_pkey"),
        *(
            sa.ForeignKeyConstraint([column], [f"control.{table}.id"], name=f"succession_{column}_fkey")
            for column, table in (
                ("predecessor_id", "tenant"),
                ("successor_id", "tenant"),
                ("work_id", "organ_work"),
            )
        ),
        schema="control",
    )
    op.create_index("succession_successor_id_idx", "succession", ["successor_id"], schema="control")
    op.create_index("succession_work_id_idx", "succession", ["work_id"], schema="control")
    grant_control("succession", app="select", operator="select, insert, update")


def _create_passage() -> None:
    op.create_table(
        "passage",
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("organ_id", sa.Uuid, nullable=False),
        sa.Column("organ_name", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("other_id", sa.Uuid, nullable=False),
        sa.Column("other_number", sa.Text, nullable=False),
        sa.Column("other_path", sa.Text, nullable=False),
        sa.Column("passed_on", sa.Date, nullable=False),
        sa.Column("passed_at", _INSTANT, nullable=False),
        sa.CheckConstraint("direction in ('in', 'out')", name="direction"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="passage_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "direction", "kind", "thing_id", name="passage_tenant_id_direction_kind_thing_id_key"
        ),
        schema="app",
    )
    for columns in (("kind", "number"), ("kind", "other_number")):
        op.create_index(f"passage_{'_'.join(columns)}_idx", "passage", ["tenant_id", *columns], schema="app")
    protect("passage", "select, insert")
