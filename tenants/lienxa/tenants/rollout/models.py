"""The rollout of the merged offices, as a parent follows it: its own rows, which name communes by their id alone."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
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
