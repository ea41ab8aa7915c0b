"""The demonstration's office: somebody leads a section, and somebody was shown a paper by name."""

import random

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access import grants, members
from lienxa.platform.access import repository as people
from lienxa.platform.access.models import AccessGrant
from lienxa.platform.db.session import Database
from lienxa.platform.operator import invented
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import api as documents
from lienxa.tenants.documents.models import Document, DocumentParticipant
from lienxa.tenants.documents.repository.document import held


@pytest.fixture
def names() -> list[str]:
    """The invented people of Lam Sơn in the order of `platform/operator/demo.py`."""
    return invented.names(random.Random("lam-son"), 13)


async def test_van_hoa_leads_lao_dong_and_tai_chinh_was_shown_a_party_paper(
    database: Database, busy_lam_son: Organ, names: list[str]
) -> None:
    van_hoa, tai_chinh, lao_dong = names[8], names[9], names[11]
    async with database.tenant(busy_lam_son.id) as session:
        staff = {row.full_name: row.staff_id for row in await people.staff_with_posts(session)}
        head = await members.staff_member(session, busy_lam_son, staff[van_hoa])
        assert head.acting.title == "Trưởng bộ phận Văn hóa - Xã hội"
        assert head.acting.led == {staff[van_hoa], staff[lao_dong]}
        handled = select(DocumentParticipant.document_id).where(DocumentParticipant.staff_id == staff[lao_dong])
        theirs = (await session.scalars(handled.limit(1))).one()
        assert await documents.is_visible(session, head, theirs)

        (shown,) = await session.scalars(select(AccessGrant))
        officer = await members.staff_member(session, busy_lam_son, staff[tai_chinh])
        assert shown.staff_id == officer.staff_id
        paper = await session.find(Document, shown.thing_id)
        assert paper.body_id not in officer.acting.body_ids
        assert (await held(session, officer, paper.id)).relations == frozenset()
        (grant,) = await grants.of_thing(session, "document", paper.id)
        assert grant.holds
        shown.revoked_at, shown.revoked_by = clock.now(), shown.granted_by
        await session.flush()
        assert not await documents.is_visible(session, officer, paper.id)
        await session.rollback()
