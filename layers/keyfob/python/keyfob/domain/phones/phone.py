"""A phone of a credential and the codes that are sent to it. Pure.

    5 wrong codes in a row     blocked for a quarter of an hour, each time
    20                         until an administrator frees it; a right code resets the count
    5 tries with one code      that code is dead; a new one doesn't reset the tries (S11)

A number that waits for its code and is added again stays one phone with its tries, also after it
was removed; an hour ends that.

A code belongs to one session and one phone; a new one replaces the old. Its expiry is checked here,
whether or not its row still exists (S10).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from keyfob.domain.errors import TooManyTries
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.phones.errors import NoLiveCode, PhoneBlocked, PhoneLocked
from keyfob.domain.policy import Policy

DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code that was sent: its keyed hash, its expiry, ids of the wrong tries with it.

    `spoken`: a call read it out; otherwise it was sent as a text.
    """

    mac: str
    until: datetime
    tries: tuple[str, ...] = ()
    spoken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Phone:
    """A phone; it counts once it is confirmed.

    `number` is E.164, `shown` its masked form. `failed` are ids of wrong codes since the last right
    one; `codes` are the codes sent, by session. `dropped`: its holder removed it before it was
    confirmed, and only its tries are still needed.
    """

    id: str
    number: str
    shown: str
    label: str
    added_at: datetime
    confirmed_at: datetime | None = None
    failed: tuple[str, ...] = ()
    blocked_until: datetime | None = None
    codes: Mapping[str, Code] = field(default_factory=dict)
    dropped: bool = False

    def __repr__(self) -> str:
        """Without the number: it must not get into a log line by accident (S47)."""
        return f"Phone({self.id}, {self.shown})"

    def is_locked(self, policy: Policy) -> bool:
        """Whether only an administrator can free it."""
        return len(self.failed) >= policy.phone_failures_at_most

    def is_blocked(self, now: datetime, policy: Policy) -> bool:
        """Whether its codes don't count now."""
        waits = self.blocked_until is not None and now < self.blocked_until
        return waits or self.is_locked(policy)

    def is_abandoned(self, now: datetime, policy: Policy) -> bool:
        """Whether it was not confirmed in time."""
        return self.confirmed_at is None and now >= self.added_at + policy.phone_confirmation_period


def generate() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def mac_of(mac: Mac, session: str, phone: str, code: str) -> str:
    """The keyed hash of a code, bound to this session and this phone (S11, S17)."""
    return mac("phone-code", f"{session}:{phone}:{code}")


def require_unblocked(phone: Phone, now: datetime, policy: Policy) -> None:
    """Refuse a phone after too many wrong codes.

    Raises:
        PhoneLocked: until an administrator frees it. PhoneBlocked: for a while.
    """
    if phone.is_locked(policy):
        raise PhoneLocked
    if phone.is_blocked(now, policy):
        raise PhoneBlocked


def added_again(phone: Phone, label: str, now: datetime) -> Phone:
    """The unconfirmed phone with a new label and a new hour; its tries stay (S11)."""
    return replace(phone, label=label, added_at=now, dropped=False)


def require_sendable(phone: Phone, session: str, now: datetime, policy: Policy) -> None:
    """Refuse another code for this session after too many wrong ones.

    Raises:
        PhoneBlocked, PhoneLocked.
        TooManyTries: the previous code had too many tries; it has to expire first.
    """
    require_unblocked(phone, now, policy)
    before = phone.codes.get(session)
    if before and now < before.until and len(before.tries) >= policy.phone_code_tries:
        raise TooManyTries(retry_after=before.until - now)


def sent(
    phone: Phone, session: str, mac: str, now: datetime, policy: Policy, *, spoken: bool = False
) -> Phone:
    """The phone after a code with this keyed hash was sent to it for this session.

    Raises:
        PhoneBlocked, PhoneLocked, TooManyTries: as `require_sendable`.
    """
    require_sendable(phone, session, now, policy)
    live = {id_: code for id_, code in phone.codes.items() if now < code.until}
    tries = live[session].tries if session in live else ()
    until = now + policy.phone_code_lifetime
    code = Code(mac=mac, until=until, tries=tries, spoken=spoken)
    return replace(phone, codes={**live, session: code})


def live_code(phone: Phone, session: str, now: datetime, policy: Policy) -> Code:
    """The code that is valid now.

    Raises:
        PhoneBlocked, PhoneLocked. NoLiveCode: none was sent, or it is no longer good.
    """
    require_unblocked(phone, now, policy)
    code = phone.codes.get(session)
    if code is None or now >= code.until or len(code.tries) >= policy.phone_code_tries:
        raise NoLiveCode
    return code


def rejected(phone: Phone, session: str, trial: str, now: datetime, policy: Policy) -> Phone:
    """The phone after a wrong code; every fifth in a row blocks it."""
    failed = (*phone.failed, trial)
    code = phone.codes[session]
    counted = replace(code, tries=(*code.tries, trial))
    blocks = len(failed) % policy.phone_failures == 0
    return replace(
        phone,
        failed=failed,
        blocked_until=now + policy.phone_block if blocks else phone.blocked_until,
        codes={**phone.codes, session: counted},
    )


def accepted(phone: Phone, session: str) -> Phone:
    """The phone after a right code: it is used up, earlier wrong ones are forgotten."""
    left = {id_: code for id_, code in phone.codes.items() if id_ != session}
    return replace(freed(phone), codes=left)


def freed(phone: Phone) -> Phone:
    """The phone without its wrong codes and its block (F2)."""
    return replace(phone, failed=(), blocked_until=None)
