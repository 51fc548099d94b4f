"""The client of a request, as far as the network identifies it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from keyfob.domain.audit.entry import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The origin of a request."""

    address: str
    correlation: str

    @property
    def network(self) -> str:
        """The network that its address belongs to."""
        return network_of(self.address)

    def as_account(self, account: str) -> Actor:
        """The actor for this account at this client."""
        return Actor(kind="account", id=account, address=self.address, correlation=self.correlation)


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 client, which chooses its addresses there."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # API Gateway's own console says "test-invoke-source-ip"
    if parsed.version == 4:
        return str(parsed)
    return str(ip_network((parsed, 64), strict=False))
