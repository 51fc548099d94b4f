"""Years of proofing cases over the tables in memory; the sweep stops, messages are late or lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.case import State
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.proofing.store import CaseRow
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.correcting import Names
from keyfob.usecases.proofing.desk import Outcome
from keyfob.wiring.proofing import case_jobs_of, correcting_of, reviewing_of
from keyfob.wiring.sweep import sweep_of
from tests.referee.cases import Entry, Finding, judge_cases
from tests.referee.record import Watch
from tests.support.builders import ORGANIZATION, PARTNER
from tests.support.credential_world import CredentialWorld
from tests.support.dynamodb import Client, Engine
from tests.support.fakes import Counts, FakeClock, Meddler
from tests.support.order_world import OPERATOR, build
from tests.support.proofing_world import ProofingWorld
from tests.support.runtime import FakeRuntime
from tests.support.templates import create_tables

CLOCK = Actor(kind="system", id="clock", correlation="clock")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LEFT_OUT = 0.3


class Years:
    """Holders and two agents, for about three years.

    Args:
        seed: the same one gives the same acts.
        holders: how many people are proofed.
        days: how long it runs.
    """

    def __init__(self, seed: int, *, holders: int, days: int = 1_100) -> None:
        self.chance, self.clock = Random(seed), FakeClock()
        self.happened: Counter[str] = Counter()
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0
        self._planned: set[datetime] = set()
        self._codes: dict[str, str] = {}
        self._engine = Engine()
        client: Any = Meddler(Client(self._engine))
        tables = create_tables(client, str)
        self.database = Database(client, tables, pause=lambda _seconds: None)
        policy = Policy()
        transactions = Transactions(
            self.database, self.clock, patience=policy.outbox_patience, pause=lambda _seconds: None
        )
        self.base = FakeRuntime(self.database, transactions, self.clock, policy, Counts())
        orders = build(self.base)
        orders.seed.partners([PARTNER], by=OPERATOR)
        orders.seed.organizations([ORGANIZATION], by=OPERATOR)
        self.holders = [ProofingWorld(CredentialWorld(orders, client)) for _ in range(holders)]
        for _ in range(2):
            self.holders[0].agent()
        self.jobs = case_jobs_of(self.base)
        self.sweep = sweep_of(self.base, CaseRow, queues=lambda _name: self)
        self.ends = self.clock.now + days * DAY
        self.revoked: dict[str, list[datetime]] = {one.by.account: [] for one in self.holders}
        begins = self.clock.now
        self.outages = tuple(
            (at, at + self.chance.choice((6 * HOUR, DAY, 12 * DAY)))
            for at in (begins + number * 50 * DAY for number in range(1, days // 50))
        )
        for one in self.holders:
            self._at(begins + self.chance.random() * 60 * DAY, self._turn(one))

    def run(self, most: int = 100_000) -> list[Finding]:
        """Let the years pass, or so many events at most, and have them judged."""
        for _ in range(most):
            if self._events[0][0] >= self.ends:
                break
            at, _, act = heappop(self._events)
            self.clock.now = max(self.clock.now, at)
            act()
            self._plan()
        else:
            self.ends = self.clock.now
        watch = Watch(until=self.ends, outages=self.outages)
        return [one for who in self.holders for one in judge_cases(self._entries(who), watch)]

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Queue these: they come late, twice, or after the next sweep only."""
        for body in bodies:
            account = str(body["due"]).removeprefix("CASE#")
            roll = self.chance.random()
            if roll < 0.05:
                self.happened["message lost"] += 1
                continue
            self._after(self.chance.random() * (30 if roll < 0.2 else 1) * MINUTE, account)
            if roll > 0.9:
                self.happened["message twice"] += 1
                self._after(self.chance.choice((MINUTE, 9 * HOUR)), account)

    def _after(self, wait: timedelta, account: str) -> None:
        self._at(self.clock.now + wait, lambda: self._perform(account))

    def _perform(self, account: str) -> None:
        if done := self.jobs.perform(account, by=CLOCK):
            self.happened[done] += 1

    def _at(self, when: datetime, what: Callable[[], None]) -> None:
        self._number += 1
        heappush(self._events, (when, self._number, what))

    def _plan(self) -> None:
        """Have the sweep run, a while after the first row is due and after an outage."""
        index = self._engine.tables["proofing"].indexes["due"]
        first = min((one[0] for one in index.partitions.values() if one), default=None)
        if first is None:
            return
        due = datetime.fromisoformat(str(first[0][0]).partition("#")[0])
        when = max(due, self.clock.now) + self.chance.random() * 15 * MINUTE
        when = next((until for at, until in self.outages if at <= when < until), when)
        if when not in self._planned and not (self._planned and min(self._planned) <= when):
            self._planned.add(when)
            self._at(when, lambda: self._swept(when))

    def _swept(self, when: datetime) -> None:
        self._planned.discard(when)
        self.sweep.run(lambda: HOUR)

    def _turn(self, one: ProofingWorld) -> Callable[[], None]:
        def turn() -> None:
            try:
                wait = self._act(one)
            except DomainError as refused:
                self.happened[refused.code] += 1
                wait = DAY
            self._at(self.clock.now + wait, self._turn(one))

        return turn

    def _act(self, one: ProofingWorld) -> timedelta:
        """One act of this holder's, the agent's or an operator's; the time until the next one."""
        chance, now = self.chance.random, self.clock.now
        credential = one.credentials.credentials.live(one.by.account)
        if credential is None:
            one.credential = one.credentials.credential(
                id=f"crd_{one.by.account}_{len(self.revoked[one.by.account])}",
                state=CredentialState.PENDING_ACTIVATION,
                activated_at=None,
                proofing=True,
            )
            return chance() * 5 * DAY
        case = one.store.current(one.by.account)
        if case is None or case.credential != credential.id:
            one.choose()
            return chance() * DAY
        if case.state is State.PROOFED or chance() < 0.04:
            if case.state is State.PROOFED and chance() < 0.5:
                return chance() * 30 * DAY
            one.credentials.management.revoke(credential.id, one.proof, one.by, confirmed=True)
            self.revoked[one.by.account].append(now)
            self.happened["revoked"] += 1
            return (1 + chance() * 20) * DAY
        act = {
            State.WITHDRAWN: self._again,
            State.TO_BOOK: self._book,
            State.BOOKED: self._booked,
            State.CODE: self._code,
            State.NAME_CORRECTION: self._name,
            State.IN_REVIEW: self._review,
        }[case.state]
        return act(one)

    def _again(self, one: ProofingWorld) -> timedelta:
        one.choose()
        return self.chance.random() * DAY

    def _book(self, one: ProofingWorld) -> timedelta:
        if self.chance.random() < 0.05:
            one.cases.withdraw(one.case.id, one.proof, one.by)
            self.happened["withdrawn"] += 1
            return self.chance.choice((2, 20)) * DAY
        ahead = self.chance.choice((4, 20, 30, 200, 600))
        start = one.hour(ahead + self.chance.randrange(20))
        made = one.book(start)
        self.happened["booked"] += 1
        assert made.appointment
        until = made.appointment.start - self.clock.now
        return until * self.chance.choice((0.3, 0.9, 1.0, 1.0, 1.0)) + 20 * MINUTE

    def _booked(self, one: ProofingWorld) -> timedelta:
        booked = one.case.appointment
        assert booked
        if self.clock.now < booked.start:
            if self.chance.random() < _LEFT_OUT:
                one.booking.cancel(one.case.id, one.proof, one.by)
                self.happened["canceled"] += 1
            elif self.chance.random() < 0.5:
                made = one.book(booked.start + self.chance.choice((HOUR, 30 * HOUR)))
                self.happened["moved"] += 1
                booked = made.appointment or booked
            return max(booked.start - self.clock.now, MINUTE) + 20 * MINUTE
        if self.chance.random() < _LEFT_OUT:
            return self.chance.choice((HOUR, 4 * HOUR, 3 * DAY))
        if self.chance.random() < 0.1:
            one.booking.report_absence(one.case.id, one.by)
            self.happened["absent"] += 1
            return HOUR
        return self._result(one, booked.id, Actor(kind="account", id=booked.agent))

    def _result(self, one: ProofingWorld, appointment: str, by: Actor) -> timedelta:
        proof = SessionProof(session=one.proof.session, needed=Proof.RECENT_PASSWORD)
        outcome = self.chance.choice((None, None, *Outcome))
        self.happened[outcome or "passed"] += 1
        if outcome is None:
            self._codes[appointment] = one.desk.passed(appointment, {}, proof, by).code
            return self.chance.choice((HOUR, 10 * DAY, 26 * DAY, 32 * DAY))
        one.desk.ended(appointment, outcome, {}, proof, by, name="Ada Lovelace")
        return self.chance.choice((HOUR, 5 * DAY, 20 * DAY))

    def _code(self, one: ProofingWorld) -> timedelta:
        held = one.case.held
        assert held
        if one.case.state_at(self.clock.now) is State.TO_BOOK:
            return self._book(one)
        if self.chance.random() < _LEFT_OUT:
            return 12 * DAY
        one.activation.activate(one.credential.id, self._codes[held.id], one.by)
        self.happened["proofed"] += 1
        return self.chance.choice((DAY, 20 * DAY))

    def _name(self, one: ProofingWorld) -> timedelta:
        correcting = correcting_of(self.base)
        if self.chance.random() < 0.4:
            return 15 * DAY
        if self.chance.random() < 0.5:
            correcting.refuse(one.credentials.ada.user_id, OPERATOR)
            self.happened["refused"] += 1
        else:
            names = Names(first_name="Ada", middle_name="", last_name="Lovelace")
            correcting.confirm(one.credentials.ada.user_id, names, OPERATOR)
            self.happened["confirmed"] += 1
        return DAY

    def _review(self, one: ProofingWorld) -> timedelta:
        reviewing_of(self.base).reopen(one.credentials.ada.user_id, OPERATOR)
        self.happened["reopened"] += 1
        return DAY

    def _entries(self, one: ProofingWorld) -> list[Entry]:
        items = self.database.query(AuditRow, key=("pk", f"CASE#{one.by.account}"))
        rows = [AuditRow.from_raw_data(item) for item in items]
        found = [Entry(at=at, what="revoked") for at in self.revoked[one.by.account]]
        for row in rows:
            start = (row.facts or {}).get("start")
            found.append(
                Entry(
                    at=datetime.fromisoformat(row.at),
                    what=str(row.action).partition(".")[2],
                    by=str(row.actor_kind),
                    start=datetime.fromisoformat(start) if start else None,
                )
            )
        return sorted(found, key=lambda entry: entry.at)
