"""Which addresses an outbound call may reach: public ones, and those that the operator has allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Tried in order: the first that holds names the reason.
KINDS: Final = (
    ("is_unspecified", "unspecified"),
    ("is_loopback", "loopback"),
    ("is_link_local", "link-local"),
    ("is_multicast", "multicast"),
    ("is_site_local", "private"),
    ("is_private", "private"),
)
# Where clouds answer with the secrets of a machine; these count as public, the second in some releases of Python.
OF_A_CLOUD: Final = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
# Prefixes behind which a gateway finds an IPv4 address in the last 32 bits (RFC 6052, RFC 8215, RFC 4291 2.5.5.1).
ENDS_IN_IPV4: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Targets that the operator allows although they are not public: networks, and hosts by their names."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def host(self, name: str) -> bool:
        """Whether a host is allowed whatever its address."""
        return name.lower().rstrip(".") in self.hosts

    def address(self, address: Address) -> bool:
        """Whether an address lies in an allowed network."""
        return any(address in network for network in self.networks)


NONE_ALLOWED: Final = Allowed()


def allowed(items: Iterable[str]) -> Allowed:
    """The networks (`10.0.0.0/8`, `192.168.1.5`) and host names of a list. Raises ValueError for a bad network."""
    networks, hosts = list[Network](), set[str]()
    for item in items:
        if "/" in item or _is_address(item):
            networks.append(ip_network(item))
        else:
            hosts.add(item.lower().rstrip("."))
    return Allowed(tuple(networks), frozenset(hosts))


def refusal(text: str, allow: Allowed = NONE_ALLOWED) -> str | None:
    """Why an address may not be reached, such as "loopback"; None where it may."""
    address = ip_address(text)
    if allow.address(address):
        return None
    reasons = (_not_public(one) for one in _meant(address) if not allow.address(one))
    return next((reason for reason in reasons if reason), None)


def _not_public(address: Address) -> str | None:
    reason = next((word for attribute, word in KINDS if getattr(address, attribute, False)), None)
    public = address.is_global and not any(address in network for network in OF_A_CLOUD)
    return reason or (None if public else "not public")


def _meant(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped
        return
    yield address
    if isinstance(address, IPv6Address):
        yield from (found for found in (address.sixtofour, *(address.teredo or ())) if found)
        if any(address in network for network in ENDS_IN_IPV4):
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
