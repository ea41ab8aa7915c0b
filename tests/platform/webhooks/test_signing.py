"""Signatures as receivers check them, by the specification's own example and by hand."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lienxa.platform.webhooks import signing
from lienxa.platform.webhooks.events import TEST, event_types

ROOT = Path(__file__).parents[3]


def test_the_example_of_the_specification() -> None:
    """Standard Webhooks 1.0 and its libraries give these values."""
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_long_and_never_the_same() -> None:
    first, second = signing.new_secret(), signing.new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


def test_while_a_secret_is_replaced_both_sign() -> None:
    keys = [signing.new_secret(), signing.new_secret()]
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    headers = signing.headers(keys, "id", at, b"{}")
    expected = []
    for key in keys:
        raw = base64.b64decode(key.removeprefix("whsec_"))
        digest = hmac.new(raw, b"id." + headers["webhook-timestamp"].encode() + b".{}", hashlib.sha256).digest()
        expected.append("v1," + base64.b64encode(digest).decode())
    assert headers["webhook-signature"].split(" ") == expected
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))


def test_the_documentation_names_every_event() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert [name for name in (*event_types(), TEST) if f"| `{name}` |" not in text] == []


def test_the_example_of_the_documentation_verifies() -> None:
    """What docs/api.md shows to receivers is run here."""
    (shown,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(shown, names)
    verified = names["verified"]
    key, other = signing.new_secret(), signing.new_secret()
    now = datetime.now(UTC)
    headers = signing.headers([other, key], "id", now, b"{}")
    assert verified(key, headers, b"{}")
    assert verified(other, headers, b"{}")
    assert not verified(key, headers, b"{ }")
    assert not verified(signing.new_secret(), headers, b"{}")
    assert not verified(key, signing.headers([key], "id", now - timedelta(minutes=6), b"{}"), b"{}")
