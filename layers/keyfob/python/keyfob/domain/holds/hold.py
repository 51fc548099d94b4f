"""The hold: a wait before an account's next first authenticator is bound (S54). Pure.

    end without a code ──72 h──▶ bindable for 7 days ──▶ only by a release
    end with a code ───────────▶ bindable for 7 days ──▶ only by a release
    a release: its code binds within 24 h, once, whatever waits

    an administrator changes the address ──72 h──▶ as before; a release is void

A password alone ends what is lost or stolen, so a stolen password does, too. The hold gives the
holder, who is notified at once, time to freeze the account before somebody else binds a phone.

`version` rises with every change; who binds, freezes or releases writes under the version read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.holds.errors import AccountFrozen, BindingHeld, ReopeningRequired
from keyfob.domain.holds.readdressing import Readdressing
from keyfob.domain.ids import base32, forgiven, grouped
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy

PURPOSE = "release-code"
_BITS, _DIGITS, _GROUP = 50, 10, 5
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class Ended(StrEnum):
    """The thing whose end began the hold."""

    CREDENTIAL = "credential"
    AUTHENTICATOR = "authenticator"
    CONNECTION = "connection"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An operator's release: its code's keyed hash, and when the code expires."""

    mac: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An account's latest hold. It waits until `until`, at once over if a code proved the end.

    `thawed` is when the account was last thawed: what was sent before that counts no more.
    `readdressed` are the changes of the account's address that somebody else must stand up for.
    """

    account: str
    began: datetime
    until: datetime
    release: Release | None = None
    frozen: bool = False
    thawed: datetime | None = None
    readdressed: tuple[Readdressing, ...] = ()
    version: int = 0

    @property
    def subject(self) -> str:
        """The subject of its messages."""
        return f"HOLD#{self.account}"

    def waits(self, now: datetime) -> bool:
        """Whether nothing may be bound by a password yet."""
        return now < self.waits_until

    @property
    def waits_until(self) -> datetime:
        """When the wait is over: that of the latest end, and of each change of the address."""
        return max([self.until, *(one.until for one in self.readdressed)])

    def opens_to(self, mac: str | None, now: datetime) -> bool:
        """Whether this is the keyed hash of its live release code."""
        release = self.release
        if release is None or mac is None or now >= release.until:
            return False
        return secrets.compare_digest(release.mac, mac)


def never(account: str) -> Hold:
    """The hold of an account that had none: it was over long ago, and opens no days of its own."""
    return Hold(account=account, began=_LONG_AGO, until=_LONG_AGO)


def begun(
    seen: Hold | None, account: str, ended: Ended, now: datetime, policy: Policy, *, waits: bool
) -> Hold:
    """The hold after an end; it doesn't wait if a recent code proved the end, say.

    An earlier one that waits longer goes on, and so does a release: its code is the holder's, who
    may end what somebody else has registered, and then bind.
    """
    until = now + policy.binding_hold if waits else now
    before, thaws = seen or never(account), ended is Ended.FREEZE
    return replace(
        before,
        began=now,
        until=max(before.until, until),
        # The clock may end the credential of a frozen account.
        frozen=before.frozen and not thaws,
        thawed=now if thaws else before.thawed,
        version=before.version + 1,
    )


def released(seen: Hold, mac: str, now: datetime, policy: Policy) -> Hold:
    """The hold with a release; an earlier release is void."""
    release = Release(mac=mac, until=now + policy.release_lifetime)
    return replace(seen, release=release, version=seen.version + 1)


def readdressed(seen: Hold, by: str, now: datetime, policy: Policy) -> Hold:
    """The hold after the administrator `by` has changed the account's address.

    A release is void: its code would bind for the reader of the new mailbox. The periods after an
    end go on as before, so that the change opens none that was over.
    """
    one = Readdressing(by=by, at=now, until=now + policy.second_person_period)
    kept = [other for other in seen.readdressed if other.until > now and other.by != by]
    return replace(seen, release=None, readdressed=(*kept, one), version=seen.version + 1)


def spent(seen: Hold) -> Hold:
    """The hold after its release code has bound an authenticator."""
    return replace(seen, release=None, version=seen.version + 1)


def frozen(seen: Hold) -> Hold:
    """The hold of an account that is frozen; a release is void."""
    return replace(seen, release=None, frozen=True, version=seen.version + 1)


def require_phone(credential: Credential, hold: Hold | None, now: datetime, policy: Policy) -> None:
    """Refuse a first phone that a password alone doesn't bind (any more).

    Raises:
        AccountFrozen, BindingHeld, ReopeningRequired.
    """
    require_over(hold, now)
    ended = hold.until if hold else None
    begins = ended if credential.replacing else credential.activated_at
    if begins is None or now >= begins + policy.first_phone_period:
        raise ReopeningRequired


def require_token(
    credential: Credential, hold: Hold | None, shipment: Shipment, now: datetime, policy: Policy
) -> None:
    """Refuse a first token that a password alone doesn't bind (any more).

    An operator who ships a replacement has verified its holder, and where it goes: it needn't wait.
    After a takeover only one that was shipped since the thaw counts.

    Raises:
        AccountFrozen, BindingHeld, ReopeningRequired.
    """
    thawed = hold.thawed if hold else None
    verified = shipment.replacement and (thawed is None or shipment.at >= thawed)
    if not verified or (hold and hold.frozen):
        require_over(hold, now)
    begins = max(shipment.at, credential.activated_at or shipment.at)
    if now >= begins + policy.first_token_period:
        raise ReopeningRequired


def generate_release() -> str:
    """A new release code, 50 random bits as `XXXXX-XXXXX`, which an operator reads to a holder."""
    return grouped(base32(secrets.randbits(_BITS), _DIGITS), _GROUP)


def bound_release(account: str, code: str) -> str:
    """The input of a release code's keyed hash, which binds it to its account; `code` as typed."""
    return f"{account}:{grouped(forgiven(code), _GROUP)}"


def require_over(hold: Hold | None, now: datetime) -> None:
    """Refuse what would give the account an authenticator while its hold waits.

    Raises:
        AccountFrozen, BindingHeld.
    """
    if hold and hold.frozen:
        raise AccountFrozen
    if hold and hold.waits(now):
        raise BindingHeld(until=hold.waits_until)
