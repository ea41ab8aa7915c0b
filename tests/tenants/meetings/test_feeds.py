"""Calendar feeds: what two independent readers find in them, whose rights they have, when they are dead."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from typing import Any
from unittest.mock import Mock
from uuid import UUID

import httpx
import icalendar
import pytest
import recurring_ical_events
import vobject
from litestar import Litestar
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import delete, select
from structlog.testing import capture_logs

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Post, RolePermission
from lienxa.platform.db.session import Database
from lienxa.platform.errors import NotFound
from lienxa.platform.identity.models import Account
from lienxa.platform.telemetry import metrics, tracing
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.meetings import ical, operations, permissions, repository
from lienxa.tenants.meetings.models import CalendarFeed, MeetingParticipant
from lienxa.tenants.meetings.pages import feeds
from lienxa.tenants.meetings.rules import Slot, slot_on
from lienxa.tenants.meetings.schemas import MeetingDraft
from lienxa.tenants.office import operations as office

MONDAY = date(2026, 11, 23)
ADDRESS = re.compile(r"http://[a-z.:0-9-]+(/lich/ics/[\w-]{43}\.ics)")
Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Statements = Callable[[], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def _a_week_before() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY - timedelta(days=7), 8)):
        yield


def at(starts: str, ends: str, day: date = MONDAY) -> Slot:
    return slot_on(day, time.fromisoformat(starts), time.fromisoformat(ends))


async def booked(database: Database, actor: Actor, slot: Slot, **fields: Any) -> UUID:
    """A meeting of UBND that the actor books in the first room, with the first leader in the chair."""
    async with database.tenant(actor.organ.id) as session:
        body_ids = {found.code: found.id for found in await people.bodies(session)}
        code = fields.pop("body", "committee")
        values = {
            "title": "Họp bàn ngân sách",
            "chair_id": (await people.holders_of_role(session, "leader"))[0].staff_id,
            "slot": slot,
            "room_id": (await repository.rooms(session))[0].id,
            "clash_reason": "Chỉ thử",
            **fields,
            "body_id": body_ids[code],
        }
        return (await operations.propose_meeting(session, actor, MeetingDraft(**values), book=True)).id


async def opened(database: Database, actor: Actor, *, room: bool = False) -> str:
    """The path of a new feed."""
    async with database.tenant(actor.organ.id) as session:
        room_id = (await repository.rooms(session))[0].id if room else None
        return f"/lich/ics/{(await operations.open_feed(session, actor, room_id)).secret}.ics"


def events_of(answer: httpx.Response) -> list[icalendar.Event]:
    """The meetings of a feed; days off are whole days."""
    assert answer.status_code == 200, answer.text
    found = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return [event for event in found if isinstance(event.start, datetime)]


async def test_a_person_makes_an_address_reads_it_replaces_and_removes_it(visit: Visit, office_head: Actor) -> None:
    visitor, client = await visit(office_head.organ, office_head), await visit(office_head.organ)
    made = await visitor.post("/lich/dien-thoai", {"room": ""})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert "feed-code" in made.text
    first = ADDRESS.search(made.text)
    assert first
    shown = await visitor.get("/lich/dien-thoai")
    assert "chưa đọc lần nào" in shown.text
    assert ADDRESS.search(shown.text) is None
    assert (await client.get(first[1])).status_code == 200
    assert "chưa đọc lần nào" not in (await visitor.get("/lich/dien-thoai")).text
    again = ADDRESS.search((await visitor.post("/lich/dien-thoai", {"room": ""})).text)
    assert again
    assert [(await client.get(path)).status_code for path in (first[1], again[1])] == [404, 200]
    (action,) = set(re.findall(r'action="(/lich/dien-thoai/[0-9a-f-]+/bo)"', (await visitor.get(feeds.PATH)).text))
    assert (await visitor.post(action)).status_code == 303
    assert (await client.get(again[1])).status_code == 404


async def test_the_address_is_kept_as_its_digest_alone(database: Database, office_head: Actor) -> None:
    path = await opened(database, office_head)
    secret = path.removeprefix("/lich/ics/").removesuffix(".ics")
    assert len(secret) * 6 >= 128
    async with database.tenant(office_head.organ.id) as session:
        (feed,) = (await session.scalars(select(CalendarFeed))).all()
        assert len(feed.secret_hash) == 32
        assert secret.encode() not in feed.secret_hash


async def test_two_readers_find_the_same_meeting(visit: Visit, database: Database, office_head: Actor) -> None:
    meeting_id = await booked(database, office_head, at("08:00", "10:00"), member_ids=[office_head.staff_id])
    client = await visit(office_head.organ)
    answer = await client.get(await opened(database, office_head))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75

    calendar = icalendar.Calendar.from_ical(answer.content)
    (event,) = recurring_ical_events.of(calendar).at(MONDAY)
    assert event.uid == f"{meeting_id}@{office_head.organ.id}"
    assert event.start == clock.instant(MONDAY, 8)
    assert event.end - event.start == timedelta(hours=2)
    assert event["DTSTART"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert (event["STATUS"], event.sequence) == ("CONFIRMED", 0)
    assert str(calendar["X-WR-CALNAME"]) == "Lịch công tác - Xã Lam Sơn"
    assert calendar["METHOD"] == "PUBLISH"

    other = next(
        found for found in vobject.readOne(answer.content.decode()).vevent_list if found.uid.value == event.uid
    )
    assert other.summary.value == "Họp bàn ngân sách"
    assert other.location.value.startswith("Hội trường lớn, Xã Lam Sơn")
    assert other.dtstart.value.utcoffset() == timedelta(hours=7)
    assert f"/lich/{meeting_id}" in other.description.value
    assert "mailto" not in answer.text.lower()
    assert "ATTENDEE" not in answer.text


async def test_a_move_and_a_cancellation_reach_the_client(visit: Visit, database: Database, office_head: Actor) -> None:
    meeting_id = await booked(database, office_head, at("08:00", "10:00"), member_ids=[office_head.staff_id])
    path, client = await opened(database, office_head), await visit(office_head.organ)
    (before,) = events_of(await client.get(path))
    with clock.fixed_at(clock.instant(MONDAY - timedelta(days=6), 8)):
        async with database.tenant(office_head.organ.id) as session:
            room_id = (await repository.rooms(session))[1].id
            await operations.move(session, office_head, meeting_id, at("14:00", "15:00"), room_id=room_id)
        (moved,) = events_of(await client.get(path))
        async with database.tenant(office_head.organ.id) as session:
            await operations.cancel(session, office_head, meeting_id, "Lãnh đạo đi công tác")
        (gone,) = events_of(await client.get(path))
    assert before.uid == moved.uid == gone.uid
    assert before.sequence < moved.sequence < gone.sequence
    assert moved.start == clock.instant(MONDAY, 14)
    assert moved["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert (gone["STATUS"], gone["TRANSP"]) == ("CANCELLED", "TRANSPARENT")
    assert str(gone["SUMMARY"]).startswith("Đã hủy")
    later = clock.instant(MONDAY - timedelta(days=6), 8) + ical.CANCELLED_FOR + timedelta(days=1)
    with clock.fixed_at(later):
        assert events_of(await client.get(path)) == []


async def test_a_cancelled_proposal_was_in_nobodys_calendar(
    visit: Visit, database: Database, specialist: Actor
) -> None:
    path, client = await opened(database, specialist), await visit(specialist.organ)
    async with database.tenant(specialist.organ.id) as session:
        body = next(found for found in await people.bodies(session) if found.code == "committee")
        draft = MeetingDraft(body.id, "Họp thôn", specialist.staff_id, at("08:00", "09:00"), place="Thôn 3")
        meeting = await operations.propose_meeting(session, specialist, draft)
    (proposal,) = events_of(await client.get(path))
    assert proposal["STATUS"] == "TENTATIVE"
    async with database.tenant(specialist.organ.id) as session:
        await operations.cancel(session, specialist, meeting.id, "Không cần nữa")
    assert events_of(await client.get(path)) == []


async def test_a_hall_tells_titles_as_far_as_rights_go_today(
    visit: Visit, database: Database, office_head: Actor, specialist: Actor
) -> None:
    await booked(database, office_head, at("08:00", "10:00"), body="party", title="Họp Ban Thường vụ")
    await booked(database, office_head, at("14:00", "15:00"))
    client = await visit(office_head.organ)
    of_head, of_specialist = [await opened(database, actor, room=True) for actor in (office_head, specialist)]
    seen = [str(event["SUMMARY"]) for event in events_of(await client.get(of_head))]
    assert seen == ["Họp Ban Thường vụ", "Họp bàn ngân sách"]
    masked = events_of(await client.get(of_specialist))
    assert str(masked[0]["SUMMARY"]) == "Phòng đã có lịch"
    assert not {"DESCRIPTION", "URL"} & masked[0].keys()
    assert masked[0]["CLASS"] == "PRIVATE"
    # Their post may read no more: of what they take no part in only the time is left.
    async with database.tenant(office_head.organ.id) as session:
        role = select(Post.role_id).where(Post.id.in_([post.id for post in office_head.posts]))
        opens = (RolePermission.role_id.in_(role), RolePermission.permission == permissions.READ)
        await session.execute(delete(RolePermission).where(*opens))
        preparing = MeetingParticipant.staff_id == office_head.staff_id
        await session.execute(delete(MeetingParticipant).where(preparing))
    lost = [str(event["SUMMARY"]) for event in events_of(await client.get(of_head))]
    assert lost == ["Phòng đã có lịch", "Phòng đã có lịch"]


async def test_rights_of_every_present_post_count(
    visit: Visit, database: Database, office_head: Actor, secretary: Actor
) -> None:
    """A feed has no acting post: what waits for either of two posts is in it, with its title."""
    for code, hour in (("party", "08:00"), ("committee", "14:00")):
        slot = at(hour, f"{int(hour[:2]) + 1:02}:00")
        await booked(database, office_head, slot, body=code, title=code, chair_id=secretary.staff_id)
    found = events_of(await (await visit(secretary.organ)).get(await opened(database, secretary)))
    assert [str(event["SUMMARY"]) for event in found] == ["party", "committee"]


@pytest.mark.parametrize("how", ["suspended", "left", "post lost", "shut out", "wrong", "another organ"])
async def test_every_dead_address_gets_one_answer(
    visit: Visit, database: Database, specialist: Actor, giang_son_tay: Organ, actor_with: FindActor, how: str
) -> None:
    path = await opened(database, specialist)
    client = await visit(specialist.organ)
    assert (await client.get(path)).status_code == 200
    administrator = await actor_with(specialist.organ, "administrator")
    async with database.tenant(specialist.organ.id) as session:
        if how == "suspended":
            await office.suspend(session, administrator, specialist.staff_id, 1, "Mất máy")
        if how == "left":
            await office.leave(session, administrator, specialist.staff_id, 1, clock.today())
        if how == "post lost":
            for held in await session.scalars(select(Appointment).where(Appointment.staff_id == specialist.staff_id)):
                await office.end_appointment(session, administrator, held.id, clock.today())
    if how == "shut out":
        async with database.control() as control:
            (await control.get_one(Account, specialist.account_id)).disabled_at = clock.now()
    if how == "wrong":
        path = f"/lich/ics/{'A' * 43}.ics"
    if how == "another organ":
        client = await visit(giang_son_tay)
    with clock.fixed_at(clock.now() + timedelta(days=0 if how == "suspended" else 1)):
        answer = await client.get(path)
        never = await client.get("/lich/ics/chua-tung-co.ics")
    assert (answer.status_code, answer.content) == (404, never.content)
    assert {**answer.headers} == {**never.headers}
    assert answer.headers["cache-control"].startswith("private")


async def test_the_secret_is_in_no_span_log_line_or_measurement(
    app: Litestar, database: Database, office_head: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked for while all goes well, and in the report of a fault."""
    path = await opened(database, office_head)
    secret = path.removeprefix("/lich/ics/").removesuffix(".ics")
    spans, measured = InMemorySpanExporter(), []
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(tracing.trace, "get_tracer", provider.get_tracer)
    for name in ("request_duration", "requests"):
        note = Mock(side_effect=lambda *told: measured.append(told))
        monkeypatch.setattr(metrics, name, Mock(record=note, add=note))
    transport = httpx.ASGITransport(app=tracing.instrument_app(app), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://lam-son.localhost:8000") as client:
        with capture_logs() as lines:
            statuses = [(await client.get(path)).status_code]
            monkeypatch.setattr(ical, "calendar_text", Mock(side_effect=RuntimeError("broken")))
            statuses += [(await client.get(path)).status_code, (await client.get(f"{path}x")).status_code]
    assert statuses == [200, 500, 404]
    told = "".join(span.to_json() for span in spans.get_finished_spans()) + repr(lines) + repr(measured)
    assert "/lich/ics/*" in told
    assert any(line["event"] == "request failed" for line in lines)
    assert len(measured) == 6
    assert secret not in told


async def test_a_client_that_has_it_gets_no_content(visit: Visit, database: Database, office_head: Actor) -> None:
    path, client = await opened(database, office_head), await visit(office_head.organ)
    tag = (await client.get(path)).headers["etag"]
    again = await client.http.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await booked(database, office_head, at("08:00", "10:00"), member_ids=[office_head.staff_id])
    assert (await client.http.get(path, headers={"if-none-match": tag})).status_code == 200


async def test_it_costs_four_statements(
    visit: Visit, busy_lam_son: Organ, database: Database, leader: Actor, statements: Statements
) -> None:
    path, client = await opened(database, leader), await visit(busy_lam_son)
    with statements() as sent:
        answer = await client.get(path)
    assert len(sent.work) <= 4, sent
    assert len(events_of(answer)) > 0


async def test_who_asks_too_often_must_wait(
    visit: Visit, database: Database, office_head: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await visit(office_head.organ)
    monkeypatch.setattr(feeds, "PER_ADDRESS", 3)
    answers = [await client.get(f"/lich/ics/{'A' * 43}") for _try in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    monkeypatch.setattr(feeds, "PER_ADDRESS", 100)
    monkeypatch.setattr(feeds, "PER_FEED", 1)
    path = await opened(database, office_head)
    assert [(await client.get(path)).status_code for _try in range(2)] == [200, 429]


async def test_an_administrator_sees_who_has_one_and_ends_it(
    visit: Visit, database: Database, lam_son: Organ, specialist: Actor, office_head: Actor, actor_with: FindActor
) -> None:
    path = await opened(database, specialist)
    administrator = await visit(lam_son, await actor_with(lam_son, "administrator"))
    listed = await administrator.get("/quan-tri/lich-dien-thoai")
    assert specialist.name in listed.text
    assert "/lich/ics/" not in listed.text
    (action,) = set(re.findall(r'action="(/quan-tri/lich-dien-thoai/[0-9a-f-]+/bo)"', listed.text))
    head = await visit(lam_son, office_head)
    assert (await head.get("/quan-tri/lich-dien-thoai")).status_code == 403
    assert (await head.post(action)).status_code == 403
    assert (await head.post(action.replace("/quan-tri/lich-dien-thoai", "/lich/dien-thoai"))).status_code == 404
    assert (await administrator.post(action)).status_code == 303
    assert (await (await visit(lam_son)).get(path)).status_code == 404


async def test_a_room_that_nobody_has_is_refused(visit: Visit, office_head: Actor) -> None:
    visitor = await visit(office_head.organ, office_head)
    answer = await visitor.post("/lich/dien-thoai", {"room": "00000000-0000-7000-8000-000000000000"})
    assert answer.status_code == 422
    assert "Không có phòng này." in answer.text


async def test_a_stranger_ends_no_feed(database: Database, specialist: Actor, office_head: Actor) -> None:
    await opened(database, specialist)
    async with database.tenant(specialist.organ.id) as session:
        (feed,) = await repository.feeds(session)
        with pytest.raises(NotFound):
            await operations.close_feed(session, office_head, feed.id)


def test_days_off_in_a_row_are_one_event() -> None:
    found = ical.days_off(national_calendar(), ical.window(date(2026, 12, 1)))
    assert all(one.first <= one.last for one in found)
    assert any(one.last > one.first for one in found), "Quốc khánh has two days"
    assert sorted(found, key=lambda one: one.first) == found


def test_a_tag_is_compared_weakly() -> None:
    tag = ical.entity_tag(b"x")
    for sent in (tag, tag.removeprefix("W/"), f'"a", {tag}', "*"):
        assert ical.unchanged(tag, sent)
    for sent in ("", '"a"', ical.entity_tag(b"y")):
        assert not ical.unchanged(tag, sent)
