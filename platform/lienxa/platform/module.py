"""What a module of the office declares. `platform` finds modules by entry point and never imports them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

if TYPE_CHECKING:
    from litestar.types import ControllerRouterHandler
    from sqlalchemy.orm import InstrumentedAttribute

    from lienxa.platform.access.actor import Actor
    from lienxa.platform.access.visibility import Sight
    from lienxa.platform.db.session import TenantSession
    from lienxa.platform.imports.kinds import ImportKind
    from lienxa.platform.succession.kinds import Inheritance, SuccessionKind
    from lienxa.platform.tenancy.organs import Organ


@dataclass(frozen=True)
class Permission:
    """A right by name (`documents.register`), its title for administrators and its default roles.

    A `personal` one is for people alone (a signature, a direction, an appraisal): no service account may have it.
    One that is not `lendable` never passes on by a delegation: it is about who may do what itself.
    It does something at a `parent` alone, `below` one alone, or `everywhere`. With `in_body` it is a right in the
    holder's bodies, and nothing without one.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    personal: bool = False
    lendable: bool = True
    at: Literal["everywhere", "parent", "below"] = "everywhere"
    in_body: bool = False

    def does_something(self, *, at_parent: bool) -> bool:
        """Whether there is anything to do with it at a parent, or at an organ that is none."""
        return self.at == "everywhere" or at_parent == (self.at == "parent")


@dataclass(frozen=True)
class NavigationItem:
    """An entry of the left navigation; shown to holders of `permission` (to everybody if None).

    `key` is the letter that leads there after `g`, one of its own for each entry. `by_body`: its page understands the
    body filter of the top bar (`co-quan` in the address), so that the choice goes along.
    """

    title: str
    path: str
    icon: str
    order: int
    permission: str | None = None
    at_parent: bool = False
    key: str = ""
    by_body: bool = False


@dataclass(frozen=True)
class WorkItem:
    """One line of "Việc của tôi": what, from whom, until when, and its one action.

    `when_label` is the time that is shown if there is no `due_on`, in words (`từ 05/11`); `at` orders and tells the
    hour of today's meetings. `followed`: it is somebody else's turn, so it stands behind what is one's own.
    `group` is `waiting` (for me, no date), `due` (has `due_on`: sorted into late, today, coming up) or `today_meeting`.
    `due_label` says `due_on` in words where that is not the due date of the thing itself.
    `place` is the path of the navigation entry that counts it; without it the module's first entry does.
    """

    group: str
    title: str
    path: str
    action: str
    source: str = ""
    due_on: date | None = None
    at: datetime | None = None
    when_label: str = ""
    due_label: str = ""
    followed: bool = False
    place: str = ""


@dataclass(frozen=True)
class FigureRow:
    """One figure of one month (its first day) and dimension value, as the parent may see it."""

    month: date
    dimension: str
    value: int


@dataclass(frozen=True)
class Figure:
    """A declared roll-up figure. `rows` runs inside one tenant; what it returns is all that the parent ever sees.

    A `standing` figure counts what stands at the end of each month (now, in the present one): months are not added up.
    """

    code: str
    title: str
    explanation: str
    rows: "Callable[[TenantSession], Awaitable[Sequence[FigureRow]]]"
    standing: bool = False


@dataclass(frozen=True)
class Schedule:
    """A periodic job: every `seconds` the scheduler enqueues the actor of that name once for each active organ."""

    actor_name: str
    seconds: int


@dataclass(frozen=True)
class SearchHit:
    """One result of the common search."""

    title: str
    path: str
    detail: str = ""


@dataclass(frozen=True)
class Thing:
    """A thing that somebody may see, as the page of its grants shows it: what it is, where, and of which body."""

    title: str
    path: str
    body_id: UUID


@dataclass(frozen=True)
class Shareable:
    """A kind of thing that may be shown to others by a grant. `kind` is its table.

    `find` answers for a thing that the person may see, or raises `NotFound`. `sight` is how its lists ask who sees it,
    `title` what such a thing is called to who may not see which it is.
    """

    kind: str
    find: "Callable[[TenantSession, Actor, UUID], Awaitable[Thing]]"
    sight: "Sight | None" = None
    title: str = ""


@dataclass(frozen=True)
class OpenThing:
    """Something that a person still has in hand: what, until when, where it stands (`note`).

    `seen`: whoever asks may see it; of what they may not see the title stays between giver and receiver.
    """

    id: UUID
    title: str
    path: str
    number: str = ""
    due_on: date | None = None
    note: str = ""
    seen: bool = True


@dataclass(frozen=True)
class OpenWork:
    """A kind of work that somebody else takes over when its person leaves, and how.

    `find` answers for a person of the organ, as the actor may see it. `hand_over(session, actor, giver, receiver)`
    gives all of it to the receiver, who becomes what the giver was, and returns what went over; the giver is named by
    their id, because they may be gone. `InvalidInput` on `receiver` says why that person cannot take it.
    """

    code: str
    title: str
    find: "Callable[[TenantSession, Actor, UUID], Awaitable[Sequence[OpenThing]]]"
    hand_over: "Callable[[TenantSession, Actor, UUID, Actor], Awaitable[Sequence[OpenThing]]]"


@dataclass(frozen=True)
class EventType:
    """A type of event of which other systems may be told (`documents.issued`: module and what happened), in words."""

    name: str
    title: str


@dataclass(frozen=True)
class Opening:
    """What a new organ brings with it: opening numbers of its paper books, and whatever a module asks for by name.

    `numbers` maps `<series code>` (`incoming`, `party/NQ`, `committee/QĐ` ...) to the next number to give.
    State numbers run in the year of onboarding, Party numbers in `term` (`2025-2030`), open since `term_opened_on`.
    It `succeeds` others: what they have comes along, so it begins without what is only there to begin with.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    term: str = "2025-2030"
    term_opened_on: date = date(2025, 7, 1)
    succeeds: bool = False


@dataclass(frozen=True)
class OpeningBook:
    """A book whose next number a new organ may bring with it: `code` as in `Opening.numbers`, under a heading."""

    code: str
    title: str
    heading: str


@dataclass(frozen=True)
class SealedColumn:
    """A column of texts that are sealed with the application's key (`identity.sealing`), under that `purpose`.

    Where it is empty nothing was sealed; unless `derived` says which text was meant there before it was stored: it is
    given the oldest key of the application that is known, and the row with what `derived_from` names beside its `id`.
    """

    column: "InstrumentedAttribute[Any]"
    title: str
    purpose: str = "seal"
    derived: Callable[[bytes, Any], str] | None = None
    derived_from: "Sequence[InstrumentedAttribute[Any]]" = ()


Readiness = Literal["done", "missing", "warning"]


@dataclass(frozen=True)
class ReadinessItem:
    """A thing that an organ has before it goes live: how it stands, why, and the page where it is mended.

    `state` is `done`, `missing`, or `warning`: one can go live with it. What is `confirmable` and not done is done when
    somebody of the organ confirms it. Operators read it too, so `reason` tells posts, books and counts, no person.
    """

    code: str
    title: str
    state: Readiness
    reason: str
    path: str = ""
    confirmable: bool = False


@dataclass(frozen=True)
class GoingLive:
    """What happens to the books when an organ goes live. `actor` is empty where an operator decides.

    The numbers of paper registers are those of the latest comparison. `clear`: what was entered during the parallel
    run is struck out, never deleted; else it stands as entered.
    """

    organ: "Organ"
    actor: "Actor | None"
    clear: bool
    since: datetime | None


@dataclass(frozen=True)
class Module:
    """A module: its name, its Vietnamese title and everything it adds to the service.

    `routes` are its pages, `rest` what it offers below `/api/v1`.
    `open_work` is what its people have in hand that must not be left when they leave.
    `events` are the types of events of which its operations tell other systems (platform/webhooks).
    `calendar_changed` runs in the transaction that changes the organ's working days; it wants a job, no more.
    `start` is what its people begin again and again (taking a case in); the home page offers it to those who may.
    `demo` tells an organ's year. When the figures of all organs stand, `demo_closing` closes periods in each (False if
    that was done before) and `demo_correction` then mends something that is closed.
    `books` are the books of an organ as people read them, `(file name, PDF)` one after the other, for its archive.
    `kept_books` are the books that stay with an organ that others follow, as rows of the record of the handover: book,
    body, how much is in it, how it was closed.
    `succession` is its open work that passes to the organ that follows when communes are merged or split, by kind.
    `inheritance` is what else it takes along there: settings that must stand before the work comes.
    `followed(session, organ, other, from_day)` runs in the organ above when another follows one below.
    `imports` are the sorts of rows that it takes in from spreadsheets (platform/imports).
    `sealed` are the columns that a rotation of keys seals anew (platform/keys).
    `readiness` tells how it stands with what the organ needs of it before it goes live; few statements, none in a loop.
    `go_live` runs in the transaction in which the organ goes live, and says in sentences what it did to its books.
    `restored` runs in the transaction that restores the organ from an archive, and says in sentences what it took back:
    what others hold of it (an archive does not know whom it was taken from later), work whose job no archive carries.
    `provides` says in words what `provision` gives to a new commune; `opening_books` are the books that it opens.
    """

    name: str
    title: str
    routes: "Sequence[ControllerRouterHandler]" = ()
    rest: "Sequence[ControllerRouterHandler]" = ()
    permissions: Sequence[Permission] = ()
    navigation: Sequence[NavigationItem] = ()
    start: NavigationItem | None = None
    figures: Sequence[Figure] = ()
    schedules: Sequence[Schedule] = ()
    jobs: str | None = None
    work_items: "Callable[[TenantSession, Actor], Awaitable[Sequence[WorkItem]]] | None" = None
    search: "Callable[[TenantSession, Actor, str], Awaitable[Sequence[SearchHit]]] | None" = None
    shareable: Sequence[Shareable] = ()
    open_work: Sequence[OpenWork] = ()
    events: Sequence[EventType] = ()
    imports: "Sequence[ImportKind]" = ()
    sealed: Sequence[SealedColumn] = ()
    succession: "Sequence[SuccessionKind]" = ()
    inheritance: "Inheritance | None" = None
    followed: "Callable[[TenantSession, Organ, Organ, date], Awaitable[None]] | None" = None
    provision: "Callable[[TenantSession, Organ, Opening], Awaitable[None]] | None" = None
    provides: str = ""
    opening_books: Callable[[], Sequence[OpeningBook]] | None = None
    demo: "Callable[[DemoContext], Awaitable[None]] | None" = None
    demo_closing: "Callable[[DemoContext], Awaitable[bool]] | None" = None
    demo_correction: "Callable[[DemoContext], Awaitable[None]] | None" = None
    books: "Callable[[TenantSession, Organ], AsyncIterator[tuple[str, bytes]]] | None" = None
    kept_books: "Callable[[TenantSession], Awaitable[Sequence[Sequence[str]]]] | None" = None
    calendar_changed: "Callable[[TenantSession], Awaitable[None]] | None" = None
    readiness: "Callable[[TenantSession, Organ], Awaitable[Sequence[ReadinessItem]]] | None" = None
    go_live: "Callable[[TenantSession, GoingLive], Awaitable[Sequence[str]]] | None" = None
    restored: "Callable[[TenantSession], Awaitable[Sequence[str]]] | None" = None


@dataclass(frozen=True)
class DemoVolume:
    """How much of its year a commune of the demonstration has, in numbers of things.

    Issued documents: `party` by Đảng ủy, `office` by the office for HĐND and UBND, `sections` drafted by the sections,
    and on top of these `results` of cases that have a number, one at most.
    """

    incoming: int
    party: int
    office: int
    sections: int
    meetings: int
    cases: int
    results: int = 0


async def nobody_waits(_count: int) -> None:
    """The progress of a demonstration that nobody watches."""


@dataclass(frozen=True)
class DemoContext:
    """What a module's `demo` works with: the organ, its row in the demonstration's list, and people to act as.

    `transaction()` opens a committed transaction of the organ; `person(session, role)` is an actor holding that role.
    `rows` and `organ_ids` (slug -> id) describe all organs of the demonstration. The year that is told ends today and
    begins on `since`; `volume` is how much happens in it. `advance(count)` tells whoever waits that so many more of
    these things are made. `names` tells who signs on as whom: user name without the organ -> full name. `below` are the
    organs directly below, by name, when periods are closed.
    """

    organ: "Organ"
    row: Mapping[str, str]
    transaction: Callable[[], Any]
    person: "Callable[[TenantSession, str], Awaitable[Actor]]"
    organ_ids: Mapping[str, UUID]
    rows: Sequence[Mapping[str, str]]
    volume: DemoVolume
    since: date
    advance: Callable[[int], Awaitable[None]] = nobody_waits
    names: Mapping[str, str] = field(default_factory=dict)
    below: "Sequence[Organ]" = ()


@cache
def template_folders() -> tuple[Path, ...]:
    """The template folders of all installed modules."""
    packages = {entry.module for entry in entry_points(group="lienxa.modules")}
    folders = [Path(str(files(package))) / "templates" for package in sorted(packages)]
    return tuple(folder for folder in folders if folder.is_dir())


@cache
def all_modules() -> tuple[Module, ...]:
    """Every installed module, by name."""
    found = [entry.load() for entry in entry_points(group="lienxa.modules")]
    return tuple(sorted(found, key=lambda module: module.name))
