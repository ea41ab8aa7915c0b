"""What communes handed over when they were merged, as the office itself reads, prints and takes it along."""

import csv
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from sqlalchemy import func, select

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Forbidden, NotFound
from lienxa.platform.succession import passages
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import handovers

Merged = Callable[[], Awaitable[Organ]]


async def count(database: Database, organ: Organ, other: Organ, code: str = "") -> int:
    async with database.tenant(organ.id) as session:
        which = [Passage.organ_id == other.id, *([Passage.code == code] if code else [])]
        return int(await session.scalar(select(func.count()).select_from(Passage).where(*which)) or 0)


async def paper_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


@pytest.mark.parametrize("number", [(1, "I"), (4, "IV"), (6, "VI"), (9, "IX"), (14, "XIV")])
def test_annexes_are_numbered_as_papers_number_them(number: tuple[int, str]) -> None:
    assert handovers.numeral(number[0]) == number[1]


async def test_both_sides_list_print_and_take_along_every_thing_with_who_had_it_and_who_has_it(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    office_head: Actor,
    actor_there: Any,
    sign_in: Any,
) -> None:
    new = await merged()
    there = await actor_there(new, office_head)
    office = await sign_in(there)
    list_of_all = (await office.get("/ban-giao")).text
    here = f"/ban-giao/don-vi/nhan/{busy_lam_son.id}"
    assert f'href="{here}"' in list_of_all
    assert "Nhận từ xã Lam Sơn" in list_of_all

    async with database.tenant(new.id) as session:
        query = select(Passage).where(Passage.organ_id == busy_lam_son.id, Passage.code == "documents.incoming")
        paper = (await session.scalars(query.where(Passage.receiver != "").order_by(Passage.id).limit(1))).one()
    taken = (await office.get(f"{here}/xuat")).text
    rows = list(csv.reader(io.StringIO(taken.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 1 + await count(database, new, busy_lam_son), "a line for each thing"
    (row,) = [row for row in rows if row[1:3] == [paper.other_number, paper.number] and "đến" in row[0]]
    assert row[3:] == [
        *(paper.symbol, f"{paper.dated:%d/%m/%Y}", paper.title),
        *(f"{paper.due_on:%d/%m/%Y}" if paper.due_on else "", paper.holder, paper.unit, paper.receiver),
    ]
    assert paper.symbol
    assert paper.receiver == paper.holder, "whoever had it in hand goes on"
    assert paper.unit

    shown = (await office.get(f"{here}?loai=documents.incoming")).text
    assert len(re.findall(r'<th scope="row">', shown)) == min(
        50, await count(database, new, busy_lam_son, "documents.incoming")
    )
    printed = await office.get(f"{here}/tep")
    assert printed.headers["content-type"] == "application/pdf"
    text = await paper_text(printed.content)
    for said in ("BIÊN BẢN", "Phụ lục", "PHỤ LỤC I", paper.symbol, paper.receiver):
        assert said in text, said

    old = await sign_in(office_head)
    given = f"/ban-giao/don-vi/giao/{new.id}"
    assert f'href="{given}"' in (await old.get("/ban-giao")).text
    assert len((await old.get(f"{given}/xuat")).text.splitlines()) == len(rows)


async def test_who_keeps_records_without_seeing_a_thing_reads_its_number_alone(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    actor_with: Any,
    actor_there: Any,
    clerk: Actor,
) -> None:
    administrator = await actor_with(busy_lam_son, "administrator")
    new = await merged()
    there = await actor_there(new, administrator)
    async with database.tenant(new.id) as session:
        shown = await handovers.handover(session, there, passages.IN, busy_lam_son.id)
        found, _following = await handovers.lines(session, there, shown, "documents.incoming", None, 1000)
        assert found
        assert {(line.title, line.path, line.symbol) for line in found} == {("(nội dung hạn chế)", "", "")}
        assert all(line.old_number and line.new_number for line in found)
        with pytest.raises(NotFound):
            await handovers.handover(session, there, passages.OUT, busy_lam_son.id)
        with pytest.raises(NotFound):
            await handovers.handover(session, there, passages.IN, uuid4())
        with pytest.raises(Forbidden):
            await handovers.handover(session, await actor_there(new, clerk), passages.IN, busy_lam_son.id)


async def test_a_long_handover_is_printed_in_parts_that_leave_nothing_out(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    office_head: Actor,
    actor_there: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handovers, "PART", 4)
    new = await merged()
    there = await actor_there(new, office_head)
    async with database.tenant(new.id) as session:
        shown = await handovers.handover(session, there, passages.IN, busy_lam_son.id)
        assert shown.total > 4
        for annex in shown.annexes:
            parts = [part for part in await handovers.parts(session, shown) if part.annex == annex]
            numbers = []
            for part in parts:
                data = await handovers.annex_paper(session, there, shown, annex, part.after, part.first)
                numbers += [int(row[0]) for row in data["annexes"][0]["rows"]]
                assert int(data["annexes"][0]["rows"][-1][0]) == part.last
            assert numbers == list(range(1, annex.count + 1)), annex.code
        assert (await handovers.paper(session, there, shown))["annexes"] == []
    page = (await (await sign_in(there)).get(f"/ban-giao/don-vi/nhan/{busy_lam_son.id}")).text
    (path, *_more) = re.findall(r'href="([^"]+/tep\?loai=documents.incoming&amp;sau=[^"]+)"', page)
    part = await (await sign_in(there)).get(path.replace("&amp;", "&"))
    assert "PHỤ LỤC" in await paper_text(part.content)
