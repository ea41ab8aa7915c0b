"""Where events may be sent: to public addresses by https, and to what the operator allows (`LIENXA_WEBHOOK_ALLOW`).

A name says nothing about where it leads, and may lead elsewhere a moment later. So it is looked up at each attempt,
every address found must be allowed, and the connection goes to one of these very addresses (`sending.py`).
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from lienxa.platform.errors import InvalidInput
from lienxa.platform.networks import Address, Allowed
from lienxa.platform.text import _

LONGEST = 500
# Everything that is routed in IPv6 lies here: not loopback, private, link-local, nor IPv4 in disguise (RFC 4291, 6052).
_ROUTED_V6 = IPv6Network("2000::/3")
# In public ranges by number, and yet answered by the machine's own cloud or kept for special uses (IANA registries).
_NEVER = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # a cloud's host agent
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)


class TargetRefused(Exception):
    """The address must not be connected to. The text is for the log of deliveries; it names no address inside."""


def check_written(address: str, allowed: Allowed) -> str:
    """The address as an administrator may enter it, or `InvalidInput` on `address`; names are not looked up here."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _refused(_("Địa chỉ không đọc được.")) from None
    host = host_of(parts)
    if len(address) > LONGEST or not address.isascii() or any(letter <= " " for letter in address) or port == 0:
        raise _refused(_("Địa chỉ không đọc được."))
    if not host or parts.scheme not in ("https", "http"):
        raise _refused(_("Địa chỉ phải bắt đầu bằng https://"))
    if parts.username or parts.password or parts.fragment:
        raise _refused(_("Địa chỉ không được có tên đăng nhập, mật khẩu hay dấu #."))
    number = _as_number(host)
    if number is not None and not is_allowed(host, number, allowed):
        raise _refused(_("Địa chỉ nội bộ không nhận sự kiện được."))
    if number is None and _names_this_machine(host) and host not in allowed.hosts:
        raise _refused(_("Địa chỉ nội bộ không nhận sự kiện được."))
    if parts.scheme == "http" and not (host in allowed.hosts or (number and allowed.covers(host, number))):
        raise _refused(_("Địa chỉ phải bắt đầu bằng https://"))
    return address


async def resolve(host: str, port: int, allowed: Allowed, *, secure: bool) -> list[Address]:
    """The addresses of a host now, all of them allowed; else `TargetRefused`, or `OSError` if there is none.

    Without TLS (`secure`) all must be such as the operator allows by name or number.
    """
    found = [ip_address(address) for address in await look_up(host, port)]
    for address in found:
        if not is_allowed(host, address, allowed):
            raise TargetRefused(_("Tên miền trỏ về địa chỉ nội bộ, không được phép gửi."))
        if not secure and not allowed.covers(host, _plain(address)):
            raise TargetRefused(_("Địa chỉ không dùng https, không được phép gửi."))
    if not found:
        raise OSError("no address")
    return found


async def look_up(host: str, port: int) -> Sequence[str]:
    """What the resolver says, without zone."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def is_allowed(host: str, address: Address, allowed: Allowed) -> bool:
    """Whether a connection may go there: a public address, or one that the operator allows."""
    address = _plain(address)
    return allowed.covers(host, address) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether it is an ordinary address of the internet.

    Not loopback, private, shared, link-local (where clouds tell secrets), multicast, reserved or unspecified, and no
    IPv6 address with an IPv4 address inside.
    """
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _ROUTED_V6


def host_of(parts: SplitResult) -> str:
    """The host of an address in the one form in which it is compared."""
    return (parts.hostname or "").lower().rstrip(".")


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as IPv6 (`::ffff:127.0.0.1`) is what it is."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _as_number(host: str) -> Address | None:
    """The address that a host is, also as resolvers read it: `127.1`, `0x7f000001`, `2130706433` are loopback."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _names_this_machine(host: str) -> bool:
    """Names that lead inside by themselves (RFC 6761, 6762), and names without a dot."""
    return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def _refused(reason: str) -> InvalidInput:
    return InvalidInput.of(
        "address", reason, _("Nhập địa chỉ https của phần mềm nhận, ví dụ https://nhan.vidu.vn/su-kien.")
    )
