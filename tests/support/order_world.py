"""The whole order flow over real tables and fake outside parties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.messages.outbox import is_effect
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxRow, OutboxStore
from keyfob.storage.orders.stock import moved
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.directory.accounts import NewAccount
from keyfob.usecases.directory.initial_data import InitialData
from keyfob.usecases.messages.mail import Sender
from keyfob.usecases.messages.outbox_processor import OutboxProcessor
from keyfob.usecases.orders.effects import OrderEffects
from keyfob.usecases.orders.payments import Payments
from keyfob.usecases.orders.placing import Placing
from keyfob.usecases.orders.pricing import Pricing
from keyfob.usecases.orders.service import OrderService
from keyfob.wiring.notifier import notifier_of
from keyfob.wiring.operations import initial_data_of
from keyfob.wiring.orders import effects_of, payments_of, service_of
from keyfob.wiring.placing import placing_of, pricing_of
from tests.support.builders import (
    ORGANIZATION,
    PARTNER,
    a_cart,
    a_product,
    a_record,
    a_session,
    an_account,
)
from tests.support.fakes import Counts, FakeClock, FakeMail, FakePasswords, FakePayments
from tests.support.runtime import SETTINGS, FakeRuntime
from tests.support.tokens import PLENTY

OPERATOR = Actor(kind="operator", id="console")
SYSTEM = Actor(kind="system", id="clock", correlation="cor-1")
SENDER = Sender(
    name=SETTINGS["SENDER_NAME"],
    address=SETTINGS["SENDER_ADDRESS"],
    support=SETTINGS["SUPPORT_CONTACT"],
    portal=SETTINGS["PUBLIC_URL"],
)


@dataclass(frozen=True, kw_only=True)
class OrderWorld:
    """The order flow's use cases, and the outside parties."""

    base: FakeRuntime
    database: Database
    clock: FakeClock
    seed: InitialData
    orders: OrderStore
    service: OrderService
    placing: Placing
    pricing: Pricing
    payments: Payments
    effects: OrderEffects
    outbox: OutboxStore
    notifier: OutboxProcessor
    effects_worker: OutboxProcessor
    provider: FakePayments
    passwords: FakePasswords
    mail: FakeMail
    counts: Counts

    def person(self, *, roles: tuple[Role, ...] = (), **changes: Any) -> Account:
        """A new account."""
        account = an_account(**changes)
        new = NewAccount(account=account, roles=roles, temporary_password="temporary-password")
        self.seed.accounts([new], by=OPERATOR)
        return account

    def order(self, account: Account, **cart: Any) -> Order:
        """An order of this person, its payment page open."""
        return self.placing.place(actor(account), a_cart(**cart), a_record(account.id))

    def paid(self, account: Account, **cart: Any) -> Order:
        """An order that was paid, settled and fulfilled."""
        order = self.order(account, **cart)
        self.pay(order)
        return self.service.get(order.number)

    def pay(self, order: Order, **how: Any) -> None:
        """The buyer pays, and the webhook arrives."""
        page = page_of(order)
        self.provider.buyer_pays(page, **how)
        self.payments.settle(page, by=SYSTEM)

    def invoiced(self, account: Account, **cart: Any) -> Order:
        """An order of this person, its invoice issued."""
        return self.order(account, **{"method": PaymentMethod.INVOICE, **cart})

    def pay_invoice(self, order: Order, amount: int | None = None) -> Order:
        """Money arrives for the invoice, by default all that remains, and its event, too."""
        self.provider.paid(invoice_of(order), amount)
        self.payments.settle_invoice(invoice_of(order), by=SYSTEM)
        return self.service.get(order.number)

    def queued(self, *, pending: bool = True) -> list[OutboxRow]:
        """The outbox, without the messages that are done."""
        rows = [OutboxRow.from_raw_data(item) for item in self.database.scan(OutboxRow)]
        return [row for row in rows if row.state == "pending" or not pending]

    def kinds(self) -> list[str]:
        """The kinds of the pending messages, sorted."""
        return sorted(str(row.kind) for row in self.queued())

    def send_queued(self) -> None:
        """Let both workers process everything pending, once."""
        for row in self.queued():
            worker = self.effects_worker if is_effect(row.pk) else self.notifier
            worker.deliver(row.pk)


def actor(account: Account) -> Actor:
    """The person as the actor of audit entries."""
    return Actor(kind="account", id=account.id, address="198.18.0.1", correlation="req-1")


def administrator(account: Account) -> Administrator:
    """The person as an administrator, on a route whose proof any session has given."""
    return Administrator(
        by=actor(account),
        organization=account.organization,
        partner=None,
        credential=None,
        proof=SessionProof(session=a_session(), needed=Proof.PASSWORD),
    )


def page_of(order: Order) -> str:
    """The id of the order's payment page."""
    assert order.checkout
    return order.checkout.id


def invoice_of(order: Order) -> str:
    """The id of the order's invoice."""
    assert order.invoice
    return order.invoice.id


@pytest.fixture
def order_world(base: FakeRuntime) -> OrderWorld:
    """A partner and products, but no people."""
    made = build(base)
    made.seed.partners([PARTNER], by=OPERATOR)
    made.seed.organizations([ORGANIZATION], by=OPERATOR)
    made.seed.products([a_product(), a_product(id="phone", kind="phone", price=3_500)], by=OPERATOR)
    made.database.write(moved(DEFAULT_MODEL, free=PLENTY))
    return made


def build(base: FakeRuntime) -> OrderWorld:
    """The functions' own wiring over this runtime."""
    parties = base.parties
    effects, outbox = effects_of(base), OutboxStore(base.database, base.policy)
    return OrderWorld(
        base=base,
        database=base.database,
        seed=initial_data_of(base),
        orders=OrderStore(base.database),
        service=service_of(base),
        placing=placing_of(base),
        pricing=pricing_of(base),
        payments=payments_of(base),
        effects=effects,
        outbox=outbox,
        notifier=OutboxProcessor(outbox, base.clock, notifier_of(base).perform, base.count),
        effects_worker=OutboxProcessor(outbox, base.clock, effects.perform, base.count),
        provider=parties.payments,
        passwords=parties.passwords,
        mail=parties.mail,
        clock=base.fake_clock,
        counts=base.counts,
    )
