"""The rollout of the merged offices, as a parent follows it, and closed periods: an organ's own rows.

Organs below are named by their id in the registry.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class RolloutPlan(TenantScoped):
    """What the rollout rests on: the parent's scheme (`07-ĐA/HU`). One row a parent."""

    __tablename__ = "rollout_plan"
    __table_args__ = tenant_table(tenant_unique("scheme"))

    scheme: Mapped[str]


class RolloutUnit(TenantScoped):
    """How far one organ below has come. `organ_id` is its id in the registry.

    `changed_on` is the day of the present state; empty where nobody has said it. `invented` marks days made up for
    the demonstration.
    """

    __tablename__ = "rollout_unit"
    __table_args__ = tenant_table(
        tenant_unique("organ_id"),
        CheckConstraint("state in ('planned', 'staff_moved', 'merged')", name="state"),
        CheckConstraint("civil_servants_moved >= 0", name="moved"),
    )

    organ_id: Mapped[UUID]
    wave: Mapped[str]
    state: Mapped[str]
    civil_servants_moved: Mapped[int | None]
    concurrent_inspection_deputy: Mapped[bool | None]
    changed_on: Mapped[date | None]
    invented: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str]


class Milestone(TenantScoped):
    """What is to be reached by a day (mốc): by one organ, by a whole wave, or, without both, by the rollout.

    Its state follows from its days. `title` names what is of no other kind; `responsible` is who sees to it, in words.
    """

    __tablename__ = "rollout_milestone"
    __table_args__ = tenant_table(
        tenant_index("rollout_milestone", "planned_on", "id"),
        tenant_index("rollout_milestone", "organ_id"),
        CheckConstraint(
            "kind in ('scheme', 'staff', 'rules', 'room', 'book', 'calendar', 'review', 'other')", name="kind"
        ),
        CheckConstraint("kind <> 'other' or title <> ''", name="title"),
        CheckConstraint("organ_id is null or wave = ''", name="scope"),
    )

    organ_id: Mapped[UUID | None]
    wave: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    planned_on: Mapped[date]
    done_on: Mapped[date | None]
    responsible: Mapped[str]
    note: Mapped[str]
    invented: Mapped[bool] = mapped_column(default=False)


class SteeringMember(TenantScoped):
    """A member of the steering committee (Ban Chỉ đạo) from `since` until `until`, both days included."""

    __tablename__ = "steering_member"
    __table_args__ = tenant_table(
        CheckConstraint("role in ('head', 'deputy', 'standing', 'member', 'secretary')", name="role"),
        CheckConstraint("until is null or until >= since", name="order"),
    )

    full_name: Mapped[str]
    title: Mapped[str]
    role: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    task: Mapped[str]
    invented: Mapped[bool] = mapped_column(default=False)


class Visit(TenantScoped):
    """The parent's people work with an organ, inspect it or review the model there; or their committee meets.

    `findings` are written when it was held, `rating` is what they thought of the organ, empty if nothing.
    """

    __tablename__ = "rollout_visit"
    __table_args__ = tenant_table(
        tenant_index("rollout_visit", "visit_on", "id"),
        tenant_index("rollout_visit", "organ_id"),
        CheckConstraint("kind in ('inspection', 'working', 'review', 'steering')", name="kind"),
        CheckConstraint("(kind = 'steering') = (organ_id is null)", name="organ"),
        CheckConstraint("state in ('planned', 'held', 'cancelled')", name="state"),
        CheckConstraint("rating in ('', 'good', 'fair', 'weak')", name="rating"),
        CheckConstraint("state <> 'held' or findings <> ''", name="findings"),
    )

    organ_id: Mapped[UUID | None]
    kind: Mapped[str]
    visit_on: Mapped[date]
    state: Mapped[str]
    purpose: Mapped[str]
    people: Mapped[str]
    findings: Mapped[str]
    rating: Mapped[str]
    invented: Mapped[bool] = mapped_column(default=False)


class FollowUp(TenantScoped):
    """What was asked for at a visit: by whom and until when, and what came of it."""

    __tablename__ = "visit_follow_up"
    __table_args__ = tenant_table(
        tenant_key("visit_id", "rollout_visit"),
        tenant_index("visit_follow_up", "visit_id"),
        tenant_index("visit_follow_up", "due_on"),
    )

    visit_id: Mapped[UUID]
    task: Mapped[str]
    responsible: Mapped[str]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    result: Mapped[str]


class ClosedPeriod(TenantScoped):
    """A month whose figures were closed (chốt số liệu); closing it again after it was reopened makes another version.

    A parent closes the figures of those below it, any other organ its own report. `month` is the first day of the
    month that the figures bear, `starts_on` and `ends_on` its bounds, both included. Names and posts are kept as they
    were, so that a signed report can be printed again.
    """

    __tablename__ = "closed_period"
    __table_args__ = tenant_table(
        tenant_unique("month", "version"),
        tenant_index("closed_period", "month", "id"),
        Index("closed_period_closed_idx", "tenant_id", "month", unique=True, postgresql_where=text("state = 'closed'")),
        CheckConstraint("state in ('closed', 'reopened')", name="state"),
        CheckConstraint("starts_on <= ends_on", name="bounds"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "(state = 'reopened') = (reopened_at is not null) and (state = 'reopened') = (reopen_reason <> '')",
            name="reopened",
        ),
    )

    month: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    version: Mapped[int]
    state: Mapped[str]
    closed_by: Mapped[UUID]
    closed_by_name: Mapped[str]
    closed_by_post: Mapped[str]
    closed_at: Mapped[datetime]
    note: Mapped[str]
    reopened_by: Mapped[UUID | None]
    reopened_by_name: Mapped[str]
    reopened_by_post: Mapped[str]
    reopened_at: Mapped[datetime | None]
    reopen_reason: Mapped[str]


class ClosedOrgan(TenantScoped):
    """An organ of a closed period, as it was called then; one without any figure is an organ of it too."""

    __tablename__ = "closed_organ"
    __table_args__ = tenant_table(tenant_key("period_id", "closed_period"), tenant_unique("period_id", "organ_id"))

    period_id: Mapped[UUID]
    organ_id: Mapped[UUID]
    name: Mapped[str]
    position: Mapped[int]


class ClosedFigure(TenantScoped):
    """A figure of an organ as it stood when the period was closed. Never changed and never deleted."""

    __tablename__ = "closed_figure"
    __table_args__ = tenant_table(
        tenant_key("period_id", "closed_period"), tenant_unique("period_id", "organ_id", "code", "dimension")
    )

    period_id: Mapped[UUID]
    organ_id: Mapped[UUID]
    module: Mapped[str]
    code: Mapped[str]
    dimension: Mapped[str]
    value: Mapped[int] = mapped_column(BigInteger)
