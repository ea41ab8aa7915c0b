"""Reading the registry: the organ of a host name, an organ's children, and the rules of slugs."""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import InvalidInput
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.models import Succession, Tenant, TenantHost
from lienxa.platform.text import _

RESERVED_SLUGS = frozenset({"id", "www", "api", "admin", "localhost", "sso", "static", "mail"})
PARENT_KINDS = frozenset({"district", "province"})
PREPARING, PARALLEL, LIVE = "preparing", "parallel", "live"
_SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?!-)){1,38}[a-z0-9]")
_HOST_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# At least two labels, the last no number: neither an address of numbers nor a name that only this machine knows.
_HOST = re.compile(rf"(?=.{{4,253}}$)(?:{_HOST_LABEL}\.)+(?![0-9]+$){_HOST_LABEL}")
# How long a web process may go on serving an organ as it was: until then a suspension does not hold everywhere.
REMEMBERED_SECONDS = 10.0

# What of an organ stands in its own row, in the order of `Organ`.
_OF_REGISTRY = (
    *("id", "slug", "name", "kind", "level_label", "parent_id", "state", "demonstration"),
    *("phase", "phase_since", "trial_from", "trial_until"),
)

# Organs that are being erased or are: they answer nowhere.
GONE = ("erasing", "erased")
# A host name at which an organ answers; the others only lead there.
PRESENT = TenantHost.retired_until.is_(None)


@dataclass(frozen=True)
class Relative:
    """An organ that follows another from `from_day` on, or that another follows; `host` is where it answers now."""

    full_name: str
    host: str
    from_day: date

    @property
    def address(self) -> str:
        """Its first page."""
        return get_settings().address(self.host)


@dataclass(frozen=True)
class Organ:
    """An organ as requests and jobs know it.

    One that was merged or split is `followed_by` others and may only be read; one `follows` those whose work it has.
    Both are known to requests and where a parent looks at its organs; jobs do not ask.
    """

    id: UUID
    slug: str
    name: str
    kind: str
    level_label: str
    parent_id: UUID | None
    state: str
    demonstration: bool
    phase: str = LIVE
    phase_since: datetime | None = None
    trial_from: datetime | None = None
    trial_until: datetime | None = None
    erase_at: datetime | None = None
    followed_by: tuple[Relative, ...] = ()
    follows: tuple[Relative, ...] = ()

    @property
    def followers(self) -> str:
        """The names of those that follow it: `xã Lương Sơn`."""
        return ", ".join(one.full_name for one in self.followed_by)

    @property
    def is_live(self) -> bool:
        """Whether what stands here counts: before, the paper registers do."""
        return self.phase == LIVE

    @property
    def is_gone(self) -> bool:
        """Whether it is erased, or being erased."""
        return self.state in GONE

    def on_trial(self, moment: datetime | None) -> bool:
        """Whether something of that moment was entered during the latest parallel run."""
        if moment is None or self.trial_from is None or moment < self.trial_from:
            return False
        return self.trial_until is None or moment < self.trial_until

    @property
    def is_parent(self) -> bool:
        """Whether it watches other organs instead of keeping books of its own."""
        return self.kind in PARENT_KINDS

    @property
    def full_name(self) -> str:
        """`xã Lam Sơn`; a name that already says its level stays as it is."""
        return _full_name(self.name, self.kind, self.level_label)

    @property
    def title(self) -> str:
        """The full name as it begins a line: `Xã Lam Sơn`."""
        return organ_title(self.name, self.kind, self.level_label)


def _full_name(name: str, kind: str, level_label: str) -> str:
    if kind in PARENT_KINDS or name.lower().startswith(level_label.lower()):
        return name
    return f"{level_label} {name}"


def organ_title(name: str, kind: str, level_label: str) -> str:
    """`Organ.title` of an organ of which no more is known."""
    full_name = _full_name(name, kind, level_label)
    return full_name[:1].upper() + full_name[1:]


def organ_of(tenant: Tenant) -> Organ:
    """The immutable form of a registry row."""
    return Organ(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        kind=tenant.kind,
        level_label=tenant.level_label,
        parent_id=tenant.parent_id,
        state=tenant.state,
        demonstration=tenant.demonstration,
        phase=tenant.phase,
        phase_since=tenant.phase_since,
        trial_from=tenant.trial_from,
        trial_until=tenant.trial_until,
        erase_at=tenant.erase_at,
    )


def check_slug(slug: str) -> str:
    """The slug itself, or `InvalidInput`: it becomes a host label and is unique in the installation."""
    if slug in RESERVED_SLUGS:
        raise InvalidInput.of("slug", _("Tên miền “{slug}” dành riêng cho hệ thống.", slug=slug), _("Chọn tên khác."))
    if not _SLUG.fullmatch(slug):
        raise InvalidInput.of(
            "slug",
            _("Tên miền “{slug}” không hợp lệ.", slug=slug),
            _("Dùng 3-40 chữ thường không dấu, chữ số, dấu gạch nối; bắt đầu bằng chữ. Ví dụ: lam-son."),
        )
    return slug


def check_host(host: str, settings: Settings) -> str:
    """The host name itself (no port, lower case), or `InvalidInput`: browsers must find it and it must be free."""
    installation = {settings.sso_host, settings.id_host, settings.base_domain}
    installation |= {f"{slug}.{settings.base_domain}" for slug in RESERVED_SLUGS}
    if host in installation:
        raise InvalidInput.of("host", _("Địa chỉ {host} dành riêng cho hệ thống.", host=host), _("Chọn địa chỉ khác."))
    if not _HOST.fullmatch(host):
        raise InvalidInput.of(
            "host",
            _("Địa chỉ “{host}” không hợp lệ.", host=host),
            _("Ghi tên máy chủ đầy đủ, không có cổng, ví dụ: lam-son.{domain}.", domain=settings.base_domain),
        )
    return host


async def organ_by_id(session: ControlSession, organ_id: UUID) -> Organ | None:
    """The organ with that id."""
    tenant = await session.get(Tenant, organ_id)
    return organ_of(tenant) if tenant else None


async def organ_by_slug(session: ControlSession, slug: str) -> Organ | None:
    """The organ with that slug."""
    tenant = await session.scalar(select(Tenant).where(Tenant.slug == slug))
    return organ_of(tenant) if tenant else None


async def host_of(session: ControlSession, organ_id: UUID) -> str | None:
    """The present host name of an organ, for links that lead to it."""
    present = select(TenantHost.host).where(TenantHost.tenant_id == organ_id, PRESENT)
    return await session.scalar(present.order_by(TenantHost.host).limit(1))


async def children_of(session: ControlSession, parent_id: UUID) -> list[Organ]:
    """The organs directly below a parent, by name."""
    return await _below(session, parent_id, Tenant.state.not_in(GONE))


async def counted_of(session: ControlSession, parent_id: UUID) -> list[Organ]:
    """The organs whose figures a parent has, by name: those directly below, and those erased that others follow."""
    followed = exists().where(Succession.predecessor_id == Tenant.id).correlate(Tenant)
    return await _below(session, parent_id, or_(Tenant.state.not_in(GONE), followed))


async def _below(session: ControlSession, parent_id: UUID, which: ColumnElement[bool]) -> list[Organ]:
    columns = [getattr(Tenant, name) for name in _OF_REGISTRY]  # rows of columns: a parent may have hundreds
    below = select(*columns).where(Tenant.parent_id == parent_id, which)
    found = [Organ(*row) for row in await session.execute(below.order_by(Tenant.name))]
    ended = [organ.id for organ in found if organ.state in ("suspended", *GONE)]
    followed_by = await followers(session, ended) if ended else {}
    return [replace(organ, followed_by=tuple(followed_by.get(organ.id, ()))) for organ in found]


async def followers(session: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Relative]]:
    """Who follows each of these organs, by name; without those whom nobody follows."""
    return await _relatives(session, Succession.predecessor_id, Succession.successor_id, organ_ids)


async def predecessors(session: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Relative]]:
    """Whom each of these organs follows, by name; those that are erased are left out."""
    return await _relatives(session, Succession.successor_id, Succession.predecessor_id, organ_ids)


def _is_related() -> ColumnElement[bool]:
    """As SQL: whether the organ of this row follows others, or others follow it."""
    either = or_(Succession.predecessor_id == Tenant.id, Succession.successor_id == Tenant.id)
    return exists().where(either).correlate(Tenant)


async def _relatives(
    session: ControlSession,
    of_whom: InstrumentedAttribute[UUID],
    other: InstrumentedAttribute[UUID],
    organ_ids: Collection[UUID],
) -> Mapping[UUID, Sequence[Relative]]:
    query = (
        select(of_whom, Tenant, TenantHost.host, Succession.from_day)
        .join(Tenant, Tenant.id == other)
        .join(TenantHost, and_(TenantHost.tenant_id == Tenant.id, PRESENT))
        .where(of_whom.in_(organ_ids), Tenant.state.not_in(GONE))
        .order_by(Tenant.name, Tenant.slug)
    )
    found: dict[UUID, list[Relative]] = {}
    for organ_id, tenant, host, from_day in await session.execute(query):
        found.setdefault(organ_id, []).append(Relative(organ_of(tenant).full_name, host, from_day))
    return found


async def with_hosts(session: ControlSession) -> list[tuple[Organ, str]]:
    """All organs with their present host name, parents before their children."""
    rows = await session.execute(
        select(Tenant, TenantHost.host)
        .join(TenantHost, TenantHost.tenant_id == Tenant.id)
        .where(PRESENT, Tenant.state.not_in(GONE))
        .order_by(Tenant.parent_id.is_not(None), Tenant.slug)
    )
    return [(organ_of(tenant), host) for tenant, host in rows]


async def active_organs(session: ControlSession) -> list[Organ]:
    """All organs at work."""
    rows = await session.scalars(select(Tenant).where(Tenant.state == "active").order_by(Tenant.slug))
    return [organ_of(row) for row in rows]


async def lasting_organs(session: ControlSession) -> list[Organ]:
    """All organs whose books are kept, also those that may only be read."""
    rows = await session.scalars(select(Tenant).where(Tenant.state.in_(("active", "suspended"))).order_by(Tenant.slug))
    return [organ_of(row) for row in rows]


@dataclass(frozen=True)
class Moved:
    """What stands at a host that an organ has left: `host` is where it answers now."""

    host: str


class HostDirectory:
    """Host name -> organ, with a short memory so that a request costs no statement for it.

    Only organs at work are remembered: one that was added or completed a moment ago is there at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Organ]] = {}

    async def find(self, host: str) -> Organ | Moved | None:
        """The organ that answers at `host` (no port, any case), or where it went."""
        host = host.lower().rstrip(".")
        known = self._known.get(host)
        if known and known[0] > time.monotonic():
            return known[1]
        self._known.pop(host, None)
        async with self._database.control() as session:
            row = (
                await session.execute(
                    select(Tenant, TenantHost.retired_until, _is_related().label("related"))
                    .join(TenantHost, TenantHost.tenant_id == Tenant.id)
                    .where(TenantHost.host == host, Tenant.state.not_in(GONE))
                )
            ).one_or_none()
            if row is None:
                return None
            organ = organ_of(row[0])
            if row[1] is not None:
                present = await host_of(session, organ.id) if row[1] > clock.now() else None
                return Moved(present) if present else None
            if row.related:
                followed_by, follows = await followers(session, [organ.id]), await predecessors(session, [organ.id])
                organ = replace(
                    organ,
                    followed_by=tuple(followed_by.get(organ.id, ())),
                    follows=tuple(follows.get(organ.id, ())),
                )
        if organ.state == "active":
            self._known[host] = (time.monotonic() + REMEMBERED_SECONDS, organ)
        return organ

    def forget(self, organ_id: UUID) -> None:
        """Look an organ up anew that was just changed; other processes do within seconds."""
        self._known = {host: known for host, known in self._known.items() if known[1].id != organ_id}

    def remembered(self, host: str) -> Organ | None:
        """The organ last found at `host`, without asking the database: good enough for the head of an error page."""
        known = self._known.get(host)
        return known[1] if known else None
