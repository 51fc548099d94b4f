"""Judges the binding of a credential's first authenticator (S54).

Every such binding checks the account's hold in its own transaction: an end, a freeze or another
binding by the same release code that commits first makes it decide again.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.holds import hold as decisions
from keyfob.domain.holds.errors import AccountFrozen, WrongReleaseCode
from keyfob.domain.holds.hold import PURPOSE, Hold, bound_release
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.holds import store as rows
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.limits import Limits
from keyfob.storage.rows import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """The one who binds: the session's proof, and the release code that was typed, if any."""

    proof: SessionProof
    by: Actor
    release_code: str | None = None


class FirstBinding:
    """The hold's rules for first authenticators, and the release code that overrides them."""

    def __init__(
        self, *, holds: HoldStore, limits: Limits, mac: Mac, clock: Clock, policy: Policy
    ) -> None:
        self._holds = holds
        self._limits = limits
        self._mac = mac
        self._clock = clock
        self._policy = policy

    def release(self, account: str, code: str | None) -> str | None:
        """The keyed hash of a right release code; None if none was typed.

        Raises:
            WrongReleaseCode: counted for the release there is. TooManyTries: nothing was compared.
            KeysUnavailable: the key service did not answer; the try isn't counted.
        """
        if code is None:
            return None
        hold = self._holds.get(account)
        if hold is None or hold.release is None:
            raise WrongReleaseCode  # not counted: tries before a release must not use it up
        limit = a_day("release-code", self._policy.release_tries)
        quota = Quota(limit=limit, subject=f"{account}:{hold.release.mac}")
        with self._limits.guess([quota], self._clock(), wrong=WrongReleaseCode):
            mac = self._mac(PURPOSE, bound_release(account, code))
            if not hold.opens_to(mac, self._clock()):
                raise WrongReleaseCode
        return mac

    def of_phone(self, credential: Credential, release: str | None) -> list[Write]:
        """The writes that belong to the binding of a first phone.

        Raises:
            AccountFrozen, BindingHeld, ReopeningRequired.
        """
        hold, now = self._holds.get(credential.account), self._clock()
        if hold and hold.opens_to(release, now):
            return _spent(hold)
        decisions.require_phone(credential, hold, now, self._policy)
        return [rows.unchanged(credential.account, hold)]

    def of_token(
        self, credential: Credential, release: str | None, shipment: Shipment
    ) -> list[Write]:
        """The writes that belong to the binding of a first token, shipped for the credential.

        Raises:
            AccountFrozen, BindingHeld, ReopeningRequired.
        """
        hold, now = self._holds.get(credential.account), self._clock()
        if hold and hold.opens_to(release, now):
            return _spent(hold)
        decisions.require_token(credential, hold, shipment, now, self._policy)
        return [rows.unchanged(credential.account, hold)]

    def of_further(self, credential: Credential) -> list[Write]:
        """The writes that belong to the binding of one more authenticator, by a recent code.

        Raises:
            AccountFrozen.
        """
        hold = self._holds.get(credential.account)
        if hold and hold.frozen:
            raise AccountFrozen
        return [rows.unchanged(credential.account, hold)]


def _spent(hold: Hold) -> list[Write]:
    if hold.frozen:
        raise AccountFrozen
    return [rows.change(hold, decisions.spent(hold))]
