"""The rules of a credential and its token, in the fewest words, without the service's code.

Time is whole seconds. A token's moving factor is its counter, or the number of its period. Answers
are "right" or the code of the refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.support.independent_token import IndependentToken


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Small, so that chance finds the edges."""

    steps: int = 1
    counts: int = 10
    drift: int = 3
    failures: int = 3
    pairs: int = 3
    registering_steps: int = 6
    registering_counts: int = 12
    finding_steps: int = 15
    steps_a_year: int = 2
    finding_counts: int = 20
    reset_steps: int = 45
    reset_counts: int = 60
    elevation: int = 3600
    suspension: int = 3 * 86_400


@dataclass(kw_only=True)
class Model:
    """One credential. `ahead` is how many steps its token is known to be ahead of our clock.

    `elevated` are the ends of the elevations that nothing but time has ended.
    """

    limits: Limits
    ends: int
    state: str = "pending_activation"
    causes: dict[str, int] = field(default_factory=dict)
    counted_at: int = 0
    device: IndependentToken | None = None
    spent: int = 0
    ahead: int = 0
    found_ahead: int = 0
    wrong: int = 0
    wrong_pairs: int = 0
    wide: bool = False
    elevated: dict[int, int] = field(default_factory=dict)

    def status(self, now: int) -> str:
        if self.is_over(now):
            return "revoked"
        if self.causes:
            return "suspended"
        if now >= self.ends:
            return "expired"
        if self.state == "active" and self.device and self.wrong >= self.limits.failures:
            return "locked"
        return self.state

    def is_elevated(self, session: int, now: int) -> bool:
        until = self.elevated.get(session, 0)
        return now < until and self.status(now) in {"active", "locked"}

    def sign_in(self, code: str, now: int, session: int) -> str:
        locked = "reset_needed" if self._is_blocked() else "token_locked"
        refusal = self._unusable(now) or (locked if self.status(now) == "locked" else "")
        if refusal:
            return refusal
        near = self._near(now)
        fresh = next((one for one in near if one > self.spent and self._shows(one, code)), None)
        if fresh is not None:
            self._follow(fresh, now)
            self.spent, self.wrong = fresh, 0
            self.elevated[session] = now + self.limits.elevation
            return "right"
        if any(self._shows(one, code) for one in {self.spent, *near} if one <= self.spent):
            return "code_already_used"
        self.wrong += 1
        if self.wrong == self.limits.failures:
            self.elevated.clear()
        return "wrong_code"

    def register(self, device: IndependentToken, pair: tuple[str, str], now: int) -> str:
        refusal = self._unusable(now, needs_token=False)
        if not refusal and self.device:
            refusal = "token_registered"
        if refusal or self._is_blocked():
            return refusal or "reset_needed"
        period, limits = device.period, self.limits
        if period is None:
            window = range(limits.reset_counts if self.wide else limits.registering_counts)
        else:
            reach = limits.reset_steps if self.wide else limits.registering_steps
            window = _around(now // period, reach)
        second = _second(device.code, window, pair)
        if second is None:
            return self._count_pair()
        self.device, self.wide = device, False
        self._find(second, now)
        return "right"

    def resynchronize(self, pair: tuple[str, str], now: int) -> str:
        refusal = self._unusable(now) or ("reset_needed" if self._is_blocked() else "")
        if refusal:
            return refusal
        limits, period = self.limits, self.device_period
        window: Iterable[int]
        if period is None:
            reach = limits.reset_counts if self.wide else limits.finding_counts
            window = range(self.spent + 1, self.spent + 1 + reach)
        else:
            window = self._findable(now, period)
        second = _second(self._code, [one for one in window if one > self.spent], pair)
        if second is None:
            return self._count_pair()
        self.wide = False
        self._find(second, now)
        return "right"

    def _findable(self, now: int, period: int) -> Iterable[int]:
        present, limits = now // period, self.limits
        if self.wide:
            return _around(present, limits.reset_steps)
        years = -(-(present - self.spent + self.ahead) * period // (365 * 86_400))
        known, reach = present + self.ahead, limits.finding_steps
        return range(known - reach, known + reach + limits.steps_a_year * max(years, 0) + 1)

    def activate(self, now: int) -> str:
        if self.causes:
            return "credential_suspended"
        if self.state == "active":
            return "right"
        if now >= self.ends:
            return "credential_expired"
        self.state = "active"
        return "right"

    def suspend(self, by: str, now: int) -> str:
        if self.is_over(now):
            return "illegal_state"
        if self.state == "pending_activation" and by != "system":
            return "credential_not_activated"
        if by not in self.causes:
            self._count(now)
            self.causes[by] = 0
            self.elevated.clear()
        return "right"

    def lift(self, by: str, now: int) -> str:
        if self.state == "pending_activation" and by != "system":
            return "credential_not_activated"
        if self.is_over(now):
            return "illegal_state"
        if self.causes and by not in self.causes:
            return "suspended_by_others"
        self._count(now)
        self.causes.pop(by, None)
        return "right"

    def _count(self, now: int) -> None:
        """Add the time that has run since the last change to everybody's."""
        if "system" not in self.causes:
            self.causes = {by: ran + now - self.counted_at for by, ran in self.causes.items()}
        self.counted_at = now

    def renew(self, now: int) -> str:
        if self.is_over(now):
            return "illegal_state"
        if now >= self.ends:
            self.elevated.clear()
        self.ends = _a_year_after(self.ends)
        return "right"

    def is_over(self, now: int) -> bool:
        runs = bool(self.causes) and "system" not in self.causes
        ran = max(self.causes.values()) + now - self.counted_at if runs else 0
        too_long = runs and ran >= self.limits.suspension
        return too_long or now >= _a_year_after(self.ends)

    def revoke_token(self) -> str:
        if not self.device:
            return "no_token"
        self.device, self.wrong, self.wide = None, 0, False
        self.elevated.clear()
        return "right"

    def reset(self) -> str:
        self.wrong_pairs = 0
        self.wide = True
        return "right"

    @property
    def device_period(self) -> int | None:
        return self.device.period if self.device else None

    def _unusable(self, now: int, *, needs_token: bool = True) -> str:
        if self.state == "pending_activation":
            return "credential_not_activated"
        if self.causes:
            return "credential_suspended"
        if now >= self.ends:
            return "credential_expired"
        return "" if self.device or not needs_token else "no_token"

    def _near(self, now: int) -> range:
        if self.device_period is None:
            return range(self.spent + 1, self.spent + 1 + self.limits.counts)
        return _around(now // self.device_period + self.ahead, self.limits.steps)

    def _follow(self, factor: int, now: int) -> None:
        if self.device_period is not None:
            seen = factor - now // self.device_period
            most, least = (self.found_ahead + sign * self.limits.drift for sign in (1, -1))
            self.ahead = max(least, min(most, seen))

    def _find(self, second: int, now: int) -> None:
        self.spent, self.wrong, self.wrong_pairs = second, 0, 0
        self.ahead = 0 if self.device_period is None else second - now // self.device_period
        self.found_ahead = self.ahead

    def _code(self, factor: int) -> str:
        assert self.device
        return self.device.code(factor)

    def _shows(self, factor: int, code: str) -> bool:
        return self._code(factor) == code

    def _is_blocked(self) -> bool:
        return self.wrong_pairs >= self.limits.pairs

    def _count_pair(self) -> str:
        self.wrong_pairs += 1
        return "wrong_codes"


def _a_year_after(seconds: int) -> int:
    at = datetime.fromtimestamp(seconds, UTC)
    leap_day = (at.month, at.day) == (2, 29)
    later = at.replace(year=at.year + 1, day=28 if leap_day else at.day)
    return int(later.timestamp())


def _around(center: int, reach: int) -> range:
    return range(center - reach, center + reach + 1)


def _second(code: Callable[[int], str], window: Iterable[int], pair: tuple[str, str]) -> int | None:
    """The place of the second code, if both are in the window, one right after the other."""
    if pair[0] == pair[1]:
        return None
    known = {one: code(one) for one in window}
    found = (one for one in known if (known.get(one - 1), known[one]) == pair)
    return next(found, None)
