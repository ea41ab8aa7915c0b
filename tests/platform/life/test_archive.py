"""An archive is read with bounded memory, and whatever is wrong with it is said in words: part, line, remedy."""

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienxa.platform import clock
from lienxa.platform.life import archive
from lienxa.platform.life.archive import Faulty, Head, Reader, TablePart, Writer

KEY = b"k" * 32
ORGAN = UUID("01900000-0000-7000-8000-000000000001")
TABLE = "tables/app.body.ndjson"
ROWS = b"".join(
    json.dumps(
        {"tenant_id": str(ORGAN), "id": number, "name": "Ủy ban"}, separators=(",", ":"), ensure_ascii=False
    ).encode()
    + b"\n"
    for number in range(20)
)
CONTENT = b"%PDF-1.7 cong van"
DIGEST = hashlib.sha256(CONTENT).hexdigest()

Parts = dict[str, bytes]


def whole() -> bytes:
    """A small archive as the service writes it."""
    file = io.BytesIO()
    with Writer(file, KEY) as writer:
        writer.add(archive.ORGAN, b'{"id":"x"}\n')
        writer.add(archive.HEADS, b'{"number":1,"mac":"ab"}\n')
        writer._zip.writestr(TABLE, ROWS, zipfile.ZIP_DEFLATED)
        columns, digest = ["tenant_id", "id", "name"], hashlib.sha256(ROWS).hexdigest()
        writer.tables.append(TablePart(TABLE, "app.body", columns, 20, len(ROWS), digest))
        with writer.list_of_files() as kept:
            writer.add_file(DIGEST, CONTENT)
            kept.note(DIGEST, len(CONTENT))
        writer.end(
            made_at=clock.now(),
            service="1",
            revision="0034_life",
            organ_id=ORGAN,
            slug="lam-son",
            name="Xã Lam Sơn",
            files=kept.totals,
            head=Head(1, "ab"),
        )
    return file.getvalue()


WHOLE = whole()


def parts_of(written: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(written)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(parts: Parts, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def measured(parts: Parts, manifest: dict[str, Any] | None = None) -> Parts:
    """The parts with a manifest that says what they are now, as a forger makes it."""
    manifest = manifest or json.loads(parts["manifest.json"])
    for part in (*manifest["tables"], *manifest["others"]):
        if isinstance(content := parts.get(str(part.get("path"))), bytes):
            part["bytes"], part["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    written = json.dumps(manifest).encode()
    return {**parts, "manifest.json": written, "manifest.sha256": hashlib.sha256(written).hexdigest().encode()}


def everything(path: Path) -> list[Any]:
    """All that a restore reads of an archive."""
    with Reader(path) as reader:
        reader.is_vouched_for([KEY])
        reader.check_no_trap()
        reader.check()
        heads = list(reader.several(archive.HEADS, Head))
        rows = [list(reader.rows(part)) for part in reader.manifest.tables]
        return [heads, [len(table) for table in rows], [reader.file(*each) for each in reader.files()]]


def refusal(path: Path, written: bytes) -> str:
    path.write_bytes(written)
    with pytest.raises(Faulty) as refused:
        everything(path)
    assert refused.value.remedy
    return refused.value.message


def with_part(name: str, content: bytes) -> bytes:
    return zipped(measured({**parts_of(WHOLE), name: content}))


def with_manifest(change: Callable[[dict[str, Any]], Any]) -> bytes:
    parts = parts_of(WHOLE)
    manifest = json.loads(parts["manifest.json"])
    change(manifest)
    return zipped(measured(parts, manifest))


def as_manifest(written: bytes) -> bytes:
    seal = hashlib.sha256(written).hexdigest().encode()
    return zipped({**parts_of(WHOLE), "manifest.json": written, "manifest.sha256": seal})


def test_what_the_service_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "whole.zip"
    path.write_bytes(WHOLE)
    assert everything(path) == [[Head(1, "ab")], [20], [CONTENT]]
    with Reader(path) as reader:
        assert reader.is_vouched_for([KEY])
        assert not reader.is_vouched_for([b"x" * 32])


def doubled() -> bytes:
    file = io.BytesIO(WHOLE)
    with zipfile.ZipFile(file, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr(TABLE, ROWS)
    return file.getvalue()


def encrypted() -> bytes:
    written = bytearray(WHOLE)
    entry = WHOLE.index(b"PK\x01\x02")
    written[entry + 8] |= 1
    return bytes(written)


LINES = ROWS.splitlines(keepends=True)
FAULTS: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "manifest no JSON": (lambda: as_manifest(b"{"), ("manifest.json", "không phải JSON")),
    "manifest deep": (lambda: as_manifest(b"[" * 100_000), ("manifest.json", "sai kiểu")),
    "manifest of another form": (lambda: as_manifest(b"[1]"), ("manifest.json", "sai kiểu")),
    "manifest without a field": (
        lambda: with_manifest(lambda manifest: manifest.pop("revision")),
        ("manifest.json", "thiếu revision"),
    ),
    "wrong type in the manifest": (
        lambda: with_manifest(lambda manifest: manifest["tables"][0].update(rows="x")),
        ("manifest.json", "tables[0].rows"),
    ),
    "negative count": (
        lambda: with_manifest(lambda manifest: manifest["tables"][0].update(rows=-1)),
        ("manifest.json", "tables[0].rows"),
    ),
    "organ that is no identifier": (
        lambda: with_manifest(lambda manifest: manifest.update(organ_id="../x")),
        ("manifest.json", "organ_id"),
    ),
    "moment without a zone": (
        lambda: with_manifest(lambda manifest: manifest.update(made_at="2026-01-01T00:00:00")),
        ("manifest.json", "made_at"),
    ),
    "another format": (lambda: with_manifest(lambda manifest: manifest.update(version=2)), ("phiên bản 1",)),
    "table out of its folder": (
        lambda: with_manifest(lambda manifest: manifest["tables"][0].update(path="tables/../../x")),
        ("manifest.json", "app.body", "nằm sai chỗ"),
    ),
    "part out of its folder": (
        lambda: with_manifest(lambda manifest: manifest["others"][0].update(path="books/../../etc/x.pdf")),
        ("manifest.json", "books/../../etc/x.pdf"),
    ),
    "part twice in the manifest": (
        lambda: with_manifest(lambda manifest: manifest["others"].append(manifest["others"][0])),
        ("manifest.json", "có hai lần"),
    ),
    "wrong hash in the manifest": (
        lambda: as_manifest(
            parts_of(WHOLE)["manifest.json"].replace(hashlib.sha256(ROWS).hexdigest().encode(), b"0" * 64)
        ),
        (TABLE, "đã bị sửa"),
    ),
    "part twice in the zip": (doubled, (TABLE, "có hai lần")),
    "encrypted": (encrypted, ("bị mã hóa",)),
    "another compression": (lambda: zipped(parts_of(WHOLE), zipfile.ZIP_LZMA), ("nén theo cách khác",)),
    "strange part": (lambda: zipped({**parts_of(WHOLE), "../x": b"x"}), ("phần lạ", "../x")),
    "row no JSON": (lambda: with_part(TABLE, LINES[0] + b"{]\n" + b"".join(LINES[2:])), (TABLE, "dòng 2", "JSON")),
    "row no object": (lambda: with_part(TABLE, b"".join(LINES[:4]) + b"7\n"), (TABLE, "dòng 5", "sai kiểu")),
    "row not in UTF-8": (lambda: with_part(TABLE, ROWS.replace("Ủ".encode(), b"\xff", 1)), (TABLE, "dòng 1")),
    "row with what ends a field of COPY": (
        lambda: with_part(TABLE, ROWS.replace(b"ban", b"\x01", 1)),
        (TABLE, "dòng 1"),
    ),
    "row without a column": (
        lambda: with_part(TABLE, ROWS.replace(b'"id":2,', b"", 1)),
        (TABLE, "dòng 3", "các cột"),
    ),
    "row of another organ": (
        lambda: with_part(TABLE, LINES[0] + LINES[1].replace(b"0001", b"0002") + b"".join(LINES[2:])),
        (TABLE, "dòng 2", "đơn vị khác"),
    ),
    "row too few": (lambda: with_part(TABLE, b"".join(LINES[1:])), (TABLE, "19", "20")),
    "row cut off": (lambda: with_part(TABLE, ROWS[:-1]), (TABLE, "dòng 20", "thiếu dấu hết dòng")),
    "list no JSON": (lambda: with_part("files.ndjson", b"x\n"), ("files.ndjson", "dòng 1", "không phải JSON")),
    "list of another form": (
        lambda: with_part("files.ndjson", b'{"sha256":"../../x","bytes":1}\n'),
        ("files.ndjson", "dòng 1", "sha256"),
    ),
    "list without a field": (
        lambda: with_part("files.ndjson", b'{"bytes":1}\n'),
        ("files.ndjson", "dòng 1", "thiếu sha256"),
    ),
    "file twice": (
        lambda: with_part("files.ndjson", parts_of(WHOLE)["files.ndjson"] * 2),
        ("files.ndjson", "hai lần"),
    ),
    "file larger than any": (
        lambda: with_part("files.ndjson", b'{"sha256":"%s","bytes":999999999999}\n' % DIGEST.encode()),
        ("files.ndjson", "dòng 1", "bytes"),
    ),
    "file of other bytes": (
        lambda: zipped({**parts_of(WHOLE), f"files/{DIGEST}": b"x"}),
        (f"files/{DIGEST}", "đã bị sửa"),
    ),
    "head that is no mac": (
        lambda: with_part(archive.HEADS, b'{"number":1,"mac":"xyz"}\n'),
        (archive.HEADS, "dòng 1", "mac"),
    ),
    "no list of files": (
        lambda: with_manifest(
            lambda manifest: manifest.update(
                others=[part for part in manifest["others"] if "files" not in part["path"]]
            )
        ),
        ("files.ndjson",),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_part_and_line(tmp_path: Path, fault: str) -> None:
    make, words = FAULTS[fault]
    said = refusal(tmp_path / "faulty.zip", make())
    assert [word for word in words if word not in said] == [], said


def bomb(name: str) -> bytes:
    """64 MB of nothing in 64 KB, as a part that the manifest measures rightly or cannot."""
    zeros = b"\0" * (65 * 1024 * 1024)
    parts = parts_of(WHOLE)
    if name == archive.MANIFEST:
        return zipped({**parts, name: zeros, archive.SEAL: hashlib.sha256(zeros).hexdigest().encode()})
    return zipped({**measured({**parts, name: zeros}), name: zeros})


@pytest.mark.parametrize("name", [archive.MANIFEST, archive.SEAL, archive.ORGAN, TABLE, "files.ndjson"])
def test_a_bomb_is_refused_by_its_name_with_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb(name))
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(Faulty) as refused:
            everything(path)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert name in refused.value.message
    assert most < (3 * archive.LIMITS[name] if name == archive.MANIFEST else 8 * 1024 * 1024)


def test_a_line_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LONGEST_LINE", 1024)
    said = refusal(tmp_path / "long.zip", with_part(TABLE, LINES[0] + b'{"a":"' + b"xy" * 2000))
    assert TABLE in said
    assert "dòng 2" in said


PLACES = sorted(parts_of(WHOLE))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_of_bytes_is_refused_or_changes_nothing_that_is_read(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes of the zip file itself, wherever they are; a change of what no one reads (a moment) may pass."""
    changed = bytearray(WHOLE)
    for _time in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 40)) * data.draw(st.sampled_from([0, 0, 1, 30]))
    path = tmp_path / "changed.zip"
    path.write_bytes(bytes(changed[: len(changed) - cut]))
    try:
        assert everything(path) == [[Head(1, "ab")], [20], [CONTENT]]
    except Faulty as refused:
        assert refused.message  # noqa: PT017 -- either is right, anything else is not


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_forged_part_is_refused_in_words_or_read_as_it_is(tmp_path: Path, data: st.DataObject) -> None:
    """Parts changed by somebody who computes every hash again: no error but ours, whatever stands in them."""
    parts = parts_of(WHOLE)
    name = data.draw(st.sampled_from(PLACES))
    content = bytearray(parts[name])
    at = data.draw(st.integers(0, len(content)))
    junk = data.draw(st.sampled_from([b"", b"\n", b"{", b'"', b"\0", b"\xff", b"-1", b"null", b"[]", b"1e999"]))
    content[at : at + data.draw(st.integers(0, 4))] = junk
    parts[name] = bytes(content)
    path = tmp_path / "forged.zip"
    try:
        path.write_bytes(zipped(measured(parts)))
    except (ValueError, KeyError, TypeError, AttributeError):  # the manifest itself is no JSON any more
        path.write_bytes(as_manifest(parts["manifest.json"]))
    try:
        everything(path)
    except Faulty as refused:
        assert refused.message  # noqa: PT017 -- either is right, anything else is not
