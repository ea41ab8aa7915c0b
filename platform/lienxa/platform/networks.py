"""Networks and hosts as an operator writes them into a setting."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from lienxa.platform.text import _

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# RFC 1123, with the underscore that inner names often have.
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")


@dataclass(frozen=True)
class Allowed:
    """What the operator allows beyond public addresses: hosts by name, networks by number."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def covers(self, host: str, address: Address) -> bool:
        """Whether the operator allows this address, for its own sake or for its host's."""
        return host in self.hosts or any(address in network for network in self.networks)


@lru_cache(maxsize=8)
def read_allowed(written: str) -> Allowed:
    """`10.20.0.0/16, luutru.xa.vn`: networks and host names with commas between; `ValueError` names a wrong entry."""
    hosts, networks = set(), []
    for entry in filter(None, (part.strip().lower() for part in written.split(","))):
        try:
            networks.append(ip_network(entry))
        except ValueError:
            host = entry.rstrip(".")
            if not _HOST.fullmatch(host) or host.replace(".", "").isdigit():
                raise ValueError(_("“{entry}” không phải dải mạng hay tên máy.", entry=entry)) from None
            hosts.add(host)
    return Allowed(frozenset(hosts), tuple(networks))
