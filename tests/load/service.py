"""The service as `make run` starts it, on a data folder of its own, with organs and people to work with."""

import asyncio
import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from web import Browser

if TYPE_CHECKING:
    from lienxa.platform.access.actor import Actor
    from lienxa.platform.db.session import Database
    from lienxa.platform.settings import Settings
    from lienxa.platform.tenancy.organs import Organ

_READY_SECONDS = 120


@contextmanager
def running(data: Path, port: int) -> Iterator[int]:
    """Start the service on an empty folder `data`, without the demonstration; gives its process id."""
    shutil.rmtree(data, ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_")}
    own = {"LIENXA_DATA": str(data), "LIENXA_PORT": str(port), "LIENXA_DEMO": "0"}
    own["LIENXA_WEBHOOK_ALLOW"] = "127.0.0.0/8"  # the receiver of events is this very program
    command = [str(Path(sys.executable).with_name("lienxa")), "run"]
    process = subprocess.Popen(command, env={**kept, **own}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready:"):
                break
        else:
            raise RuntimeError(f"the service did not start; see {data}/logs")
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def web_beside(data: Path, port: int, **settings: str) -> Iterator[None]:
    """A further web server of the same installation with settings of its own, as the supervisor would start it."""
    from lienxa.platform.supervisor import web_server

    own = {"LIENXA_DATA": str(data), "LIENXA_PORT": str(port), "LIENXA_DB_MIGRATOR_DSN": "", **settings}
    command = [sys.executable, "-m", *web_server("127.0.0.1", port)]
    with (data / "logs" / f"web-{port}.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **own}, stderr=log, start_new_session=True)
    try:
        _await_web(port)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def _await_web(port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise RuntimeError(f"no web server answers on port {port}")


@dataclass
class Office:
    """Organs and people of the running service, reached through its own code and settings."""

    settings: "Settings"
    app: "Database"
    operator: "Database"

    @classmethod
    def of(cls) -> "Office":
        """The office of the data folder that `LIENXA_DATA` names."""
        from lienxa.platform.db.session import Database
        from lienxa.platform.settings import get_settings

        settings = get_settings()
        return cls(
            settings,
            Database(settings.db_app_dsn.get_secret_value(), pool_size=4),
            Database(settings.db_operator_dsn.get_secret_value(), pool_size=2),
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self.app.close()
        await self.operator.close()

    async def organ(self, slug: str) -> "Organ":
        """An organ by its slug."""
        from lienxa.platform.tenancy.organs import organ_by_slug

        async with self.app.control() as control:
            found = await organ_by_slug(control, slug)
        assert found is not None, slug
        return found

    async def add_organ(self, row: Mapping[str, str]) -> "Organ":
        """Onboard an organ with the people of the demonstration."""
        from lienxa.platform.identity.provisioning import provisioner_for
        from lienxa.platform.operator import demo, onboarding

        spec = replace(demo.organ_spec(self.settings, row), demonstration=False)
        return (await onboarding.add_organ(self.operator, provisioner_for(self.settings), spec)).organ

    async def actor(self, organ: "Organ", role: str) -> "Actor":
        """The first person of the organ with that role, acting in it."""
        from lienxa.platform.access import members, repository

        async with self.app.tenant(organ.id) as session:
            for holder in await repository.holders_of_role(session, role):
                actor = await members.staff_member(session, organ, holder.staff_id)
                for post in actor.posts:
                    if post.role == role:
                        return actor.acting_in(post.id)
        raise LookupError(f"nobody in {organ.slug} has the role {role}")

    async def browser(self, actor: "Actor", port: int | None = None) -> Browser:
        """A browser of that person, signed in by a session as a redeemed ticket makes it; at the service's `port`."""
        from sqlalchemy import update

        from lienxa.platform import clock
        from lienxa.platform.identity import sessions
        from lienxa.platform.identity.models import SignOnSession, SignOnTicket
        from lienxa.platform.identity.requests import csrf_token, masked

        ticket = SignOnTicket(
            tenant_id=actor.organ.id,
            account_id=actor.account_id,
            issuer_sid=uuid4().hex,
            id_token="",
            refresh_token=b"",
        )
        async with self.app.control() as control:
            secret = await sessions.begin(
                control, ticket, acting_post_id=actor.acting.id, shared=False, user_agent="bench"
            )
        live = await sessions.look_up(self.app, actor.organ.id, secret)
        assert live is not None
        async with self.app.control() as control:  # the issuer knows nothing of it: nobody shall ask there
            later = clock.now() + timedelta(hours=1)
            await control.execute(
                update(SignOnSession).where(SignOnSession.id == live.id).values(refresh_tried_at=later)
            )
        port = port or self.settings.port
        host = f"{actor.organ.slug}.{self.settings.base_domain}:{port}"
        return Browser(port, host, secret, masked(csrf_token(self.settings, live.id, actor.organ.id)))

    async def settle(self) -> None:
        """Wait until the workers have nothing left to do."""
        from sqlalchemy import func, select

        from lienxa.platform.jobs.models import QueuedJob
        from lienxa.platform.rollup.models import rollup_mark

        for _second in range(120):
            async with self.app.control() as control:
                marks = await control.scalar(select(func.count()).select_from(rollup_mark))
                jobs = await control.scalar(
                    select(func.count()).where(
                        QueuedJob.state.in_(("queued", "consumed")), QueuedJob.available_at <= func.now()
                    )
                )
            if not marks and not jobs:
                return
            await asyncio.sleep(1)


def private_megabytes(pid: int) -> float:
    """The unique set size of a process: what would be free if it ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def web_processes(supervisor: int) -> dict[int, float]:
    """The processes of the web server below the supervisor, each with its unique set size in MB."""
    found = {}
    for pid in _below(supervisor):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"lienxa.platform.app:create_app" in command or b"multiprocessing" in command:
            found[pid] = private_megabytes(pid)
    return found


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [below for child in children for below in (int(child), *_below(int(child)))]
