"""The registry as operators read it: every organ, also what is suspended or being made."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import NotFound
from lienxa.platform.tenancy.models import Preparation, Tenant, TenantHost
from lienxa.platform.tenancy.organs import PARENT_KINDS, PRESENT, Organ, organ_of
from lienxa.platform.tenancy.preparation import Stand
from lienxa.platform.text import fold

PAGE = 100
_SLUG = re.compile(r"[a-z0-9.-]{1,80}")  # also the one that an erased organ keeps


@dataclass(frozen=True)
class Entry:
    """An organ with its host name, its parent's name, when it was added and, while it is made, how far it is."""

    organ: Organ
    host: str
    parent: str
    added_at: datetime
    stand: Stand | None


async def entries(
    control: ControlSession, after: str = "", words: str = "", among: Collection[UUID] | None = None
) -> Sequence[Entry]:
    """A page of the organs by slug, from the one after `after` on.

    `words` is a part of the name, with or without its accents, or of the address; `among` are the only ones wanted.
    """
    which = [Tenant.slug > after]
    if words:
        plain = "-".join(fold(words).split())
        which.append(or_(Tenant.slug.contains(plain, autoescape=True), Tenant.name.icontains(words, autoescape=True)))
    if among is not None:
        which.append(Tenant.id.in_(among))
    return await _entries(control, and_(*which))


def read_place(typed: str) -> str | None:
    """The slug after which a page of `entries` begins; None for what can be no slug."""
    return typed if _SLUG.fullmatch(typed) else None


async def entry(control: ControlSession, slug: str) -> Entry:
    """One organ, or `NotFound`."""
    found = await _entries(control, Tenant.slug == slug)
    if not found:
        raise NotFound
    return found[0]


async def _entries(control: ControlSession, which: ColumnElement[bool]) -> Sequence[Entry]:
    parent = aliased(Tenant)
    query = (
        select(Tenant, TenantHost.host, parent, Preparation)
        .join(TenantHost, TenantHost.tenant_id == Tenant.id)
        .outerjoin(parent, parent.id == Tenant.parent_id)
        .outerjoin(Preparation, Preparation.tenant_id == Tenant.id)
        .where(which, PRESENT)
        .order_by(Tenant.slug)
        .limit(PAGE)
    )
    return [
        Entry(
            organ_of(tenant),
            host,
            above.name if above else "",
            tenant.created_at,
            Stand(made.state, made.made, made.expected) if made and tenant.state == "preparing" else None,
        )
        for tenant, host, above, made in await control.execute(query)
    ]


async def parents(control: ControlSession) -> Sequence[tuple[str, str]]:
    """`(slug, name)` of the organs that others may stand below."""
    query = select(Tenant.slug, Tenant.name).where(Tenant.kind.in_(sorted(PARENT_KINDS)), Tenant.state == "active")
    return [(slug, name) for slug, name in await control.execute(query.order_by(Tenant.name))]
