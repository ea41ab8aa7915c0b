"""One POST to an address that somebody chose: pinned to what was checked, no redirects, short, and soon over."""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore

from lienxa.platform.networks import Allowed
from lienxa.platform.text import _
from lienxa.platform.webhooks.targets import TargetRefused, resolve

SECONDS = 10.0
# Of an answer no more is read than the log of deliveries shows.
_READ_BYTES = 1000
_TOLD_CHARACTERS = 200
_GONE = 410


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: `status` None without an answer; `error` is empty if it arrived."""

    status: int | None
    milliseconds: int
    error: str
    answer: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it."""
        return not self.error

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more (410, as the Standard Webhooks specification has it)."""
        return self.status == _GONE


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that a host name has been checked for, and never looks a name up again.

    TLS above it still asks for the host by name, in SNI and in the certificate.
    """

    def __init__(self, allowed: Allowed, *, secure: bool) -> None:
        self._allowed, self._secure = allowed, secure
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The first address that answers."""
        failed: Exception = httpcore.ConnectError("no address")
        for address in await resolve(host.lower().rstrip("."), port, self._allowed, secure=self._secure):
            try:
                return await self._sockets.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def sleep(self, seconds: float) -> None:
        """What the library waits with."""
        await asyncio.sleep(seconds)


async def post(address: str, headers: Mapping[str, str], body: bytes, allowed: Allowed) -> Outcome:
    """Send it and tell how it ended. Raises nothing for what the other side does."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(SECONDS):
            status, answer = await _exchange(address, headers, body, allowed)
    except TargetRefused as refusal:
        return Outcome(None, _since(began), str(refusal))
    except (TimeoutError, httpcore.TimeoutException):
        return Outcome(None, _since(began), _("Quá {seconds} giây không trả lời.", seconds=int(SECONDS)))
    except (OSError, httpcore.NetworkError) as error:
        return Outcome(None, _since(began), _connection_error(error))
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, UnicodeError, ValueError):
        return Outcome(None, _since(began), _("Trả lời không đúng giao thức HTTP."))
    error_text = "" if 200 <= status < 300 else _("Trả lời mã {status}.", status=status)
    return Outcome(status, _since(began), error_text, answer)


async def _exchange(address: str, headers: Mapping[str, str], body: bytes, allowed: Allowed) -> tuple[int, str]:
    parts = urlsplit(address)
    backend = PinnedBackend(allowed, secure=parts.scheme == "https")
    sent = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "lienxa-webhooks/1", **headers}
    extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)}
    async with (
        httpcore.AsyncConnectionPool(ssl_context=tls(), network_backend=backend, retries=0) as pool,
        pool.stream("POST", address, headers=list(sent.items()), content=body, extensions=extensions) as response,
    ):
        return response.status, _told(await _beginning(response))


async def _beginning(response: httpcore.Response) -> bytes:
    read = b""
    async for chunk in response.aiter_stream():
        read += chunk
        if len(read) >= _READ_BYTES:
            break
    return read[:_READ_BYTES]


def _told(answer: bytes) -> str:
    text = answer.decode(errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_TOLD_CHARACTERS].strip()


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """What all connections trust: the machine's authorities (`SSL_CERT_FILE`: an office's own) and the common ones."""
    return httpcore.default_ssl_context()


def _connection_error(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return _("Chứng thư TLS của địa chỉ không hợp lệ.")
    return _("Không kết nối được.")


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
