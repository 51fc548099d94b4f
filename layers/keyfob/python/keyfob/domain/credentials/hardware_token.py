"""A registered hardware token: the codes it accepts now, and its state afterwards. Pure.

`last` is the last used moving factor; no factor up to it is ever accepted again, whatever the clock
does (S2). For a time-based token `drift` is how many steps it is ahead of our clock. Each success
moves it by at most one step, and it stays within 10 steps of where registration or
resynchronization found it (S5), so that nobody can lead a token away code by code.

    at sign-in         drift - 1 … drift + 1                 the next 10 counts
    at registration    drift - 20 … drift + 20, the drift    1,000 counts
                       of its key file, or 0
    resynchronizing    drift - 20 … drift + 20, and 4 more   the next 1,000 counts
                       ahead for each year since the last
                       success (a crystal drifts 20 ppm)
    either of the two, -28,800 … +28,800                     10,000 counts
    once after a reset

Codes that were photographed hours ago resynchronize nothing (S57).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.credentials.errors import CodeAlreadyUsed, WrongCode, WrongCodes
from keyfob.domain.credentials.otp import Codes, step_of
from keyfob.domain.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.domain.policy import Policy

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareToken:
    """State of a registered token; `period` (seconds) is None for an event-based one.

    `failed` are ids of wrong tries. `reset`: an operator opened a wider window for the next
    resynchronization. `epoch` rises whenever sessions elevated by it must fall back.
    """

    serial: str
    type: TokenType
    algorithm: Algorithm
    digits: int
    period: int | None
    sealed: SealedSeed
    last: int
    drift: int = 0
    drift_base: int = 0
    reset: bool = False
    epoch: int = 0
    failed: tuple[str, ...] = ()

    def opened(self, secret: bytes) -> Codes:
        """Its OTP codes, given its secret."""
        return Codes(
            Token(
                serial=self.serial,
                secret=secret,
                type=self.type,
                algorithm=self.algorithm,
                digits=self.digits,
                period=self.period,
            )
        )

    def is_locked(self, policy: Policy) -> bool:
        """Whether too many wrong codes came in a row."""
        return len(self.failed) >= policy.otp_failures


def accept(
    token: HardwareToken, codes: Codes, code: str, now: datetime, policy: Policy
) -> HardwareToken:
    """The token after signing in with `code`.

    Raises:
        CodeAlreadyUsed: the code is right but used; copies of a right code are no guesses.
        WrongCode: anything else.
    """
    window = _sign_in_window(token, now, policy)
    factor = codes.find(code, [one for one in window if one > token.last])
    if factor is None:
        spent = [token.last, *(one for one in window if one < token.last)]
        raise WrongCode if codes.find(code, spent) is None else CodeAlreadyUsed
    return replace(token, last=factor, drift=_followed(token, factor, now, policy), failed=())


def register(
    token: Token,
    sealed: SealedSeed,
    pair: tuple[str, str],
    now: datetime,
    policy: Policy,
    *,
    reset: bool = False,
) -> HardwareToken:
    """Register an inventory token at the position that two consecutive codes show.

    With `reset` it looks as far as a resynchronization after an operator's reset.

    Raises:
        WrongCodes: the codes aren't consecutive, or not within the window.
    """
    if token.period is None:
        start = token.counter or 0
        counts = policy.otp_counts_after_reset if reset else policy.otp_counts_at_registration
        window = range(start, start + counts)
    else:
        center = step_of(now, token.period) + token.drift
        steps = policy.otp_steps_after_reset if reset else policy.otp_steps_at_registration
        window = _around(center, steps)
    found = _pair_in(window, Codes(token), pair)
    drift = _drift(token.period, found, now)
    return HardwareToken(
        serial=token.serial,
        type=token.type,
        algorithm=token.algorithm,
        digits=token.digits,
        period=token.period,
        sealed=sealed,
        last=found,
        drift=drift,
        drift_base=drift,
    )


def resynchronize(
    token: HardwareToken, codes: Codes, pair: tuple[str, str], now: datetime, policy: Policy
) -> HardwareToken:
    """Resynchronize the token by two consecutive codes, and unlock it (F2).

    Raises:
        WrongCodes: the codes aren't consecutive, one is used, or they are beyond the window.
    """
    if token.period is None:
        counts = policy.otp_counts_at_resynchronization
        if token.reset:
            counts = policy.otp_counts_after_reset
        window = range(token.last + 1, token.last + 1 + counts)
    else:
        around = _resynchronizing(token, token.period, now, policy)
        window = range(max(around.start, token.last + 1), around.stop)
    found = _pair_in(window, codes, pair)
    drift = _drift(token.period, found, now)
    return replace(token, last=found, drift=drift, drift_base=drift, reset=False, failed=())


def _resynchronizing(token: HardwareToken, period: int, now: datetime, policy: Policy) -> range:
    if token.reset:
        # Around our own clock, so that repetition leads no farther away than a single one may.
        return _around(step_of(now, period), policy.otp_steps_after_reset)
    present = step_of(now, period)
    succeeded = token.last - token.drift
    years = math.ceil((present - succeeded) * period / _YEAR)
    steps = policy.otp_steps_at_resynchronization
    ahead = steps + policy.otp_steps_a_year * max(years, 0)
    center = present + token.drift
    return range(center - steps, center + ahead + 1)


def _sign_in_window(token: HardwareToken, now: datetime, policy: Policy) -> range:
    if token.period is None:
        return range(token.last + 1, token.last + 1 + policy.otp_counts_at_sign_in)
    return _around(step_of(now, token.period) + token.drift, policy.otp_steps_at_sign_in)


def _pair_in(window: range, codes: Codes, pair: tuple[str, str]) -> int:
    """The moving factor of the second code; both lie within the window (S7)."""
    first, second = pair
    if first == second:
        raise WrongCodes
    found = codes.find_pair(first, second, range(window.start, window.stop - 1))
    if found is None:
        raise WrongCodes
    return found + 1


def _followed(token: HardwareToken, factor: int, now: datetime, policy: Policy) -> int:
    seen = _drift(token.period, factor, now)
    step = max(-1, min(1, seen - token.drift))
    cap = policy.otp_drift_cap
    return max(token.drift_base - cap, min(token.drift_base + cap, token.drift + step))


def _drift(period: int | None, factor: int, now: datetime) -> int:
    return 0 if period is None else factor - step_of(now, period)


def _around(center: int, steps: int) -> range:
    return range(center - steps, center + steps + 1)
