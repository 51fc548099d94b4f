"""The service's own use cases over tables in memory, wired like its functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, cast

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.organization import Organization
from keyfob.domain.messages.declared import Truth
from keyfob.domain.messages.errors import MailUnavailable
from keyfob.domain.messages.outbox import is_effect
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialRow, CredentialStore
from keyfob.storage.messages.store import SK, Lease, OutboxRow, OutboxStore
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import Transactions
from keyfob.usecases.due.sweep import Sweep
from keyfob.usecases.messages.composer import Composer
from keyfob.usecases.messages.mail import Mail
from keyfob.usecases.messages.notifier import Notifier
from keyfob.usecases.messages.outbox_processor import OutboxProcessor
from keyfob.usecases.messages.reminder_facts import ReminderFacts
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.keys import seal_of
from keyfob.wiring.lifecycle import lifecycle_jobs_of, revocation_of
from keyfob.wiring.sweep import sweep_of
from tests.simulation.history import History
from tests.simulation.memory import Memory
from tests.simulation.world import Killed, Queue, World
from tests.support.fakes import FakeTexts, fake_seal
from tests.support.runtime import HandedRuntime

CLOCK = Actor(kind="clock", id="clock")
Sent = Callable[[Lease, dict[str, Any]], None]


class Service:
    """The deployed parts: the sweep, the workers, and people's requests.

    Args:
        world: where it runs; it gets its workers and its sweep.
        memory: the tables.
        homes: the organization of each account.
        history: records every message and every mail that goes out.
    """

    def __init__(
        self, world: World, memory: Memory, homes: dict[str, Organization], history: History
    ) -> None:
        self._world, self._memory, self._policy = world, memory, Policy()
        policy, clock = self._policy, world.clock
        self._transactions = Transactions(
            memory, clock, patience=policy.outbox_patience, pause=lambda _seconds: None
        )
        self._base = HandedRuntime(
            memory,
            clock,
            policy,
            transactions=self._transactions,
            outside={seal_of: fake_seal},
        )
        self._service = credential_desk_of(self._base)
        self._revocation = revocation_of(self._base)
        self._clockwork = lifecycle_jobs_of(self._base)
        self._composer = Letters(ReminderFacts(CredentialStore(memory), clock, policy), homes)
        transport = Mails(world, self._composer, history.sent, self._tell)
        notifier = Notifier(cast("Composer", self._composer), transport, FakeTexts(), clock, policy)
        outbox = OutboxStore(memory, policy)
        self._outbox_processor = OutboxProcessor(outbox, clock, notifier.perform, _uncounted)
        self._effects = OutboxProcessor(outbox, clock, lambda _claim: True, _uncounted)
        self._sweep = self._assembled()
        history.relay = self._relay

    def _assembled(self) -> Sweep:
        world = self._world

        def queue_of(name: str) -> Queue:
            return world.queue("messages" if name == "effects" else name)

        world.workers = {"lifecycle": self._work, "messages": self._tell}
        world.sweep = self._swept
        return sweep_of(self._base, OutboxRow, CredentialRow, queues=queue_of)

    def open(self, account: str) -> None:
        """An account, with nothing but the row of its sessions."""
        sessions = Sessions(account=account, organization="", roles=(), active=True, epoch=0)
        self._transactions.commit(session_rows.put(sessions), audit=[])

    def redeem(self, credential: Credential) -> None:
        """Somebody's credential begins."""
        now = self._world.now
        entry = Entry(action="credential.redeemed", actor=CLOCK, at=now, subject=credential.subject)
        due = next_due(credential, now, self._policy)
        self._transactions.commit(rows.put(credential, due), audit=[entry])

    def act(self, credential: Credential, what: str, by: Suspender) -> Credential:
        """Somebody renews, suspends, lifts or revokes it.

        Raises:
            DomainError: it is refused.
        """
        now, policy = self._world.now.replace(microsecond=0), self._policy
        decisions: dict[str, Callable[[Credential], Transition]] = {
            "renew": lambda seen: lifecycle.renew(seen, now, policy),
            "suspend": lambda seen: lifecycle.suspend(seen, by, now, policy),
            "lift": lambda seen: lifecycle.lift(seen, by, now, policy),
            "revoke": lambda seen: lifecycle.revoke(seen, now),
        }
        actor = Actor(kind=by.value, id=credential.account)
        if what != "revoke":
            return self._service.decide(credential.id, decisions[what], by=actor)
        return self._service.decide(
            credential.id,
            decisions[what],
            by=actor,
            part=lambda seen: self._revocation.by_holder(seen, by=actor, proven=False),
        )

    def _swept(self) -> bool:
        # Now and then a run has time for no more than ten rows.
        world = self._world
        left = timedelta(seconds=9 if world.chance.random() < 0.005 else 60)
        first = True

        def time_left() -> timedelta:
            nonlocal first
            plenty, first = first, False
            return timedelta(seconds=60) if plenty else left

        return self._sweep.run(time_left).finished

    def _relay(self, message: str) -> None:
        """The table's stream, which may lose its place: then the sweep finds the message."""
        if not self._world.trouble(message, "stream lost", 0.02):
            self._world.post("messages", message)

    def _work(self, row_id: str) -> None:
        account = row_id.removeprefix("ACCOUNT#")
        world, hooks = self._world, self._memory.hooks
        if world.chance.random() < 0.02:
            killed = hooks.before

            def overtaken() -> None:
                hooks.before = killed
                world.happened["worker overtaken"] += 1
                self._clockwork.perform(account, by=CLOCK)

            hooks.before = overtaken
        self._clockwork.perform(account, by=CLOCK)

    def _tell(self, message: str) -> None:
        (self._effects if is_effect(message) else self._outbox_processor).deliver(message)
        row = self._memory.get(OutboxRow, message, SK)
        if row and row.state != "pending":
            self._memory.forget(OutboxRow, message, SK, keep=("state",))


class Letters:
    """Replaces the composer: checks whether a message is still true; gives facts, no text."""

    def __init__(self, foretold: ReminderFacts, homes: dict[str, Organization]) -> None:
        self._foretold = foretold
        self._homes = homes
        self.open: tuple[Lease, dict[str, Any]] | None = None

    def compose(self, lease: Lease) -> Mail | None:
        """The mail, or None if it is obsolete."""
        message = lease.message
        home = self._homes[message.recipient]
        facts: dict[str, Any] | None = dict(message.facts)
        if message.kind.declared.truth is Truth.FORETOLD:
            facts = self._foretold.still_true(message, home)
        if facts is None:
            return None
        self.open = lease, facts
        return Mail(to=message.recipient, zone=home.time_zone, mime=_EMPTY)


class Mails:
    """A `MailTransport` that fails, and whose sender may be killed or be slow."""

    def __init__(
        self, world: World, letters: Letters, sent: Sent, tell: Callable[[str], None]
    ) -> None:
        self._world = world
        self._letters = letters
        self._sent = sent
        self._tell = tell
        self._twice: set[str] = set()

    def send(self, mail: EmailMessage, *, to: str) -> None:
        assert self._letters.open
        lease, facts = self._letters.open
        world = self._world
        if world.trouble(lease.id, "mail refused", 0.01):
            raise MailUnavailable
        self._sent(lease, facts)
        if lease.id in self._twice:
            return
        if world.trouble(lease.id, "sender killed", 0.01):
            self._twice.add(lease.id)
            raise Killed
        if world.trouble(lease.id, "sender slow", 0.005):
            self._twice.add(lease.id)
            world.now += timedelta(seconds=70)
            self._tell(lease.id)


_EMPTY = EmailMessage()


def _uncounted(_name: str) -> None:
    """Ignores the metric."""
