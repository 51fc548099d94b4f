"""Credentials over real tables: a holder, her tokens and sessions, and every use case."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials.credential import TOKEN, Change, Credential
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.directory.account import Account
from keyfob.domain.due_index import shard_of
from keyfob.domain.inventory.batch import Batch
from keyfob.domain.inventory.batch import State as BatchState
from keyfob.domain.inventory.token import Algorithm, Token, TokenType
from keyfob.domain.orders.license_key import generate
from keyfob.domain.orders.order import State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.sessions import session as sessions_of
from keyfob.domain.sessions.permission import OWN, SessionProof
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.inventory.store import (
    Inventory,
    Stored,
    assign_token,
    put_batch,
    put_token,
    ship_token,
)
from keyfob.storage.orders import license_keys, order_row
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Put, Update
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials import verification
from keyfob.usecases.credentials.verification import Elevated
from keyfob.usecases.holds.first_binding import Binder
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.lifecycle import lifecycle_jobs_of, revocation_of
from keyfob.wiring.management import history_of, management_of
from keyfob.wiring.operations import approvals_by_operator_of, help_desk_of, shipping_of
from keyfob.wiring.proofing import activation_of
from keyfob.wiring.redemption import redemption_of
from keyfob.wiring.registration import registration_of
from keyfob.wiring.verification import verification_of
from local.device import Device
from tests.support.builders import (
    CLIENT,
    a_binder,
    a_credential,
    a_hardware_token,
    a_line,
    a_session,
    an_order_in,
    by_password,
    to_end,
)
from tests.support.fakes import Meddler, fake_mac, unique
from tests.support.order_world import OPERATOR, OrderWorld, actor

ORDER = "SO-10001"
_numbers = itertools.count(20_001)


@dataclass
class Typed:
    """A code as somebody types it; `asked` counts its readings."""

    code: str
    asked: int = field(default=0)

    def __call__(self) -> verification.Typed:
        self.asked += 1
        return verification.Typed(method="token", code=self.code)


@dataclass(frozen=True)
class Bought:
    """The number of a paid order, and its license keys."""

    order: str
    keys: list[str]


class CredentialWorld:
    """Ada and every use case of credentials; she has none until a test gives her one."""

    def __init__(self, order_world: OrderWorld, client: Meddler) -> None:
        base = order_world.base
        self.base, self.orders, self.client = base, order_world, client
        self.database, self.clock, self.policy = base.database, order_world.clock, base.policy
        self.transactions = base.transactions
        self.parties, self.seeds = base.parties, base.seeds
        self.inventory = Inventory(base.database)
        self.credentials = CredentialStore(base.database)
        self.sessions = SessionStore(base.database)
        self.directory = Directory(base.database)
        self.phones = PhoneStore(base.database)
        self.service = credential_desk_of(base)
        self.redemption = redemption_of(base)
        self.registration = registration_of(base)
        self.verification = verification_of(base)
        self.ending = revocation_of(base)
        self.activation = activation_of(base)
        self.management = management_of(base)
        self.lifecycle_jobs = lifecycle_jobs_of(base)
        self.shipping = shipping_of(base)
        self.help_desk = help_desk_of(base)
        self.approvals = approvals_by_operator_of(base)
        self.history = history_of(base)
        self.ada: Account = order_world.person()

    @property
    def by(self) -> Actor:
        """Ada as the actor of audit entries."""
        return actor(self.ada)

    @property
    def proof(self) -> SessionProof:
        """Her password, typed just now, where something ends."""
        return by_password(self.clock())

    @property
    def coded(self) -> SessionProof:
        """Her password and a code of her token, typed just now, where something ends."""
        now = self.clock()
        return to_end(sessions_of.elevated(self.proof.session, self.live, "coded", now, by=TOKEN))

    @property
    def binder(self) -> Binder:
        """Herself, in a session that she has begun by her password just now."""
        return a_binder(self.by, self.proof.session)

    @property
    def live(self) -> Credential:
        """Ada's credential as it is now."""
        found = self.credentials.live(self.ada.id)
        assert found
        return found

    @property
    def planned(self) -> datetime:
        """The due time of her credential, from its row."""
        row = self.database.get(rows.CredentialRow, *rows.live_key(self.ada.id))
        assert row
        at, _, row_id = str(row.g1sk).partition("#")
        assert (row_id, row.g1pk) == (row.pk, shard_of(row.pk))
        return datetime.fromisoformat(at)

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
        self._happened(Change.REDEEMED, rows.put(made, next_due(made, self.clock(), self.policy)))
        return self.live

    def changed(self, **changes: Any) -> Credential:
        """Change her credential without a use case."""
        seen = self.live
        self._happened("test.changed", rows.change(seen, replace(seen, **changes)))
        return self.live

    def delivered(
        self,
        order: str | None = ORDER,
        unit: int = 0,
        *,
        batch: BatchState = BatchState.COMPLETE,
        **shape: Any,
    ) -> Device:
        """A token of a batch in this state, shipped for this unit of this order, if given."""
        device, now = Device(unique("FT-9000"), self.clock, **shape), self.clock()
        bundle = Batch(id=device.serial, file="test.csv", changed_at=now, state=batch, attempt=1)
        sealed = self.seeds.seal(device.serial, device.secret)
        token = put_token(_token(device), sealed, bundle.owner)
        self._happened("batch.imported", put_batch(bundle), token)
        if order:
            self._happened("token.shipped", ship_token(self.stored(device), order, unit))
            self._sent(order, Shipment(unit=unit, serial=device.serial, tracking="1Z", at=now))
        return device

    def assigned(self, device: Device, holder: str) -> None:
        """Register this token without a use case."""
        self._happened("token.assigned", assign_token(self.stored(device), holder))

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

    def bought(self, partner: str = "northwind", **line: Any) -> Bought:
        """A paid and fulfilled order, and its license keys; no mail is sent."""
        order = replace(
            an_order_in(State.FULFILLED),
            number=f"SO-{next(_numbers)}",
            account=self.ada.id,
            partner=partner,
            lines=(a_line(**line),),
        )
        keys = [generate() for _ in order.keys]
        made = [
            license_keys.put_license_key(fake_mac("license-key", key), order, unit)
            for unit, key in enumerate(keys)
        ]
        self._happened("order.fulfilled", order_row.place(order, self.clock()), *made)
        return Bought(order=order.number, keys=keys)

    def ship(self, bought: Bought, unit: int = 0) -> None:
        """Ship the token for this unit."""
        self._sent(
            bought.order, Shipment(unit=unit, serial="FT-0001", tracking="1Z", at=self.clock())
        )

    def added(self, credential: str, *, replacement: bool = False) -> Device:
        """A token that was bought for this credential of hers, and sent."""
        line: dict[str, Any] = {"kind": ProductKind.ADDED_TOKEN, "quantity": 1}
        device, order = self.delivered(None), self.bought(credential=credential, **line).order
        self.sent(device, order, replacement=replacement)
        return device

    def sent(self, device: Device, order: str, *, replacement: bool = False) -> None:
        """An operator marks the token as shipped for an order, or as a replacement for her."""
        self.shipping.mark(
            order,
            serial=device.serial,
            tracking="1Z",
            unit=0,
            by=OPERATOR,
            holder=self.ada.id if replacement else None,
        )

    def stored(self, device: Device) -> Stored:
        """The token's row as it is now."""
        return self.inventory.stored([device.serial])[device.serial]

    def signed_in(self, strength: int = 1) -> sessions_of.Token:
        """A session of Ada's with a session token of its own."""
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
        return self.verification.elevate(token, typed, OWN, CLIENT)

    def trail(self, subject: str) -> list[str]:
        """The audit actions about this subject, in order."""
        items = self.database.query(AuditRow, key=("pk", subject))
        return [AuditRow.from_raw_data(item).action for item in items]

    def _sent(self, order: str, shipment: Shipment) -> None:
        """The shipment is recorded with its order, which exists from now on at the latest."""
        seen, now = self.orders.orders.get(order), self.clock()
        if seen is None:
            made = replace(an_order_in(State.FULFILLED), number=order, account=self.ada.id)
            sent = replace(made, shipments=(shipment,))
            self._happened("order.shipped", order_row.place(sent, now))
            return
        to = replace(seen, shipments=(*seen.shipments, shipment))
        self._happened("order.shipped", order_row.change(seen, to, now))

    def _happened(self, action: str, *writes: Put | Update) -> None:
        """Commit these writes, each with an entry about its subject."""
        audit = [
            Entry(action=action, actor=OPERATOR, at=self.clock(), subject=write.subject.id)
            for write in writes
            if write.subject
        ]
        self.transactions.commit(*writes, audit=audit)


def wrong(code: str) -> str:
    """A code other than this one, and not easily a neighbor's."""
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
def credential_world(order_world: OrderWorld, client: Meddler) -> CredentialWorld:
    """Ada without a credential; nothing is queued yet."""
    return CredentialWorld(order_world, client)
