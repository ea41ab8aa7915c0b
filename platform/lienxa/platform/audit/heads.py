"""Published heads: the end of each chain, once a day, in a file outside the database.

The operators' trail is published under `operators.OPERATORS`.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.audit.sealing import Head
from lienxa.platform.settings import get_settings


def publish(tenant_id: UUID, head: Head) -> None:
    """Append the head to the organ's file; the same head is not written twice."""
    if not is_new(tenant_id, head):
        return
    file = _file(tenant_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": clock.now().isoformat(), "number": head.number, "mac": head.mac.hex()}
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def is_new(tenant_id: UUID, head: Head) -> bool:
    """Whether there is something to publish: a chain that begins, or went on."""
    return head.number > 0 and head not in published(tenant_id)


def published(tenant_id: UUID) -> Sequence[Head]:
    """The heads that were published for an organ, oldest first."""
    file = _file(tenant_id)
    if not file.is_file():
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Head(line["number"], bytes.fromhex(line["mac"])) for line in lines]


def bring_back(tenant_id: UUID, published_before: Sequence[Head]) -> None:
    """Publish the heads that a restored organ had, so that its chain is held against them."""
    for head in published_before:
        publish(tenant_id, head)


def forget(tenant_id: UUID) -> None:
    """Remove the heads of an organ that was erased; its certificate keeps the last."""
    _file(tenant_id).unlink(missing_ok=True)


def last_published_at() -> datetime | None:
    """When a head was last written, by the clock of this machine; None if there is none here."""
    folder = _folder()
    if not folder.is_dir():
        return None
    latest = max((entry.stat().st_mtime for entry in os.scandir(folder)), default=None)
    return datetime.fromtimestamp(latest, UTC) if latest is not None else None


def _folder() -> Path:
    return get_settings().data / "audit-heads"


def _file(tenant_id: UUID) -> Path:
    return _folder() / f"{tenant_id}.jsonl"
