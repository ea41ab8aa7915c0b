"""The archive of one organ: a zip file of parts, which a manifest names with length and SHA-256 (docs/archive.md).

Both ways it is a stream: no part is ever held in memory, however large.
"""

import hashlib
import hmac
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec

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

_CHUNK = 1024 * 1024
_QUICKLY = 1
_MAC_LENGTH = 64


class TablePart(msgspec.Struct, frozen=True):
    """A table: where its lines stand, its columns in their order, and what it holds."""

    path: str
    table: str
    columns: list[str]
    rows: int
    bytes: int
    sha256: str

    @property
    def measure(self) -> Measure:
        """What the table holds, to compare with what a database says of it."""
        return Measure(self.rows, self.bytes, self.sha256)


class OtherPart(msgspec.Struct, frozen=True):
    """A part that is no table: what the registry knows, the list of files, a book."""

    path: str
    bytes: int
    sha256: str


class Files(msgspec.Struct, frozen=True):
    """How many contents the archive carries, and the SHA-256 of those that the store had lost already."""

    count: int
    bytes: int
    missing: list[str]


class Head(msgspec.Struct, frozen=True):
    """The end of the audit chain: its last number, and that seal's mac in hexadecimal."""

    number: int
    mac: str


class Manifest(msgspec.Struct, frozen=True):
    """What an archive is and holds. `revision` is that of the schema from which the tables were written."""

    format: str
    version: int
    made_at: str
    service: str
    revision: str
    organ_id: str
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
        except (zipfile.BadZipFile, OSError) as error:
            raise Faulty(_("Tệp lưu bị cắt mất phần cuối hoặc không phải tệp zip.")) from error
        self.manifest = self._read_manifest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def check(self) -> None:
        """Read everything once: every part is there, whole and unchanged, and nothing else is."""
        for part in self.manifest.parts:
            for _chunk in self._chunks(part.path, part.bytes, part.sha256):
                pass
        for sha256, size in self.files():
            for _chunk in self._chunks(FILES + sha256, size, sha256):
                pass
        known = {part.path for part in self.manifest.parts} | {MANIFEST, SEAL, MAC}
        known |= {FILES + sha256 for sha256, _size in self.files()}
        if strange := sorted(set(self._zip.namelist()) - known):
            raise Faulty(_("Tệp lưu có phần lạ: {part}.", part=strange[0]))

    def is_vouched_for(self, keys: Sequence[bytes]) -> bool:
        """Whether who holds one of these audit keys wrote the manifest, and with it all that the manifest measures."""
        if MAC not in self._zip.namelist():
            return False
        with self._zip.open(MAC) as part:
            said = part.read(_MAC_LENGTH)
        expected = [_mac(key, self._manifest_as_written).encode() for key in keys]
        return any(hmac.compare_digest(said, mac) for mac in expected)

    async def lines(self, part: TablePart) -> AsyncIterator[bytes]:
        """The lines of a table, in pieces."""
        for chunk in self._chunks(part.path, part.bytes, part.sha256):
            yield chunk

    def other(self, path: str) -> bytes:
        """A part that is no table."""
        part = next((part for part in self.manifest.others if part.path == path), None)
        if part is None:
            raise _broken(path)
        return b"".join(self._chunks(part.path, part.bytes, part.sha256))

    def files(self) -> Iterator[tuple[str, int]]:
        """`(sha256, bytes)` of every content."""
        for line in self.other(FILE_LIST).splitlines():
            entry = msgspec.json.decode(line)
            yield entry["sha256"], entry["bytes"]

    def file(self, sha256: str, size: int) -> bytes:
        """A content."""
        return b"".join(self._chunks(FILES + sha256, size, sha256))

    def _read_manifest(self) -> Manifest:
        try:
            written, seal = self._zip.read(MANIFEST), self._zip.read(SEAL)
        except (KeyError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise _broken(MANIFEST) from error
        if hashlib.sha256(written).hexdigest() != seal.decode(errors="replace").strip():
            raise _broken(MANIFEST)
        self._manifest_as_written = written
        try:
            manifest = msgspec.json.decode(written, type=Manifest)
        except msgspec.MsgspecError as error:
            raise _broken(MANIFEST) from error
        if (manifest.format, manifest.version) != (FORMAT, VERSION):
            raise Faulty(_("Tệp lưu không phải dạng {format} phiên bản {version}.", format=FORMAT, version=VERSION))
        return manifest

    def _chunks(self, path: str, size: int, sha256: str) -> Iterator[bytes]:
        digest, read = hashlib.sha256(), 0
        try:
            with self._zip.open(path) as part:
                while chunk := part.read(_CHUNK):
                    digest.update(chunk)
                    read += len(chunk)
                    yield chunk
        except (KeyError, zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error) as error:
            raise _broken(path) from error
        if (read, digest.hexdigest()) != (size, sha256):
            raise _broken(path)


def _mac(audit_key: bytes, manifest: bytes) -> str:
    """HMAC-SHA-256 under a key of this purpose alone: a seal of the trail can never pass for one of an archive."""
    key = hmac.new(audit_key, b"lienxa archive manifest", hashlib.sha256).digest()
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _broken(path: str) -> Faulty:
    return Faulty(_("Tệp lưu đã bị sửa hoặc thiếu ở phần {part}.", part=path))


def _entry(path: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, clock.legal(clock.now()).timetuple()[:6])
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry
