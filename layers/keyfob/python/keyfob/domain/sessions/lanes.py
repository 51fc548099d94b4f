"""Lanes: wrong passwords are counted apart for known clients and for everybody else (S56). Pure.

A client that signed in or recovered the password before shows a device value. So strangers who
guess at somebody's password use up their own lane: the holder's devices still sign in, and so does
who recovers the password by mail, whose client gets a new value.

    device value    <nonce>.<keyed hash of account, epoch and nonce>

It dies with the epoch of the account's sessions, which every password reset, recovery and
revocation raises. It opens nothing: it only says by which counter a wrong password is counted.

The strangers' lane is narrow, since the password store locks an account for 2^(n - 5) seconds after
n wrong passwords with less than a quarter of an hour between two, whoever typed them. Strangers who
have had their five wait until there was none for twenty minutes: whatever their rhythm, the lock
that they cause lasts a second. Ten more of the holder's own make it a quarter of an hour at most.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from keyfob.domain.limits import Limit, Quota
from keyfob.domain.policy import Policy

PURPOSE = "device"
# A closed lane is opened by a recovery alone; until then its counter must not be forgotten.
_FOR_EVER = timedelta(days=3650)
_FORM = re.compile(r"[0-9A-Za-z_-]{22}\.[0-9a-f]{64}", re.ASCII)


class Lane(StrEnum):
    """The lanes."""

    KNOWN = "known"
    STRANGERS = "strangers"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceValue:
    """A device value: its nonce, and the keyed hash that signs it."""

    nonce: str
    mac: str

    def __str__(self) -> str:
        """The value as a client keeps it."""
        return f"{self.nonce}.{self.mac}"


def parsed(shown: str) -> DeviceValue | None:
    """The device value that a client shows; None if it can't be one."""
    if not _FORM.fullmatch(shown):
        return None
    nonce, _, mac = shown.partition(".")
    return DeviceValue(nonce=nonce, mac=mac)


def new_nonce() -> str:
    """128 random bits."""
    return secrets.token_urlsafe(16)


def bound(account: str, epoch: int, nonce: str) -> str:
    """The input of the keyed hash."""
    return f"{account}:{epoch}:{nonce}"


def window(lane: Lane, name: str, policy: Policy) -> Quota:
    """Wrong passwords for this user id in a while; strangers' need a pause, as the store's lock."""
    if lane is Lane.KNOWN:
        tries, period = policy.password_tries_known, policy.password_tries_known_period
    else:
        tries, period = policy.password_tries, policy.password_tries_period
    limit = Limit(
        name=f"password-{lane}",
        tries=tries,
        period=period,
        until_quiet=lane is Lane.STRANGERS,
    )
    return Quota(limit=limit, subject=name)


def failures(lane: Lane, name: str, policy: Policy) -> Quota:
    """Wrong passwords for this user id in a row (NIST SP 800-63B-4, section 3.2.2)."""
    limit = Limit(
        name=f"password-failures-{lane}", tries=policy.password_failures, period=_FOR_EVER
    )
    return Quota(limit=limit, subject=name)
