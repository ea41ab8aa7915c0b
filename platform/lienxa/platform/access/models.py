"""The people of an organ and their posts, in time."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique


class Versioned:
    """A row that several administrators may edit: `version` rises with each change, so that none is overwritten."""

    version: Mapped[int] = mapped_column(default=1)


class Body(Versioned, TenantScoped):
    """An issuing body (cơ quan ban hành): Đảng ủy, UBKT, HĐND, UBND; each has its own seal and books.

    `system` is the book of rules it follows: `party` or `state`; `symbol` its part of a document symbol (`UBND`, `ĐU`).
    One that is no longer `in_use` keeps its papers; nothing new is made for it.
    """

    __tablename__ = "body"
    __table_args__ = tenant_table(
        tenant_unique("code"),
        CheckConstraint("code in ('party', 'inspection', 'council', 'committee', 'front', 'unions')", name="code"),
        CheckConstraint("system in ('party', 'state')", name="system"),
    )

    code: Mapped[str]
    name: Mapped[str]
    symbol: Mapped[str]
    system: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    in_use: Mapped[bool] = mapped_column(default=True)


class Unit(Versioned, TenantScoped):
    """A working unit of the organ: the office, a specialist section, the one-stop desk; until `closed_on`."""

    __tablename__ = "unit"
    __table_args__ = tenant_table(tenant_unique("code"))

    code: Mapped[str]
    name: Mapped[str]
    symbol: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    closed_on: Mapped[date | None]


class Role(TenantScoped):
    """A named job with its permissions; provisioned from the modules' defaults, then the organ's own data.

    `description` says in a sentence what its holders are there for.
    """

    __tablename__ = "role"
    __table_args__ = tenant_table(tenant_unique("code"))

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")


class RolePermission(TenantScoped):
    """One permission of one role."""

    __tablename__ = "role_permission"
    __table_args__ = tenant_table(tenant_key("role_id", "role"), tenant_unique("role_id", "permission"))

    role_id: Mapped[UUID]
    permission: Mapped[str]


class Post(Versioned, TenantScoped):
    """A post (chức vụ) in a unit, acting for a body, with the role that says what its holder may do.

    `body_id` empty: the post works for all State and Party bodies but UBKT (a clerk of the common office).
    `heads_unit`: its holder leads the unit and sees what the people of the unit handle. A post that is closed
    (`closed_on`) is kept for the history of its holders.
    """

    __tablename__ = "post"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("unit_id", "unit"),
        tenant_key("role_id", "role"),
        tenant_unique("code"),
        tenant_index("post", "role_id"),
    )

    code: Mapped[str]
    title: Mapped[str]
    body_id: Mapped[UUID | None]
    unit_id: Mapped[UUID]
    role_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(default=0)
    heads_unit: Mapped[bool] = mapped_column(default=False)
    closed_on: Mapped[date | None]


class Staff(Versioned, TenantScoped):
    """A person who works in this organ; `account_id` is the account they sign in with (schema `control`).

    From `suspended_on` on their posts count for nothing until somebody lets them in again; after `left_on`, their last
    day, they hold none. `certificate_ends_on` is the last day of their signing certificate, None if nobody has said it.
    One that `is_service` is another system, not a person: it holds no post and is in no list of people (platform/rest).
    """

    __tablename__ = "staff"
    __table_args__ = tenant_table(tenant_unique("account_id"), tenant_index("staff", "sort_key"))

    account_id: Mapped[UUID]
    full_name: Mapped[str]
    sort_key: Mapped[str]
    suspended_on: Mapped[date | None]
    left_on: Mapped[date | None]
    certificate_ends_on: Mapped[date | None]
    is_service: Mapped[bool] = mapped_column(default=False)


class Appointment(TenantScoped):
    """Who holds which post from when to when; both days included, `held_to` empty while it lasts.

    `signing_title` is how the post is written under this person's signature (NĐ 30/2020, Appendix I: `Q. CHỦ TỊCH`,
    `KT. CHỦ TỊCH - PHÓ CHỦ TỊCH`); empty: as the post is called.
    """

    __tablename__ = "appointment"
    __table_args__ = tenant_table(
        tenant_key("staff_id", "staff"),
        tenant_key("post_id", "post"),
        tenant_index("appointment", "staff_id"),
        tenant_index("appointment", "post_id"),
        CheckConstraint("held_to is null or held_to >= held_from", name="order"),
    )

    staff_id: Mapped[UUID]
    post_id: Mapped[UUID]
    held_from: Mapped[date]
    held_to: Mapped[date | None]
    signing_title: Mapped[str] = mapped_column(default="")


class OrganProfile(Versioned, TenantScoped):
    """How the organ wants to be named on screens and papers; an empty text or no emblem: as the service has it."""

    __tablename__ = "organ_profile"
    __table_args__ = tenant_table(tenant_unique(), tenant_key("emblem_id", "stored_file"))

    title: Mapped[str]
    office_name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    emblem_id: Mapped[UUID | None]


class AccessGrant(TenantScoped):
    """One thing (a document, a meeting, a case) shown to a person or a unit beyond what their posts show them.

    `kind` is the table of the thing, so that one table serves all modules; `ends_on` is the last day, empty: no end.
    A grant that was taken back keeps its row: who could see what at which time stays known.
    """

    __tablename__ = "access_grant"
    __table_args__ = tenant_table(
        tenant_key("staff_id", "staff"),
        tenant_key("unit_id", "unit"),
        tenant_key("granted_by", "staff"),
        tenant_key("revoked_by", "staff"),
        tenant_index("access_grant", "kind", "thing_id"),
        tenant_index("access_grant", "staff_id", "kind"),
        tenant_index("access_grant", "unit_id", "kind"),
        CheckConstraint("(staff_id is null) <> (unit_id is null)", name="one"),
    )

    kind: Mapped[str]
    thing_id: Mapped[UUID]
    staff_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    ends_on: Mapped[date | None]
    reason: Mapped[str]
    granted_by: Mapped[UUID]
    granted_at: Mapped[datetime]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class Delegation(TenantScoped):
    """What the holder of a post lets somebody else do in it, from `starts_on` to `ends_on`, both days included.

    An `authority` (ủy quyền; NĐ 30/2020, Điều 13: in writing, limited in time and content, never passed on) is given by
    the holder, who signs as `mark` says; a `substitution` (phân công thay thế) by the office for somebody who is away.
    `basis` is the paper that it stands on. It counts by the clock alone: nothing ends it but its last day, its
    revocation, or the end of the holder's own appointment.
    """

    __tablename__ = "delegation"
    __table_args__ = tenant_table(
        tenant_key("lender_id", "staff"),
        tenant_key("post_id", "post"),
        tenant_key("borrower_id", "staff"),
        tenant_key("made_by", "staff"),
        tenant_key("revoked_by", "staff"),
        tenant_index("delegation", "borrower_id", "ends_on"),
        tenant_index("delegation", "lender_id", "ends_on"),
        tenant_index("delegation", "ends_on"),
        CheckConstraint("kind in ('authority', 'substitution')", name="kind"),
        CheckConstraint("mark in ('', 'KT', 'TL', 'TUQ')", name="mark"),
        CheckConstraint("(kind = 'authority') = (mark <> '')", name="signs"),
        CheckConstraint("lender_id <> borrower_id", name="two"),
        CheckConstraint("ends_on >= starts_on", name="order"),
    )

    kind: Mapped[str]
    lender_id: Mapped[UUID]
    post_id: Mapped[UUID]
    borrower_id: Mapped[UUID]
    mark: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    basis: Mapped[str]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    revoked_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str] = mapped_column(default="")


class DelegationRight(TenantScoped):
    """One right of one delegation. It counts as long as the role of the post has it as well."""

    __tablename__ = "delegation_right"
    __table_args__ = tenant_table(
        tenant_key("delegation_id", "delegation"), tenant_unique("delegation_id", "permission")
    )

    delegation_id: Mapped[UUID]
    permission: Mapped[str]
