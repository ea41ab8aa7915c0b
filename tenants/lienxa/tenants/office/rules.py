"""Pure rules of the home page: in which part of the day's work a line stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lienxa.platform.module import WorkItem

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class MyWork:
    """The lines of "Việc của tôi", each list in the order in which to take it up."""

    late: Sequence[WorkItem]
    today: Sequence[WorkItem]
    waiting: Sequence[WorkItem]
    coming: Sequence[WorkItem]
    meetings: Sequence[WorkItem]

    @property
    def count(self) -> int:
        """How many lines there are besides today's meetings."""
        return len(self.late) + len(self.today) + len(self.waiting) + len(self.coming)


def arrange(items: Iterable[WorkItem], today: date) -> MyWork:
    """Part the lines by due day; what has none waits. One's own come before those followed, then the earliest."""
    rest = sorted(items, key=_order)
    meetings = [item for item in rest if item.group == "today_meeting"]
    work = [item for item in rest if item.group != "today_meeting"]
    return MyWork(
        late=[item for item in work if item.due_on and item.due_on < today],
        today=[item for item in work if item.due_on == today],
        waiting=[item for item in work if item.due_on is None],
        coming=[item for item in work if item.due_on and item.due_on > today],
        meetings=meetings,
    )


def _order(item: WorkItem) -> tuple[bool, date, datetime, str]:
    return item.followed, item.due_on or date.max, item.at or _NEVER, item.title
