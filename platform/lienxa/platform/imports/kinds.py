"""What a module says of the rows that it takes in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the process that reads files starts without what belongs to the database
    from lienxa.platform.access.actor import Actor
    from lienxa.platform.db.session import TenantSession


@dataclass(frozen=True)
class Column:
    """A column of the file: the `field` that it fills, its heading, an example and what to know about it.

    `aliases` are other headings under which old books and old software have it, in lower case and without diacritics.
    A `required` one must be there.
    """

    field: str
    title: str
    example: str
    required: bool = False
    note: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A row as text by field; `number` is that of the spreadsheet's margin. A day stands as dd/mm/yyyy."""

    number: int
    cells: Mapping[str, str]

    def text(self, field: str) -> str:
        """The cell, empty if the column or its content is not there."""
        return self.cells.get(field, "")


@dataclass(frozen=True)
class LineFault:
    """Why a row is not taken in, at which field, and what to enter instead."""

    field: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class CheckedLine:
    """A row with what will be written for it, or with what is wrong."""

    line: Line
    entry: Any = None
    faults: Sequence[LineFault] = ()


class Form(Protocol):
    """What a file must look like to be read."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that it may have."""

    @property
    def most_lines(self) -> int:
        """How many lines it may have."""


@dataclass(frozen=True)
class ImportKind:
    """A sort of rows that a module takes in.

    `check` answers for every line, in their order, and writes nothing. `write` takes the entries of the lines without
    faults, in one transaction, and says in one sentence what came of it. Both run in the background as the person who
    brought the file, whose `permission` is asked for again each time. `path` is where the result is to be seen.
    """

    code: str
    title: str
    explanation: str
    permission: str
    columns: Sequence[Column]
    check: "Callable[[TenantSession, Actor, Sequence[Line]], Awaitable[Sequence[CheckedLine]]]"
    write: "Callable[[TenantSession, Actor, Sequence[Any]], Awaitable[str]]"
    path: str
    most_lines: int = 20_000
