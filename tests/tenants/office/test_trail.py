"""The trail as its administrator searches it: every act has its words, filters and pages hold, content stays out."""

import ast
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as audit
from lienxa.platform.db.session import Database
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import trail
from lienxa.tenants.documents.models import DocumentFile
from lienxa.tenants.documents.operations import incoming
from lienxa.tenants.documents.schemas import Attachment, IncomingEntry
from lienxa.tenants.office import acts

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 24)
RECORDERS = {
    "record",
    "record_act",
    "record_account",
    "record_service",
    "record_stranger",
    "record_series",
    "_record",
    "_note",
    "_note_period",
}
PREFIXES = (
    "documents",
    "meetings",
    "procedures",
    "rollout",
    "workdays",
    "office",
    "identity",
    "access",
    "files",
    "web",
)
# Verbs that reach the recorder as a variable: in which file, and which they are.
BY_VARIABLE = {
    "documents/operations/incoming.py": {"route", "direct", "answer_discarded", "answer_struck"},
    "documents/operations/drafts.py": {"return", "return_signed", "check_content", "check_form"},
    "documents/operations/files.py": {"attach", "attach_signed"},
    "meetings/operations.py": {"send_back", "refuse", "cancel"},
    "procedures/operations.py": {"refuse", "withdraw", "stop"},
}


def literals(node: ast.AST) -> Iterator[str]:
    """The texts that an argument may be."""
    if isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def acts_of(path: Path) -> Iterator[str]:
    """The names of acts that a file writes: in full, or as the verb of its module."""
    module = path.relative_to(ROOT).parts[3]
    prefix = "office" if module in ("rest", "webhooks") else module
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in RECORDERS:
            continue
        named = next((found for argument in node.args[1:3] if (found := [*literals(argument)])), [])
        yield from (text if "." in text else f"{prefix}.{text}" for text in named)
    for place, verbs in BY_VARIABLE.items():
        if path.as_posix().endswith(place):
            yield from (f"{prefix}.{verb}" for verb in verbs)


def test_every_act_that_the_code_writes_has_its_words() -> None:
    sources = [path for root in ("platform", "tenants") for path in (ROOT / root).rglob("*.py")]
    written = {act for path in sources for act in acts_of(path) if act.startswith(tuple(f"{p}." for p in PREFIXES))}
    assert len(written) > 80  # else the walk finds nothing any more
    assert written - acts.ACTS.keys() == set()


def test_no_content_of_a_paper_is_told() -> None:
    detail = {"lead": "Trần Văn Nam", "text": "Đồng ý chi 5 triệu", "name": "ket-luan.pdf", "reason": "nhầm"}
    assert acts.told("documents.direct", detail) == "chủ trì: Trần Văn Nam"
    assert acts.told("files.read", detail) == "chủ trì: Trần Văn Nam"
    assert "Đồng ý" in acts.told("office.appoint", detail)


async def test_the_demonstration_writes_no_act_without_words(busy_lam_son: Organ, owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as connection:
        rows = connection.execute("select distinct action from app.audit_event").fetchall()
    assert len(rows) > 20
    assert {action for (action,) in rows} - acts.ACTS.keys() == set()


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    return await actor_with(lam_son, "administrator")


async def test_it_is_found_by_person_act_thing_and_days_page_by_page(
    database: Database, sign_in: Any, administrator: Actor, clerk: Actor, leader: Actor
) -> None:
    thing = uuid4()
    async with database.tenant(clerk.organ.id) as session:
        for number in range(audit.PAGE + 5):
            with clock.fixed_at(clock.instant(TODAY - timedelta(days=number), 9)):
                audit.record(session, clerk, "documents.register", "document", uuid4(), {"number": str(number)})
        with clock.fixed_at(clock.instant(TODAY, 10)):
            audit.record(session, leader, "documents.direct", "document", thing, {"text": "Bút phê kín"})
    client = await sign_in(administrator)
    first = await client.get(f"/quan-tri/nhat-ky?nguoi={clerk.staff_id}&viec=documents.register&den=24/11/2026")
    assert first.text.count('<th scope="row"') == audit.PAGE
    following = first.text.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await client.get(following)).text.count('<th scope="row"') == 5
    of_days = await client.get(f"/quan-tri/nhat-ky?nguoi={clerk.staff_id}&tu=23/11/2026&den=23/11/2026")
    assert of_days.text.count('<th scope="row"') == 1
    of_thing = (await client.get(f"/quan-tri/nhat-ky?muc={thing}")).text
    assert "Cho ý kiến chỉ đạo văn bản đến" in of_thing
    assert "Bút phê kín" not in of_thing
    sheet = await client.get(f"/quan-tri/nhat-ky/xuat?nguoi={clerk.staff_id}")
    assert len(sheet.text.strip().splitlines()) == 1 + audit.PAGE + 5
    answer = await client.get(f"/api/v1/office/trail?staff={clerk.staff_id}&limit=10")
    assert len(answer.json()["items"]) == 10
    assert answer.json()["next"]


async def test_only_who_administrates_searches_it(sign_in: Any, leader: Actor) -> None:
    client = await sign_in(leader)
    for path in ("/quan-tri/nhat-ky", "/quan-tri/nhat-ky/xuat", "/api/v1/office/trail"):
        assert (await client.get(path)).status_code == 403


async def test_opening_a_file_stands_in_the_trail_but_in_no_timeline(
    lam_son: Organ, sign_in: Any, clerk: Actor, database: Database
) -> None:
    async with database.tenant(lam_son.id) as session:
        body = next(body.id for body in await people.bodies(session) if body.code == "committee")
        entry = IncomingEntry(body, "UBND huyện", "7/UBND", None, "state/cong-van", "V/v họp giao ban")
        paper = await incoming.register_incoming(session, clerk, entry, Attachment("a.pdf", sample_pdf("Họp")))
        document_id = paper.id
        file_id = await session.scalar(select(DocumentFile.id).where(DocumentFile.document_id == document_id))
    client = await sign_in(clerk)
    assert (await client.get(f"/van-ban/{document_id}/tep/{file_id}")).status_code == 200
    async with database.tenant(lam_son.id) as session:
        found = await audit.search(session, audit.Sought(action=audit.READ, object_id=document_id), None, 10)
        steps = await audit.timeline(session, document_id)
    assert [event.staff_id for event in found] == [clerk.staff_id]
    assert audit.READ not in {event.action for event in steps}


def test_words_of_programs_are_told_in_those_of_the_office() -> None:
    assert acts.told("web.export", {"list": "nhat-ky"}) == "danh sách: Nhật ký"
    counted = {"kind": "dead_session", "address": "203.0.113.0/24", "count": 3}
    expected = "phiên đã hết, hoặc không phải của đơn vị; từ mạng: 203.0.113.0/24; số lần: 3"
    assert acts.told("access.strangers_refused", counted) == expected


def test_every_list_that_can_be_taken_away_has_its_words() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tenants").rglob("pages/**/*.py")]
    sources += [path.read_text(encoding="utf-8") for path in (ROOT / "tenants").rglob("pages.py")]
    named = {name for text in sources for name in re.findall(r'spreadsheet\(request, session, actor, "([^"]+)"', text)}
    assert named >= {"nhat-ky", "ho-so-mot-cua"}
    for name in (*named, "van-ban-den", "van-ban-di"):
        assert acts.told("web.export", {"list": name}) != f"danh sách: {name}", name


def test_every_kind_of_refusal_has_its_words() -> None:
    kinds = {value for name, value in vars(trail).items() if name.isupper() and name != "ACT"}
    assert len(kinds) == 9
    for kind in (*kinds, "forbidden", "not_found", "forged_request"):
        assert acts.told("access.refused", {"kind": kind}) != kind
