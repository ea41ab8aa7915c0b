"""The people of the embedded issuer and the organs they are members of: all SQL of the issuer."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update

from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_OPERATOR
from lienxa.platform.identity.models import IssuerUser
from lienxa.platform.tenancy.models import Tenant

_LISTED = 20


class Directory:
    """Reads people by name, by `sub` and by organ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_username(self, username: str) -> IssuerUser | None:
        """The person with that user name."""
        async with self._database.control() as control:
            return await control.scalar(select(IssuerUser).where(IssuerUser.username == username))

    async def by_sub(self, sub: str) -> IssuerUser | None:
        """The person with that identifier."""
        async with self._database.control() as control:
            return await control.get(IssuerUser, sub)

    async def organization_ids(self, slugs: Collection[str]) -> dict[str, str]:
        """Alias -> id of these organs."""
        async with self._database.control() as control:
            rows = await control.execute(select(Tenant.slug, Tenant.id).where(Tenant.slug.in_(slugs)))
            return {slug: str(organ_id) for slug, organ_id in rows}

    async def demonstration_people(self, slug: str) -> Sequence[IssuerUser]:
        """The people of an organ whose rows are all invented, for the login page; nobody of any other organ."""
        query = (
            select(IssuerUser)
            .where(
                IssuerUser.organs.contains([slug]),
                IssuerUser.enabled,
                select(Tenant.id).where(Tenant.slug == slug, Tenant.demonstration).exists(),
            )
            .order_by(IssuerUser.created_at, IssuerUser.sub)
            .limit(_LISTED)
        )
        async with self._database.control() as control:
            return (await control.scalars(query)).all()

    async def demonstration_operators(self) -> Sequence[IssuerUser]:
        """The invented operator, for the login page; no other one is ever listed."""
        async with self._database.control() as control:
            query = select(IssuerUser).where(IssuerUser.username == DEMONSTRATION_OPERATOR, IssuerUser.enabled)
            return (await control.scalars(query)).all()

    async def set_password(self, sub: str, old_hash: str, new_hash: str) -> bool:
        """Replace the password if nobody did so in the meantime."""
        query = (
            update(IssuerUser)
            .where(IssuerUser.sub == sub, IssuerUser.password_hash == old_hash)
            .values(password_hash=new_hash, must_change_password=False)
            .returning(IssuerUser.sub)
        )
        async with self._database.control() as control:
            return await control.scalar(query) is not None
