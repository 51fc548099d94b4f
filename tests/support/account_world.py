"""Ada's account over real tables: her password, her sessions, and her recovery (F3)."""

from __future__ import annotations

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.directory.account import Account
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.messages.store import Lease
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.messages.outbox_processor import OutboxProcessor
from keyfob.usecases.sessions.reset import reset_effect
from keyfob.usecases.sessions.sign_in import SignedIn
from keyfob.wiring.sessions import recovery_of, reset_of
from keyfob.wiring.sign_in import sign_in_of
from tests.support.builders import CLIENT, by_password
from tests.support.fakes import fake_unseal
from tests.support.order_world import OrderWorld

PERMANENT = "correct horse battery staple"
RECOVERED = "a new phrase that nobody knows"


class AccountWorld:
    """Ada has a permanent password; methods act on her account."""

    def __init__(self, order_world: OrderWorld) -> None:
        base = order_world.base
        self.orders, self.transactions = order_world, base.transactions
        self.parties, self.passwords = base.parties, base.parties.passwords
        self.store = SessionStore(base.database)
        self.ada: Account = order_world.person()
        self.passwords.set_password(self.ada.id, PERMANENT)
        self.passwords.calls.clear()
        self.made: list[str] = []
        self.reset = reset_of(base, self._generate)
        self.use = sign_in_of(base)
        self.recovery = recovery_of(base)
        self.worker = OutboxProcessor(
            order_world.outbox, order_world.clock, self.reset.perform, order_world.counts
        )

    @property
    def seen(self) -> Sessions:
        """The sessions row as it is now."""
        found = self.store.get(self.ada.id)
        assert found
        return found

    def revoke(self) -> Message:
        """Commits a revocation's changes of sessions and password."""
        seen = self.seen
        message = reset_effect(self.ada.id, seen.epoch + 1, "req-9")
        by = Actor(kind="account", id=self.ada.id)
        entry = Entry(action="credential.revoked", actor=by, at=self.orders.clock())
        self.transactions.commit(
            rows.restart(seen, pending_reset=message.id), audit=[entry], messages=[message]
        )
        return message

    def leased(self, message: Message) -> Lease:
        """The effect, leased by a worker."""
        return Lease(id=message.id, message=message, attempt=1)

    def sign_in(
        self, password: str, *, device: str = "", user_id: str = "", client: Client = CLIENT
    ) -> SignedIn:
        """Sign in with this password, from a client that shows this device value."""
        return self.use.sign_in(user_id or self.ada.user_id, password, client, device=device)

    def sign_out_everywhere(self) -> None:
        """End every session, by her password."""
        self.use.sign_out_everywhere(self.ada.id, by_password(self.orders.clock()), CLIENT)

    def code(self, user_id: str = "", client: Client = CLIENT) -> str:
        """Ask for a code and open the mail that brings it."""
        self.recovery.request(user_id or self.ada.user_id, client)
        return self.codes()[-1]

    def recover(
        self, code: str, password: str = RECOVERED, *, user_id: str = "", client: Client = CLIENT
    ) -> str:
        """Set this password with the code; returns the device value for the client."""
        return self.recovery.confirm(user_id or self.ada.user_id, code, password, client)

    def codes(self) -> list[str]:
        """The codes in the mails that were queued, opened, in the order of their requests."""
        found = [row for row in self.orders.queued() if row.kind == Kind.RECOVERY_CODE]
        found.sort(key=lambda row: int(row.subject_version))
        return [fake_unseal(str(row.facts["sealed_as"]), row.sealed) for row in found]

    def check(self, password: str) -> PasswordCheck:
        """The password store's verdict on this password."""
        return self.passwords.check(self.ada.id, password)

    def mailed(self) -> list[str]:
        """The passwords in the mails that were queued, opened, in the order of their epochs."""
        found = [row for row in self.orders.queued() if row.kind == Kind.TEMPORARY_PASSWORD]
        found.sort(key=lambda row: int(row.subject_version))
        return [fake_unseal(row.pk, row.sealed) for row in found]

    def entries(self, action: str) -> list[AuditRow]:
        """The audit entries of this action."""
        found = (AuditRow.from_raw_data(item) for item in self.orders.database.scan(AuditRow))
        return [row for row in found if row.action == action]

    def _generate(self) -> str:
        self.made.append(f"TEMP0-TEMP0-TEMP0-0000{len(self.made) + 1}")
        return self.made[-1]


@pytest.fixture
def account_world(order_world: OrderWorld) -> AccountWorld:
    """Ada has a permanent password; nobody is signed in."""
    return AccountWorld(order_world)
