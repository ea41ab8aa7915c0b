"""A year of invented documents, told by the operations that users call, the same each time.

What is issued counts exactly what the volume says; papers on their way and mistaken entries come on top.
"""

import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.readiness import phases
from lienxa.platform.readiness import repository as readiness
from lienxa.platform.readiness.phases import Decision
from lienxa.platform.tenancy.organs import PARALLEL, PREPARING, organ_of
from lienxa.platform.text import _
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.documents import operations, repository, rules
from lienxa.tenants.documents.schemas import Attachment, Direction, Dispatch, Draft, IncomingEntry, PaperNumber

# What is begun so many working days before the last one is issued by then: it is signed the day after it is begun.
_ISSUED_WITHIN = 1
_HANDLING_DAYS = 6
# An incoming paper is directed the day after it came, then handled, and its answer issued.
_ANSWERED_WITHIN = 1 + _HANDLING_DAYS + _ISSUED_WITHIN
# Shares and rhythms of the year.
_ANSWERED_SHARE = 0.35
_COUNCIL_SHARE = 0.2
_HELPED_SHARE = 0.25
_AGREED_SHARE = 0.8
_INSPECTION_EVERY = 25
_INSPECTION_ISSUES_EVERY = 8
_FILE_EVERY = 4
_FILES_OF_LAST = 30
_MISTAKEN_EVERY = 40
# On which working day of a month a mistake of the month before is seen: that one is closed by then.
_MISTAKE_SEEN_AFTER = 7
# On how many of the last working days an organ in its parallel run has compared its books with paper.
_COMPARED = 4
# Of the last incoming papers, counted from the end: how many at most wait for a proposal and for the leader, which may
# lie late at their handler, and which are being answered.
_WAIT_FOR_PROPOSAL = 3
_WAIT_FOR_LEADER = 4
_MAY_LIE = (8, 9, 12, 13, 14, 15, 16)
_LIE = (3, 5)
_ANSWERS_ON_THEIR_WAY: Mapping[int, str] = {10: rules.CONTENT_CHECK, 11: rules.SIGNED}
# Outgoing papers on their way: how many at most of each state, and how many working days back they have begun.
_ON_THEIR_WAY: Mapping[str, int] = {
    rules.DRAFT: 3,
    rules.CONTENT_CHECK: 2,
    rules.FORM_CHECK: 2,
    rules.SUBMITTED: 3,
    rules.RETURNED: 2,
    rules.SIGNED: 3,
    rules.NUMBERED: 3,
    rules.STRUCK: 1,
}
_BEGUN_BACK: Mapping[str, int] = {
    rules.DRAFT: 0,
    rules.CONTENT_CHECK: 1,
    rules.FORM_CHECK: 1,
    rules.SUBMITTED: 1,
    rules.RETURNED: 2,
    rules.SIGNED: 3,
    rules.NUMBERED: 3,
    rules.STRUCK: 8,
}


@dataclass(frozen=True)
class Subject:
    """What papers are about: the body, the type, and an abstract with places for `{place}` and `{period}`.

    An incoming one has its author, and its symbol with a place for the author's own number.
    """

    body: str
    type_code: str
    abstract: str
    author: str = ""
    symbol: str = ""


_HAMLETS = (
    "xóm 1", "xóm 2", "xóm 3", "xóm 4", "xóm 5", "xóm 6", "xóm 7", "xóm 8", "xóm Đồng Xuân", "xóm Bình Minh",
    "xóm Tân Tiến", "xóm Phú Thịnh", "xóm Yên Hòa", "xóm Trung Sơn",
)  # fmt: skip

INCOMING_SUBJECTS = (
    Subject("committee", "state/cong-van", "V/v quyết toán thu, chi ngân sách {period}", "UBND huyện", "{n}/UBND-TCKH"),
    Subject("committee", "state/ke-hoach", "Phòng, chống thiên tai và tìm kiếm cứu nạn {period}, trọng điểm {place}",
            "UBND huyện", "{n}/KH-UBND"),
    Subject("party", "party/cong-van", "Chuẩn bị nội dung kiểm điểm {period}", "Huyện ủy", "{n}-CV/HU"),
    Subject("committee", "state/cong-van", "V/v rà soát hồ sơ cấp giấy chứng nhận đất tại {place}", "Phòng Tài nguyên",
            "{n}/TNMT"),
    Subject("party", "party/huong-dan", "Đánh giá, xếp loại đảng viên {period}", "Ban Tổ chức Huyện ủy", "{n}-HD/BTC"),
    Subject("committee", "state/cong-van", "V/v tiêm phòng và giám sát dịch bệnh tại {place}", "Phòng Y tế", "{n}/YT"),
    Subject("council", "state/thong-bao", "Lịch tiếp xúc cử tri tại {place} {period}", "Thường trực HĐND huyện",
            "{n}/TB-HĐND"),
    Subject("committee", "state/bao-cao", "Tình hình an ninh trật tự {period} tại {place}", "Công an xã", "{n}/BC-CAX"),
    Subject("committee", "state/quyet-dinh", "Danh sách hộ nghèo {place} được hỗ trợ nhà ở {period}", "UBND tỉnh",
            "{n}/QĐ-UBND"),
    Subject("party", "party/ke-hoach", "Tuyên truyền, sinh hoạt chuyên đề {period}", "Ban Tuyên giáo Huyện ủy",
            "{n}-KH/BTG"),
    Subject("committee", "state/giay-moi", "Họp bàn tiến độ xây dựng nông thôn mới {period} ở {place}", "UBND huyện",
            "{n}/GM-UBND"),
    Subject("committee", "state/cong-van", "V/v bảo hiểm y tế hộ gia đình tại {place} {period}", "Bảo hiểm xã hội",
            "{n}/BHXH"),
    Subject("committee", "state/to-trinh", "Đề nghị sửa chữa phòng học điểm trường {place}", "Trường Tiểu học xã",
            "{n}/TTr-TH"),
    Subject("party", "party/thong-bao", "Lịch giám sát chuyên đề {period} tại chi bộ {place}",
            "Ủy ban Kiểm tra Huyện ủy", "{n}-TB/UBKT"),
    Subject("committee", "state/cong-van", "V/v chuẩn bị ngày hội văn hóa các dân tộc tại {place}", "Phòng Văn hóa",
            "{n}/VHTT"),
    Subject("committee", "state/cong-van", "V/v phòng cháy, chữa cháy rừng {period} khu vực {place}", "Hạt Kiểm lâm",
            "{n}/HKL"),
    Subject("committee", "state/cong-van", "V/v thống kê lao động, việc làm {period} tại {place}", "Phòng Lao động",
            "{n}/LĐTBXH"),
    Subject("committee", "state/cong-van", "V/v kiểm tra an toàn hồ đập, kênh mương {place}", "Phòng Nông nghiệp",
            "{n}/NN"),
    Subject("committee", "state/thong-bao", "Kết quả kiểm tra cải cách hành chính {period}", "Phòng Nội vụ",
            "{n}/TB-NV"),
    Subject("party", "party/ket-luan", "Lãnh đạo phát triển kinh tế - xã hội {period} ở {place}",
            "Ban Thường vụ Huyện ủy", "{n}-KL/HU"),
)  # fmt: skip

COMMITTEE_INCOMING = tuple(subject for subject in INCOMING_SUBJECTS if subject.body == "committee")
FOR_INSPECTION = Subject(
    "inspection", "party/cong-van", "Về việc giám sát {period} tại chi bộ {place}", "Ủy ban Kiểm tra Huyện ủy",
    "{n}-CV/UBKT",
)  # fmt: skip

PARTY_SUBJECTS = (
    Subject("party", "party/nghi-quyet", "Lãnh đạo nhiệm vụ {period}"),
    Subject("party", "party/quyet-dinh", "Kiện toàn cấp ủy chi bộ {place}"),
    Subject("party", "party/ke-hoach", "Kiểm tra, giám sát {period} tại chi bộ {place}"),
    Subject("party", "party/bao-cao", "Công tác xây dựng Đảng {period}"),
    Subject("party", "party/thong-bao", "Kết luận của Ban Thường vụ về tình hình {place} {period}"),
    Subject("party", "party/ket-luan", "Đẩy mạnh dồn điền, đổi thửa tại {place}"),
    Subject("party", "party/cong-van", "Về việc chuẩn bị sinh hoạt chuyên đề {period} ở chi bộ {place}"),
    Subject("party", "party/to-trinh", "Đề nghị kết nạp đảng viên {period} tại chi bộ {place}"),
    Subject("party", "party/chuong-trinh", "Công tác {period} của Đảng ủy"),
)
INSPECTION_SUBJECTS = (
    Subject("inspection", "party/thong-bao", "Kết luận giám sát {period} tại chi bộ {place}"),
    Subject("inspection", "party/bao-cao", "Công tác kiểm tra, giám sát {period}"),
    Subject("inspection", "party/ke-hoach", "Giám sát chuyên đề {period} tại chi bộ {place}"),
)
OFFICE_SUBJECTS = (
    Subject("committee", "state/thong-bao", "Kết luận cuộc họp giao ban {period} về {place}"),
    Subject("committee", "state/giay-moi", "Họp triển khai nhiệm vụ {period} tại {place}"),
    Subject("committee", "state/cong-van", "V/v chuẩn bị nội dung họp {period} với {place}"),
    Subject("committee", "state/bao-cao", "Kết quả công tác chỉ đạo, điều hành {period}"),
    Subject("committee", "state/ke-hoach", "Công tác {period} của UBND xã ở {place}"),
    Subject("committee", "state/quyet-dinh", "Phân công nhiệm vụ phụ trách {place} {period}"),
)
COUNCIL_SUBJECTS = (
    Subject("council", "state/to-trinh", "Chương trình kỳ họp của HĐND xã {period}"),
    Subject("council", "state/thong-bao", "Lịch tiếp xúc cử tri {place} {period}"),
    Subject("council", "state/bao-cao", "Tổng hợp ý kiến cử tri {place} {period}"),
    Subject("council", "state/ke-hoach", "Giám sát chuyên đề {period} tại {place}"),
    Subject("council", "state/nghi-quyet", "Nhiệm vụ phát triển kinh tế - xã hội {period}, trọng tâm {place}"),
)
SECTION_SUBJECTS = (
    Subject("committee", "state/quyet-dinh", "Hỗ trợ hộ gia đình khó khăn {place} {period}"),
    Subject("committee", "state/quyet-dinh", "Thành lập tổ rà soát hộ nghèo {place} {period}"),
    Subject("committee", "state/bao-cao", "Kết quả giảm nghèo {period} tại {place}"),
    Subject("committee", "state/ke-hoach", "Nạo vét kênh mương nội đồng {place} {period}"),
    Subject("committee", "state/cong-van", "V/v vệ sinh môi trường, chỉnh trang đường làng {place}"),
    Subject("committee", "state/thong-bao", "Lịch tiêm phòng gia súc, gia cầm {period} tại {place}"),
    Subject("committee", "state/to-trinh", "Đề nghị bổ sung kinh phí sửa đường {place}"),
    Subject("committee", "state/bao-cao", "Quản lý đất đai, trật tự xây dựng {period} tại {place}"),
    Subject("committee", "state/ke-hoach", "Tuyên truyền, phổ biến pháp luật {period} tại {place}"),
    Subject("committee", "state/cong-van", "V/v chi trả trợ cấp người có công {period} ở {place}"),
)


Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Paper:
    """An outgoing document to be told: who drafts it, when it begins, and the state in which it stops."""

    subject: Subject
    drafter: Actor
    begun: datetime
    stops: str = rules.ISSUED


@dataclass
class Office:
    """Who acts in the invented office, and the calendar of what they will do: `(when, order, what)`.

    Work is done on `working_days`, which are over at `until`: the day that has begun has no hours of work to tell.
    """

    context: DemoContext
    session: TenantSession
    chance: Random
    body_ids: Mapping[str, UUID]
    clerks: Mapping[str, Actor]
    head: Actor
    leaders: Mapping[str, Actor]
    specialists: Sequence[Actor]
    until: datetime
    working_days: Sequence[date] = field(init=False)
    agenda: list[tuple[datetime, int, Step]] = field(default_factory=list)
    planned: int = 0
    told: set[tuple[int, int, str]] = field(default_factory=set)
    author_numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        since, calendar = self.context.since, national_calendar()
        days = (since + timedelta(days=number) for number in range((clock.legal(self.until).date() - since).days))
        self.working_days = [day for day in days if calendar.is_working_day(day)]

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
        return self.hour_of(national_calendar().add_working_days(clock.legal(when).date(), days))

    def hour_of(self, day: date) -> datetime:
        """Some hour of work of that day."""
        hour = self.chance.choice((7, 8, 9, 10, 13, 14, 15, 16))
        return clock.instant(day, hour, self.chance.randrange(60)) + timedelta(seconds=self.chance.randrange(60))

    def back(self, days: int) -> datetime:
        """An hour of the day that lies so many working days back."""
        return self.hour_of(self.working_days[-1 - min(days, len(self.working_days) - 1)])

    def moments(self, count: int, before: int = 0) -> list[datetime]:
        """So many hours of work of the year in order, none in its last `before` working days."""
        days = self.working_days[: len(self.working_days) - before]
        return sorted(self.hour_of(day) for day in self.chance.choices(days, k=count))

    def abstract(self, subject: Subject, day: date) -> str:
        """What a paper of that day says it is about; no two of a month say the same."""
        for turn in range(1000):
            text = subject.abstract.format(place=self.chance.choice(_HAMLETS), period=_period(self.chance, day, turn))
            if (day.year, day.month, text) not in self.told:
                self.told.add((day.year, day.month, text))
                return text
        raise LookupError(f"too many papers like {subject.abstract} in {day:%m/%Y}")

    def symbol(self, subject: Subject) -> str:
        """The author's next symbol: authors number their papers on as well."""
        number = self.author_numbers.get(subject.author, self.chance.randint(5, 60))
        self.author_numbers[subject.author] = number + self.chance.randint(1, 4)
        return subject.symbol.format(n=number)


def _bare(subject: Subject) -> str:
    """The subject without place and period: papers about the same share one text."""
    return " ".join(subject.abstract.format(place="", period="").split())


def _period(chance: Random, day: date, turn: int) -> str:
    """Some period that a paper of that day may speak of; more and more of them if `turn` says that many are taken."""
    week = day.isocalendar()
    return chance.choice(
        (
            _("tháng {month}/{year}", month=day.month, year=day.year),
            _("quý {quarter}/{year}", quarter=("I", "II", "III", "IV")[(day.month - 1) // 3], year=day.year),
            _("tuần {week}/{year}", week=week.week, year=week.year),
            _("năm {year}", year=day.year),
            _(
                "đợt {turn} tháng {month}/{year}",
                turn=chance.randint(1, 2 + turn // 10),
                month=day.month,
                year=day.year,
            ),
        )
    )


async def demo(context: DemoContext) -> None:
    """A year of papers of every kind; those of the last weeks wait at every desk."""
    if context.organ.is_parent:
        return
    async with context.transaction() as session:
        office = await _office(context, session)
        if context.row.get("state_in_article") != "merged":
            await _separate_books(office)
        plan_year(office)
        await office.live()
        if context.organ.phase == PREPARING:
            await _run_in_parallel(office)


async def _run_in_parallel(office: Office) -> None:
    """The last days of an organ that still keeps its books on paper: begun, and compared each day since."""
    days = [day for back in range(1, 15) if national_calendar().is_working_day(day := clock.today() - timedelta(back))]
    *compared, begun = sorted(days[: _COMPARED + 1], reverse=True)
    organ = office.context.organ
    with clock.fixed_at(clock.instant(begun, 8)):
        administrator = await office.context.person(office.session, "administrator")
        decision = Decision(PARALLEL, basis=_("Kế hoạch chạy song song của UBND."))
        await phases.enter(office.session, organ, decision, administrator)
    organ = organ_of(await readiness.present(office.session))
    clerk = replace(office.clerks["committee"], organ=organ)
    for day in reversed(compared):
        with clock.fixed_at(clock.instant(day, 16)):
            lines = await operations.comparing.to_compare(office.session, clerk)
            numbers = [PaperNumber(line.code, line.next_number - 1) for line in lines]
            if day == compared[-1]:
                numbers[0] = PaperNumber(lines[0].code, lines[0].next_number, _("Sổ giấy ghi trùng một số, đã gạch."))
            await operations.comparing.compare(office.session, clerk, numbers)


async def strike_entry_of_closed_month(context: DemoContext) -> None:
    """An entry of a month that is closed turns out to be a mistake: its closed report shows that as a difference."""
    first_of_month = clock.today().replace(day=1)
    async with context.transaction() as session:
        committee = {body.code: body.id for body in await people.bodies(session) if body.code == "committee"}
        clerks = await _first_of_each(context, session, "clerk", committee)
        entry_id = await repository.incoming.latest_done_unanswered(
            session, committee["committee"], before=first_of_month
        )
        if entry_id is None:
            return
        struck_on = national_calendar().add_working_days(first_of_month - timedelta(days=1), _MISTAKE_SEEN_AFTER)
        with clock.fixed_at(min(clock.instant(struck_on, 9), clock.now())):
            await operations.books.strike(session, clerks["committee"], entry_id, _("Vào sổ hai lần cùng một văn bản."))


def plan_year(office: Office) -> None:
    """What comes in and what is issued, in the numbers of the volume."""
    _plan_incoming_year(office)
    _plan_outgoing_year(office)


async def _office(context: DemoContext, session: TenantSession) -> Office:
    bodies = {body.code: body.id for body in await people.bodies(session)}
    staff_ids = dict.fromkeys(row.staff_id for row in await people.holders_of_role(session, "specialist"))
    return Office(
        context=context,
        session=session,
        chance=Random(context.organ.slug),  # noqa: S311  # invented, not secret
        body_ids=bodies,
        clerks=await _first_of_each(context, session, "clerk", bodies),
        head=await context.person(session, "office_head"),
        leaders=await _first_of_each(context, session, "leader", bodies),
        specialists=[await members.staff_member(session, context.organ, staff_id) for staff_id in staff_ids],
        until=clock.now(),
    )


async def _first_of_each(
    context: DemoContext, session: TenantSession, role: str, bodies: Mapping[str, UUID]
) -> dict[str, Actor]:
    """The first person with that role for each body, acting in the post that reaches it."""
    found: dict[str, Actor] = {}
    for row in await people.holders_of_role(session, role):
        actor = await members.staff_member(session, context.organ, row.staff_id)
        for post in actor.posts:
            for code, body_id in bodies.items():
                if post.role == role and body_id in post.body_ids:
                    found.setdefault(code, actor.acting_in(post.id))
    return found


async def _separate_books(office: Office) -> None:
    """Bodies whose offices are not merged keep their own incoming books."""
    administrator = await office.context.person(office.session, "administrator")
    with clock.fixed_at(clock.instant(office.context.since, 7)):
        await operations.series.keep_common_book(office.session, administrator, common=False)


# --- Incoming -------------------------------------------------------------------------------------------------------


def _plan_incoming_year(office: Office) -> None:
    """Each goes its way as far as today; some of the older ones are answered by a section."""
    volume = office.context.volume
    answers = round(volume.sections * _ANSWERED_SHARE)
    moments = office.moments(volume.incoming)
    tails = _tails(office.chance)
    answerable_until = office.working_days[-_ANSWERED_WITHIN:][0]
    older = moments[: -max(_MAY_LIE)]
    answerable = [number for number, moment in enumerate(older) if clock.legal(moment).date() < answerable_until]
    answered = set(office.chance.sample(answerable, k=min(answers, len(answerable))))
    for number, moment in enumerate(moments):
        from_end = volume.incoming - number
        stops = rules.ISSUED if number in answered else tails.get(from_end, "")
        _plan_incoming(office, moment, number, stops, from_end)
    for number in range(answers - len(answered)):  # a small year: the rest of them answer nothing
        _plan_outgoing(office, _section_paper(office, office.moments(1, _ISSUED_WITHIN)[0], number))


def _tails(chance: Random) -> dict[int, str]:
    """Where the last incoming papers stop, by their place from the end: at a desk, or with the answer in that state."""
    unread, undirected = chance.randint(1, _WAIT_FOR_PROPOSAL), chance.randint(2, _WAIT_FOR_LEADER)
    tails = dict(_ANSWERS_ON_THEIR_WAY)
    tails |= dict.fromkeys(range(1, unread + 1), rules.REGISTERED)
    tails |= dict.fromkeys(range(unread + 1, unread + undirected + 1), rules.PROPOSED)
    return tails | dict.fromkeys(chance.sample(_MAY_LIE, k=chance.randint(*_LIE)), rules.DIRECTED)


def _plan_incoming(office: Office, moment: datetime, number: int, stops: str, from_end: int) -> None:
    """`stops`: where it waits, or the state in which its answer stops; empty if it goes its way unanswered."""
    subjects = COMMITTEE_INCOMING if stops in rules.STATES[rules.OUTGOING] else INCOMING_SUBJECTS
    subject = office.chance.choice(subjects)
    if number % _INSPECTION_EVERY == _INSPECTION_EVERY - 1 and not stops:
        subject = FOR_INSPECTION
    handler = office.leaders["inspection"] if subject is FOR_INSPECTION else office.chance.choice(office.specialists)
    clerk = office.clerks[subject.body]
    with_file = number % _FILE_EVERY == 0 or from_end <= _FILES_OF_LAST

    async def register() -> None:
        today = clock.today()
        abstract = office.abstract(subject, today)
        entry = IncomingEntry(
            body_id=office.body_ids[subject.body],
            author_organ=subject.author,
            author_symbol=office.symbol(subject),
            doc_date=today - timedelta(days=office.chance.randint(0, 4)),
            type_code=subject.type_code,
            abstract=abstract,
            urgency=office.chance.choice(("normal", "normal", "normal", "normal", "urgent")),
            due_on=national_calendar().add_working_days(today, office.chance.randint(4, 10)),
            proposed_lead_id=handler.staff_id,
            proposal=_("Giao đ/c {name} chủ trì, tham mưu xử lý.", name=handler.name),
        )
        file = Attachment("van-ban-den.pdf", sample_pdf(_bare(subject))) if with_file else None
        document = await operations.incoming.register_incoming(office.session, clerk, entry, file)
        await office.context.advance(1)
        mistaken = number % _MISTAKEN_EVERY == _MISTAKEN_EVERY // 2 and not stops and from_end > _FILES_OF_LAST
        by_hand = from_end % _FILE_EVERY == 0
        _plan_next(office, Incoming(document.id, entry, subject, handler, stops, mistaken, by_hand))

    office.plan(moment, register)


@dataclass(frozen=True)
class Incoming:
    """A registered paper on its way; `stops` as in `_plan_incoming`, `by_hand`: its receiver signs for the paper."""

    id: UUID
    entry: IncomingEntry
    subject: Subject
    handler: Actor
    stops: str
    mistaken: bool
    by_hand: bool


def _plan_next(office: Office, paper: Incoming) -> None:
    """The last of the year wait at the first desks, so that nobody's list is empty."""
    soon = clock.now() + timedelta(minutes=office.chance.randint(15, 50))
    if paper.mistaken:
        clerk = office.clerks[paper.subject.body]
        reason = _("Vào sổ hai lần cùng một văn bản.")
        office.plan(soon, lambda: _do(operations.books.strike(office.session, clerk, paper.id, reason)))
        return
    if paper.stops == rules.REGISTERED:
        return
    if paper.subject is FOR_INSPECTION:
        office.plan(office.later(clock.now(), 1), lambda: _direct(office, paper))
        return
    office.plan(soon, lambda: _propose(office, paper))


async def _propose(office: Office, paper: Incoming) -> None:
    others = [other.staff_id for other in office.specialists if other.staff_id != paper.handler.staff_id]
    helpers = office.chance.sample(others, k=1) if office.chance.random() < _HELPED_SHARE and others else ()
    direction = Direction(paper.handler.staff_id, helpers, paper.entry.proposal, paper.entry.due_on)
    await operations.incoming.propose(office.session, office.head, paper.id, direction)
    if paper.stops != rules.PROPOSED:
        office.plan(office.later(clock.now(), 1), lambda: _direct(office, paper, helpers))


async def _direct(office: Office, paper: Incoming, helpers: Sequence[UUID] = ()) -> None:
    leader = office.leaders[paper.subject.body]
    text = paper.entry.proposal if office.chance.random() < _AGREED_SHARE else _("Chủ trì xử lý, báo cáo kết quả.")
    direction = Direction(paper.handler.staff_id, helpers, text, paper.entry.due_on)
    await operations.incoming.direct(office.session, leader, paper.id, direction)
    if paper.by_hand:
        clerk = office.clerks[paper.subject.body]
        given: dict[UUID | None, str] = {paper.handler.staff_id: ""}
        office.plan(
            clock.now() + timedelta(minutes=20),
            lambda: _do(operations.books.hand_over(office.session, clerk, paper.id, given, received=True)),
        )
    settled = office.later(clock.now(), office.chance.randint(1, _HANDLING_DAYS))
    if paper.stops in rules.STATES[rules.OUTGOING]:
        office.plan(settled, lambda: _answer(office, paper))
    elif paper.stops != rules.DIRECTED:
        note = _("Đã triển khai, lưu theo dõi.")
        office.plan(settled, lambda: _do(operations.incoming.complete(office.session, paper.handler, paper.id, note)))


async def _do(act: Awaitable[object]) -> None:
    await act


async def _answer(office: Office, paper: Incoming) -> None:
    draft = Draft(
        body_id=paper.entry.body_id,
        type_code="party/cong-van" if paper.subject.body == "party" else rules.OFFICIAL_LETTER,
        abstract=_("Trả lời {symbol}: {abstract}", symbol=paper.entry.author_symbol, abstract=paper.entry.abstract),
        recipients=f"{paper.entry.author_organ};\n{_filed(paper.subject.body)}",
        signer_id=office.leaders[paper.subject.body].staff_id,
    )
    file = Attachment("du-thao.pdf", sample_pdf(_("Văn bản trả lời")))
    answer = await operations.drafts.answer_with_draft(office.session, paper.handler, paper.id, draft, file)
    await office.context.advance(1)
    await _submit(office, answer.id, Paper(paper.subject, paper.handler, clock.now(), paper.stops))


def _filed(body: str) -> str:
    return rules.filing_line("party" if body in ("party", "inspection") else "state")


# --- Outgoing -------------------------------------------------------------------------------------------------------


def _plan_outgoing_year(office: Office) -> None:
    """What is issued, in the numbers of the volume; and of the last days some of each kind on their way."""
    volume = office.context.volume
    for number, moment in enumerate(office.moments(volume.party, _ISSUED_WITHIN)):
        _plan_outgoing(office, _party_paper(office, moment, number))
    for number, moment in enumerate(office.moments(volume.office, _ISSUED_WITHIN)):
        subjects = COUNCIL_SUBJECTS if office.chance.random() < _COUNCIL_SHARE else OFFICE_SUBJECTS
        _plan_outgoing(office, Paper(office.chance.choice(subjects), _author(office, number), moment))
    own = volume.sections - round(volume.sections * _ANSWERED_SHARE)
    for number, moment in enumerate(office.moments(own, _ISSUED_WITHIN)):
        _plan_outgoing(office, _section_paper(office, moment, number))
    if not volume.sections:
        return
    waiting = [stops for stops, most in _ON_THEIR_WAY.items() for _each in range(office.chance.randint(1, most))]
    for number, stops in enumerate(waiting):
        moment = office.back(_BEGUN_BACK[stops] + number % 2)
        paper = _section_paper(office, moment, number, stops)
        if number % 3 == 1:
            paper = Paper(office.chance.choice(PARTY_SUBJECTS), _author(office, number), moment, stops)
        _plan_outgoing(office, paper)


def _author(office: Office, number: int) -> Actor:
    """The common office writes for Đảng ủy, HĐND and UBND: its clerk and its head in turn."""
    return office.head if number % 2 else office.clerks["committee"]


def _party_paper(office: Office, moment: datetime, number: int) -> Paper:
    """Some of the Party's papers are of the inspection committee, which writes its own."""
    if number % _INSPECTION_ISSUES_EVERY == _INSPECTION_ISSUES_EVERY // 2 - 1:
        return Paper(office.chance.choice(INSPECTION_SUBJECTS), office.clerks["inspection"], moment)
    return Paper(office.chance.choice(PARTY_SUBJECTS), _author(office, number), moment)


def _section_paper(office: Office, moment: datetime, number: int, stops: str = rules.ISSUED) -> Paper:
    drafter = office.specialists[number % len(office.specialists)]
    return Paper(office.chance.choice(SECTION_SUBJECTS), drafter, moment, stops)


def _plan_outgoing(office: Office, paper: Paper) -> None:
    async def begin() -> None:
        body = paper.subject.body
        draft = Draft(
            body_id=office.body_ids[body],
            type_code=paper.subject.type_code,
            abstract=office.abstract(paper.subject, clock.today()),
            recipients=_("Các tổ chức, đơn vị trong xã;") + "\n" + _filed(body),
            signer_id=office.leaders[body].staff_id,
        )
        file = Attachment("du-thao.pdf", sample_pdf(_bare(paper.subject)))
        document = await operations.drafts.create_draft(office.session, paper.drafter, draft, file)
        await office.context.advance(1)
        await _submit(office, document.id, paper)

    office.plan(paper.begun, begin)


async def _submit(office: Office, document_id: UUID, paper: Paper) -> None:
    if paper.stops == rules.DRAFT:
        return
    await operations.drafts.submit(office.session, paper.drafter, document_id)
    if paper.stops != rules.CONTENT_CHECK:
        soon = clock.now() + timedelta(minutes=office.chance.randint(30, 50))
        office.plan(soon, lambda: _check(office, document_id, paper))


async def _check(office: Office, document_id: UUID, paper: Paper) -> None:
    """The office head checks content and form at once; their own drafts and UBKT's are for leader and clerk."""
    session, leader = office.session, office.leaders[paper.subject.body]
    checks_not = paper.drafter.staff_id == office.head.staff_id or paper.subject.body == "inspection"
    checker = leader if checks_not else office.head
    if paper.stops == rules.RETURNED:
        await operations.drafts.return_for_rework(session, checker, document_id, _("Ghi rõ căn cứ và nguồn kinh phí."))
        return
    if checker is leader or paper.stops == rules.FORM_CHECK:
        await operations.drafts.check_content(session, checker, document_id)
        if paper.stops == rules.FORM_CHECK:
            return
        await operations.drafts.check_form(session, office.clerks[paper.subject.body], document_id)
    else:
        await operations.drafts.check_content(session, checker, document_id, form_too=True)
    if paper.stops != rules.SUBMITTED:
        office.plan(office.later(clock.now(), 1), lambda: _sign(office, document_id, paper))


async def _sign(office: Office, document_id: UUID, paper: Paper) -> None:
    await operations.drafts.sign(office.session, office.leaders[paper.subject.body], document_id)
    if paper.stops != rules.SIGNED:
        office.plan(clock.now() + timedelta(minutes=40), lambda: _give_number(office, document_id, paper))


async def _give_number(office: Office, document_id: UUID, paper: Paper) -> None:
    clerk = office.clerks[paper.subject.body]
    await operations.issuing.give_number(office.session, clerk, document_id)
    if paper.stops == rules.STRUCK:
        await operations.books.strike(office.session, clerk, document_id, _("Cấp số nhầm loại văn bản."))
    elif paper.stops != rules.NUMBERED:
        office.plan(clock.now() + timedelta(minutes=10), lambda: _issue(office, document_id, paper))


async def _issue(office: Office, document_id: UUID, paper: Paper) -> None:
    dispatch = Dispatch(office.chance.randint(2, 18), paper.drafter.acting.unit_name)
    await operations.issuing.issue(office.session, office.clerks[paper.subject.body], document_id, dispatch)
