"""Credentials over real tables: a holder, her tokens and sessions, and every use case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from keyfob.audit.entry import Actor, Entry
from keyfob.audit.store import AuditRow, AuditStore
from keyfob.credentials import store as rows
from keyfob.credentials.credential import Change, Credential
from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.hardware_token import HardwareToken
from keyfob.credentials.help_desk import HelpDesk
from keyfob.credentials.history import History
from keyfob.credentials.management import Management
from keyfob.credentials.redemption import Redemption
from keyfob.credentials.registration import Registration
from keyfob.credentials.store import CredentialStore
from keyfob.credentials.verification import Elevated, Verification
from keyfob.directory.account import Account
from keyfob.directory.store import Directory
from keyfob.errors import KeysUnavailable
from keyfob.inventory.batch import Batch
from keyfob.inventory.batch import State as BatchState
from keyfob.inventory.data_keys import DataKeyStore
from keyfob.inventory.seeds import Seeds
from keyfob.inventory.store import (
    Inventory,
    Stored,
    assign_token,
    put_batch,
    put_token,
    ship_token,
)
from keyfob.inventory.token import Algorithm, SealedSeed, Token, TokenType
from keyfob.orders.license_key import Mac
from keyfob.policy import Policy
from keyfob.sessions import session as sessions_of
from keyfob.sessions import store as session_rows
from keyfob.sessions.limits import Limits
from keyfob.sessions.session import Sessions
from keyfob.sessions.store import SessionStore
from keyfob.transaction import Transactions
from local.device import Device
from tests.support.builders import CLIENT, a_credential, a_hardware_token, a_session
from tests.support.fakes import Meddler, fake_mac, unique
from tests.support.shop import OPERATOR, Shop, actor

ORDER = "SO-10001"


@dataclass
class FakeDataKeys:
    """A `DataKeys` whose keys everybody knows; `silent` leaves every call without an answer."""

    silent: bool = False

    def make(self, name: str) -> bytes:
        return f"{name}:".encode() + bytes(32)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        if self.silent:
            raise KeysUnavailable
        return wrapped.removeprefix(f"{name}:".encode())


class WatchedSeeds(Seeds):
    """Knows whose seeds were opened, and can forget the data keys it has at hand."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.opened: list[str] = []

    def open(self, serial: str, sealed: SealedSeed) -> bytes:
        self.opened.append(serial)
        return super().open(serial, sealed)

    def forget(self) -> None:
        """As a new environment begins."""
        self._open.clear()


@dataclass
class Typed:
    """A code as somebody types it; `asked` is how often it was read."""

    code: str
    asked: int = field(default=0)

    def __call__(self) -> str:
        self.asked += 1
        return self.code


class Bureau:
    """Ada, and whatever may happen to her credential."""

    def __init__(self, shop: Shop, transactions: Transactions, client: Meddler) -> None:
        self.shop, self.transactions, self.client = shop, transactions, client
        self.database, self.clock, self.policy = shop.database, shop.clock, Policy()
        self.inventory = Inventory(self.database)
        self.credentials = CredentialStore(self.database)
        self.sessions = SessionStore(self.database)
        self.directory = Directory(self.database)
        self.keys = FakeDataKeys()
        self.seeds = WatchedSeeds(self.keys, DataKeyStore(self.database), self.clock)
        self.desk = CredentialDesk(self.credentials, transactions, self.clock)
        common: dict[str, Any] = {"transactions": transactions, "clock": self.clock}
        rules: dict[str, Any] = {**common, "policy": self.policy}
        token: dict[str, Any] = {**rules, "desk": self.desk, "seeds": self.seeds}
        self.hashing: Mac = fake_mac
        self.redemption = Redemption(
            orders=shop.orders,
            directory=self.directory,
            credentials=self.credentials,
            limits=Limits(self.database),
            mac=self._mac,
            **rules,
        )
        self.registration = Registration(
            credentials=self.credentials, inventory=self.inventory, **token
        )
        self.verification = Verification(
            sessions=self.sessions, credentials=self.credentials, **token
        )
        self.management = Management(
            desk=self.desk, inventory=self.inventory, sessions=self.sessions, clock=self.clock
        )
        self.help_desk = HelpDesk(self.directory, self.credentials, self.desk)
        self.history = History(self.credentials, self.desk, AuditStore(self.database))
        self.ada: Account = shop.person()

    @property
    def by(self) -> Actor:
        """Ada as the audit trail names her."""
        return actor(self.ada)

    @property
    def live(self) -> Credential:
        """Ada's credential as it is now."""
        found = self.credentials.live(self.ada.id)
        assert found
        return found

    @property
    def token(self) -> HardwareToken:
        """The token registered with it."""
        assert self.live.token
        return self.live.token

    @property
    def row(self) -> Sessions:
        """Ada's sessions row as it is now."""
        found = self.sessions.get(self.ada.id)
        assert found
        return found

    def credential(self, **changes: Any) -> Credential:
        """Give Ada this credential."""
        made = a_credential(**{"account": self.ada.id, **changes})
        entry = Entry(action=Change.REDEEMED, actor=self.by, at=self.clock(), subject=made.subject)
        self.transactions.commit(rows.put(made), audit=[entry])
        return self.live

    def changed(self, **changes: Any) -> Credential:
        """Make her credential so, however that came about."""
        seen = self.live
        entry = Entry(action="test.changed", actor=OPERATOR, at=self.clock(), subject=seen.subject)
        self.transactions.commit(rows.change(seen, replace(seen, **changes)), audit=[entry])
        return self.live

    def delivered(
        self,
        order: str | None = ORDER,
        unit: int = 0,
        *,
        batch: BatchState = BatchState.COMPLETE,
        **shape: Any,
    ) -> Device:
        """A token of a batch in this state, shipped for this unit of this order, if for any."""
        device = Device(unique("FT-9000"), self.clock, **shape)
        bundle = Batch(
            id=device.serial, file="test.csv", changed_at=self.clock(), state=batch, attempt=1
        )
        entry = Entry(
            action="batch.imported", actor=OPERATOR, at=self.clock(), subject=bundle.subject
        )
        sealed = self.seeds.seal(device.serial, device.secret)
        self.transactions.commit(
            put_batch(bundle), put_token(_token(device), sealed, bundle.owner), audit=[entry]
        )
        if order:
            self._about(device, "token.shipped", ship_token(self.stored(device), order, unit))
        return device

    def assigned(self, device: Device, holder: str) -> None:
        """Somebody has registered this token."""
        self._about(device, "token.assigned", assign_token(self.stored(device), holder))

    def holder(self, *, credential: dict[str, Any] | None = None, **shape: Any) -> Device:
        """Ada has an active credential and registered this token a minute ago."""
        device = self.delivered(**shape)
        token = _token(device)
        stored = self.stored(device)
        held = a_hardware_token(
            serial=device.serial,
            type=token.type,
            algorithm=token.algorithm,
            digits=token.digits,
            period=token.period,
            sealed=stored.sealed,
            last=device.counter - 1 if token.period is None else device.step - 2,
        )
        self.assigned(device, self.credential(token=held, **(credential or {})).subject)
        return device

    def stored(self, device: Device) -> Stored:
        """The token's row as it is now."""
        return self.inventory.stored([device.serial])[device.serial]

    def signed_in(self, strength: int = 1) -> sessions_of.Token:
        """A session of Ada's with a token of its own."""
        secret, now = unique("secret"), self.clock()
        session = a_session(secret, id=unique("session"), strength=strength, created=now, seen=now)
        entry = Entry(action="session.started", actor=self.by, at=self.clock())
        self.transactions.commit(
            session_rows.add(self.row, session, without=[], limit=9), audit=[entry]
        )
        return sessions_of.Token(account=self.ada.id, session=session.id, secret=secret)

    def elevate(self, token: sessions_of.Token, code: str | Typed) -> Elevated:
        """Sign in with this code."""
        typed = Typed(code) if isinstance(code, str) else code
        return self.verification.elevate(token, typed, CLIENT)

    def trail(self, subject: str) -> list[str]:
        """What the audit trail says of this subject, in order."""
        items = self.database.query(AuditRow, key=("pk", subject))
        return [AuditRow.from_raw_data(item).action for item in items]

    def _mac(self, purpose: str, value: str) -> str:
        return self.hashing(purpose, value)

    def _about(self, device: Device, action: str, write: Any) -> None:
        subject = f"TOKEN#{device.serial}"
        entry = Entry(action=action, actor=OPERATOR, at=self.clock(), subject=subject)
        self.transactions.commit(write, audit=[entry])


def wrong(code: str) -> str:
    """A code that is not this one, and not easily a neighbor's."""
    return f"{(int(code) + 7) % 10 ** len(code):0{len(code)}d}"


def _token(device: Device) -> Token:
    timed = device.period is not None
    return Token(
        serial=device.serial,
        secret=device.secret,
        type=TokenType.TOTP if timed else TokenType.HOTP,
        algorithm=Algorithm(device.algorithm),
        digits=device.digits,
        period=device.period,
        counter=None if timed else device.counter,
    )


@pytest.fixture
def bureau(shop: Shop, transactions: Transactions, client: Meddler) -> Bureau:
    """Ada without a credential; nothing is promised yet."""
    return Bureau(shop, transactions, client)
