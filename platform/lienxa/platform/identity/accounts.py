"""Accounts and the organs they serve: all SQL about them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession
from lienxa.platform.identity.models import Account, AccountOrgan, SignOnSession, SignOnTicket
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ, organ_of


async def keep_account(
    control: ControlSession, issuer_name: str, sub: str, *, username: str, full_name: str, email: str | None
) -> Account:
    """The account of that person at that issuer, made or brought up to date with what the issuer says."""
    values = {"username": username, "full_name": full_name, "email": email}
    query = (
        insert(Account)
        .values(id=ids.new_id(), issuer_name=issuer_name, sub=sub, created_at=clock.now(), **values)
        .on_conflict_do_update(index_elements=["issuer_name", "sub"], set_=values)
        .returning(Account)
    )
    return (await control.scalars(query, execution_options={"populate_existing": True})).one()


async def join_organ(control: ControlSession, account_id: UUID, tenant_id: UUID) -> None:
    """Let the account serve the organ; nothing happens if it does already."""
    await control.execute(
        insert(AccountOrgan)
        .values(account_id=account_id, tenant_id=tenant_id, created_at=clock.now())
        .on_conflict_do_nothing()
    )


async def leave_organ(control: ControlSession, account_id: UUID, tenant_id: UUID) -> None:
    """Let the account serve the organ no longer."""
    await control.execute(
        delete(AccountOrgan).where(AccountOrgan.account_id == account_id, AccountOrgan.tenant_id == tenant_id)
    )


async def by_username(control: ControlSession, issuer_name: str, username: str) -> Account | None:
    """The account with that user name at that issuer, as it was called when it last signed on."""
    query = select(Account).where(Account.issuer_name == issuer_name, Account.username == username)
    return (await control.scalars(query.order_by(Account.created_at.desc()).limit(1))).first()


async def organs_of(control: ControlSession, account_id: UUID) -> list[Organ]:
    """The organs that the account serves, by name."""
    query = select(Tenant).join(AccountOrgan, AccountOrgan.tenant_id == Tenant.id)
    rows = await control.scalars(query.where(AccountOrgan.account_id == account_id).order_by(Tenant.name))
    return [organ_of(row) for row in rows]


async def serves(control: ControlSession, account_id: UUID, tenant_id: UUID) -> bool:
    """Whether the account serves the organ."""
    query = select(AccountOrgan.account_id).where(
        AccountOrgan.account_id == account_id, AccountOrgan.tenant_id == tenant_id
    )
    return await control.scalar(query) is not None


async def members_of(control: ControlSession, tenant_id: UUID) -> list[UUID]:
    """The accounts that serve an organ."""
    query = select(AccountOrgan.account_id).where(AccountOrgan.tenant_id == tenant_id)
    return list(await control.scalars(query.order_by(AccountOrgan.account_id)))


async def forget(control: ControlSession, account_id: UUID) -> None:
    """Remove an account that serves no organ, with its sessions."""
    await control.execute(delete(SignOnSession).where(SignOnSession.account_id == account_id))
    await control.execute(delete(SignOnTicket).where(SignOnTicket.account_id == account_id))
    await control.execute(delete(Account).where(Account.id == account_id))


async def count(control: ControlSession, account_ids: Collection[UUID]) -> int:
    """How many of these accounts there are."""
    query = select(func.count()).select_from(Account).where(Account.id.in_(account_ids))
    return (await control.execute(query)).scalar_one()
