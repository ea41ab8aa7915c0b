"""Invented documents of the demonstration, made by the operations that users call, the same each time."""

import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.text import _, fold
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.documents import operations, permissions, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import Attachment, Direction, Draft, IncomingEntry

# Papers told for each organ: those whose articles describe a joined office have more to show.
# Incoming from, outgoing from; each organ has up to a few more.
_MANY, _SOME, _MORE = (14, 10), (4, 3), 5
_SHOWN = ("lam-son", "giang-son-tay", "minh-son")
_WEEKS_BACK = 6
_HANDLING_DAYS = 5


@dataclass(frozen=True)
class Subject:
    """An invented incoming paper: the body it is for, its type, its author and symbol, and what it is about."""

    body: str
    type_code: str
    author: str
    symbol: str
    abstract: str


INCOMING_SUBJECTS = (
    Subject("committee", "state/cong-van", "UBND huyện", "{n}/UBND-TCKH", "V/v quyết toán thu, chi ngân sách quý III"),
    Subject("committee", "state/ke-hoach", "UBND huyện", "{n}/KH-UBND", "Phòng, chống thiên tai và tìm kiếm cứu nạn"),
    Subject("party", "party/cong-van", "Huyện ủy", "{n}-CV/HU", "Chuẩn bị nội dung kiểm điểm cuối năm"),
    Subject("committee", "state/cong-van", "Phòng Tài nguyên", "{n}/TNMT", "V/v rà soát hồ sơ cấp giấy chứng nhận đất"),
    Subject("party", "party/huong-dan", "Ban Tổ chức Huyện ủy", "{n}-HD/BTC", "Đánh giá, xếp loại đảng viên cuối năm"),
    Subject("committee", "state/cong-van", "Phòng Y tế", "{n}/YT", "V/v tiêm phòng và giám sát dịch bệnh mùa đông"),
    Subject("council", "state/thong-bao", "Thường trực HĐND huyện", "{n}/TB-HĐND", "Lịch tiếp xúc cử tri trước kỳ họp"),
    Subject("committee", "state/bao-cao", "Công an xã", "{n}/BC-CAX", "Tình hình an ninh trật tự tháng"),
    Subject("committee", "state/quyet-dinh", "UBND tỉnh", "{n}/QĐ-UBND", "Danh sách hộ nghèo được hỗ trợ nhà ở"),
    Subject("party", "party/ke-hoach", "Ban Tuyên giáo Huyện ủy", "{n}-KH/BTG", "Tuyên truyền ngày Đại đoàn kết"),
    Subject("committee", "state/giay-moi", "UBND huyện", "{n}/GM-UBND", "Họp bàn tiến độ xây dựng nông thôn mới"),
    Subject("committee", "state/cong-van", "Bảo hiểm xã hội", "{n}/BHXH", "V/v bảo hiểm y tế hộ gia đình"),
    Subject("committee", "state/to-trinh", "Trường Tiểu học xã", "{n}/TTr-TH", "Đề nghị sửa chữa phòng học"),
    Subject("party", "party/thong-bao", "Ủy ban Kiểm tra Huyện ủy", "{n}-TB/UBKT", "Lịch giám sát chuyên đề tại cơ sở"),
    Subject("committee", "state/cong-van", "Phòng Văn hóa", "{n}/VHTT", "V/v chuẩn bị ngày hội văn hóa các dân tộc"),
    Subject("committee", "state/cong-van", "Hạt Kiểm lâm", "{n}/HKL", "V/v phòng cháy, chữa cháy rừng mùa khô"),
)

OUTGOING_SUBJECTS = (
    ("committee", "state/quyet-dinh", "Phân bổ kinh phí phòng, chống thiên tai"),
    ("party", "party/nghi-quyet", "Lãnh đạo thu, chi ngân sách năm tới"),
    ("committee", "state/ke-hoach", "Nạo vét kênh mương, thủy lợi nội đồng"),
    ("party", "party/quyet-dinh", "Kiện toàn Ban Chỉ đạo xây dựng nông thôn mới"),
    ("committee", "state/thong-bao", "Kết luận cuộc họp giao ban tháng"),
    ("council", "state/to-trinh", "Chương trình kỳ họp cuối năm của HĐND xã"),
    ("committee", "state/bao-cao", "Kết quả giảm nghèo chín tháng"),
    ("party", "party/ke-hoach", "Kiểm tra, giám sát quý IV của Đảng ủy"),
    ("committee", "state/giay-moi", "Mời họp triển khai thu quỹ đền ơn đáp nghĩa"),
    ("party", "party/bao-cao", "Công tác xây dựng Đảng quý III"),
    ("committee", "state/cong-van", "V/v vệ sinh môi trường, chỉnh trang đường làng"),
    ("committee", "state/quyet-dinh", "Thành lập tổ rà soát hộ nghèo, hộ cận nghèo"),
)

# Where some of them have stopped, by their place in the list; the rest are issued.
STOPS = {3: rules.SIGNED, 6: rules.NUMBERED, 7: rules.SUBMITTED, 8: rules.SUBMITTED, 10: rules.DRAFT}
_WAITS_FOR_LEADER = 7
_ANSWER_WAITS_FOR_NUMBER = 9


def sample_pdf(title: str) -> bytes:
    """A one-page PDF that says `title` without diacritics: the built-in fonts of PDF have no Vietnamese letters."""
    words = fold(title).replace("\\", "").replace("(", "").replace(")", "")
    drawing = f"BT /F1 14 Tf 60 780 Td ({words[:70]}) Tj 0 -24 Td (Ban minh hoa) Tj ET".encode("ascii", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(body))
    )


Step = Callable[[], Awaitable[None]]


@dataclass
class Office:
    """Who acts in the invented office, and the calendar of what they will do: `(when, order, what)`."""

    session: TenantSession
    chance: Random
    body_ids: Mapping[str, UUID]
    clerk: Actor
    leaders: Mapping[str, Actor]
    specialists: Sequence[Actor]
    until: datetime
    agenda: list[tuple[datetime, int, Step]] = field(default_factory=list)
    planned: int = 0

    def plan(self, when: datetime, step: Step) -> None:
        """Let something happen then, unless that lies in the future."""
        if when < self.until:
            self.planned += 1
            heapq.heappush(self.agenda, (when, self.planned, step))

    async def live(self) -> None:
        """Let everything that was planned happen, in the order of time; what happens may plan more."""
        while self.agenda:
            when, _order, step = heapq.heappop(self.agenda)
            with clock.fixed_at(when):
                await step()

    def later(self, when: datetime, days: int) -> datetime:
        """An hour of work some working days after `when`."""
        day = national_calendar().add_working_days(clock.legal(when).date(), days)
        return _working_hour(self.chance, day)


async def demo(context: DemoContext) -> None:
    """Six weeks of papers in every state, both systems, some still waiting at each desk."""
    if context.organ.is_parent:
        return
    incoming, outgoing = _MANY if context.organ.slug in _SHOWN else _SOME
    async with context.transaction() as session:
        office = await _office(context, session)
        incoming += office.chance.randint(0, _MORE)
        outgoing += office.chance.randint(0, _MORE)
        days = _days(office.chance, incoming + outgoing)
        for count, day in enumerate(days):
            moment = _working_hour(office.chance, day)
            if count % 2 == 0 and count // 2 < outgoing:
                _plan_outgoing(office, moment, count // 2)
            else:
                _plan_incoming(office, moment, count - min((count + 1) // 2, outgoing))
        await office.live()


async def _office(context: DemoContext, session: TenantSession) -> Office:
    bodies = {body.code: body.id for body in await people.bodies(session)}
    leaders = {code: await _leader(context, session, body_id) for code, body_id in bodies.items()}
    staff_ids = [row.staff_id for row in await people.holders_of_role(session, "specialist")]
    specialists = [await members.staff_member(session, context.organ, staff_id) for staff_id in staff_ids]
    return Office(
        session=session,
        chance=Random(context.organ.slug),  # noqa: S311  # invented, not secret
        body_ids=bodies,
        clerk=await context.person(session, "clerk"),
        leaders={code: leader for code, leader in leaders.items() if leader is not None},
        specialists=specialists,
        until=clock.now(),
    )


async def _leader(context: DemoContext, session: TenantSession, body_id: UUID) -> Actor | None:
    """The first leader of a body, acting in the post that reaches it."""
    for row in await people.holders_of_role(session, "leader"):
        actor = await members.staff_member(session, context.organ, row.staff_id)
        for post in actor.posts:
            if permissions.SIGN in post.permissions and body_id in post.body_ids:
                return actor.acting_in(post.id)
    return None


def _days(chance: Random, count: int) -> list[date]:
    """Working days of the past weeks, latest included, in order; enough of them to spread the papers over."""
    calendar, today = national_calendar(), clock.today()
    days = [today - timedelta(days=back) for back in range(_WEEKS_BACK * 7, -1, -1)]
    return sorted(chance.choices([day for day in days if calendar.is_working_day(day)], k=count))


def _working_hour(chance: Random, day: date) -> datetime:
    hour = chance.choice((7, 8, 9, 10, 13, 14, 15, 16))
    return clock.instant(day, hour, chance.randrange(60)) + timedelta(seconds=chance.randrange(60))


def _plan_incoming(office: Office, moment: datetime, count: int) -> None:
    subject = INCOMING_SUBJECTS[count % len(INCOMING_SUBJECTS)]
    handler = office.chance.choice(office.specialists)
    number = office.chance.randint(11, 900)

    async def register() -> None:
        today = clock.today()
        entry = IncomingEntry(
            body_id=office.body_ids[subject.body],
            author_organ=subject.author,
            author_symbol=subject.symbol.format(n=number),
            doc_date=today - timedelta(days=office.chance.randint(0, 4)),
            type_code=subject.type_code,
            abstract=subject.abstract,
            urgency=office.chance.choice(("normal", "normal", "normal", "urgent")),
            due_on=national_calendar().add_working_days(today, office.chance.randint(3, 10)),
            proposed_lead_id=handler.staff_id,
            proposal=_("Giao đ/c {name} chủ trì, tham mưu xử lý.", name=handler.name),
        )
        file = Attachment("van-ban-den.pdf", sample_pdf(subject.abstract))
        document = await operations.register_incoming(office.session, office.clerk, entry, file)
        if (count + 1) % _WAITS_FOR_LEADER:
            office.plan(office.later(moment, 1), lambda: _direct(office, document, handler, count))

    office.plan(moment, register)


async def _direct(office: Office, document: Document, handler: Actor, count: int) -> None:
    leader = office.leaders[_body_of(office, document)]
    others = [other.staff_id for other in office.specialists if other is not handler]
    direction = Direction(
        lead_id=handler.staff_id,
        co_ids=office.chance.sample(others, k=min(1, len(others))) if count % 4 == 0 else (),
        text=document.direction_text,
        due_on=document.due_on,
    )
    await operations.direct(office.session, leader, document.id, direction)
    settled = office.later(clock.now(), office.chance.randint(2, _HANDLING_DAYS))
    if count % 3 == 0:
        stop_at = rules.SIGNED if count == _ANSWER_WAITS_FOR_NUMBER else ""
        office.plan(settled, lambda: _answer(office, document, handler, leader, stop_at=stop_at))
    elif count % 3 == 1:
        office.plan(settled, lambda: _complete(office, document, handler))


async def _complete(office: Office, document: Document, handler: Actor) -> None:
    await operations.complete(office.session, handler, document.id, _("Đã triển khai, lưu theo dõi."))


async def _answer(office: Office, incoming: Document, handler: Actor, leader: Actor, *, stop_at: str) -> None:
    party = _body_of(office, incoming) == "party"
    draft = Draft(
        body_id=incoming.body_id,
        type_code="party/cong-van" if party else rules.OFFICIAL_LETTER,
        abstract=_("Trả lời văn bản {symbol}", symbol=incoming.author_symbol),
        recipients=f"{incoming.author_organ};\n{rules.filing_line('party' if party else 'state')}",
        signer_id=leader.staff_id,
    )
    file = Attachment("du-thao.pdf", sample_pdf(draft.abstract))
    answer = await operations.answer_with_draft(office.session, handler, incoming.id, draft, file)
    await operations.submit(office.session, handler, answer.id)
    office.plan(office.later(clock.now(), 1), lambda: _sign(office, answer, leader, stop_at=stop_at))


def _plan_outgoing(office: Office, moment: datetime, count: int) -> None:
    body, type_code, abstract = OUTGOING_SUBJECTS[count % len(OUTGOING_SUBJECTS)]
    leader = office.leaders[body]
    drafter = office.chance.choice(office.specialists) if body == "committee" else office.clerk
    filed = rules.filing_line("party" if body == "party" else "state")
    stop_at = STOPS.get(count, "")

    async def begin() -> None:
        draft = Draft(
            body_id=office.body_ids[body],
            type_code=type_code,
            abstract=abstract,
            recipients=_("Các tổ chức, đơn vị trong xã;") + "\n" + filed,
            signer_id=leader.staff_id,
        )
        file = Attachment("du-thao.pdf", sample_pdf(abstract))
        document = await operations.create_draft(office.session, drafter, draft, file)
        if stop_at == rules.DRAFT:
            return
        await operations.submit(office.session, drafter, document.id)
        if stop_at != rules.SUBMITTED:
            office.plan(office.later(moment, 1), lambda: _sign(office, document, leader, stop_at=stop_at))

    office.plan(moment, begin)


async def _sign(office: Office, document: Document, leader: Actor, *, stop_at: str) -> None:
    await operations.sign_off(office.session, leader, document.id)
    if stop_at != rules.SIGNED:
        office.plan(clock.now() + timedelta(minutes=40), lambda: _give_number(office, document, stop_at=stop_at))


async def _give_number(office: Office, document: Document, *, stop_at: str) -> None:
    await operations.give_number(office.session, office.clerk, document.id)
    if stop_at != rules.NUMBERED:
        office.plan(clock.now() + timedelta(minutes=10), lambda: _issue(office, document))


async def _issue(office: Office, document: Document) -> None:
    await operations.issue(office.session, office.clerk, document.id)


def _body_of(office: Office, document: Document) -> str:
    return next(code for code, body_id in office.body_ids.items() if body_id == document.body_id)
