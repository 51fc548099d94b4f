"""Who is at the other end of a request, as far as the network says. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where a request comes from."""

    address: str
    correlation: str

    def as_account(self, account: str) -> Actor:
        """The actor that this account is from here."""
        return Actor(kind="account", id=account, address=self.address, correlation=self.correlation)
