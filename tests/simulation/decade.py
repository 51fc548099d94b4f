"""Many credentials over many years, and the referee's judgment of them."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.organization import Organization
from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from tests.referee.judge import judge
from tests.referee.record import Complaint, Fault, Life, Watch
from tests.simulation.history import History
from tests.simulation.memory import Memory
from tests.simulation.people import Intent, People
from tests.simulation.service import Service
from tests.simulation.world import World

BEGIN = datetime(2019, 11, 22, 7, 0, tzinfo=UTC)
_AGAIN = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The referee's findings, their subjects, and counts of all happenings."""

    complaints: list[Complaint]
    lives: list[Life]
    happened: Counter[str]

    @property
    def faults(self) -> Counter[Fault]:
        """The number of findings by kind."""
        return Counter(one.fault for one in self.complaints)


class Simulation:
    """A number of credentials over a number of days."""

    def __init__(self, seed: int, *, credentials: int, days: int, outages: int) -> None:
        ends = BEGIN + timedelta(days=days)
        self.memory = Memory()
        self.world = World(seed, self.memory, starts=BEGIN, ends=ends, outages=outages)
        self._people = People(seed, Policy())
        self._homes: dict[str, Organization] = {}
        self._history = History(self.memory, self.world.clock)
        self.service = Service(self.world, self.memory, self._homes, self._history)
        self._begun: list[tuple[Credential, datetime]] = []
        self._left = credentials
        for number in range(credentials):
            # More arrive every year.
            arrives = max(self.world.chance.random(), self.world.chance.random())
            self.world.at(BEGIN + arrives * (ends - BEGIN), self._opening(f"acc_{number:06d}"))

    def outcome(self) -> Outcome:
        """Let the time pass, then judge."""
        with self._history, _nothing_collected():
            self.world.run()
            watch = Watch(
                until=self.world.ends,
                outages=self.world.outages,
                resent=frozenset(self._history.resent),
            )
            lives = [self._life(*one) for one in self._begun]
            complaints = [one for life in lives for one in judge(life, watch)]
        return Outcome(complaints=complaints, lives=lives, happened=self.world.happened)

    def _opening(self, account: str) -> Callable[[], None]:
        def open_account() -> None:
            self._homes[account] = self._people.home()
            self.service.open(account)
            self._begin(account)

        return open_account

    def _begin(self, account: str) -> None:
        """The account's credential, or its next one after the last has ended."""
        if self._left == 0:
            return
        self._left -= 1
        now, home = self.world.now, self._homes[account]
        credential = self._people.newcomer(len(self._begun), account, home, now)
        self._begun.append((credential, now))
        self.service.redeem(credential)
        self._intend(credential, self._people.of_a_year(credential, now))

    def _intend(self, credential: Credential, intents: list[Intent]) -> None:
        for intent in intents:
            self.world.at(intent.at, self._trying(credential, intent))

    def _trying(self, credential: Credential, intent: Intent) -> Callable[[], None]:
        def attempt() -> None:
            happened = self.world.happened
            try:
                became = self.service.act(credential, intent.what, intent.by)
            except DomainError as refused:
                happened[f"{intent.what} refused: {type(refused).__name__}"] += 1
                return
            happened[f"{intent.what} by {intent.by}"] += 1
            self._go_on(became, intent)

        return attempt

    def _go_on(self, became: Credential, intent: Intent) -> None:
        now = self.world.now
        if intent.what == "renew":
            self._intend(became, self._people.of_a_year(became, now))
        elif intent.what == "suspend":
            self._intend(became, self._people.of_a_suspension(intent.by, now))
        elif intent.what == "revoke" and self.world.chance.random() < _AGAIN:
            self.world.at(now + timedelta(days=1), lambda: self._begin(became.account))

    def _life(self, first: Credential, born_at: datetime) -> Life:
        last = CredentialStore(self.memory).get(first.account, first.id)
        assert last
        return self._history.life(first, last, self._homes[first.account], born_at)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Disables garbage collection: everything stays alive to the end, so it would find nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
