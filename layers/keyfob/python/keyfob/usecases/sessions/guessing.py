"""Limits on guessing passwords, and the device values that keep strangers out of the holder's way.

    address      50 an hour, whatever is tried and in whatever lane
    lane         5 in 20 minutes for strangers, 10 in 10 minutes for a known client
    in a row     100 in one lane close it until a recovery (S55)

Everything costly comes after the address's limit: the key service, which checks a shown device
value, and the password store. All are counted by what was typed as a user id, whether or not an
account has it (S25).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from keyfob.domain.clock import Clock
from keyfob.domain.errors import KeysUnavailable, TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.sessions import lanes
from keyfob.domain.sessions.client import network_of
from keyfob.domain.sessions.errors import RecoveryRequired, WrongCredentials
from keyfob.domain.sessions.lanes import PURPOSE, DeviceValue, Lane
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.limits import Limits

# Stands in for an unknown user, so that the same calls are made (S25).
NOBODY = "acc_nobody"


class Guessing:
    """Counts wrong passwords by lane; makes and checks device values."""

    def __init__(self, *, limits: Limits, mac: Mac, clock: Clock, policy: Policy) -> None:
        self._limits = limits
        self._mac = mac
        self._clock = clock
        self._policy = policy

    @contextmanager
    def by_address(self, address: str) -> Iterator[None]:
        """Count a guess by its address, also one at a user id whose lane is used up.

        Raises:
            TooManyTries: by this address; nothing was looked at.
        """
        limit = Limit(
            name="password-address",
            tries=self._policy.password_tries_per_address,
            period=self._policy.password_tries_per_address_period,
        )
        quota = Quota(limit=limit, subject=network_of(address))
        counted = (WrongCredentials, RecoveryRequired, TooManyTries)
        with self._limits.guess([quota], self._clock(), wrong=counted):
            yield

    @contextmanager
    def in_lane(self, lane: Lane, name: str) -> Iterator[None]:
        """Count a guess at this user id; a right one clears the failures of its lane.

        Raises:
            TooManyTries: too many in this lane; nothing was evaluated.
            RecoveryRequired: the lane is closed.
        """
        failures = lanes.failures(lane, name, self._policy)
        window = lanes.window(lane, name, self._policy)
        now, wrong = self._clock(), WrongCredentials
        in_a_row = self._limits.guess([failures], now, wrong=wrong, used_up=RecoveryRequired)
        with in_a_row, self._limits.guess([window], now, wrong=wrong):
            yield
        self._limits.clear([failures])

    def open_lanes(self, name: str) -> None:
        """Open both lanes of this user id after a recovery."""
        self._limits.clear(lanes.failures(lane, name, self._policy) for lane in Lane)

    def lane_of(self, shown: str, sessions: Sessions | None) -> Lane:
        """The lane of a client that shows this device value (or nothing) for this account."""
        device = lanes.parsed(shown)
        if device is None:
            return Lane.STRANGERS
        # The same call for an unknown user id (S25).
        account, epoch = (sessions.account, sessions.epoch) if sessions else (NOBODY, 0)
        try:
            signed = self._signed(account, epoch, device.nonce)
        except KeysUnavailable:
            # Who can't be recognized still signs in as everybody else does.
            return Lane.STRANGERS
        known = hmac.compare_digest(signed, device.mac) and sessions is not None
        return Lane.KNOWN if known else Lane.STRANGERS

    def new_device(self, account: str, epoch: int) -> str:
        """A device value; empty if the key service doesn't answer: the client stays a stranger."""
        nonce = lanes.new_nonce()
        try:
            return str(DeviceValue(nonce=nonce, mac=self._signed(account, epoch, nonce)))
        except KeysUnavailable:
            return ""

    def _signed(self, account: str, epoch: int, nonce: str) -> str:
        return self._mac(PURPOSE, lanes.bound(account, epoch, nonce))
