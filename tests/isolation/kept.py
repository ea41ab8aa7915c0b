"""What an organ has, in a form that two moments can be compared by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from tests.isolation.twins import office_tables

from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ

# What of `Kept` is no table of the office.
BESIDE = ("figures", "files", "messages", "people")


@dataclass(frozen=True)
class Kept:
    """What an organ has: its tables, the figures that are read of it, its files, messages that name it, its people."""

    tables: Mapping[str, str]
    figures: Sequence[str]
    files: Sequence[str]
    messages: Sequence[str]
    people: Sequence[str]

    def changed(self, other: "Kept") -> set[str]:
        """The names of what is not the same."""
        beside = {name for name in BESIDE if getattr(self, name) != getattr(other, name)}
        return beside | {table for table in self.tables if self.tables[table] != other.tables[table]}


def kept(owner_dsn: str, organ: Organ, data: Path | None = None) -> Kept:
    """All that the organ has now; its files in the folder `data`, or in that of the tests."""
    with psycopg.connect(owner_dsn) as connection:

        def found(query: str, value: object) -> list[str]:
            return sorted(one for (one,) in connection.execute(query, [value]))  # type: ignore[arg-type]

        figures = found("select f::text from rollup.figure f where tenant_id = %s", organ.id)
        messages = found(
            "select message ->> 'message_id' from control.job_queue where message::text like %s", f"%{organ.id}%"
        )
        people = found("select u::text from control.issuer_user u where %s = any(organs)", organ.slug)
    files = sorted(map(_stamp, ((data or get_settings().data) / "files" / str(organ.id)).rglob("*")))
    return Kept(content_of(owner_dsn, organ), figures, files, messages, people)


def _stamp(path: Path) -> str:
    """A file's name, size and time of writing: the store names it by the digest of its content."""
    told = path.stat()
    return f"{path.name} {told.st_size} {told.st_mtime_ns}" if path.is_file() else path.name


def content_of(owner_dsn: str, organ: Organ) -> dict[str, str]:
    """A digest of every table of the organ."""
    with psycopg.connect(owner_dsn) as connection:
        return {
            table: connection.execute(
                f"select md5(coalesce(string_agg(t::text, '|' order by id), '')) from app.{table} t "  # type: ignore[arg-type]
                "where tenant_id = %s",
                [organ.id],
            ).fetchone()[0]  # type: ignore[index]
            for table in office_tables(connection)
        }
