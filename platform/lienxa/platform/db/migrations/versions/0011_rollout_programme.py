"""The programme of the rollout: milestones, the steering committee, visits and what follows from them."""

import sqlalchemy as sa
from alembic import op

from lienxa.platform.db.migrations.helpers import protect

revision = "0011_rollout_programme"
down_revision = "0010_2_case_results"


def upgrade() -> None:
    """Create the tables; all of them are the parent's own."""
    _milestones()
    _committee()
    _visits()
    _follow_ups()


def _key(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("tenant_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{table}_pkey"),
    ]


def _milestones() -> None:
    op.create_table(
        "rollout_milestone",
        *_key("rollout_milestone"),
        sa.Column("organ_id", sa.Uuid, nullable=True),
        sa.Column("wave", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("planned_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date, nullable=True),
        sa.Column("responsible", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("invented", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "kind in ('scheme', 'staff', 'rules', 'room', 'book', 'calendar', 'review', 'other')",
            name=op.f("rollout_milestone_kind_check"),
        ),
        sa.CheckConstraint("kind <> 'other' or title <> ''", name=op.f("rollout_milestone_title_check")),
        sa.CheckConstraint("organ_id is null or wave = ''", name=op.f("rollout_milestone_scope_check")),
        schema="app",
    )
    op.create_index(
        "rollout_milestone_planned_on_id_idx", "rollout_milestone", ["tenant_id", "planned_on", "id"], schema="app"
    )
    op.create_index("rollout_milestone_organ_id_idx", "rollout_milestone", ["tenant_id", "organ_id"], schema="app")
    protect("rollout_milestone")


def _committee() -> None:
    op.create_table(
        "steering_member",
        *_key("steering_member"),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=True),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("invented", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "role in ('head', 'deputy', 'standing', 'member', 'secretary')", name=op.f("steering_member_role_check")
        ),
        sa.CheckConstraint("until is null or until >= since", name=op.f("steering_member_order_check")),
        schema="app",
    )
    protect("steering_member")


def _visits() -> None:
    op.create_table(
        "rollout_visit",
        *_key("rollout_visit"),
        sa.Column("organ_id", sa.Uuid, nullable=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("visit_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("rating", sa.Text, nullable=False),
        sa.Column("invented", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "kind in ('inspection', 'working', 'review', 'steering')", name=op.f("rollout_visit_kind_check")
        ),
        sa.CheckConstraint("(kind = 'steering') = (organ_id is null)", name=op.f("rollout_visit_organ_check")),
        sa.CheckConstraint("state in ('planned', 'held', 'cancelled')", name=op.f("rollout_visit_state_check")),
        sa.CheckConstraint("rating in ('', 'good', 'fair', 'weak')", name=op.f("rollout_visit_rating_check")),
        sa.CheckConstraint("state <> 'held' or findings <> ''", name=op.f("rollout_visit_findings_check")),
        schema="app",
    )
    op.create_index("rollout_visit_visit_on_id_idx", "rollout_visit", ["tenant_id", "visit_on", "id"], schema="app")
    op.create_index("rollout_visit_organ_id_idx", "rollout_visit", ["tenant_id", "organ_id"], schema="app")
    protect("rollout_visit")


def _follow_ups() -> None:
    op.create_table(
        "visit_follow_up",
        *_key("visit_follow_up"),
        sa.Column("visit_id", sa.Uuid, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("responsible", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("done_on", sa.Date, nullable=True),
        sa.Column("result", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "visit_id"],
            ["app.rollout_visit.tenant_id", "app.rollout_visit.id"],
            name="visit_follow_up_tenant_id_visit_id_fkey",
        ),
        schema="app",
    )
    op.create_index("visit_follow_up_visit_id_idx", "visit_follow_up", ["tenant_id", "visit_id"], schema="app")
    op.create_index("visit_follow_up_due_on_idx", "visit_follow_up", ["tenant_id", "due_on"], schema="app")
    protect("visit_follow_up")
