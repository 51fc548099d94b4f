"""A credential's life against a small model: any act after any other, any time (S2, S5-S8, F7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from keyfob.domain.credentials import hardware_token, lifecycle, tokens
from keyfob.domain.credentials.credential import TOKEN, Credential, Transition
from keyfob.domain.credentials.errors import WrongCode, WrongCodes
from keyfob.domain.credentials.milestones import MilestoneKind, due
from keyfob.domain.credentials.otp import Codes, require_code
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError
from keyfob.domain.inventory.token import Algorithm, Token, TokenType
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Session, as_of, elevated
from tests.support import independent_token, otp_model
from tests.support.builders import a_session
from tests.support.examples import steady
from tests.support.fakes import START
from tests.support.independent_token import IndependentToken
from tests.support.otp import SEALED, a_pending_credential, at
from tests.support.otp_model import Limits, Model

LIMITS = Limits()
POLICY = Policy(
    otp_failures=LIMITS.failures,
    pair_failures=LIMITS.pairs,
    otp_drift_cap=LIMITS.drift,
    otp_steps_at_registration=LIMITS.registering_steps,
    otp_counts_at_registration=LIMITS.registering_counts,
    otp_steps_at_resynchronization=LIMITS.finding_steps,
    otp_steps_a_year=LIMITS.steps_a_year,
    otp_counts_at_resynchronization=LIMITS.finding_counts,
    otp_steps_after_reset=LIMITS.reset_steps,
    otp_counts_after_reset=LIMITS.reset_counts,
    elevation_lifetime=timedelta(seconds=LIMITS.elevation),
    suspension_limit=timedelta(seconds=LIMITS.suspension),
    revocation_reminders=(timedelta(days=2), timedelta(days=1)),
)
BEGIN = int(START.timestamp())
DAY = 86_400
FORMATS = st.builds(
    IndependentToken,
    serial=st.just("FT-1000"),
    secret=st.binary(min_size=16, max_size=64),
    algorithm=st.sampled_from([str(one) for one in Algorithm]),
    digits=st.sampled_from([6, 8]),
    period=st.sampled_from([30, 60, None]),
)
PAIRS = st.sampled_from([(0, 1)] * 6 + [(1, 0), (0, 0), (0, 2), (1, 3), (0, 900_000)])
OFFS = st.integers(1, 4) | st.integers(-70, 70) | st.sampled_from([13, 14, 15, 18, 43, 44, 45, 58])
SUSPENDERS = st.sampled_from(Suspender)
MOVES = st.sampled_from(
    [1, 29, 30, 31, 60, 600, 3599, 3600, DAY, 3 * DAY - 1, 364 * DAY, -1, -30, -60, -120]
)


class Life(RuleBasedStateMachine):
    """`shown` is the device's own clock or counter; `now` is ours."""

    credential: Credential
    model: Model
    now: int
    device: IndependentToken | None
    shown: int

    @initialize(
        device=FORMATS, fast=st.integers(-5, 5), begun=st.sampled_from([True] * 4 + [False])
    )
    def begin(self, device: IndependentToken, fast: int, begun: bool) -> None:
        self.now = BEGIN
        self.device = None
        self.shown = 0
        self.trials = 0
        self.tokens = 0
        self.accepted: set[tuple[int, int]] = set()
        self.sessions: list[Session] = []
        self.credential = a_pending_credential(expires_at=at(BEGIN + 30 * DAY))
        self.model = Model(limits=LIMITS, ends=BEGIN + 30 * DAY)
        if begun:
            self.activate()
            self.register(device, fast, (0, 1))

    @rule(times=st.integers(1, 6), drifting=st.integers(-1, 1), skipped=st.integers(0, 10))
    def sign_in_every_few_minutes(self, times: int, drifting: int, skipped: int) -> None:
        """Each code is right unless the drift is too large or another obstacle exists."""
        for _ in range(times):
            self.clock_moves(150)
            self.shown += drifting if self.device and self.device.period else skipped + 1
            self._sign_in(self.shown)

    @rule(off=st.integers(-3, 3))
    def sign_in_early_or_late(self, off: int) -> None:
        self._sign_in(self.shown + off)

    @rule()
    def sign_in_once_more(self) -> None:
        self._sign_in(self.model.spent)

    @rule(back=st.integers(0, 4))
    def sign_in_with_something_spent(self, back: int) -> None:
        self._sign_in(self.model.spent - back)

    @rule(far=st.integers(1, 1_000_000))
    def sign_in_with_a_wrong_code(self, far: int) -> None:
        self._sign_in(self.shown + 1_000 + far)

    @rule(off=OFFS, pair=PAIRS)
    def resynchronize(self, off: int, pair: tuple[int, int]) -> None:
        self._resynchronize(max(self.shown, self.model.spent) + off, pair)

    @rule(pair=PAIRS, off=st.integers(-1, 1))
    def resynchronize_with_something_spent(self, off: int, pair: tuple[int, int]) -> None:
        self._resynchronize(self.model.spent + off, pair)

    @rule(device=FORMATS, fast=st.integers(-8, 8), pair=PAIRS)
    def register(self, device: IndependentToken, fast: int, pair: tuple[int, int]) -> None:
        """Registers another or a second token."""
        timed = device.period is not None
        start = self.now // (device.period or 1) + fast if timed else abs(fast * 2)
        typed = device.code(start + pair[0]), device.code(start + pair[1])
        answer = self._paired(lambda: self._registered(device, typed))
        assert answer == self.model.register(device, typed, self.now)
        if answer == "right":
            self.device, self.shown = device, start + pair[1]
            self.tokens += 1

    @rule()
    def activate(self) -> None:
        answer = self._done(lambda one: lifecycle.activate(one, at(self.now)))
        assert answer == self.model.activate(self.now)

    @precondition(lambda self: self.model.state != "active" or self.trials % 3 == 0)
    @rule(by=SUSPENDERS)
    def suspend(self, by: Suspender) -> None:
        answer = self._done(lambda one: lifecycle.suspend(one, by, at(self.now), POLICY))
        assert answer == self.model.suspend(by, self.now)

    @rule(by=SUSPENDERS)
    def lift(self, by: Suspender) -> None:
        assert self._done(
            lambda one: lifecycle.lift(one, by, at(self.now), POLICY)
        ) == self.model.lift(by, self.now)

    @precondition(lambda self: bool(self.model.causes))
    @rule()
    def lift_as_who_suspended_it(self) -> None:
        self.lift(Suspender(min(self.model.causes)))

    @precondition(lambda self: self.trials % 3 == 2 or self.now >= self.model.ends)
    @rule()
    def renew(self) -> None:
        answer = self._done(lambda one: lifecycle.renew(one, at(self.now), POLICY))
        assert answer == self.model.renew(self.now)

    @rule()
    def clock_comes(self) -> None:
        """Its notifications change no act's outcome."""
        found = due(self.credential, at(self.now), POLICY)
        if found and found.kind is not MilestoneKind.REVOCATION:
            told = lifecycle.perform(found, self.credential, at(self.now)).credential
            self.credential = told
            assert due(told, at(self.now), POLICY) is None

    @precondition(lambda self: self.trials % 4 == 0)
    @rule()
    def revoke_token(self) -> None:
        assert self._done(tokens.revoke_token) == self.model.revoke_token()
        self.device = self.model.device

    @rule()
    def operator_resets(self) -> None:
        assert self._done(tokens.reset) == self.model.reset()

    @rule(seconds=MOVES)
    def clock_moves(self, seconds: int) -> None:
        """Moves our clock, and the token's with it unless ours is put back."""
        period = self.device.period if self.device else None
        if period and seconds > 0:
            self.shown += (self.now + seconds) // period - self.now // period
        self.now += seconds

    @rule(steps=st.integers(-2, 2))
    def token_clock_drifts(self, steps: int) -> None:
        if self.device and self.device.period:
            self.shown += steps

    @precondition(lambda self: self.trials % 3 == 1 or self.now >= self.model.ends)
    @rule(days=st.sampled_from([0, 30, 30]))
    def expiry_moves_to(self, days: int) -> None:
        """Renews the credential, or lets it expire now."""
        self.model.ends = self.now + days * DAY
        self.credential = replace(self.credential, expires_at=at(self.model.ends))

    @invariant()
    def it_is_shown_as_it_is(self) -> None:
        now = at(self.now)
        status = self.credential.status(now, POLICY)
        assert status == self.model.status(self.now)
        assert self.credential.is_usable(now) is (status in {"active", "locked"})

    @invariant()
    def its_revocation_is_due_when_nothing_averts_it_any_more(self) -> None:
        now = at(self.now)
        found = due(self.credential, now, POLICY)
        ends = found is not None and found.kind is MilestoneKind.REVOCATION
        assert ends is self.credential.is_over(now, POLICY) is self.model.is_over(self.now)

    @invariant()
    def its_token_is_where_it_must_be(self) -> None:
        token = self.credential.token
        assert (token is None) is (self.model.device is None)
        assert len(self.credential.tries) == self.model.wrong_pairs <= LIMITS.pairs
        assert (token or self.credential).reset is self.model.wide
        if token:
            assert (token.last, token.drift) == (self.model.spent, self.model.ahead)
            assert abs(token.drift - token.drift_base) <= LIMITS.drift
            assert len(token.failed) == self.model.wrong <= LIMITS.failures

    @invariant()
    def its_sessions_have_the_strength_that_they_may_have(self) -> None:
        for number, session in enumerate(self.sessions):
            strength = as_of(session, self.credential, at(self.now), POLICY).strength
            assert strength == (2 if self.model.is_elevated(number, self.now) else 1)

    def _sign_in(self, factor: int) -> None:
        code = self.device.code(max(factor, 0)) if self.device else "12345678"
        answer = self._signed_in(code)
        assert answer == self.model.sign_in(code, self.now, len(self.sessions))
        if answer == "right":
            token = self.credential.token
            assert token
            assert (self.tokens, token.last) not in self.accepted, "a code was accepted twice"
            self.accepted.add((self.tokens, token.last))
            session = a_session(expires=at(self.now) + timedelta(hours=12))
            self.sessions.append(elevated(session, self.credential, "s", at(self.now), by=TOKEN))

    def _signed_in(self, code: str) -> str:
        now = at(self.now)
        try:
            token = tokens.require_token(self.credential, now)
            typed = require_code(code, "code", digits=token.digits)
            done = tokens.accept(self.credential, self._codes(), typed, now, POLICY)
        except WrongCode as refusal:
            self.credential = tokens.count_failure(
                self.credential, self._trial(), POLICY
            ).credential
            return refusal.code
        except DomainError as refusal:
            return refusal.code
        self.credential = done.credential
        return "right"

    def _resynchronize(self, start: int, pair: tuple[int, int]) -> None:
        device = self.device
        first, second = (device.code(max(start + off, 0)) if device else "12345678" for off in pair)
        answer = self._paired(
            lambda: tokens.resynchronize(
                self.credential, self._codes(), (first, second), at(self.now), POLICY
            )
        )
        assert answer == self.model.resynchronize((first, second), self.now)

    def _registered(self, device: IndependentToken, typed: tuple[str, str]) -> Transition:
        tokens.require_registrable(self.credential, at(self.now))
        tokens.require_tries(self.credential, POLICY)
        token = Token(
            serial=device.serial,
            secret=device.secret,
            type=TokenType.HOTP if device.period is None else TokenType.TOTP,
            algorithm=Algorithm(device.algorithm),
            digits=device.digits,
            period=device.period,
            counter=0 if device.period is None else None,
        )
        found = hardware_token.register(
            token, SEALED, typed, at(self.now), POLICY, reset=self.credential.reset
        )
        return tokens.register(self.credential, found)

    def _paired(self, decision: Callable[[], Transition]) -> str:
        try:
            return self._done(lambda _seen: decision())
        except WrongCodes as refusal:
            self.credential = tokens.count_try(self.credential, self._trial(), POLICY).credential
            return refusal.code

    def _done(self, decision: Callable[[Credential], Transition]) -> str:
        try:
            self.credential = decision(self.credential).credential
        except WrongCodes:
            raise
        except DomainError as refusal:
            return refusal.code
        return "right"

    def _codes(self) -> Codes:
        token, device = self.credential.token, self.device
        return token.opened(device.secret) if token and device else NO_CODES

    def _trial(self) -> str:
        self.trials += 1
        return f"trial-{self.trials}"


NO_CODES = Codes(
    Token(
        serial="FT-0000",
        secret=b"sixteen bytes ok",
        type=TokenType.TOTP,
        algorithm=Algorithm.SHA1,
        digits=8,
        period=30,
    )
)
TestLife = Life.TestCase
TestLife.settings = settings(steady, max_examples=200, stateful_step_count=40)


def test_the_model_knows_nothing_of_the_service() -> None:
    for module in (otp_model, independent_token):
        assert "keyfob" not in Path(module.__file__ or "").read_text(encoding="utf-8")
