"""The base of every test world: a function's runtime with its parts passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from keyfob.domain.clock import Clock
from keyfob.domain.policy import Policy
from keyfob.storage.database import Database
from keyfob.storage.inventory.data_keys import DataKeyStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.messages.notifier import no_enclosures
from keyfob.wiring.credentials import seeds_of
from keyfob.wiring.documents import enclosing_of
from keyfob.wiring.keys import data_keys_of, mac_of, seal_of, statement_keys_of, unseal_of
from keyfob.wiring.notifier import mail_of, texts_of
from keyfob.wiring.orders import stripe_of
from keyfob.wiring.phones import phone_messages_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import passwords_of
from keyfob.wiring.settings import Settings
from tests.support.fakes import (
    Counts,
    FakeClock,
    FakeMail,
    FakePasswords,
    FakePayments,
    FakePhoneMessages,
    FakeSigningKey,
    FakeTexts,
    fake_mac,
    fake_seal,
    fake_unseal,
)
from tests.support.phones import PRICES_BY_COUNTRY
from tests.support.seeds import FakeDataKeys, WatchedSeeds

Opening = Callable[[Runtime], Any]
SETTINGS = {
    "SENDER_NAME": "Keyfob",
    "SENDER_ADDRESS": "no-reply@keyfob.example",
    "SUPPORT_CONTACT": "help@keyfob.example",
    "PUBLIC_URL": "https://keyfob.example",
    "PHONE_PRICES": PRICES_BY_COUNTRY,
    "ROOMS_URL": "",
    "STATEMENTS_SIGNER": "first",
    "CARRIERS": '{"ups": {"name": "UPS", "link": "https://ups.example/{number}"}}',
}


class HandedRuntime(Runtime):
    """A runtime that reads no environment and writes neither logs nor metrics.

    Args:
        database: every table that the world needs.
        clock: the time.
        policy: periods and limits.
        settings: the environment's variables.
        transactions: the way to write; the usual one, if none is given.
        count: called for every business event.
        outside: the outside parties, each by the opener of the real one.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policy: Policy,
        *,
        settings: Mapping[str, str] = SETTINGS,
        transactions: Transactions | None = None,
        count: Callable[..., None] | None = None,
        outside: Mapping[Opening, Any] | None = None,
    ) -> None:
        self.database, self.clock, self.policy = database, clock, policy
        self.settings = Settings(settings)
        if transactions:
            self.transactions = transactions
        self._count = count
        self._outside = dict(outside or {})

    def count(self, name: str, value: float = 1) -> None:
        """Count a business event, if `count` is given."""
        if self._count:
            self._count(name, value)


@dataclass
class FakeParties:
    """Every outside party, in this process; tests replace `hashing` and `sealing` at any time."""

    payments: FakePayments = field(default_factory=FakePayments)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    mail: FakeMail = field(default_factory=FakeMail)
    texts: FakeTexts = field(default_factory=FakeTexts)
    phone_messages: FakePhoneMessages = field(default_factory=FakePhoneMessages)
    data_keys: FakeDataKeys = field(default_factory=FakeDataKeys)
    statement_keys: Mapping[str, FakeSigningKey] = field(
        default_factory=lambda: {"first": FakeSigningKey(), "second": FakeSigningKey()}
    )
    hashing: Callable[[str, str], str] = fake_mac
    sealing: Callable[[str, str], bytes] = fake_seal

    def by_opening(self) -> dict[Opening, Any]:
        """Each party by the opener of the real one."""
        return {
            stripe_of: self.payments,
            passwords_of: self.passwords,
            mail_of: self.mail,
            texts_of: self.texts,
            enclosing_of: no_enclosures,
            phone_messages_of: self.phone_messages,
            data_keys_of: self.data_keys,
            statement_keys_of: self.statement_keys,
            mac_of: self._hash,
            seal_of: self._seal,
            unseal_of: fake_unseal,
        }

    def _hash(self, purpose: str, value: str) -> str:
        return self.hashing(purpose, value)

    def _seal(self, message_id: str, secret: str) -> bytes:
        return self.sealing(message_id, secret)


class FakeRuntime(HandedRuntime):
    """A function's runtime without AWS: `parties` are the outside parties."""

    def __init__(
        self,
        database: Database,
        transactions: Transactions,
        clock: FakeClock,
        policy: Policy,
        counts: Counts,
    ) -> None:
        self.parties = FakeParties()
        self.seeds = WatchedSeeds(self.parties.data_keys, DataKeyStore(database), clock)
        self.fake_clock, self.counts = clock, counts
        super().__init__(
            database,
            clock,
            policy,
            transactions=transactions,
            count=counts,
            outside={**self.parties.by_opening(), seeds_of: self.seeds},
        )


@pytest.fixture
def base(
    database: Database,
    transactions: Transactions,
    clock: FakeClock,
    policy: Policy,
    counts: Counts,
) -> FakeRuntime:
    """The runtime of this test's world."""
    return FakeRuntime(database, transactions, clock, policy, counts)
