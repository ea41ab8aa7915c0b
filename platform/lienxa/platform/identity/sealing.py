"""Keys derived from the application's key, and texts sealed with them: the database alone reveals no refresh token."""

import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lienxa.platform.settings import Settings

_NONCE = 12
_SHORTEST_KEY = 32


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose, derived from `LIENXA_SECRET_KEY`; `ValueError` if that is missing or short."""
    return _derived(settings.secret_key.get_secret_value(), purpose)


def seal(settings: Settings, text: str, *, purpose: str = "seal") -> bytes:
    """The text encrypted and authenticated (AES-256-GCM), with a key of that purpose."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(derived_key(settings, purpose)).encrypt(nonce, text.encode(), None)


def unseal(settings: Settings, sealed: bytes, *, purpose: str = "seal") -> str | None:
    """The text again; None if it was sealed with another key, for another purpose, or changed."""
    try:
        opened = AESGCM(derived_key(settings, purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except InvalidTag:
        return None
    return opened.decode()


@lru_cache(maxsize=16)
def _derived(secret_key: str, purpose: str) -> bytes:
    if len(secret_key) < _SHORTEST_KEY:
        raise ValueError("LIENXA_SECRET_KEY must be at least 32 characters long")
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"lienxa {purpose}".encode())
    return derivation.derive(secret_key.encode())
