"""One phone against a model: any sending, typing, freeing and passage of time.

The model keeps no blocks and no codes, only a history; it computes the expected result from that
each time, by the requirements (S10, S11, E3, F2).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from keyfob.domain.errors import DomainError
from keyfob.domain.phones import phone as phones
from keyfob.domain.phones.phone import Phone
from keyfob.domain.policy import Policy
from tests.support.examples import steady
from tests.support.fakes import START, unique
from tests.support.phones import a_phone, mac

POLICY = Policy()
SESSIONS = st.sampled_from(["s1", "s2"])
FIVE_MINUTES, QUARTER = timedelta(minutes=5), timedelta(minutes=15)


class PhoneLife(RuleBasedStateMachine):
    """A phone with two sessions that ask for codes and type them in."""

    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = START
        self.phone: Phone = a_phone()
        # The model: wrong codes since the last forgiveness, codes and tries a session.
        self.wrong: list[datetime] = []
        self.sent: dict[str, tuple[str, datetime]] = {}
        self.tried: dict[str, int] = {}

    @property
    def is_locked(self) -> bool:
        return len(self.wrong) >= 20

    @property
    def is_blocked(self) -> bool:
        fifths = self.wrong[4::5]
        return self.is_locked or any(self.now < at + QUARTER for at in fifths)

    def is_live(self, session: str) -> bool:
        return session in self.sent and self.now < self.sent[session][1] + FIVE_MINUTES

    @rule(seconds=st.sampled_from([1, 59, 60, 240, 299, 300, 599, 899, 900, 3_600]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(session=SESSIONS)
    def a_code_is_sent(self, session: str) -> None:
        expected, refusal = self._refusal_of_sending(session), None
        code = unique("code")
        try:
            self.phone = phones.sent(
                self.phone, session, mac(session, "phone1", code), self.now, POLICY
            )
        except DomainError as refused:
            refusal = refused.code
        assert refusal == expected
        if refusal:
            return
        if not self.is_live(session):
            self.tried[session] = 0
        self.sent[session] = code, self.now

    @rule(session=SESSIONS, other=SESSIONS, wrong=st.booleans())
    def a_code_is_typed_in(self, session: str, other: str, wrong: bool) -> None:
        typed = "another" if wrong or other not in self.sent else self.sent[other][0]
        expected, refusal, code = self._refusal_of_typing(session), None, None
        try:
            code = phones.live_code(self.phone, session, self.now, POLICY)
        except DomainError as refused:
            refusal = refused.code
        assert refusal == expected
        if code is None:
            return
        is_right = code.mac == mac(session, "phone1", typed)
        assert is_right is (session == other and not wrong)
        if is_right:
            self.phone = phones.accepted(self.phone, session)
            self.wrong = []
            del self.sent[session]
            return
        trial = unique("trial")
        self.phone = phones.rejected(self.phone, session, trial, self.now, POLICY)
        self.wrong.append(self.now)
        self.tried[session] += 1

    @rule()
    def an_operator_frees_it(self) -> None:
        self.phone = phones.freed(self.phone)
        self.wrong = []

    @invariant()
    def it_is_locked_and_blocked_when_it_has_to_be(self) -> None:
        assert self.phone.is_locked(POLICY) is self.is_locked
        assert self.phone.is_blocked(self.now, POLICY) is self.is_blocked
        assert len(self.phone.failed) == len(set(self.phone.failed)) == len(self.wrong)

    @invariant()
    def no_code_is_good_for_more_than_five_tries_or_minutes(self) -> None:
        for code in self.phone.codes.values():
            assert len(code.tries) <= 5
            assert code.until <= self.now + FIVE_MINUTES

    def _refusal_of_sending(self, session: str) -> str | None:
        if self.is_blocked:
            return "phone_locked" if self.is_locked else "phone_blocked"
        if self.is_live(session) and self.tried[session] >= 5:
            return "too_many_tries"
        return None

    def _refusal_of_typing(self, session: str) -> str | None:
        if self.is_blocked:
            return "phone_locked" if self.is_locked else "phone_blocked"
        if not self.is_live(session) or self.tried[session] >= 5:
            return "no_live_code"
        return None


TestPhoneLife = PhoneLife.TestCase
TestPhoneLife.settings = settings(steady, max_examples=150, stateful_step_count=60)
