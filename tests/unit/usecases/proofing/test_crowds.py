"""Many holders and few agents under conflicts by chance: after each step the rows agree (S33).

No emulator cancels a transaction since another one holds its rows. Here it is done by chance, also
to the acts of others between a transaction's reading and writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import Busy, DomainError, OutcomeUnknown
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.agent import Period, Shift
from keyfob.domain.proofing.case import Case
from keyfob.domain.proofing.errors import SlotTaken
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.storage.database import Database
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.usecases.proofing.desk import Outcome
from tests.support import fakes
from tests.support.conflicts import Contention
from tests.support.credential_world import CredentialWorld
from tests.support.effort import effort
from tests.support.order_world import OPERATOR
from tests.support.proofing_world import ProofingWorld
from tests.support.quarters import Quarters, place, quarters_of

SEEDS = range(effort(3, 60))
STEPS = 80
Act = Callable[[ProofingWorld], None]


@pytest.fixture(autouse=True)
def _same_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent is chosen by ids: the same ones for the same seed."""
    numbers = count(1)
    monkeypatch.setattr(fakes, "_numbers", count(1))
    monkeypatch.setattr(ids, "new_id", lambda prefix: f"{prefix}_{next(numbers):020}")


@pytest.fixture
def policy() -> Policy:
    """The holders may change their minds often."""
    return Policy(appointment_changes_a_day=50, failed_appointments=10)


class Crowd:
    """Six holders want the same few hours of three agents.

    Two agents begin on the hour and one a quarter later, so that appointments of different agents
    overlap in part, and a move to another agent's start isn't one by whole half hours.
    """

    def __init__(self, first: ProofingWorld, seed: int) -> None:
        self.chance = Random(seed)
        self.first, self.clock = first, first.clock
        self.database = first.credentials.database
        orders, client = first.credentials.orders, first.client
        self.holders = [first]
        self.holders += [ProofingWorld(CredentialWorld(orders, client)) for _ in range(5)]
        for one in self.holders:
            one.choose()
        self.agents = [first.agent() for _ in range(3)]
        late = tuple(Shift(weekday=day, begins=time(0, 15), ends=time(23, 45)) for day in range(7))
        for agent, shifts in zip(self.agents, ((), (), late), strict=True):
            if shifts:
                self._works(agent.user_id, shifts)
        self.contention = Contention(client, self.chance, self.act)
        self.happened = self.contention.happened
        # Where appointments were held: their time stays taken after the result.
        self.held: dict[str, Quarters] = {}
        self.log: list[str] = []
        self._answers: dict[str, Case] = {}
        self._about: Counter[str] = Counter()

    def run(self, steps: int) -> None:
        """Let them act, and look at the rows after each act."""
        self.contention.wait()
        for _ in range(steps):
            self.clock.advance(minutes=self.chance.choice((0, 0, 1, 20, 60)))
            self.contention.always = self.chance.random() < 0.04
            before = self._rows()
            self._answers.clear()
            self._about.clear()
            self.act()
            if self.contention.always:
                assert self._rows() == before, "an act that is busy changes nothing"
            self.check()

    def act(self) -> None:
        """Somebody acts, and may be refused."""
        one = self.chance.choice(self.holders)
        act = self._next(one)
        self.log.append(f"{self.clock():%d %H:%M} {one.by.account} {act.__name__}")
        self._about[one.by.account] += 1
        try:
            act(one)
        except DomainError as refused:
            self.happened[refused.code] += 1

    def _next(self, one: ProofingWorld) -> Act:
        booked = one.case.appointment
        if one.case.is_over:
            return self.choose
        if booked and booked.start <= self.clock():
            return self.result
        acts = [self.book, self.cancel, self.withdraw, self.result, self.day_off]
        return self.chance.choices(acts, (70, 12, 6, 10, 2))[0]

    def book(self, one: ProofingWorld) -> None:
        """Book or move, to a time around the same four hours."""
        begins = self.clock().replace(hour=12, minute=0, second=0, microsecond=0)
        days = 1 if self.clock().hour < 9 else 2
        quarters = self.chance.randrange(10)
        start = begins + timedelta(days=days, minutes=15 * quarters)
        before = one.case.appointment
        try:
            made = one.book(start)
        except SlotTaken as refused:
            self._nearest(one, start, refused)
            raise
        self.happened["moved" if before else "booked"] += 1
        self._answers[one.by.account] = made

    def cancel(self, one: ProofingWorld) -> None:
        """Cancel."""
        self._answers[one.by.account] = one.booking.cancel(one.case.id, one.proof, one.by)
        self.happened["canceled"] += 1

    def choose(self, one: ProofingWorld) -> None:
        """Begin again."""
        one.choose()

    def withdraw(self, one: ProofingWorld) -> None:
        """Withdraw the case, with its appointment."""
        one.cases.withdraw(one.case.id, one.proof, one.by)
        self.happened["withdrawn"] += 1

    def result(self, one: ProofingWorld) -> None:
        """The agent gives a result."""
        if (booked := one.case.appointment) is None:
            return
        if self.clock() < booked.start and self.chance.random() < 0.3:
            self.clock.now = booked.start + timedelta(minutes=20)
        proof = SessionProof(session=one.proof.session, needed=Proof.RECENT_PASSWORD)
        outcome = self.chance.choice((Outcome.FAILED, Outcome.TECHNICAL, Outcome.NO_SHOW))
        by = Actor(kind="account", id=booked.agent)
        try:
            one.desk.ended(booked.id, outcome, {}, proof, by)
        finally:
            self._remember(one.case)  # also if the outcome is unknown
        self.happened["result"] += 1

    def day_off(self, _one: ProofingWorld) -> None:
        """An agent takes tomorrow off, or works again."""
        agent = self.chance.choice(self.agents)
        day = (self.clock() + timedelta(days=1)).date()
        off = self.chance.random() < 0.4
        self.first.agents.days_off(agent.user_id, [day], OPERATOR, off=off)
        self.happened["day off" if off else "day back"] += 1

    def check(self) -> None:
        """Every appointment has its quarters, every taken quarter an appointment or a day off."""
        cases = [one.case for one in self.holders]
        taken = self._rows()[1]
        due: Quarters = {}
        for case in cases:
            if case.appointment:
                mine = place(case.appointment)
                assert not mine.keys() & due.keys(), "two appointments overlap"
                due |= mine
                assert mine.items() <= taken.items(), "an appointment without its time"
        held = {key: id_ for rows in self.held.values() for key, id_ in rows.items()}
        ours = {key: id_ for key, id_ in taken.items() if id_ is not None}
        assert ours.keys() <= due.keys() | held.keys(), "time without an appointment"
        assert ours == {key: due.get(key, held.get(key)) for key in ours}
        for account, made in self._answers.items():
            [now] = [case for case in cases if case.account == account]
            # Another act about the case, in between, may have been the last one.
            if self._about[account] == 1:
                assert now.appointment == made.appointment, "the answer isn't what stands"

    def _remember(self, case: Case) -> None:
        if case.held:
            self.held[case.held.id] = place(case.held)

    def _nearest(self, one: ProofingWorld, wanted: datetime, refused: SlotTaken) -> None:
        if wanted < self.clock() + timedelta(hours=2):
            return  # meanwhile the clock moved on
        period = Period(begins=wanted - timedelta(days=3), ends=wanted + timedelta(days=3))
        free = one.booking.free(one.case.id, period, one.by)
        assert wanted not in free, "refused, but an agent is free"
        assert len(refused.nearest) == min(3, len(free))
        assert set(refused.nearest) <= set(free)

    def _rows(self) -> tuple[list[Case], Quarters]:
        return [one.case for one in self.holders], quarters_of(self.database)

    def _works(self, user_id: str, shifts: tuple[Shift, ...]) -> None:
        self.first.agents.set(
            user_id,
            zone="UTC",
            languages=("en",),
            shifts=shifts,
            room="",
            active=True,
            by=OPERATOR,
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_no_time_is_taken_twice_or_in_vain_whatever_is_held_S33(
    seed: int, proofing_world: ProofingWorld
) -> None:
    crowd = Crowd(proofing_world, seed)
    try:
        crowd.run(STEPS)
    except AssertionError as wrong:
        wrong.add_note("\n".join(crowd.log[-20:]))
        raise
    happened = crowd.happened
    assert happened["held"] + happened["held after an act"] + happened["held by itself"] > 5
    assert all(happened[what] for what in ("act in between", "booked", "moved"))


def not_given_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendar_rows, "give_back", lambda *_one: [])


def claimed_in_part(patch: pytest.MonkeyPatch) -> None:
    real = calendar_rows.claim
    patch.setattr(calendar_rows, "claim", lambda *one: real(*one)[:2])


def moved_in_name_only(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendar_rows, "move", lambda *_one: [])


def held_taken_for_done(patch: pytest.MonkeyPatch) -> None:
    real = Database.transact

    def transact(self: Database, writes: Any, *, token: str) -> None:
        with suppress(Busy, OutcomeUnknown):
            real(self, writes, token=token)

    patch.setattr(Database, "transact", transact)


@pytest.mark.parametrize(
    "mistake", [not_given_back, claimed_in_part, moved_in_name_only, held_taken_for_done]
)
def test_the_check_sees_it(
    mistake: Callable[[pytest.MonkeyPatch], None],
    proofing_world: ProofingWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistake(monkeypatch)
    crowd = Crowd(proofing_world, 1)
    with pytest.raises(AssertionError):
        crowd.run(300)
