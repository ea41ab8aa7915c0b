"""An archive of an earlier schema, brought up to ours line by line while it is read (ADR 0044)."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import msgspec

from lienxa.platform.db import archived, revisions
from lienxa.platform.db.archived import Row, Step
from lienxa.platform.db.portable import Measure, Part
from lienxa.platform.errors import Conflict
from lienxa.platform.life.archive import Faulty, Manifest, Reader, TablePart
from lienxa.platform.text import _

_CHUNK = 256 * 1024


class Table:
    """A table of ours and what an archive holds of it: its lines in our shape, and their measure."""

    def __init__(self, part: Part, written: TablePart | None, changes: Sequence[Callable[[Row], None]]) -> None:
        self.part = part
        self.written = written
        self._changes = changes

    @property
    def path(self) -> str:
        """Where it stands in the archive, or would."""
        return self.written.path if self.written else f"tables/{self.part.name}.ndjson"

    async def lines(self, reader: Reader) -> AsyncIterator[bytes]:
        """Its lines, in pieces."""
        if self.written is None:
            return
        if not self._changes:
            async for chunk in reader.lines(self.written):
                yield chunk
            return
        kept = bytearray()
        for line in self._changed(reader, self.written):
            kept += line
            if len(kept) > _CHUNK:
                yield bytes(kept)
                kept.clear()
        yield bytes(kept)

    def measure(self, reader: Reader) -> Measure:
        """What a database must hold that took these lines in."""
        if self.written is not None and not self._changes:
            return self.written.measure
        digest, rows, size = hashlib.sha256(), 0, 0
        for line in self._changed(reader, self.written) if self.written else ():
            digest.update(line)
            rows, size = rows + 1, size + len(line)
        return Measure(rows, size, digest.hexdigest())

    def _changed(self, reader: Reader, written: TablePart) -> Iterator[bytes]:
        for number, row in enumerate(reader.rows(written), start=1):
            try:
                for change in self._changes:
                    change(row)
                ours = {column: row.pop(column) for column in self.part.columns}
            except KeyError as error:
                raise Faulty.at(written.path, number, _("thiếu cột {name}", name=error.args[0])) from error
            if row:
                raise Faulty.at(written.path, number, _("có cột lạ {name}", name=min(row)))
            yield msgspec.json.encode(ours) + b"\n"


def steps_of(manifest: Manifest) -> Sequence[Step]:
    """What has to be done to an archive; `Conflict` if it is newer than this service, or too old for it."""
    if manifest.revision == revisions.head():
        return ()
    if manifest.revision not in revisions.known_revisions():
        raise Conflict(
            _(
                "Tệp lưu có cấu trúc dữ liệu {theirs} do phiên bản {service} xuất, hệ thống này ({ours}) chưa biết.",
                theirs=manifest.revision,
                service=manifest.service,
                ours=revisions.head(),
            ),
            remedy=_("Nâng cấp hệ thống này lên phiên bản đó hoặc mới hơn rồi khôi phục."),
        )
    if manifest.revision != archived.FIRST and manifest.revision not in revisions.after(archived.FIRST):
        raise Conflict(
            _(
                "Tệp lưu có cấu trúc dữ liệu {theirs}, cũ hơn {first} là bản cũ nhất hệ thống này đọc được.",
                theirs=manifest.revision,
                first=archived.FIRST,
            ),
            remedy=_(
                "Khôi phục ở một hệ thống phiên bản {service}, nâng cấp hệ thống đó rồi xuất lại.",
                service=manifest.service,
            ),
        )
    return archived.since(manifest.revision)


def tables(parts: Sequence[Part], manifest: Manifest) -> Sequence[Table]:
    """Our tables in their order with what the archive holds of them; `Faulty` if they do not fit together."""
    steps = steps_of(manifest)
    there = {part.table: part for part in manifest.tables}
    new = {table for step in steps for table in step.tables}
    differing = ({part.name for part in parts} - new) ^ set(there)
    found = []
    for part in parts:
        changes = [step.rows[part.name] for step in steps if part.name in step.rows]
        written = there.get(part.name)
        if written is not None and not changes and list(part.columns) != written.columns:
            differing.add(part.name)
        found.append(Table(part, written, changes if written else ()))
    if differing:
        raise Faulty(_("Bảng {table} của tệp lưu không giống bảng của hệ thống này.", table=min(differing)))
    return found
