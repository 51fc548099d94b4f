"""The client of a request, as far as the network identifies it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The origin of a request."""

    address: str
    correlation: str

    def as_account(self, account: str) -> Actor:
        """The actor for this account at this client."""
        return Actor(kind="account", id=account, address=self.address, correlation=self.correlation)
