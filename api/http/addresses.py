"""Network addresses: which are trusted, and whose a forwarded request is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

LOOPBACK = ("127.0.0.0/8", "::1")


def checked(addresses: Sequence[str]) -> tuple[str, ...]:
    """The same addresses and networks.

    Raises:
        ValueError: One of them is none, such as a name or `*`.
    """
    for address in addresses:
        ip_network(address, strict=False)
    return tuple(addresses)


@lru_cache(1024)
def is_within(host: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of these networks; what is no address lies in none."""
    address = parsed(host)
    return address is not None and any(address in ip_network(network, strict=False) for network in networks)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    name = host.removeprefix("[").removesuffix("]").lower()
    return name == "localhost" or is_within(name, LOOPBACK)


def origin_of(peer: str, forwarded: str, proxies: tuple[str, ...]) -> str | None:
    """Whose a request is: the last address of X-Forwarded-For that is no trusted proxy's.

    Whatever stands before that one may have been made up by it. None when that cannot be told.
    """
    if not is_within(peer, proxies):
        return peer
    hosts = [host.strip() for host in forwarded.split(",") if host.strip()]
    for host in reversed(hosts):
        if parsed(host) is None:
            return None
        if not is_within(host, proxies):
            return host
    return hosts[0] if hosts else peer


def parsed(host: str) -> IPv4Address | IPv6Address | None:
    """An address; one of IPv4 that IPv6 carries (`::ffff:192.0.2.1`) is that of IPv4."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
