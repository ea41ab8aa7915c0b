"""Dead letters: jobs that failed as often as they may. Read, wanted again, or given up, as an operator says on a page.

All of it is a change of the queue's own rows and a line of the operators' trail in one transaction, which the web
process may do: nothing of an office is read or written. A dead letter is named with the instant at which it died, so
that a second click, or a page of before, does nothing: what was wanted again has no such death any more.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.jobs.models import JobKind, QueuedJob
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import organ_of
from lienxa.platform.text import _

PAGE = 50
# After that the queue's own upkeep drops them (dramatiq-postgres, `purge_maxage`).
KEPT_DAYS = 30
MAX_REASON = 300

_JOB = QueuedJob.message["actor_name"].astext
# The organ of a message is its first argument, whatever that is called.
_ORGAN = QueuedJob.message["args"][0].astext
_DEAD = QueuedJob.state == "rejected"
_DELAYED = ".DQ"

_FRAME = re.compile(r'^  File "(?:.*[/\\])?([^/\\"]+)", line (\d+), in (.*)$')
_WORDS = {
    "TimeLimitExceeded": _("Chạy quá thời gian cho phép"),
    "Shutdown": _("Bị dừng giữa chừng"),
    "ActorNotFound": _("Chương trình không còn loại việc này"),
    "NotFound": _("Không còn nội dung mà việc này cần"),
    "Conflict": _("Hiện trạng không cho phép làm"),
    "InvalidInput": _("Dữ liệu đưa vào không được chấp nhận"),
    "Unavailable": _("Một phần của hệ thống không trả lời"),
    "IntegrityError": _("Trái với ràng buộc của cơ sở dữ liệu"),
    "OperationalError": _("Cơ sở dữ liệu không trả lời"),
    "InterfaceError": _("Mất kết nối với cơ sở dữ liệu"),
    "DBAPIError": _("Cơ sở dữ liệu từ chối"),
    "ProgrammingError": _("Cấu trúc cơ sở dữ liệu không hợp với chương trình"),
    "MemoryError": _("Hết bộ nhớ"),
    "OSError": _("Không đọc hoặc ghi được tệp"),
    "FileNotFoundError": _("Thiếu tệp"),
    "PermissionError": _("Không có quyền đọc hoặc ghi tệp"),
    "ConnectionError": _("Không nối được với máy chủ khác"),
    "ConnectionRefusedError": _("Máy chủ khác từ chối kết nối"),
    "ConnectError": _("Không nối được với máy chủ khác"),
    "TimeoutError": _("Chờ quá lâu"),
}


@dataclass(frozen=True)
class DeadLetter:
    """A job that will not run by itself any more.

    `died` names this death, in the queue's own time; `died_at` says when, in the time that people read. `error` is the
    type of the exception and `place` where it was raised: what it said may quote an office and is not kept here.
    `organ` and `slug` are empty for work of the whole installation; `trace_id` finds the log.
    """

    id: UUID
    job: str
    title: str
    organ: str
    slug: str
    died: datetime
    died_at: datetime
    tries: int
    error: str
    place: str
    trace_id: str

    @property
    def reason(self) -> str:
        """What the type of the error means, in one line."""
        return _WORDS.get(self.error, _("Lỗi ngoài dự kiến"))


@dataclass(frozen=True)
class Kind:
    """The dead letters of one job; `died` is the latest death among them."""

    job: str
    title: str
    count: int
    died: datetime


# Reading -------------------------------------------------------------------------------------------------------------


async def page_of(
    control: ControlSession, *, organ_id: UUID | None = None, before: tuple[datetime, UUID] | None = None
) -> Sequence[DeadLetter]:
    """A page of them, the latest death first, from `before` (its `died` and id) on; of one organ alone if given."""
    which: ColumnElement[bool] = true()
    if organ_id is not None:
        which = and_(which, str(organ_id) == _ORGAN)
    if before is not None:
        which = and_(which, tuple_(QueuedJob.mtime, QueuedJob.message_id) < tuple_(*before))
    return await _letters(control, which)


async def find(control: ControlSession, message_id: UUID) -> DeadLetter:
    """One of them, or `NotFound`."""
    found = await _letters(control, QueuedJob.message_id == message_id)
    if not found:
        raise NotFound(_("Việc này không còn trong danh sách việc hỏng: đã được chạy lại, hoặc đã bỏ."))
    return found[0]


async def _letters(control: ControlSession, which: ColumnElement[bool]) -> Sequence[DeadLetter]:
    query = (
        select(QueuedJob.message_id, QueuedJob.message, QueuedJob.mtime, func.now() - QueuedJob.mtime, JobKind, Tenant)
        .outerjoin(JobKind, JobKind.job == _JOB)
        .outerjoin(Tenant, cast(Tenant.id, Text) == _ORGAN)
        .where(_DEAD, which)
        .order_by(QueuedJob.mtime.desc(), QueuedJob.message_id.desc())
        .limit(PAGE)
    )
    now = clock.now()
    return [
        _letter(message_id, message, died, now - age, kind, tenant)
        for message_id, message, died, age, kind, tenant in await control.execute(query)
    ]


async def kinds(control: ControlSession, *, organ_id: UUID | None = None) -> Sequence[Kind]:
    """How many there are of each job, the most first."""
    which = _DEAD if organ_id is None else and_(_DEAD, str(organ_id) == _ORGAN)
    name = _JOB.label("job")
    counted = select(name, func.count().label("dead"), func.max(QueuedJob.mtime).label("died")).where(which)
    dead = counted.group_by(name).subquery()
    query = (
        select(dead.c.job, JobKind.title, dead.c.dead, dead.c.died)
        .outerjoin(JobKind, JobKind.job == dead.c.job)
        .order_by(dead.c.dead.desc(), dead.c.job)
    )
    return [Kind(job, title or job, count, died) for job, title, count, died in await control.execute(query)]


def _letter(
    message_id: UUID,
    message: Mapping[str, Any],
    died: datetime,
    died_at: datetime,
    kind: JobKind | None,
    tenant: Tenant | None,
) -> DeadLetter:
    options = message.get("options", {})
    error, place = _last_error(options.get("traceback", ""))
    return DeadLetter(
        id=message_id,
        job=message["actor_name"],
        title=(kind.title if kind else "") or message["actor_name"],
        organ=organ_of(tenant).title if tenant else "",
        slug=tenant.slug if tenant else "",
        died=died,
        died_at=died_at,
        tries=options.get("retries", 0) + options.get("tried_before", 0),
        error=error,
        place=place,
        trace_id=_trace_id(options.get("otel", {}).get("traceparent", "")),
    )


def _last_error(traceback: str) -> tuple[str, str]:
    """The type of the last exception without its package, and the place that raised it (`jobs.py:20, remind`)."""
    error, place = "", ""
    for line in traceback.splitlines():
        if frame := _FRAME.match(line):
            place = f"{frame[1]}:{frame[2]}, {frame[3]}"
        elif line and not line.startswith(("Traceback ", " ")):
            error = line.split(":")[0].rsplit(".", 1)[-1]
    return error, place


def _trace_id(traceparent: str) -> str:
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else ""


# What operators do ---------------------------------------------------------------------------------------------------


async def retry(control: ControlSession, operator: str, message_id: UUID, died: datetime) -> bool:
    """Want the job again, now; False if it did not die then, or is wanted again already."""
    return bool(await _want_again(control, operator, and_(QueuedJob.message_id == message_id, QueuedJob.mtime == died)))


async def retry_kind(
    control: ControlSession, operator: str, job: str, until: datetime, organ_id: UUID | None = None
) -> int:
    """Want all again of one job (of one organ) that had died by `until`, which the page showed; how many they were."""
    which = and_(job == _JOB, QueuedJob.mtime <= until)
    if organ_id is not None:
        which = and_(which, str(organ_id) == _ORGAN)
    return await _want_again(control, operator, which)


async def give_up(control: ControlSession, operator: str, message_id: UUID, died: datetime, reason: str) -> bool:
    """Drop it for a reason that the trail keeps; False if it is not there any more. `InvalidInput` without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidInput.of("ly_do", _("Chưa ghi lý do."), _("Ghi vì sao việc này không cần làm nữa."))
    if len(reason) > MAX_REASON:
        said = _("Lý do dài quá {most} ký tự.", most=MAX_REASON)
        raise InvalidInput.of("ly_do", said, _("Rút ngắn lại."))
    gone = delete(QueuedJob).where(_DEAD, QueuedJob.message_id == message_id, QueuedJob.mtime == died)
    rows = (await control.execute(gone.returning(_JOB, _ORGAN))).all()
    await _note(control, operator, "job.given_up", [tuple(row) for row in rows], reason)
    return bool(rows)


async def _want_again(control: ControlSession, operator: str, which: ColumnElement[bool]) -> int:
    """Bring these back to their queue as if they were new; the message keeps its id, so its work still counts once."""
    queue = func.replace(QueuedJob.queue_name, _DELAYED, "")
    options = QueuedJob.message["options"]
    tried = func.coalesce(options["retries"].astext.cast(Integer), 0) + func.coalesce(
        options["tried_before"].astext.cast(Integer), 0
    )
    # A failure's own marks go; the trace of whoever wanted it stays.
    kept = options.op("-")(literal(["retries", "traceback", "requeue_timestamp", "eta"], ARRAY(Text)))
    fresh = kept.op("||", return_type=JSONB)(func.jsonb_build_object("tried_before", tried))
    again = (
        update(QueuedJob)
        .where(_DEAD, which)
        .values(
            state="queued",
            queue_name=queue,
            message=QueuedJob.message.op("||")(func.jsonb_build_object("queue_name", queue, "options", fresh)),
            available_at=func.now(),
            mtime=func.clock_timestamp(),
            worker_id=None,
            consumed_at=None,
        )
        .returning(_JOB, _ORGAN, QueuedJob.queue_name)
        .execution_options(synchronize_session=False)
    )
    rows = (await control.execute(again)).all()
    queues = sorted({queue for _job, _organ, queue in rows})
    if queues:
        channels = literal([f"dramatiq.{name}.enqueue" for name in queues], ARRAY(Text))
        await control.execute(select(func.pg_notify(func.unnest(channels), "")))
    await _note(control, operator, "job.retried", [(job, organ) for job, organ, _queue in rows])
    return len(rows)


async def _note(
    control: ControlSession, operator: str, action: str, done: Sequence[tuple[str, str | None]], reason: str = ""
) -> None:
    """One line of the trail for an act, however many jobs it was; it names the organ if it was one organ's work."""
    if not done:
        return
    job = done[0][0]
    organs = {organ for _job, organ in done}
    title = await control.scalar(select(JobKind.title).where(JobKind.job == job)) or job
    said = _("{title}: {count} việc", title=title, count=len(done)) if len(done) > 1 else title
    if reason:
        said = _("{what}. Lý do: {reason}", what=said, reason=reason)
    tenant_id = None
    if len(organs) == 1 and (organ := organs.pop()):
        tenant_id = await control.scalar(select(Tenant.id).where(cast(Tenant.id, Text) == organ))
    operators.note(control, operator, action, tenant_id, said)
