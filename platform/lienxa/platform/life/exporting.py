"""An organ as an open archive: all its rows, files and books, of one moment (docs/archive.md)."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock
from lienxa.platform.audit import heads, sealing
from lienxa.platform.db import portable, revisions
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.life import archive
from lienxa.platform.life.archive import Head, Manifest, TablePart, Writer
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.works import Progress
from lienxa.platform.module import all_modules
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import Organ, organ_by_id, organ_of
from lienxa.platform.text import _

_ABANDONED_SECONDS = 24 * 3600

STEPS: Mapping[str, str] = {
    "tables": _("Ghi các bảng dữ liệu"),
    "files": _("Ghi các tệp đính kèm"),
    "books": _("In các sổ ra PDF"),
}


async def carry_out(database: Database, work: OrganWork, progress: Progress) -> Mapping[str, Any]:
    """Make the archive that was asked for; whatever a killed attempt left is written over."""
    async with database.control() as control:
        organ = await organ_by_id(control, work.tenant_id) if work.tenant_id else None
    if organ is None or organ.state == "erased":
        raise NotFound
    sweep()
    unfinished = folder() / f".{work.id}.part"
    finished = folder() / f"{organ.slug}-{clock.legal(work.asked_at):%Y%m%d-%H%M%S}.zip"
    try:
        manifest = await export(database, organ, unfinished, progress, books=work.wanted.get("books", True))
        unfinished.rename(finished)
    finally:
        unfinished.unlink(missing_ok=True)
    return {
        "archive": finished.name,
        "bytes": finished.stat().st_size,
        "rows": sum(part.rows for part in manifest.tables),
        "files": manifest.files.count,
        "missing_files": len(manifest.files.missing),
        "books": sum(part.path.startswith("books/") for part in manifest.others),
    }


def _private(path: Path) -> BinaryIO:
    """The file to write, ours alone from its first byte on; what a killed attempt left is written over."""
    path.unlink(missing_ok=True)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sweep() -> None:
    """Remove what killed exports left behind; one that is still written has been touched lately."""
    for left in folder().glob(".*.part"):
        with suppress(FileNotFoundError):  # its export has just ended
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink()


def folder() -> Path:
    """Where archives lie: readable by the service alone, beside its file store."""
    found = get_settings().data.absolute() / "archives"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


async def export(database: Database, organ: Organ, path: Path, progress: Progress, *, books: bool = True) -> Manifest:
    """Write the archive of an organ to `path`; all that it says is of one moment."""
    key = get_settings().audit_keys[0]
    with _private(path) as file:
        with Writer(file, key) as writer:
            manifest = await _write(writer, database, organ, progress, books=books)
        file.flush()
        os.fsync(file.fileno())
    return manifest


async def _write(writer: Writer, database: Database, organ: Organ, progress: Progress, *, books: bool) -> Manifest:
    async with portable.snapshot(database, organ.id) as (connection, session):
        await _write_registry(writer, session, organ)
        await write_tables(writer, connection, organ.id, progress)
        kept = await _write_files(writer, session, progress)
        if books:
            await progress.begin("books")
            await _write_books(writer, session, organ, progress)
        head = await sealing.last_head(session)
    return writer.end(
        made_at=clock.now(),
        service=version("lienxa"),
        revision=revisions.head(),
        organ_id=organ.id,
        slug=organ.slug,
        name=organ.full_name,
        files=kept,
        head=Head(head.number, head.mac.hex()),
    )


async def write_tables(writer: Writer, connection: AsyncConnection, organ_id: UUID, progress: Progress) -> None:
    """Every table of the organ, each behind those that it points at, so that it can be read in this order."""
    parts = await portable.parts(connection)
    await progress.begin("tables", len(parts))
    for part in parts:
        path = f"tables/{part.name}.ndjson"
        async with writer.streamed(path) as sink:
            found = await portable.write_out(connection, organ_id, part, sink)
        writer.tables.append(TablePart(path, part.name, list(part.columns), found.rows, found.bytes, found.sha256))
        await progress.advance()


async def _write_files(writer: Writer, session: TenantSession, progress: Progress) -> archive.Files:
    wanted = await store.wanted(session)
    await progress.begin("files", len(wanted))
    with writer.list_of_files() as kept:
        for sha256 in wanted:
            content = await store.content(session.tenant_id, sha256)
            if content is None:
                kept.missing.append(sha256)
            else:
                writer.add_file(sha256, content)
                kept.note(sha256, len(content))
            await progress.advance()
    return kept.totals


async def _write_books(writer: Writer, session: TenantSession, organ: Organ, progress: Progress) -> None:
    for module in all_modules():
        if module.books is None:
            continue
        async for name, content in module.books(session, organ):
            writer.add(f"books/{name}.pdf", content)
            await progress.advance()


async def _write_registry(writer: Writer, session: TenantSession, organ: Organ) -> None:
    """What the installation knows of the organ outside of its tables: no secret and no session."""
    tenant = await session.get_one(Tenant, organ.id)
    parent = await session.get(Tenant, tenant.parent_id) if tenant.parent_id else None
    current = select(TenantHost.host).where(TenantHost.tenant_id == organ.id, TenantHost.retired_until.is_(None))
    writer.add(
        archive.ORGAN,
        _json(
            {
                **msgspec.to_builtins(organ_of(tenant)),
                "created_at": tenant.created_at,
                "parent_slug": parent.slug if parent else None,
                "host": await session.scalar(current),
            }
        ),
    )
    people = (
        select(Account, AccountOrgan.created_at, AccountOrgan.signed_in_at)
        .join(AccountOrgan, AccountOrgan.account_id == Account.id)
        .where(AccountOrgan.tenant_id == organ.id)
        .order_by(Account.id)
    )
    lines = [
        _json(
            {
                "id": account.id,
                "issuer_name": account.issuer_name,
                "sub": account.sub,
                "username": account.username,
                "full_name": account.full_name,
                "email": account.email,
                "disabled_at": account.disabled_at,
                "created_at": account.created_at,
                "joined_at": joined_at,
                "signed_in_at": signed_in_at,
            }
        )
        for account, joined_at, signed_in_at in await session.execute(people)
    ]
    writer.add(archive.ACCOUNTS, b"".join(lines))
    published = [_json({"number": head.number, "mac": head.mac.hex()}) for head in heads.published(organ.id)]
    writer.add(archive.HEADS, b"".join(published))


def _json(value: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(value) + b"\n"
