"""Dead letters as operators see them: told without content, wanted again, or given up for a reason.

It is a change of the queue's own rows and a line of the operators' trail in one transaction, which the web process may
do: nothing of an office is read or written (docs/adr/0029).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, select

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.jobs import dead_letters as queue
from lienxa.platform.jobs.dead_letters import DeadKind, DeadMessage
from lienxa.platform.jobs.models import LOST, JobKind
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import organ_of
from lienxa.platform.text import _

MAX_REASON = 300

_FRAME = re.compile(r'^  File "(?:.*[/\\])?([^/\\"]+)", line (\d+), in (.*)$')
_WORDS = {
    "TimeLimitExceeded": _("Chạy quá thời gian cho phép"),
    "Shutdown": _("Bị dừng giữa chừng"),
    "WorkerLost": _("Tiến trình xử lý chết khi đang làm (hết bộ nhớ, hoặc bị tắt ngang)"),
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


async def page_of(
    control: ControlSession, *, organ_id: UUID | None = None, before: tuple[datetime, UUID] | None = None
) -> Sequence[DeadLetter]:
    """A page of them, the latest death first, from `before` (its `died` and id) on; of one organ alone if given."""
    which = [] if organ_id is None else [queue.of_organ(organ_id)]
    if before is not None:
        which.append(queue.before(*before))
    return [_letter(found) for found in await queue.page_of(control, *which)]


async def find(control: ControlSession, message_id: UUID) -> DeadLetter:
    """One of them, or `NotFound`."""
    found = await queue.page_of(control, queue.one(message_id))
    if not found:
        raise NotFound(_("Việc này không còn trong danh sách việc hỏng: đã được chạy lại, hoặc đã bỏ."))
    return _letter(found[0])


async def kinds(control: ControlSession, *, organ_id: UUID | None = None) -> Sequence[DeadKind]:
    """How many there are of each job, the most first."""
    return await queue.kinds(control, *([] if organ_id is None else [queue.of_organ(organ_id)]))


async def retry(control: ControlSession, operator: str, message_id: UUID, died: datetime) -> bool:
    """Want the job again, now; False if it did not die then, or is wanted again already."""
    done = await queue.want_again(control, queue.one(message_id, died))
    await _note(control, operator, "job.retried", done)
    return bool(done)


async def retry_kind(
    control: ControlSession, operator: str, job: str, until: datetime, organ_id: UUID | None = None
) -> int:
    """Want all again of one job (of one organ) that had died by `until`, which the page showed; how many they were."""
    which = [queue.of_job(job, until)]
    if organ_id is not None:
        which.append(queue.of_organ(organ_id))
    done = await queue.want_again(control, *which)
    await _note(control, operator, "job.retried", done)
    return len(done)


async def give_up(control: ControlSession, operator: str, message_id: UUID, died: datetime, reason: str) -> bool:
    """Drop it for a reason that the trail keeps; False if it is not there any more. `InvalidInput` without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidInput.of("ly_do", _("Chưa ghi lý do."), _("Ghi vì sao việc này không cần làm nữa."))
    if len(reason) > MAX_REASON:
        said = _("Lý do dài quá {most} ký tự.", most=MAX_REASON)
        raise InvalidInput.of("ly_do", said, _("Rút ngắn lại."))
    done = await queue.drop(control, queue.one(message_id, died))
    await _note(control, operator, "job.given_up", done, reason)
    return bool(done)


def _letter(found: DeadMessage) -> DeadLetter:
    job, options = found.message["actor_name"], found.message.get("options", {})
    error, place = _last_error(options.get("traceback", ""))
    return DeadLetter(
        id=found.id,
        job=job,
        title=found.title or job,
        organ=organ_of(found.tenant).title if found.tenant else "",
        slug=found.tenant.slug if found.tenant else "",
        died=found.died,
        died_at=clock.now() - found.age,
        tries=options.get("retries", 0) + options.get(LOST, 0) + options.get("tried_before", 0),
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
