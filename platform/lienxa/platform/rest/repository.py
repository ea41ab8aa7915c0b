"""All SQL of service accounts and of kept answers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, LargeBinary, Row, Table, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased

from lienxa.platform import clock, ids
from lienxa.platform.access.models import Body, OrganProfile, RolePermission, Staff, Unit
from lienxa.platform.db.session import Prepared, TenantSession
from lienxa.platform.rest.models import ApiRequest, ServiceAccount, ServiceAccountBody, ServiceAccountPermission

_permissions = (
    select(func.array_agg(ServiceAccountPermission.permission))
    .where(
        ServiceAccountPermission.tenant_id == ServiceAccount.tenant_id,
        ServiceAccountPermission.account_id == ServiceAccount.id,
    )
    .correlate(ServiceAccount)
    .scalar_subquery()
)
_body_ids = (
    select(func.array_agg(ServiceAccountBody.body_id))
    .where(ServiceAccountBody.tenant_id == ServiceAccount.tenant_id, ServiceAccountBody.account_id == ServiceAccount.id)
    .correlate(ServiceAccount)
    .scalar_subquery()
)

_alive = (
    select(
        ServiceAccount.id,
        ServiceAccount.unit_id,
        ServiceAccount.last_used_at,
        ServiceAccount.expires_on,
        Staff.full_name,
        Unit.name.label("unit_name"),
        _permissions.label("permissions"),
        _body_ids.label("body_ids"),
        func.coalesce(OrganProfile.title, "").label("organ_title"),
        func.coalesce(OrganProfile.office_name, "").label("office_name"),
        OrganProfile.emblem_id,
    )
    .join(Staff, and_(Staff.tenant_id == ServiceAccount.tenant_id, Staff.id == ServiceAccount.id))
    .join(Unit, and_(Unit.tenant_id == ServiceAccount.tenant_id, Unit.id == ServiceAccount.unit_id))
    .outerjoin(OrganProfile, OrganProfile.tenant_id == ServiceAccount.tenant_id)
    .where(
        ServiceAccount.revoked_at.is_(None),
        ServiceAccount.suspended_at.is_(None),
        ServiceAccount.expires_on >= bindparam("today", type_=Date()),
    )
)
# Built once, for every call with a token asks for it.
_OF_TOKEN = Prepared(_alive.where(ServiceAccount.token_hash == bindparam("token_hash", type_=LargeBinary())))
_ALL_ALIVE = Prepared(_alive.order_by(Staff.sort_key, ServiceAccount.id))


async def alive(session: TenantSession, token_hash: bytes) -> Row[Any] | None:
    """The service account of this organ whose token has that hash, if it may be used today."""
    rows = await session.rows(_OF_TOKEN, token_hash=token_hash, today=clock.today())
    return rows[0] if rows else None


async def all_alive(session: TenantSession) -> Sequence[Row[Any]]:
    """The service accounts of this organ that may be used today, by name."""
    return await session.rows(_ALL_ALIVE, today=clock.today())


async def note_use(session: TenantSession, account_id: UUID, at: datetime) -> None:
    """Note when the token was used."""
    await session.execute(update(ServiceAccount).where(ServiceAccount.id == account_id).values(last_used_at=at))


async def accounts(session: TenantSession) -> Sequence[Row[Any]]:
    """`(ServiceAccount, name, unit, permissions, bodies, creator)` of all, those still in use first, by name."""
    creator = aliased(Staff)
    bodies = (
        select(func.array_agg(postgresql.aggregate_order_by(Body.symbol, Body.position)))
        .join(
            ServiceAccountBody,
            and_(ServiceAccountBody.tenant_id == Body.tenant_id, ServiceAccountBody.body_id == Body.id),
        )
        .where(Body.tenant_id == ServiceAccount.tenant_id, ServiceAccountBody.account_id == ServiceAccount.id)
        .correlate(ServiceAccount)
        .scalar_subquery()
    )
    query = (
        select(
            ServiceAccount,
            Staff.full_name.label("name"),
            Unit.name.label("unit"),
            _permissions.label("permissions"),
            bodies.label("bodies"),
            creator.full_name.label("creator"),
        )
        .join(Staff, and_(Staff.tenant_id == ServiceAccount.tenant_id, Staff.id == ServiceAccount.id))
        .join(Unit, and_(Unit.tenant_id == ServiceAccount.tenant_id, Unit.id == ServiceAccount.unit_id))
        .join(creator, and_(creator.tenant_id == ServiceAccount.tenant_id, creator.id == ServiceAccount.created_by))
        .order_by(ServiceAccount.revoked_at.is_not(None), Staff.sort_key, ServiceAccount.id)
    )
    return (await session.execute(query)).all()


async def permissions_in_use(session: TenantSession) -> frozenset[str]:
    """Every permission that some role of the organ carries."""
    return frozenset(await session.scalars(select(RolePermission.permission).distinct()))


async def add_scopes(
    session: TenantSession, account_id: UUID, permissions: Collection[str], body_ids: Collection[UUID]
) -> None:
    """Give a new service account its permissions and bodies."""
    rows: Sequence[tuple[Any, str, Collection[Any]]] = (
        (ServiceAccountPermission, "permission", permissions),
        (ServiceAccountBody, "body_id", body_ids),
    )
    for model, column, values in rows:
        if values:
            given = [
                {"tenant_id": session.tenant_id, "id": ids.new_id(), "account_id": account_id, column: value}
                for value in values
            ]
            await session.execute(insert(model), given)


# --- Kept answers ---------------------------------------------------------------------------------------------------

_requests: Table = ApiRequest.__table__  # type: ignore[assignment]
_TAKE = postgresql.insert(_requests).on_conflict_do_nothing().returning(_requests.c.id)
_KEPT = Prepared(
    select(ApiRequest).where(ApiRequest.account_id == bindparam("account"), ApiRequest.key == bindparam("key"))
)


async def take_key(session: TenantSession, account_id: UUID, key: str, fingerprint: bytes) -> UUID | None:
    """Take the key for this transaction: the id of its new row, or None if it is taken.

    Who asks while the first request is still running waits here for its end.
    """
    row = {
        "tenant_id": session.tenant_id,
        "id": ids.new_id(),
        "account_id": account_id,
        "key": key,
        "fingerprint": fingerprint,
        "status": 0,
        "content_type": "",
        "location": "",
        "body": b"",
        "received_at": clock.now(),
    }
    taken: UUID | None = await session.scalar(_TAKE, row)
    return taken


async def kept(session: TenantSession, account_id: UUID, key: str) -> ApiRequest | None:
    """The request that the key belongs to, with its answer."""
    rows = await session.rows(_KEPT, account=account_id, key=key)
    return rows[0].ApiRequest if rows else None


async def keep(
    session: TenantSession, row_id: UUID, *, status: int, content_type: str, location: str, body: bytes
) -> None:
    """Write the answer down."""
    await session.execute(
        update(ApiRequest)
        .where(ApiRequest.id == row_id)
        .values(status=status, content_type=content_type, location=location, body=body)
    )


async def forget_answers(session: TenantSession, before: datetime) -> None:
    """Remove the answers of requests that came before that moment."""
    await session.execute(delete(ApiRequest).where(ApiRequest.received_at < before))
