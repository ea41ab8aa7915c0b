"""Passwords of the embedded issuer: scrypt, and codes that are printed and typed once."""

import base64
import hashlib
import hmac
import secrets
from functools import cache

# The demonstration's people share one public password; the login page of a demonstration organ fills it in.
DEMONSTRATION_PASSWORD = "lien-xa"  # noqa: S105
# Its invented operator, the only one whom the login page names.
DEMONSTRATION_OPERATOR = "van-hanh"
MINIMUM_LENGTH = 10

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
PBKDF2_ITERATIONS = 210_000
# Letters and digits that are not mistaken for one another on paper.
_PRINTABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    """`scrypt$<salt>$<hash>`, both base64."""
    if password == DEMONSTRATION_PASSWORD:
        return _demonstration_hash()
    return _hash(password)


def matches(password: str, stored: str) -> bool:
    """Whether the password is the one that was stored. Takes some 50 ms: call it in a thread."""
    _kind, salt, expected = stored.split("$")
    derived = _derive(password, base64.b64decode(salt))
    return hmac.compare_digest(derived, base64.b64decode(expected))


def one_time_password() -> str:
    """A password to print, hand over and replace at the first login: three groups of four, some 59 bits."""
    return "-".join("".join(secrets.choice(_PRINTABLE) for _letter in range(4)) for _group in range(3))


def pbkdf2_hash(password: str) -> tuple[bytes, bytes]:
    """`(salt, hash)` by PBKDF2 with SHA-512, as a Keycloak server takes one over."""
    return _demonstration_pbkdf2() if password == DEMONSTRATION_PASSWORD else _pbkdf2(password)


# A public password needs no salt of its own; several hundred hashes would slow the first start by half a minute. No
# other password is kept in memory, hashed or not.
@cache
def _demonstration_hash() -> str:
    return _hash(DEMONSTRATION_PASSWORD)


@cache
def _demonstration_pbkdf2() -> tuple[bytes, bytes]:
    return _pbkdf2(DEMONSTRATION_PASSWORD)


def _pbkdf2(password: str) -> tuple[bytes, bytes]:
    salt = secrets.token_bytes(16)
    return salt, hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ITERATIONS, 64)


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    derived = _derive(password, salt)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32)
