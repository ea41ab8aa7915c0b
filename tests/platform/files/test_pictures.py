"""Pages of a PDF become pictures once, whoever else has the same file; what cannot be drawn says so."""

import sys
from uuid import UUID

from sqlalchemy import func, select

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.files import pictures, store
from lienxa.platform.files.models import PagePicture, StoredFile
from lienxa.platform.operator.invented import sample_pdf

PAPER = sample_pdf("Ngân sách")
BROKEN = b"%PDF-1.4\nno pages here"


async def kept(database: Database, actor: Actor, content: bytes) -> UUID:
    async with database.tenant(actor.organ.id) as session:
        return (await store.keep(session, actor, "van-ban.pdf", content)).id


async def drawn(database: Database, actor: Actor, stored_id: UUID) -> StoredFile:
    async with database.tenant(actor.organ.id) as session:
        assert await pictures.want(session, stored_id)
        assert not await pictures.want(session, stored_id), "one job is enough"
        await pictures.draw(session, stored_id)
    async with database.tenant(actor.organ.id) as session:
        return await session.find(StoredFile, stored_id)


async def test_a_page_becomes_a_picture_that_can_be_read(database: Database, clerk: Actor) -> None:
    stored = await drawn(database, clerk, await kept(database, clerk, PAPER))
    assert (stored.pictures, stored.page_count) == ("made", 1)
    async with database.tenant(clerk.organ.id) as session:
        ((page, width, height),) = await pictures.of_file(session, stored.id)
        picture = await session.scalar(select(PagePicture))
        assert picture is not None
        content = await store.read(session, picture)
    assert (page, width) == (1, 1240)
    assert 1.4 < height / width < 1.43  # A4
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"
    assert len(content) == picture.size


async def test_the_same_content_is_drawn_once(database: Database, clerk: Actor) -> None:
    first = await drawn(database, clerk, await kept(database, clerk, PAPER))
    again = await drawn(database, clerk, await kept(database, clerk, PAPER))
    assert (again.pictures, again.page_count) == (first.pictures, first.page_count)
    async with database.tenant(clerk.organ.id) as session:
        shas = (await session.scalars(select(PagePicture.sha256))).all()
    assert len(shas) == 2
    assert len(set(shas)) == 1


async def test_what_cannot_be_drawn_has_failed_and_no_pictures(database: Database, clerk: Actor) -> None:
    stored = await drawn(database, clerk, await kept(database, clerk, BROKEN))
    assert (stored.pictures, stored.page_count) == ("failed", None)
    async with database.tenant(clerk.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(PagePicture)) == 0


async def test_a_removed_file_is_not_drawn(database: Database, clerk: Actor) -> None:
    async with database.tenant(clerk.organ.id) as session:
        await pictures.draw(session, UUID(int=1))


def test_the_pages_of_the_web_do_not_load_the_renderer() -> None:
    import subprocess

    program = "import sys, lienxa.platform.app, lienxa.tenants.documents; print('pypdfium2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
