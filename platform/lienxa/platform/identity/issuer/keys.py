"""The signing key of the embedded issuer: made once, kept in the data folder for its owner alone."""

import json
import os
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

KEY_FILE = "issuer-key.json"
ALGORITHM = "RS256"


class SigningKey:
    """Signs what the issuer hands out and recognises what it signed."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key
        self._set = KeySet([key])

    @classmethod
    def kept_in(cls, data: Path) -> "SigningKey":
        """The key of this installation, made at the first start: tokens stay valid over a restart."""
        file = data / KEY_FILE
        if not file.exists():
            _write(file, RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, auto_kid=True))
        return cls(RSAKey.import_key(json.loads(file.read_text())))

    def public_set(self) -> dict[str, Any]:
        """The JSON Web Key Set for everybody."""
        return {"keys": [self._key.as_dict(private=False)]}

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token with these claims."""
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key)

    def read(self, token: str, typ: str) -> dict[str, Any] | None:
        """The claims of a token of that `typ` with our signature, of whatever age; None for any other text."""
        try:
            claims = jwt.decode(token, self._set, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        return claims if claims.get("typ") == typ else None


def _write(file: Path, key: RSAKey) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        json.dump(key.as_dict(private=True), target)
    made.rename(file)
