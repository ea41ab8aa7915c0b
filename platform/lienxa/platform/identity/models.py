"""What sign-on keeps: accounts, sessions and the short-lived rows of the flow. All in schema `control`.

No secret that a browser carries is stored: cookies, states, bindings and tickets are kept as their SHA-256.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import ids
from lienxa.platform.db.base import ControlBase


class Account(ControlBase):
    """A person as the issuer knows them, by the configured *name* of the issuer and its `sub`, never by its URL.

    Who is an operator the issuer says; `operator_since` is when it was first known here, to list them.
    """

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("issuer_name", "sub"), {"schema": "control"})

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    issuer_name: Mapped[str]
    sub: Mapped[str]
    username: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    operator_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class AccountOrgan(ControlBase):
    """An account serves this organ. What it may do there is the organ's own data (`access`).

    `signed_in_at` is when a session last began there; None: never.
    """

    __tablename__ = "account_organ"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]


class Invitation(ControlBase):
    """An organ would have somebody serve it who has an account already; nothing of a membership until they agree.

    The row goes with the answer, when it is taken back, or after `expires_at`; the organ's trail keeps what was.
    `invited_by` is the name of who invited. Who agrees holds `post_id`, if one is named, from `held_from` or from that
    day on, `together` with whoever holds it.
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("account_id", "tenant_id"), {"schema": "control"})

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id", ondelete="CASCADE"))
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    invited_by: Mapped[str]
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    post_id: Mapped[UUID | None]
    held_from: Mapped[date]
    together: Mapped[bool]


class LeftBehind(ControlBase):
    """An organ whose books an account may not read because of `successor_id`, which follows it and shut them out.

    It still reads them because of another organ that follows, if there is one and it did not.
    """

    __tablename__ = "left_behind"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True, index=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True)


class IssuerOrganization(ControlBase):
    """The organization that stands for an organ at an issuer, by the id that the issuer gave it: its alias may change.

    The embedded issuer needs none: there an organ is its own organization.
    """

    __tablename__ = "issuer_organization"
    __table_args__ = (UniqueConstraint("issuer_name", "organization_id"), {"schema": "control"})

    issuer_name: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), primary_key=True, index=True)
    organization_id: Mapped[str]


class SignOnSession(ControlBase):
    """One browser signed in at one organ; without `tenant_id` it is an operator's, on the sign-on host.

    `issuer_sid` is the issuer's session, shared by all organs the browser is signed in at. `refresh_tried_at` is when
    a refresh was last begun, `confirmed_at` when the issuer last vouched for the person. A `shared` machine (a counter)
    has the short idle limit.
    """

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new_id)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), index=True)
    issuer_sid: Mapped[str] = mapped_column(index=True)
    id_token: Mapped[str]
    refresh_token: Mapped[bytes] = mapped_column(LargeBinary)
    acting_post_id: Mapped[UUID | None]
    shared: Mapped[bool]
    user_agent: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    refresh_tried_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignOnState(ControlBase):
    """A sign-on that went to the issuer and is awaited back, once, within ten minutes.

    Without an organ it is an operator's.
    """

    __tablename__ = "sso_state"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    binding_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_verifier: Mapped[str]
    nonce: Mapped[str]
    return_path: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignOnTicket(ControlBase):
    """A finished sign-on on its way from the sign-on host to the organ's host, once, within thirty seconds."""

    __tablename__ = "sso_ticket"

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), index=True)
    binding_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issuer_sid: Mapped[str]
    id_token: Mapped[str]
    refresh_token: Mapped[bytes] = mapped_column(LargeBinary)
    return_path: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RateLimit(ControlBase):
    """How often something was tried in the present window of fixed length."""

    __tablename__ = "rate_limit"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_started_at: Mapped[datetime] = mapped_column(index=True)
    hits: Mapped[int]


class IssuerUser(ControlBase):
    """A person of the embedded issuer; empty where a real Keycloak server is used.

    `organs` are slugs, `roles` those of the realm. `signed_out_times` is how often all of their sessions were ended.
    """

    __tablename__ = "issuer_user"

    sub: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str | None]
    organs: Mapped[list[str]] = mapped_column(ARRAY(Text))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    enabled: Mapped[bool]
    must_change_password: Mapped[bool]
    signed_out_times: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime]
