"""Pictures of the pages of a PDF: neither headless Chromium nor phones show a PDF inline (tried).

They are made by a heavy job when somebody first opens the document, and lie in the store like any other content.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import store
from lienxa.platform.files.content import PDF
from lienxa.platform.files.models import PagePicture, StoredFile

WEBP = "image/webp"
# A4 at 150 dots per inch: small print can be read, a page of text weighs some 60 KB.
_WIDTH = 1240
_HEIGHT_AT_MOST = 5000
_QUALITY = 78
MAX_PAGES = 300


async def want(session: TenantSession, stored_file_id: UUID) -> bool:
    """Note that the pictures of a PDF are wanted; True for whoever did so first and shall enqueue the job."""
    noting = (
        update(StoredFile)
        .where(StoredFile.id == stored_file_id, StoredFile.pictures == "none", StoredFile.content_type == PDF)
        .values(pictures="wanted")
        .returning(StoredFile.id)
    )
    return await session.scalar(noting) is not None


async def still_wanted(session: TenantSession) -> Sequence[UUID]:
    """The files whose pictures are wanted and not made."""
    return (await session.scalars(select(StoredFile.id).where(StoredFile.pictures == "wanted"))).all()


async def draw(session: TenantSession, stored_file_id: UUID) -> None:
    """Make the pictures of a file's pages, or note that it cannot be drawn. It blocks: for a heavy job alone."""
    stored = await session.get(StoredFile, (session.tenant_id, stored_file_id), with_for_update=True)
    if stored is None or stored.pictures != "wanted":  # removed in the meantime, or drawn already
        return
    if await _borrow(session, stored):
        return
    try:
        pages = list(_rendered(await store.read(session, stored)))
    except _unreadable():
        stored.pictures = "failed"
        return
    for number, (content, width, height) in enumerate(pages, start=1):
        session.add(
            PagePicture(
                stored_file_id=stored.id,
                page=number,
                sha256=await store.put(session, content),
                size=len(content),
                width=width,
                height=height,
            )
        )
    stored.pictures, stored.page_count = "made", len(pages)


async def _borrow(session: TenantSession, stored: StoredFile) -> bool:
    """Take the pictures of another row with the same content, if they are made."""
    other = await session.scalar(
        select(StoredFile)
        .where(StoredFile.sha256 == stored.sha256, StoredFile.pictures == "made", StoredFile.id != stored.id)
        .limit(1)
    )
    if other is None:
        return False
    pages = (await session.scalars(select(PagePicture).where(PagePicture.stored_file_id == other.id))).all()
    for page in pages:
        await store.hold(session, page.sha256)
        session.add(
            PagePicture(
                stored_file_id=stored.id,
                page=page.page,
                sha256=page.sha256,
                size=page.size,
                width=page.width,
                height=page.height,
            )
        )
    stored.pictures, stored.page_count = "made", other.page_count
    return True


async def of_file(session: TenantSession, stored_file_id: UUID) -> Sequence[Any]:
    """`(page, width, height)` of the pictures of a file, in the order of its pages."""
    query = (
        select(PagePicture.page, PagePicture.width, PagePicture.height)
        .where(PagePicture.stored_file_id == stored_file_id)
        .order_by(PagePicture.page)
    )
    return (await session.execute(query)).all()


def _rendered(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each page as a picture with its width and height in pixels; the first `MAX_PAGES` of them."""
    import pypdfium2  # tens of megabytes that the web process never needs

    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(min(len(document), MAX_PAGES)):
            page = document[number]
            width, height = page.get_size()
            picture = page.render(scale=min(_WIDTH / width, _HEIGHT_AT_MOST / height)).to_pil()
            drawn = io.BytesIO()
            picture.save(drawn, "WEBP", quality=_QUALITY)
            yield drawn.getvalue(), picture.width, picture.height
    finally:
        document.close()


def _unreadable() -> type[Exception]:
    import pypdfium2

    found: type[Exception] = pypdfium2.PdfiumError
    return found
