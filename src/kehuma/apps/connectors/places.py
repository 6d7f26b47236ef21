"""Where a message may go: an address on the internet over TLS, or one in a network that was named in the settings.

Somebody who may enter an address could otherwise make the server ask its own neighbours: a database, a router, the
metadata service of a cloud. So the name is resolved here, every address that it has is looked at, and the connection
goes to the very address that was looked at, not to what the name means a moment later.

>>> place("https://hooks.example/kehuma").host
'hooks.example'
>>> place("http://hooks.example:8080/").port
8080
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from kehuma.apps.connectors.errors import PlaceError
from kehuma.lib.networks import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

LONGEST = 500
_PORTS = {"https": 443, "http": 80}
# Addresses that carry another one inside: a gateway would pass the message on to that one.
_CARRIERS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Place:
    """A sound address, not resolved yet."""

    url: httpx.URL
    host: str
    port: int

    @property
    def is_plain(self) -> bool:
        """Whether everybody on the way could read along."""
        return self.url.scheme == "http"


def place(text: str) -> Place:
    """The address as it will be asked; PlaceError."""
    if len(text) > LONGEST or not text.isprintable() or " " in text:
        raise PlaceError("place-unusable")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise PlaceError("place-unusable") from None
    if url.scheme not in _PORTS or not url.host:
        raise PlaceError("place-unusable")
    if url.userinfo:
        raise PlaceError("place-user")
    if url.fragment:
        raise PlaceError("place-fragment")
    return Place(url, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme])


def reachable(found: Place, allowed: Sequence[Network], *, resolve: Resolve | None = None) -> str:
    """The address to connect to; PlaceError where the name has none, or one that must not be asked."""
    addresses = (resolve or resolved)(found.host, found.port)
    if not addresses:
        raise PlaceError("place-unknown", host=found.host)
    for text in addresses:
        address = ipaddress.ip_address(text)
        if any(address in network for network in allowed if network.version == address.version):
            continue
        # One private address among public ones is how a name is made to point inside.
        if not _is_public(address):
            raise PlaceError("place-private", host=found.host)
        if found.is_plain:
            raise PlaceError("place-plain", host=found.host)
    return addresses[0]


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, without scopes; empty where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]).partition("%")[0] for one in found))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if inside is not None:
            return _is_public(inside)
        if address.teredo is not None or any(address in carrier for carrier in _CARRIERS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
