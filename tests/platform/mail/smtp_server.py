"""A mail server as a process of its own: prints its port, keeps what it takes as files.

`smtp_server.py FOLDER OPTIONS`, the options as JSON: `security` as in our settings, `certificate` (a file), `user` and
`password` (empty: without a login), `answers` (what it says to a receiver instead of taking it).
"""

import asyncio
import itertools
import json
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

FOLDER, OPTIONS = Path(sys.argv[1]), json.loads(sys.argv[2])
NUMBERS = itertools.count()


class Handler:
    """Takes letters, or says what it was told to say."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802 -- the library's name
        """To whom."""
        if address in OPTIONS["answers"]:
            return str(OPTIONS["answers"][address])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 -- the library's name
        """The letter."""
        secured = "tls" if OPTIONS["security"] == "tls" or session.ssl is not None else "plain"
        number = next(NUMBERS)
        unfinished = FOLDER / f"{number:03}.{secured}"
        assert envelope.original_content is not None
        unfinished.write_bytes(envelope.original_content)
        unfinished.rename(FOLDER / f"{number:03}.{secured}.eml")
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, sent: Any) -> AuthResult:
    right = (OPTIONS["user"].encode(), OPTIONS["password"].encode())
    return AuthResult(success=isinstance(sent, LoginPassword) and (sent.login, sent.password) == right, handled=False)


async def _serve() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OPTIONS["certificate"])
    wanted: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "thu.example"}
    if OPTIONS["security"] == "starttls":
        wanted |= {"tls_context": context, "require_starttls": True}
    if OPTIONS["user"]:
        wanted |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": False}
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, **wanted), "127.0.0.1", 0, ssl=context if OPTIONS["security"] == "tls" else None
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
