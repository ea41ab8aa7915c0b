"""Declaring jobs. A declared job is known by name to the worker that runs it and to whoever enqueues it.

No broker is needed for that: only worker processes build one (`broker.py`), so nothing else can send a message past
the caller's transaction.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Any, Literal, get_args
from uuid import UUID

Queue = Literal["quick", "heavy", "operator"]
Scalar = str | int | bool | None | UUID | date
JobFunction = Callable[..., Awaitable[None]]

MAX_RETRIES = 8
MAX_TEXT = 200

_FROM_JSON: dict[object, Callable[[Any], Any]] = {UUID: UUID, date: date.fromisoformat, str: str, int: int, bool: bool}

_declared: dict[str, "Job"] = {}


@dataclass(frozen=True)
class Job:
    """A declared job. Calling it runs its function directly, as tests and other jobs of the same transaction may.

    `max_retries` None repeats for ever, with growing pauses. One `of_the_moment` (a reminder, a notice) is worth
    nothing later: while the demonstration tells the past it is not wanted at all. `title` says to operators what it is.
    One `while_suspended` goes on where an organ may only be read: it draws or prints, and changes nothing.
    """

    name: str
    queue: Queue
    of_tenant: bool
    max_retries: int | None
    function: JobFunction
    signature: inspect.Signature
    of_the_moment: bool = False
    title: str = ""
    while_suspended: bool = False

    async def __call__(self, *args: Any) -> None:
        """Run the function itself, without queue and without `job_done`."""
        await self.function(*args)

    def to_json(self, args: tuple[Scalar, ...]) -> list[str | int | bool | None]:
        """The arguments as they travel: ids and small scalars, never content. Raises for anything else."""
        wanted = args[1:] if self.of_tenant else args
        self.signature.bind(None, *wanted)
        return [_to_json(value) for value in args]

    @property
    def names_tenant(self) -> bool:
        """Whether a message says whose work it is: a tenant's job always does, one of the platform if it names it."""
        return self.of_tenant or list(self.signature.parameters)[1:2] == ["tenant_id"]

    def tenant_of(self, values: Sequence[Any]) -> UUID | None:
        """Whose work a message with these arguments is."""
        return UUID(values[0]) if self.names_tenant else None

    def from_json(self, values: tuple[Any, ...]) -> list[Any]:
        """The arguments of the function (after the session) as its annotations want them."""
        parameters = list(self.signature.parameters.values())[1:]
        return [_from_json(parameter, value) for parameter, value in zip(parameters, values, strict=False)]


def tenant_actor(
    *,
    title: str = "",
    queue: Queue = "quick",
    max_retries: int | None = MAX_RETRIES,
    of_the_moment: bool = False,
    while_suspended: bool = False,
) -> Callable[[JobFunction], Job]:
    """Declare `async def job(session: TenantSession, ...)`: work inside one organ, which takes effect once.

    The first argument of its message is the tenant's id; the session is bound to it and commits when the job returns.
    `quick` jobs share one event loop and must not block; `heavy` ones (print, pictures, import) may.
    """
    return lambda function: _declare(
        function,
        queue,
        max_retries,
        title=title,
        of_tenant=True,
        of_the_moment=of_the_moment,
        while_suspended=while_suspended,
    )


def control_actor(
    *, title: str = "", queue: Queue = "quick", max_retries: int | None = MAX_RETRIES
) -> Callable[[JobFunction], Job]:
    """Declare `async def job(database: Database, ...)`: work of the platform, which opens its own transactions.

    It may run more than once for one message: what it does twice must be as good as done once. In the queue
    `operator` (organs are made, added) the login is the operator's; such a job may block.
    """
    return lambda function: _declare(function, queue, max_retries, title=title, of_tenant=False)


def find_job(name: str) -> Job:
    """The declared job of that name (`documents.remind`), or `LookupError`."""
    try:
        return _declared[name]
    except KeyError:
        known = ", ".join(sorted(_declared)) or "none"
        raise LookupError(f"no job named {name!r} is declared; known: {known}") from None


def declared_jobs(queue: Queue | None = None) -> list[Job]:
    """All jobs (of a queue) that were declared in this process, by name."""
    return sorted((job for job in _declared.values() if queue in (None, job.queue)), key=lambda job: job.name)


def _declare(
    function: JobFunction,
    queue: Queue,
    max_retries: int | None,
    *,
    title: str,
    of_tenant: bool,
    of_the_moment: bool = False,
    while_suspended: bool = False,
) -> Job:
    """Named `<package>.<function>`: `remind` in `lienxa.tenants.documents.jobs` is `documents.remind`."""
    package = function.__module__.split(".")[-2:][0]
    name = f"{package}.{function.__name__}"
    if name in _declared:
        raise ValueError(f"a job named {name!r} is declared twice")
    signature = inspect.signature(function, eval_str=True)
    for parameter in list(signature.parameters.values())[1:]:
        _reader_of(parameter)
    job = Job(name, queue, of_tenant, max_retries, function, signature, of_the_moment, title, while_suspended)
    _declared[name] = job
    return job


def _reader_of(parameter: inspect.Parameter) -> Callable[[Any], Any]:
    annotation: object = parameter.annotation
    if isinstance(annotation, UnionType):
        annotation = next((part for part in get_args(annotation) if part is not type(None)), None)
    if annotation not in _FROM_JSON:
        raise TypeError(f"a job cannot take {parameter}: only ids and small scalars travel")
    return _FROM_JSON[annotation]


def _from_json(parameter: inspect.Parameter, value: Any) -> Any:
    return None if value is None else _reader_of(parameter)(value)


def _to_json(value: Scalar) -> str | int | bool | None:
    if isinstance(value, UUID | date):
        return str(value)
    if not isinstance(value, str | int | None):
        raise TypeError(f"a job cannot take a {type(value).__name__}: only ids and small scalars travel")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ValueError("a job carries ids, not content")
    return value
