"""The whole order flow over real tables and fake outside parties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from keyfob.audit.entry import Actor
from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.purchases import Purchases
from keyfob.credentials.store import CredentialStore
from keyfob.directory.account import Account
from keyfob.directory.connections_store import ConnectionStore
from keyfob.directory.seed import NewAccount, Seed
from keyfob.directory.store import Directory
from keyfob.dynamo import Database
from keyfob.messages.composer import Composer
from keyfob.messages.connections import Connections
from keyfob.messages.courier import Courier
from keyfob.messages.foretold import Foretold
from keyfob.messages.mail import MailBuilder, Sender
from keyfob.messages.notifier import Notifier
from keyfob.messages.outbox import is_effect
from keyfob.messages.store import OutboxRow, OutboxStore
from keyfob.orders.catalog import Catalog
from keyfob.orders.checkouts import Checkouts
from keyfob.orders.desk import OrderDesk
from keyfob.orders.effects import OrderEffects
from keyfob.orders.fulfilment import Fulfilment
from keyfob.orders.order import Order
from keyfob.orders.payments import Payments
from keyfob.orders.placing import Placing
from keyfob.orders.store import OrderStore
from keyfob.policy import Policy
from keyfob.transaction import Transactions
from tests.support.builders import (
    ORGANIZATION,
    PARTNER,
    a_cart,
    a_product,
    a_receipt,
    an_account,
)
from tests.support.fakes import (
    Counts,
    FakeClock,
    FakeMail,
    FakePasswords,
    FakePayments,
    FakeTexts,
    fake_mac,
    fake_seal,
    fake_unseal,
)

OPERATOR = Actor(kind="operator", id="console")
SYSTEM = Actor(kind="system", id="clock", correlation="cor-1")
SENDER = Sender(
    name="Keyfob",
    address="no-reply@keyfob.example",
    support="help@keyfob.example",
    portal="https://keyfob.example",
)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Use cases, and the parties behind them."""

    database: Database
    clock: FakeClock
    seed: Seed
    orders: OrderStore
    desk: OrderDesk
    placing: Placing
    payments: Payments
    fulfilment: Fulfilment
    effects: OrderEffects
    outbox: OutboxStore
    notifier: Courier
    effects_worker: Courier
    provider: FakePayments
    passwords: FakePasswords
    mail: FakeMail
    counts: Counts

    def person(self, **changes: Any) -> Account:
        """A new account."""
        account = an_account(**changes)
        new = NewAccount(account=account, temporary_password="temporary-password")
        self.seed.accounts([new], by=OPERATOR)
        return account

    def order(self, account: Account, **cart: Any) -> Order:
        """An order of this person, its payment page open."""
        return self.placing.place(actor(account), a_cart(**cart), a_receipt(account.id))

    def paid(self, account: Account, **cart: Any) -> Order:
        """An order that was paid, settled and fulfilled."""
        order = self.order(account, **cart)
        self.pay(order)
        return self.desk.get(order.number)

    def pay(self, order: Order, **how: Any) -> None:
        """The buyer pays, and the webhook arrives."""
        page = page_of(order)
        self.provider.buyer_pays(page, **how)
        self.payments.settle(page, by=SYSTEM)

    def promises(self, *, pending: bool = True) -> list[OutboxRow]:
        """The outbox, without what is done."""
        rows = [OutboxRow.from_raw_data(item) for item in self.database.scan(OutboxRow)]
        return [row for row in rows if row.state == "pending" or not pending]

    def kinds(self) -> list[str]:
        """The kinds of the pending promises, sorted."""
        return sorted(str(row.kind) for row in self.promises())

    def keep_promises(self) -> None:
        """Let both workers do everything that is pending, once."""
        for row in self.promises():
            worker = self.effects_worker if is_effect(row.pk) else self.notifier
            worker.deliver(row.pk)


def actor(account: Account) -> Actor:
    """The person as the audit trail names them."""
    return Actor(kind="account", id=account.id, address="198.18.0.1", correlation="req-1")


def page_of(order: Order) -> str:
    """The id of the order's payment page."""
    assert order.checkout
    return order.checkout.id


@pytest.fixture
def shop(
    database: Database,
    transactions: Transactions,
    clock: FakeClock,
    policy: Policy,
    counts: Counts,
) -> Shop:
    """A shop with a partner, three products and no people."""
    made = build(database, transactions, clock, policy, counts)
    made.seed.partners([PARTNER], by=OPERATOR)
    made.seed.organizations([ORGANIZATION], by=OPERATOR)
    made.seed.products([a_product(), a_product(id="phone", kind="phone", price=3_500)], by=OPERATOR)
    return made


def build(
    database: Database,
    transactions: Transactions,
    clock: FakeClock,
    policy: Policy,
    counts: Counts,
) -> Shop:
    """The same wiring as the functions', with fakes at the seams."""
    directory, catalog, orders = Directory(database), Catalog(database), OrderStore(database)
    desk, provider = OrderDesk(orders, transactions, clock), FakePayments()
    checkouts = Checkouts(desk, provider)
    credentials = CredentialStore(database)
    credential_desk = CredentialDesk(credentials, transactions, clock, policy)
    purchases = Purchases(credentials, credential_desk, clock, policy)
    passwords, mail, outbox = FakePasswords(), FakeMail(), OutboxStore(database, policy)
    fulfilment = Fulfilment(
        desk=desk,
        transactions=transactions,
        mac=fake_mac,
        seal=fake_seal,
        clock=clock,
        policy=policy,
    )
    effects = OrderEffects(desk, provider, clock)
    composer = Composer(
        directory=directory,
        connections=Connections(directory, ConnectionStore(database), clock),
        orders=orders,
        foretold=Foretold(credentials, clock, policy),
        unseal=fake_unseal,
        builder=MailBuilder(SENDER, clock),
        clock=clock,
    )
    return Shop(
        database=database,
        clock=clock,
        seed=Seed(
            directory=directory,
            catalog=catalog,
            passwords=passwords,
            transactions=transactions,
            clock=clock,
        ),
        orders=orders,
        desk=desk,
        placing=Placing(
            directory=directory,
            catalog=catalog,
            orders=orders,
            desk=desk,
            purchases=purchases,
            checkouts=checkouts,
            transactions=transactions,
            clock=clock,
            policy=policy,
        ),
        payments=Payments(
            desk=desk,
            orders=orders,
            checkouts=checkouts,
            fulfilment=fulfilment,
            purchases=purchases,
            provider=provider,
            clock=clock,
            count=counts,
        ),
        fulfilment=fulfilment,
        effects=effects,
        outbox=outbox,
        notifier=Courier(
            outbox, clock, Notifier(composer, mail, FakeTexts(), clock, policy).perform, counts
        ),
        effects_worker=Courier(outbox, clock, effects.perform, counts),
        provider=provider,
        passwords=passwords,
        mail=mail,
        counts=counts,
    )
