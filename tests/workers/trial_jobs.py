"""Jobs for the worker's tests, loaded by worker processes with `--load trial_jobs`.

What happens in a job leaves an event in its transaction (the effect) and a line in a file (that it began).
"""

import asyncio
import os
import signal
import time
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lienxa.platform.access.models import Body
from lienxa.platform.audit.repository import record_stranger
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import control_actor, tenant_actor
from lienxa.tenants.documents.models import Document

EFFECT = "trial.effect"
SECRET = "Nguyễn Thị Minh Hoạ"


def _begins(name: str) -> int:
    """Note that a run of that name begins; returns how many began before."""
    file = Path(os.environ["TRIAL_FOLDER"]) / name
    with file.open("a") as lines:
        lines.write(f"{os.getpid()}\n")
    return len(file.read_text().splitlines()) - 1


@tenant_actor(queue="quick")
async def quick_effect(session: TenantSession, name: str) -> None:
    """Take effect at once."""
    _begins(name)
    record_stranger(session, EFFECT, None, {"name": name})


@tenant_actor(queue="quick")
async def quick_hang_once(session: TenantSession, name: str) -> None:
    """Take effect; the first run then never ends."""
    record_stranger(session, EFFECT, None, {"name": name})
    await session.flush()
    if _begins(name) == 0:
        await asyncio.sleep(600)


@tenant_actor(queue="heavy")
async def heavy_hang_once(session: TenantSession, name: str) -> None:
    """The same, blocking its thread."""
    record_stranger(session, EFFECT, None, {"name": name})
    await session.flush()
    if _begins(name) == 0:
        time.sleep(600)  # noqa: ASYNC251 -- heavy jobs may


@tenant_actor(queue="quick", max_retries=1)
async def fail(session: TenantSession, name: str) -> None:
    """Fail with a message that quotes somebody's name."""
    _begins(name)
    record_stranger(session, EFFECT, None, {"name": name})
    await session.flush()
    raise ValueError(SECRET)


@tenant_actor(queue="quick", max_retries=0)
async def collide(session: TenantSession, name: str) -> None:
    """Fail in the database, and then with a message that quotes line by line what the organ's people wrote."""
    _begins(name)
    written = await session.scalar(select(Document.abstract).order_by(Document.id.desc()).limit(1))
    line_by_line = str(written).replace(" ", "\n")
    session.add(Body(code=line_by_line, name=line_by_line, symbol="X", system="state", position=90))
    try:
        await session.flush()
    except IntegrityError as error:
        raise ValueError(line_by_line) from error


@tenant_actor(title="Việc chờ sửa", queue="quick", max_retries=0)
async def fail_until_mended(session: TenantSession, name: str) -> None:
    """Fail until somebody mends what is wrong; the first run after that never ends."""
    runs = _begins(name)
    record_stranger(session, EFFECT, None, {"name": name})
    await session.flush()
    if not (Path(os.environ["TRIAL_FOLDER"]) / "mended").exists():
        raise ValueError(SECRET)
    if runs == 1:
        await asyncio.sleep(600)


@tenant_actor(queue="quick")
async def visit(session: TenantSession) -> None:
    """A scheduled job: nothing but the tenant."""
    record_stranger(session, EFFECT, None, {"name": "visit"})


@control_actor(queue="quick")
async def platform_effect(database: Database, name: str) -> None:
    """A job without a tenant."""
    async with database.control():
        _begins(name)


@tenant_actor(title="Việc làm chết tiến trình", queue="quick")
async def kill_the_worker(session: TenantSession, name: str) -> None:
    """End the worker in the middle, as the system does where no memory is left, until somebody mends what is wrong."""
    record_stranger(session, EFFECT, None, {"name": name})
    await session.flush()
    _begins(name)
    if not (Path(os.environ["TRIAL_FOLDER"]) / "mended").exists():
        os.kill(os.getpid(), signal.SIGKILL)


@tenant_actor(queue="heavy")
async def heavy_kill_the_worker(session: TenantSession, name: str) -> None:
    """The same in the queue whose jobs have threads of their own."""
    await session.flush()
    _begins(name)
    os.kill(os.getpid(), signal.SIGKILL)
