"""The table of a parent, computed from what its organs publish; pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lienxa.platform.rollup.reading import ReadFigure
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _, fold

STATES = {"planned": _("Dự kiến"), "staff_moved": _("Đã chuyển cán bộ"), "merged": _("Đã hợp nhất")}
BODIES = {
    "party": _("Đảng ủy"),
    "inspection": _("UBKT"),
    "council": _("HĐND"),
    "committee": _("UBND"),
}
PILOT = "pilot"
WAVES = {PILOT: _("Thí điểm"), **{str(number): _("Đợt {number}", number=number) for number in range(1, 10)}}


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
        return WAVES.get(self.wave, self.wave)


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
    def incoming_of_party(self) -> int:
        """Incoming documents of Đảng ủy and its inspection committee."""
        return self.incoming["party"] + self.incoming["inspection"]

    @property
    def issued_by_party(self) -> int:
        """Documents that Đảng ủy and its inspection committee issued."""
        return self.issued["party"] + self.issued["inspection"]

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


@dataclass(frozen=True)
class Wave:
    """The organs of one wave, by name; `title` is empty for those that are in none yet."""

    title: str
    entries: tuple[tuple[Organ, Progress], ...]


@dataclass(frozen=True)
class Summary:
    """How far the whole rollout has come: organs by state and people moved."""

    organs: int
    by_state: Mapping[str, int]
    civil_servants_moved: int


def waves(organs: Iterable[Organ], progress: Mapping[UUID, Progress]) -> list[Wave]:
    """The organs by wave: the pilot, then the numbered waves, then those without one."""
    grouped: dict[str, list[tuple[Organ, Progress]]] = {}
    for organ in sorted(organs, key=lambda organ: fold(organ.name)):
        found = progress.get(organ.id, Progress())
        grouped.setdefault(found.wave, []).append((organ, found))
    order = [*WAVES, *sorted(wave for wave in grouped if wave and wave not in WAVES), ""]
    return [Wave(WAVES.get(wave, wave), tuple(grouped[wave])) for wave in order if wave in grouped]


def summary(organs: Iterable[Organ], progress: Mapping[UUID, Progress]) -> Summary:
    """The sums over the organs below; one that is not planned yet is in no state."""
    found = [progress.get(organ.id, Progress()) for organ in organs]
    states = Counter(one.state for one in found if one.state)
    return Summary(
        organs=len(found),
        by_state={state: states[state] for state in reversed(STATES)},
        civil_servants_moved=sum(one.civil_servants_moved or 0 for one in found),
    )


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
    return (-line.pending_late, share, fold(line.organ.name) if line.organ else "")


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
