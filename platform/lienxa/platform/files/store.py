"""The file store: contents at `<tenant>/<sha256>`, rows in `app.stored_file`.

A content is written before the commit of its row. What no row wants after 24 hours is swept away; the sweep and a
writer of the same content exclude each other by an advisory lock (ADR 0003).
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

import obstore
from obstore.store import LocalStore
from sqlalchemy import delete, exists, func, or_, select, union

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.files.content import DOCX, JPEG, PDF, PNG, TITLES, content_type
from lienxa.platform.files.models import PagePicture, StoredFile
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _

MAX_BYTES = 25 * 1024 * 1024
UNWANTED_AFTER = timedelta(hours=24)
OFFICE_TYPES = (PDF, DOCX, PNG, JPEG)


@cache
def _store(root: Path) -> LocalStore:
    return LocalStore(prefix=root, automatic_cleanup=True, mkdir=True)


def _contents() -> LocalStore:
    return _store(get_settings().data.absolute() / "files")


def _key(tenant_id: UUID, sha256: str) -> str:
    return f"{tenant_id}/{sha256}"


async def keep(
    session: TenantSession, actor: Actor, name: str, content: bytes, *, allowed: Collection[str] = OFFICE_TYPES
) -> StoredFile:
    """Store a content (bytes) under its row, or raise `InvalidInput` on field `file` if its type or size is refused."""
    found = checked_type(content, allowed)
    stored = StoredFile(
        sha256=await put(session, content),
        size=len(content),
        content_type=found,
        name=_plain_name(name),
        kept_by=actor.staff_id,
        kept_at=clock.now(),
    )
    session.add(stored)
    await session.flush()
    return stored


async def put(session: TenantSession, content: bytes) -> str:
    """Store a content whose row is added in the same transaction; returns its SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    await hold(session, digest)
    await obstore.put_async(_contents(), _key(session.tenant_id, digest), content)
    return digest


async def hold(session: TenantSession, sha256: str) -> None:
    """Keep a stored content from being swept until this transaction has added a row that wants it."""
    await _lock(session, sha256, shared=True)


async def read(session: TenantSession, stored: StoredFile | PagePicture) -> bytes:
    """The content of a row of this tenant, or `NotFound` if the store has lost it."""
    if stored.tenant_id != session.tenant_id:
        raise NotFound
    try:
        found = await obstore.get_async(_contents(), _key(session.tenant_id, stored.sha256))
    except FileNotFoundError as error:
        raise NotFound(_("Tệp không còn trong kho lưu trữ.")) from error
    return bytes(await found.bytes_async())


async def wanted(session: TenantSession) -> Sequence[str]:
    """The SHA-256 of every content that a row wants, in order."""
    both = union(select(StoredFile.sha256), select(PagePicture.sha256)).subquery()
    return (await session.scalars(select(both.c.sha256).order_by(both.c.sha256))).all()


async def content(tenant_id: UUID, sha256: str) -> bytes | None:
    """A content by its name, for exports; None if the store has lost it."""
    try:
        found = await obstore.get_async(_contents(), _key(tenant_id, sha256))
    except FileNotFoundError:
        return None
    return bytes(await found.bytes_async())


async def put_back(tenant_id: UUID, sha256: str, content: bytes) -> None:
    """Lay a content of a restored organ down, whose rows come later; one that lies there stays."""
    await obstore.put_async(_contents(), _key(tenant_id, sha256), content)


async def measure(tenant_id: UUID) -> tuple[int, int]:
    """How many contents of an organ the store holds, and their bytes."""
    count = size = 0
    async for batch in obstore.list(_contents(), prefix=str(tenant_id)):
        count += len(batch)
        size += sum(found["size"] for found in batch)
    return count, size


async def erase(tenant_id: UUID) -> None:
    """Remove everything of an organ that is being erased."""
    async for batch in obstore.list(_contents(), prefix=str(tenant_id)):
        await obstore.delete_async(_contents(), [found["path"] for found in batch])


async def forget(session: TenantSession, stored: StoredFile) -> None:
    """Remove a row that nothing names any more, with its pictures; the sweep removes contents that no row wants."""
    await session.execute(delete(PagePicture).where(PagePicture.stored_file_id == stored.id))
    await session.delete(stored)
    await session.flush()


async def purge(session: TenantSession, stored: StoredFile) -> None:
    """Remove a row with its pictures and at once their contents, which must not be here: a secret that came to light.

    The contents go before the commit; what is rolled back leaves a row without one, which is the lesser evil.
    """
    pictures = select(PagePicture.sha256).where(PagePicture.stored_file_id == stored.id)
    digests = {stored.sha256, *await session.scalars(pictures)}
    await forget(session, stored)
    for digest in sorted(digests):
        await _remove_unwanted(session, digest)


async def sweep(session: TenantSession) -> int:
    """Remove this tenant's contents that no row has wanted for 24 hours; returns how many.

    Several hundred objects a batch; each is checked and removed under its lock.
    """
    removed = 0
    oldest_kept = clock.now() - UNWANTED_AFTER
    async for batch in obstore.list(_contents(), prefix=str(session.tenant_id)):
        for found in batch:
            if found["last_modified"] > oldest_kept:
                continue
            removed += await _remove_unwanted(session, found["path"].rsplit("/", 1)[-1])
    return removed


async def _remove_unwanted(session: TenantSession, digest: str) -> bool:
    """Remove a content that no row wants; False if one does."""
    await _lock(session, digest, shared=False)
    wanted = or_(exists().where(StoredFile.sha256 == digest), exists().where(PagePicture.sha256 == digest))
    if await session.scalar(select(wanted)):
        return False
    await obstore.delete_async(_contents(), _key(session.tenant_id, digest))
    return True


async def _lock(session: TenantSession, digest: str, *, shared: bool) -> None:
    key = int.from_bytes(hashlib.sha256(f"{session.tenant_id}/{digest}".encode()).digest()[:8], "big", signed=True)
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    await session.execute(select(lock(key)))


def checked_type(content: bytes, allowed: Collection[str] = OFFICE_TYPES) -> str:
    """The type of a content that may be kept, or `InvalidInput` on field `file`: empty, too large, of another type."""
    titles = ", ".join(TITLES[name] for name in allowed)
    if not content:
        raise InvalidInput.of("file", _("Tệp rỗng."), _("Chọn lại tệp."))
    if len(content) > MAX_BYTES:
        raise InvalidInput.of(
            "file",
            _("Tệp lớn hơn {limit} MB.", limit=MAX_BYTES // 1024 // 1024),
            _("Quét lại ở 200 dpi hoặc tách thành nhiều tệp."),
        )
    found = content_type(content)
    if found is None or found not in allowed:
        raise InvalidInput.of("file", _("Loại tệp này không nhận được."), _("Chọn tệp {titles}.", titles=titles))
    return found


def _plain_name(name: str) -> str:
    cleaned = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable())
    return cleaned[-200:] or "tep"
