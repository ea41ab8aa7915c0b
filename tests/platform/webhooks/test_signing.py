"""Signatures as receivers check them, by the specification's own example and by hand."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from lienxa.platform.webhooks import signing


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
