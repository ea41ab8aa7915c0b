"""Published heads: the end of each organ's chain, once a day, in a file outside the database."""

import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.audit.sealing import Head
from lienxa.platform.settings import get_settings


def publish(tenant_id: UUID, head: Head) -> None:
    """Append the head to the organ's file; the same head is not written twice."""
    if head.number == 0 or head in published(tenant_id):
        return
    file = _file(tenant_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": clock.now().isoformat(), "number": head.number, "mac": head.mac.hex()}
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def published(tenant_id: UUID) -> Sequence[Head]:
    """The heads that were published for an organ, oldest first."""
    file = _file(tenant_id)
    if not file.is_file():
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Head(line["number"], bytes.fromhex(line["mac"])) for line in lines]


def _file(tenant_id: UUID) -> Path:
    return get_settings().data / "audit-heads" / f"{tenant_id}.jsonl"
