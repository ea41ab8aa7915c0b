"""Keys derived from the application's keys, and texts sealed with them: the database alone reveals no refresh token.

Whatever is made is made with the newest key; what the older ones made is still known (`Settings.secret_keys`).
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lienxa.platform.settings import Settings

_NONCE = 12
_SHORTEST_KEY = 32


@dataclass(frozen=True)
class Opened:
    """A text that was sealed, and whether with the newest key."""

    text: str
    newest: bool


def derived_keys(settings: Settings, purpose: str) -> list[bytes]:
    """32 bytes for one purpose from each of the application's keys, newest first; `ValueError` if one is short."""
    return [_derived(key, purpose) for key in settings.secret_keys]


def seal(settings: Settings, text: str, *, purpose: str = "seal") -> bytes:
    """The text encrypted and authenticated (AES-256-GCM), with a key of that purpose."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(derived_keys(settings, purpose)[0]).encrypt(nonce, text.encode(), None)


def unseal(settings: Settings, sealed: bytes, *, purpose: str = "seal") -> str | None:
    """The text again; None if it was sealed with a key that is not known, for another purpose, or changed."""
    found = opened(settings, sealed, purpose=purpose)
    return found.text if found else None


def opened(settings: Settings, sealed: bytes, *, purpose: str = "seal") -> Opened | None:
    """The same, and whether the newest key opened it."""
    for place, key in enumerate(derived_keys(settings, purpose)):
        with suppress(InvalidTag, ValueError):  # ValueError: too short to have been sealed
            text = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
            return Opened(text, newest=place == 0)
    return None


@lru_cache(maxsize=64)
def _derived(secret_key: bytes, purpose: str) -> bytes:
    if len(secret_key) < _SHORTEST_KEY:
        raise ValueError("LIENXA_SECRET_KEY must be at least 32 characters long")
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"lienxa {purpose}".encode())
    return derivation.derive(secret_key)
