"""The archive of one organ: a zip file of parts, which a manifest names with length and SHA-256 (docs/archive.md).

Both ways it is a stream: no table is ever held in memory, however large. Whoever reads one believes nothing of it: what
is held in memory has a limit (`LIMITS`), and every fault names the part, the line and the remedy.
"""

import hashlib
import hmac
import re
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, BinaryIO, Final, Self, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform import clock
from lienxa.platform.db.portable import Measure, Sink
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _

FORMAT = "lienxa-organ"
VERSION = 1
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
MAC = "manifest.mac"
FILES = "files/"
FILE_LIST = "files.ndjson"
ORGAN = "control/organ.json"
ACCOUNTS = "control/accounts.ndjson"
HEADS = "control/audit-heads.ndjson"

_MB: Final = 1024 * 1024
# The longest part, in bytes, that is held in memory as a whole when an archive is read; a list or table is only ever
# held line by line.
LIMITS: Mapping[str, int] = {MANIFEST: 64 * _MB, SEAL: 200, MAC: 200, ORGAN: _MB, FILES: 256 * _MB}
LONGEST_LINE = 32 * _MB
# Deflate makes a tenth to a fiftieth of office rows. A part that claims more and is no archive of ours is a trap.
MOST_TIMES = 200
_SMALL = _MB

_CHUNK = 1024 * 1024
_QUICKLY = 1
_ENCRYPTED = 0x1
_PLACE = re.compile(r"at `\$\.?([^`]*)`")
_CONTROL = re.compile(rb"[\x00-\x1f]")
_MISSING = re.compile(r"missing required field `([^`]*)`")
# Whatever zipfile says of a file that is none, or was changed. RuntimeError: it is encrypted.
_UNREADABLE = (
    KeyError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
)

Read = TypeVar("Read")
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
BookPath = re.compile(r"books/[^/\\\x00-\x1f]+\.pdf")


class TablePart(msgspec.Struct, frozen=True):
    """A table: where its lines stand, its columns in their order, and what it holds."""

    path: str
    table: str
    columns: list[str]
    rows: Count
    bytes: Count
    sha256: Digest

    @property
    def measure(self) -> Measure:
        """What the table holds, to compare with what a database says of it."""
        return Measure(self.rows, self.bytes, self.sha256)


class OtherPart(msgspec.Struct, frozen=True):
    """A part that is no table: what the registry knows, the list of files, a book."""

    path: str
    bytes: Count
    sha256: Digest


class FileEntry(msgspec.Struct, frozen=True):
    """A line of the list of contents."""

    sha256: Digest
    bytes: Annotated[int, Meta(ge=0, le=LIMITS[FILES])]


class Files(msgspec.Struct, frozen=True):
    """How many contents the archive carries, and the SHA-256 of those that the store had lost already."""

    count: Count
    bytes: Count
    missing: list[Digest]


class Head(msgspec.Struct, frozen=True):
    """An end of the audit chain: its last number, and that seal's mac in hexadecimal (empty before the first)."""

    number: Count
    mac: Annotated[str, Meta(pattern="^([0-9a-f]{2})*$")]


class Manifest(msgspec.Struct, frozen=True):
    """What an archive is and holds. `revision` is that of the schema from which the tables were written."""

    format: str
    version: int
    made_at: Annotated[datetime, Meta(tz=True)]
    service: str
    revision: str
    organ_id: UUID
    slug: str
    name: str
    tables: list[TablePart]
    others: list[OtherPart]
    files: Files
    head: Head

    @property
    def parts(self) -> "Sequence[TablePart | OtherPart]":
        """Everything that the manifest itself measures: all but the contents, which are listed."""
        return [*self.tables, *self.others]


class Faulty(Conflict):
    """An archive that was changed, cut or made otherwise; the message names the part."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, remedy=_("Lấy lại tệp gốc từ nơi lưu rồi làm lại. Chưa có gì được ghi."))

    @classmethod
    def at(cls, part: str, line: int | None, why: str) -> "Faulty":
        """The fault of a line of a part; of the part as a whole, if there is no line."""
        if line is None:
            return cls(_("Phần {part} của tệp lưu: {why}.", part=part, why=why))
        return cls(_("Phần {part} của tệp lưu, dòng {line}: {why}.", part=part, line=line, why=why))


class Writer:
    """Writes an archive part by part. The manifest comes last, because it knows the others.

    `key` is the installation's audit key, which vouches for all of it.
    """

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._key = key
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICKLY)
        self.tables: list[TablePart] = []
        self.others: list[OtherPart] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    @asynccontextmanager
    async def streamed(self, path: str) -> AsyncIterator[Sink]:
        """A part of unknown length; what is sent to the sink is written."""
        with self._zip.open(_entry(path, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as part:

            async def sink(data: bytes) -> None:
                part.write(data)

            yield sink

    def add(self, path: str, content: bytes) -> None:
        """A part that is no table."""
        self._zip.writestr(_entry(path, zipfile.ZIP_DEFLATED), content)
        self.others.append(OtherPart(path, len(content), hashlib.sha256(content).hexdigest()))

    def add_file(self, sha256: str, content: bytes) -> None:
        """A stored content: its name is its SHA-256, and it is compressed already."""
        self._zip.writestr(_entry(FILES + sha256, zipfile.ZIP_STORED), content)

    @contextmanager
    def list_of_files(self) -> Iterator["FileList"]:
        """The list of contents, written while they are."""
        kept = FileList()
        yield kept
        self.add(FILE_LIST, b"".join(kept.lines))

    def end(self, **known: Any) -> Manifest:
        """Write the manifest, its SHA-256, and the mac that says which installation wrote it."""
        manifest = Manifest(format=FORMAT, version=VERSION, tables=self.tables, others=self.others, **known)
        written = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._zip.writestr(_entry(MANIFEST, zipfile.ZIP_DEFLATED), written)
        self._zip.writestr(_entry(SEAL, zipfile.ZIP_STORED), hashlib.sha256(written).hexdigest() + "\n")
        self._zip.writestr(_entry(MAC, zipfile.ZIP_STORED), _mac(self._key, written) + "\n")
        return manifest


class FileList:
    """The contents that were written: one short line each."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.bytes = 0
        self.missing: list[str] = []

    def note(self, sha256: str, size: int) -> None:
        """A content of so many bytes is in the archive."""
        self.lines.append(msgspec.json.encode({"sha256": sha256, "bytes": size}) + b"\n")
        self.bytes += size

    @property
    def totals(self) -> Files:
        """All of them."""
        return Files(len(self.lines), self.bytes, self.missing)


class Reader:
    """Reads an archive. Whatever it gives out was compared with its SHA-256; `Faulty` if it differs."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise Faulty(_("Tệp lưu bị cắt mất phần cuối hoặc không phải tệp zip.")) from error
        try:
            self._members = _members(self._zip)
            self._manifest_as_written, self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def check(self) -> None:
        """Read everything once: every part is there, whole, unchanged and in its form, and nothing else is."""
        for table in self.manifest.tables:
            self._check_table(table)
        for part in self.manifest.others:
            for _chunk in self._chunks(part.path, part.bytes, part.sha256):
                pass
        known = {part.path for part in self.manifest.parts} | {MANIFEST, SEAL, MAC}
        for sha256, size in self.files():
            if (path := FILES + sha256) in known:
                raise Faulty.at(FILE_LIST, None, _("tệp {name} có hai lần", name=sha256))
            known.add(path)
            for _chunk in self._chunks(path, size, sha256):
                pass
        if strange := sorted(self._members.keys() - known):
            raise Faulty(_("Tệp lưu có phần lạ: {part}.", part=strange[0]))

    def is_vouched_for(self, keys: Sequence[bytes]) -> bool:
        """Whether who holds one of these audit keys wrote the manifest, and with it all that the manifest measures."""
        if MAC not in self._members:
            return False
        said = self._held(MAC).strip()
        expected = [_mac(key, self._manifest_as_written).encode() for key in keys]
        return any(hmac.compare_digest(said, mac) for mac in expected)

    def check_no_trap(self) -> None:
        """`Faulty` for a part that unpacks to so much more than itself that no office wrote it.

        For an archive that nobody vouches for: of ours the manifest says truly how long each part is.
        """
        for path, member in self._members.items():
            if member.file_size > _SMALL and member.file_size > MOST_TIMES * member.compress_size:
                raise Faulty.at(path, None, _("giải nén ra lớn gấp hơn {times} lần, nghi là tệp bẫy", times=MOST_TIMES))

    async def lines(self, part: TablePart) -> AsyncIterator[bytes]:
        """The lines of a table, in pieces."""
        for chunk in self._chunks(part.path, part.bytes, part.sha256):
            yield chunk

    def rows(self, part: TablePart) -> Iterator[dict[str, msgspec.Raw]]:
        """The lines of a table, each value as it is written."""
        for number, line in self._lines(part):
            yield _read(part.path, number, line, dict[str, msgspec.Raw])

    def one(self, path: str, form: type[Read]) -> Read:
        """A short part that is one JSON object of that form."""
        part = self._other(path)
        if part.bytes > LIMITS[path]:
            raise _too_long(path, LIMITS[path])
        return _read(path, None, b"".join(self._chunks(part.path, part.bytes, part.sha256)), form)

    def several(self, path: str, form: type[Read]) -> Iterator[Read]:
        """A part of lines, each a JSON object of that form."""
        for number, line in self._lines(self._other(path)):
            yield _read(path, number, line, form)

    def files(self) -> Iterator[tuple[str, int]]:
        """`(sha256, bytes)` of every content."""
        for entry in self.several(FILE_LIST, FileEntry):
            yield entry.sha256, entry.bytes

    def file(self, sha256: str, size: int) -> bytes:
        """A content."""
        return b"".join(self._chunks(FILES + sha256, size, sha256))

    def _read_manifest(self) -> tuple[bytes, Manifest]:
        written, seal = self._held(MANIFEST), self._held(SEAL)
        if hashlib.sha256(written).hexdigest() != seal.decode(errors="replace").strip():
            raise _broken(MANIFEST)
        about = _read(MANIFEST, None, written, _About)
        if (about.format, about.version) != (FORMAT, VERSION):
            raise Faulty(_("Tệp lưu không phải dạng {format} phiên bản {version}.", format=FORMAT, version=VERSION))
        manifest = _read(MANIFEST, None, written, Manifest)
        _check_parts(manifest)
        return written, manifest

    def _check_table(self, part: TablePart) -> None:
        organ_id, rows = msgspec.json.encode(self.manifest.organ_id), 0
        for number, line in self._lines(part):
            row = _read(part.path, number, line, dict[str, msgspec.Raw])
            if list(row) != part.columns:
                raise Faulty.at(part.path, number, _("các cột không đúng như manifest.json ghi"))
            if bytes(row["tenant_id"]) != organ_id:
                raise Faulty.at(part.path, number, _("là dòng của một đơn vị khác"))
            rows = number
        if rows != part.rows:
            raise Faulty.at(part.path, None, _("có {found} dòng, manifest.json ghi {said}", found=rows, said=part.rows))

    def _other(self, path: str) -> OtherPart:
        part = next((part for part in self.manifest.others if part.path == path), None)
        if part is None:
            raise _broken(path)
        return part

    def _lines(self, part: TablePart | OtherPart) -> Iterator[tuple[int, bytes]]:
        """`(number, line)`, counted from 1; a line that never ends is `Faulty`, as is one that the end cuts off."""
        number, kept = 0, b""
        for chunk in self._chunks(part.path, part.bytes, part.sha256):
            *whole, kept = (kept + chunk).split(b"\n")
            for line in whole:
                number += 1
                yield number, line
            if len(kept) > LONGEST_LINE:
                raise Faulty.at(part.path, number + 1, _("dài hơn {limit} MB", limit=LONGEST_LINE // _MB))
        if kept:
            raise Faulty.at(part.path, number + 1, _("thiếu dấu hết dòng, có lẽ bị cắt"))

    def _held(self, path: str) -> bytes:
        """A short part that nothing measures, held in memory up to its limit."""
        limit = LIMITS[path]
        try:
            with self._zip.open(path) as part:
                written = part.read(limit + 1)
        except _UNREADABLE as error:
            raise _broken(path) from error
        if len(written) > limit:
            raise _too_long(path, limit)
        return written

    def _chunks(self, path: str, size: int, sha256: str) -> Iterator[bytes]:
        digest, read = hashlib.sha256(), 0
        try:
            with self._zip.open(path) as part:
                while chunk := part.read(_CHUNK):
                    digest.update(chunk)
                    read += len(chunk)
                    if read > size:  # what goes on for ever ends here
                        break
                    yield chunk
        except _UNREADABLE as error:
            raise _broken(path) from error
        if (read, digest.hexdigest()) != (size, sha256):
            raise _broken(path)


class _About(msgspec.Struct):
    """Of a manifest what says how to read the rest."""

    format: str
    version: int


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """What lies in the zip file by name: each once, plain or deflated, not encrypted."""
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if member.filename in found:
            raise Faulty.at(member.filename, None, _("có hai lần"))
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Faulty.at(member.filename, None, _("bị mã hóa hoặc nén theo cách khác"))
        found[member.filename] = member
    return found


def _check_parts(manifest: Manifest) -> None:
    """`Faulty` unless each part stands once, where parts of its kind stand."""
    seen: set[str] = set()
    for table in manifest.tables:
        if table.path != f"tables/{table.table}.ndjson":
            raise Faulty.at(MANIFEST, None, _("bảng {table} nằm sai chỗ: {path}", table=table.table, path=table.path))
        if "tenant_id" not in table.columns:
            raise Faulty.at(MANIFEST, None, _("bảng {table} không có cột tenant_id", table=table.table))
    for other in manifest.others:
        if other.path not in (ORGAN, ACCOUNTS, HEADS, FILE_LIST) and not BookPath.fullmatch(other.path):
            raise Faulty.at(MANIFEST, None, _("có phần lạ {part}", part=other.path))
    for part in manifest.parts:
        if part.path in seen:
            raise Faulty.at(MANIFEST, None, _("phần {part} có hai lần", part=part.path))
        seen.add(part.path)


def _read(part: str, line: int | None, written: bytes, form: type[Read]) -> Read:
    """JSON of that form, or `Faulty` with the place in it."""
    try:
        if line is not None:
            written.decode()
            if _CONTROL.search(written):  # what is not looked into here must not end a line of COPY
                raise msgspec.DecodeError
        return msgspec.json.decode(written, type=form)
    except msgspec.ValidationError as error:
        place, missing = _PLACE.search(str(error)), _MISSING.search(str(error))
        where = ".".join(found.group(1) for found in (place, missing) if found)
        why = _("thiếu {where}", where=where) if missing else _("sai kiểu dữ liệu {where}", where=where)
        raise Faulty.at(part, line, why.strip()) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Faulty.at(part, line, _("không phải JSON")) from error


def _mac(audit_key: bytes, manifest: bytes) -> str:
    """HMAC-SHA-256 under a key of this purpose alone: a seal of the trail can never pass for one of an archive."""
    key = hmac.new(audit_key, b"lienxa archive manifest", hashlib.sha256).digest()
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _too_long(path: str, limit: int) -> Faulty:
    return Faulty.at(path, None, _("dài hơn {limit} byte, là mức đọc được", limit=limit))


def _broken(path: str) -> Faulty:
    return Faulty(_("Tệp lưu đã bị sửa hoặc thiếu ở phần {part}.", part=path))


def _entry(path: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, clock.legal(clock.now()).timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry
