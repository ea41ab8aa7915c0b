"""The database and what works on it: server, schema, row security, queue, figures, trails."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lienxa.platform import clock
from lienxa.platform.audit import heads, sealing
from lienxa.platform.audit.operators import OPERATORS
from lienxa.platform.db import catalogue
from lienxa.platform.db.revisions import head, known_revisions
from lienxa.platform.doctor.findings import Finding, Patient, ok, warning, wrong
from lienxa.platform.doctor.words import lasting, queue_title
from lienxa.platform.jobs import repository as queues
from lienxa.platform.jobs.models import JobKind
from lienxa.platform.rollup.repository import lagging_organs
from lienxa.platform.tenancy.organs import active_organs
from lienxa.platform.text import _
from lienxa.platform.webhooks import repository as webhooks

_OLDEST, _NEWEST = 150000, 190000
_SKEW_SECONDS = 2.0
_WAITING_SECONDS = 60.0
_STUCK_SECONDS = 600.0
_LAG_SECONDS = 60.0
_LATE_SECONDS = 120.0
# By then an event was sent five times.
_UNDELIVERED_SECONDS = 3600.0
_HEADS_DAYS = 2
RUN = "make run"


async def server(patient: Patient) -> list[Finding]:
    """Version, time and extensions of the server, and the revision of the schema."""
    async with patient.database.control() as session:
        began = datetime.now(UTC)  # the machine's clock itself is what is examined
        found = await catalogue.server(session)
    said = _("PostgreSQL {major}.{minor}.", major=found.version // 10000, minor=found.version % 10000)
    findings = [ok("database", said)]
    if not _OLDEST <= found.version < _NEWEST:
        findings = [wrong("database", said, _("Dùng PostgreSQL từ 15 đến 18."))]
    missing = catalogue.EXTENSIONS - found.extensions
    if missing:
        remedy = _("Chạy db/bootstrap.sql bằng tài khoản quản trị của cơ sở dữ liệu.")
        findings.append(wrong("extensions", _("Thiếu {names}.", names=", ".join(sorted(missing))), remedy))
    skew = abs((found.now - began).total_seconds())
    if skew > _SKEW_SECONDS:
        said = _("Đồng hồ của máy này và máy cơ sở dữ liệu lệch {seconds:.0f} giây.", seconds=skew)
        findings.append(warning("clock", said, _("Bật đồng bộ giờ (chrony, systemd-timesyncd) trên cả hai máy.")))
    return [*findings, _revision(found.revision)]


def _revision(revision: str | None) -> Finding:
    if revision == head():
        return ok("migrations", _("Cấu trúc ở phiên bản mới nhất ({revision}).", revision=revision))
    if revision is None or revision in known_revisions():
        return wrong("migrations", _("Cấu trúc ở phiên bản cũ ({revision}).", revision=revision), "lienxa migrate")
    said = _("Cấu trúc ở phiên bản {revision}, mới hơn chương trình này.", revision=revision)
    return warning("migrations", said, _("Cập nhật chương trình."))


async def protection(patient: Patient) -> list[Finding]:
    """Row security is forced everywhere, and the logins of the service cannot pass by it."""
    async with patient.database.control() as session:
        tables = await catalogue.unprotected_tables(session)
        roles = await catalogue.roles(session)
        login = (await catalogue.server(session)).login
    findings = []
    if tables:
        remedy = "alter table … enable row level security; alter table … force row level security;"
        findings.append(wrong("row security", _("Không được bảo vệ: {tables}.", tables=", ".join(tables)), remedy))
    for name in ("lx_owner", "lx_app", "lx_operator"):
        if name not in roles:
            remedy = _("Chạy db/bootstrap.sql bằng tài khoản quản trị của cơ sở dữ liệu.")
            findings.append(wrong("roles", _("Thiếu vai trò {name}.", name=name), remedy))
        elif any(roles[name]):
            said = _("Vai trò {name} vượt được bảo vệ theo đơn vị.", name=name)
            findings.append(wrong("roles", said, f"alter role {name} nosuperuser nobypassrls;"))
    if login != "lx_app":
        said = _("Dịch vụ nối bằng tài khoản {login}, không phải lx_app.", login=login)
        findings.append(wrong("roles", said, _("Sửa LIENXA_DB_APP_DSN.")))
    return findings or [ok("row security", _("Mọi bảng của đơn vị được bảo vệ; vai trò đúng."))]


async def queue(patient: Patient) -> list[Finding]:
    """Workers live, the scheduler leads, nothing waits long and nothing is dead."""
    async with patient.database.control() as session:
        states = await queues.queue_states(session)
        known = await queues.workers(session)
        led = await catalogue.lock_is_held(session, queues.SCHEDULER_LOCK)
    alive = [worker.queue for worker in known if worker.is_alive]
    findings = [
        *of_workers(alive, [state.queue for state in states], led=led),
        *(found for state in states for found in of_queue(state)),
    ]
    waiting = sum(state.waiting for state in states)
    said = _("{workers} tiến trình xử lý, {waiting} việc đang chờ.", workers=len(alive), waiting=waiting)
    return findings or [ok("queue", said)]


def of_workers(alive: Sequence[str], queue_names: Sequence[str], *, led: bool) -> list[Finding]:
    """What is wrong with the processes: the queue of each that lives, and whether a scheduler leads.

    One that does not say its queue (empty) may work on any.
    """
    findings = []
    idle = [name for name in queue_names if name not in alive]
    if not alive:
        findings.append(wrong("workers", _("Không có tiến trình xử lý nào đang chạy."), RUN))
    elif len(idle) > alive.count(""):
        titles = ", ".join(f"“{queue_title(name)}”" for name in idle)
        logs = ", ".join(f"{queues.WORKER_PREFIX}{name}" for name in idle)
        said = _("Không có tiến trình nào xử lý hàng đợi {queues}.", queues=titles)
        findings.append(wrong("workers", said, _("Xem nhật ký {logs}, rồi khởi động lại tiến trình đó.", logs=logs)))
    if not led:
        findings.append(wrong("scheduler", _("Không có bộ lập lịch nào đang chạy."), RUN))
    return findings


def of_queue(state: queues.QueueState) -> list[Finding]:
    """What is wrong with a queue: something waits long, or is dead."""
    findings = []
    if state.oldest_seconds > _WAITING_SECONDS:
        said = _(
            "Hàng đợi “{queue}”: {count} việc, việc lâu nhất chờ {time}.",
            queue=queue_title(state.queue),
            count=state.waiting,
            time=lasting(state.oldest_seconds),
        )
        remedy = _("Xem nhật ký worker-{queue}; thêm tiến trình nếu máy đủ sức.", queue=state.queue)
        severe = state.oldest_seconds > _STUCK_SECONDS
        findings.append((wrong if severe else warning)("queue", said, remedy))
    if state.dead:
        said = _(
            "Hàng đợi “{queue}”: {count} việc hỏng, không tự chạy lại.",
            queue=queue_title(state.queue),
            count=state.dead,
        )
        findings.append(warning("dead letters", said, _("Xem trang vận hành; sửa nguyên nhân rồi chạy lại.")))
    if state.lost:
        said = _(
            "Hàng đợi “{queue}”: {count} việc làm chết tiến trình xử lý, đã để riêng.",
            queue=queue_title(state.queue),
            count=state.lost,
        )
        remedy = _("Xem nhật ký worker-{queue} và nhật ký máy (hết bộ nhớ?) trước khi chạy lại.", queue=state.queue)
        findings.append(wrong("lost workers", said, remedy))
    return findings


async def schedules(patient: Patient) -> list[Finding]:
    """What is wanted regularly is done, each in its time."""
    async with patient.database.control() as session:
        kinds = await queues.scheduled(session)
    return [found for kind in kinds for found in of_schedule(kind)] or [
        ok("schedules", _("{count} việc theo lịch chạy đúng hạn.", count=len(kinds)))
    ]


def of_schedule(kind: JobKind) -> list[Finding]:
    """What is wrong with a job that is scheduled: it failed since it was last done, or was not done for long."""
    title, every = kind.title or kind.job, kind.every_seconds or 0
    if kind.failed_at is not None and (kind.done_at is None or kind.done_at < kind.failed_at):
        said = _("“{title}” lỗi ở lần chạy gần nhất ({error}).", title=title, error=kind.error)
        return [warning("schedules", said, _("Việc được thử lại; nếu vẫn lỗi, tìm {job} trong nhật ký.", job=kind.job))]
    if kind.done_at is None or (clock.now() - kind.done_at).total_seconds() > 2 * every + _LATE_SECONDS:
        said = _("“{title}” chưa chạy xong đúng hạn.", title=title)
        return [warning("schedules", said, _("Xem bộ lập lịch và tiến trình xử lý còn chạy không."))]
    return []


async def seals(patient: Patient) -> list[Finding]:
    """How many events wait for their seal; and the ends of the chains are published each day."""
    async with patient.database.control() as session:
        waiting = await sealing.waiting_events(session)
    said = _("{count} dòng nhật ký đang chờ niêm.", count=waiting)
    published = heads.last_published_at()
    if published is None:
        return [ok("seals", said)]
    days = (datetime.now(UTC) - published).days  # the machine's clock: it wrote the files
    if days > _HEADS_DAYS:
        late = _("Dấu niêm nhật ký công bố lần cuối cách đây {days} ngày.", days=days)
        return [warning("seals", late, _("Xem việc “Công bố dấu niêm nhật ký”; thư mục dữ liệu phải ghi được."))]
    return [ok("seals", said + " " + _("Dấu niêm mới công bố trong {days} ngày qua.", days=_HEADS_DAYS))]


async def figures(patient: Patient) -> list[Finding]:
    """No organ's figures lag behind its rows."""
    async with patient.database.control() as session:
        lagging, organs = await lagging_organs(session, 1)
    return of_lag(lagging[0][1] if lagging else None, organs)


def of_lag(oldest: datetime | None, organs: int) -> list[Finding]:
    """What to say of changes that figures do not show yet: when the oldest was marked, and in how many organs."""
    if oldest is None:
        return [ok("figures", _("Số tổng hợp khớp với số liệu của các đơn vị."))]
    seconds = (clock.now() - oldest).total_seconds()
    said = _("{organs} đơn vị có số chưa tổng hợp, lâu nhất {time}.", organs=organs, time=lasting(seconds))
    if seconds < _LAG_SECONDS:
        return [ok("figures", said)]
    return [warning("figures", said, _("Xem nhật ký scheduler và worker-quick."))]


async def deliveries(patient: Patient) -> list[Finding]:
    """Events that are sent to other systems arrive."""
    async with patient.database.control() as session:
        lacking = await webhooks.lagging(session)
    return of_deliveries(lacking[0].since if lacking else None, sum(row.receivers for row in lacking))


def of_deliveries(oldest: datetime | None, receivers: int) -> list[Finding]:
    """What to say of receivers that lack an event which they failed to take, the oldest of them since `oldest`."""
    if oldest is None:
        return [ok("deliveries", _("Sự kiện gửi phần mềm khác đều đã đến."))]
    seconds = (clock.now() - oldest).total_seconds()
    said = _("{count} nơi nhận sự kiện chưa nhận được, lâu nhất {time}.", count=receivers, time=lasting(seconds))
    if seconds < _UNDELIVERED_SECONDS:
        return [ok("deliveries", said)]
    remedy = _("Báo người quản trị của đơn vị mở “Nơi nhận sự kiện” để xem lỗi từng lần gửi.")
    return [warning("deliveries", said, remedy)]


async def trails(patient: Patient) -> list[Finding]:
    """The last published end of each trail is still in its chain, and the key that it was sealed with is known."""
    known = {None, *(sealing.key_id(key) for key in patient.settings.audit_keys)}
    async with patient.database.control() as session:
        organs = await active_organs(session)
    broken, unknown = [], []
    for organ in organs:
        published = heads.published(organ.id)
        async with patient.database.tenant(organ.id) as tenant:
            if published and not await sealing.holds(tenant, published[-1]):
                broken.append(organ.slug)
            if await sealing.last_key_id(tenant) not in known:
                unknown.append(organ.slug)
    published = heads.published(OPERATORS)
    async with patient.database.control() as control:
        if published and not await sealing.holds(control, published[-1]):
            remedy = "lienxa audit verify"
            return [wrong("trails", _("Nhật ký vận hành không khớp với dấu niêm đã công bố."), remedy)]
        if await sealing.last_key_id(control) not in known:
            unknown.append(_("người vận hành"))
    if unknown:
        said = _(
            "Không niêm tiếp được nhật ký của {whose}: khóa đã niêm chúng không được nêu.", whose=", ".join(unknown)
        )
        return [wrong("trails", said, _("Nêu khóa cũ trong LIENXA_OLD_AUDIT_KEYS rồi khởi động lại dịch vụ."))]
    if broken:
        said = _("Nhật ký của {organs} không khớp với dấu niêm đã công bố.", organs=", ".join(broken))
        return [wrong("trails", said, "lienxa audit verify " + " ".join(broken))]
    return [ok("trails", _("Nhật ký của {count} đơn vị khớp với dấu niêm đã công bố.", count=len(organs)))]
