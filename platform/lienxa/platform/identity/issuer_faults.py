"""What the log says of an issuer that refuses or does not answer."""

from typing import Any


def described(error: Exception) -> str:
    """The kind of a fault, its HTTP status and what was behind it: `KeycloakPostError 409`.

    Never its message: an issuer quotes there what it was asked, names and mail addresses too.
    """
    told: list[Any] = [type(error).__name__, getattr(error, "response_code", None)]
    if error.__cause__ is not None:
        told.append(f"({type(error.__cause__).__name__})")
    return " ".join(str(part) for part in told if part)
