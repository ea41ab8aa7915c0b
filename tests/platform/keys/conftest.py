"""An installation whose keys were replaced: with the old ones still given, and without them."""

import secrets
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from lienxa.platform.settings import Settings


@dataclass(frozen=True)
class Turn:
    """The settings before new keys, with them, and with them alone."""

    before: Settings
    after: Settings
    alone: Settings


@pytest.fixture
def turn(test_settings: Settings) -> Turn:
    """New keys for the installation."""
    new = {name: SecretStr(secrets.token_hex(32)) for name in ("secret_key", "audit_key")}
    old = {f"old_{name}s": getattr(test_settings, name) for name in new}
    return Turn(test_settings, test_settings.model_copy(update={**new, **old}), test_settings.model_copy(update=new))
