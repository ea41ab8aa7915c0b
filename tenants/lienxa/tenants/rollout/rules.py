"""The table of a parent, computed from what its organs publish; pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lienxa.platform.rollup.reading import ReadFigure
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

STATES = {"planned": _("Dự kiến"), "staff_moved": _("Đã chuyển cán bộ"), "merged": _("Đã hợp nhất")}
BODIES = {
    "party": _("Đảng ủy"),
    "inspection": _("UBKT"),
    "council": _("HĐND"),
    "committee": _("UBND"),
}
PILOT = "pilot"


@dataclass(frozen=True)
class Progress:
    """How far an organ has come, in words of the rollout. `state` is None where the parent has not planned it yet."""

    wave: str = ""
    state: str | None = None
    civil_servants_moved: int | None = None
    concurrent_inspection_deputy: bool | None = None
    changed_on: date | None = None
    invented: bool = False
    note: str = ""

    @property
    def state_title(self) -> str:
        """The state in words."""
        return STATES[self.state] if self.state else _("Chưa có kế hoạch")

    @property
    def wave_title(self) -> str:
        """The wave in words."""
        if not self.wave:
            return ""
        return _("Thí điểm") if self.wave == PILOT else _("Đợt {wave}", wave=self.wave)


@dataclass(frozen=True)
class Line:
    """One organ's figures of the chosen months. Counts; `on_time_share` is in percent, None without a solved case."""

    organ: Organ | None
    progress: Progress
    incoming: Mapping[str, int]
    issued: Mapping[str, int]
    meetings: int
    received: int
    solved_in_time: int
    solved_late: int
    pending: int
    pending_late: int

    @property
    def incoming_total(self) -> int:
        """Incoming documents of all bodies."""
        return sum(self.incoming.values())

    @property
    def issued_total(self) -> int:
        """Issued documents of all bodies."""
        return sum(self.issued.values())

    @property
    def on_time_share(self) -> int | None:
        """Solved early or on time, of all solved, in whole percent rounded down: 100 means that none was late."""
        solved = self.solved_in_time + self.solved_late
        return self.solved_in_time * 100 // solved if solved else None


def lines(
    organs: Sequence[Organ], figures: Iterable[ReadFigure], progress: Mapping[UUID, Progress]
) -> tuple[list[Line], Line]:
    """A line for each organ, those who are behind first, and the line of totals."""
    counted: dict[UUID, Counter[tuple[str, str]]] = {organ.id: Counter() for organ in organs}
    for figure in figures:
        if figure.tenant_id in counted:
            counted[figure.tenant_id][figure.code, figure.dimension] += figure.value
    found = [_line(organ, progress.get(organ.id, Progress()), counted[organ.id]) for organ in organs]
    total = _line(None, Progress(), sum(counted.values(), Counter()))
    return sorted(found, key=behind_first), total


def behind_first(line: Line) -> tuple[int, int, str]:
    """Most late cases first, then the lowest share on time, then by name."""
    share = 101 if line.on_time_share is None else line.on_time_share
    return (-line.pending_late, share, line.organ.name if line.organ else "")


def _line(organ: Organ | None, progress: Progress, count: Counter[tuple[str, str]]) -> Line:
    return Line(
        organ=organ,
        progress=progress,
        incoming={body: count["documents.incoming", body] for body in BODIES},
        issued={body: count["documents.issued", body] for body in BODIES},
        meetings=sum(count["meetings.held", body] for body in BODIES),
        received=sum(value for (code, _dimension), value in count.items() if code == "procedures.received"),
        solved_in_time=count["procedures.solved", "early"] + count["procedures.solved", "on_time"],
        solved_late=count["procedures.solved", "late"],
        pending=count["procedures.pending", "in_time"] + count["procedures.pending", "late"],
        pending_late=count["procedures.pending", "late"],
    )
