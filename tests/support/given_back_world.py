"""A paid order whose money goes back: its buyer's bank, an operator, and its keys' holders."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import is_effect
from keyfob.domain.orders.license_key import LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.orders import refunding_of, reissuing_of
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import fake_unseal
from tests.support.order_world import OPERATOR, SYSTEM, actor, page_of


class GivenBackWorld:
    """An order of Ada's for phones; each unit's key is redeemed by somebody of their own."""

    def __init__(self, world: CredentialWorld) -> None:
        self.world, self.orders = world, world.orders
        self.provider, self.clock = world.orders.provider, world.clock
        self.payments = world.orders.payments
        self.refunding = refunding_of(world.base)
        self.reissuing = reissuing_of(world.base)
        self.number = ""

    def buy(self, units: int = 2, **cart: Any) -> Order:
        """Ada orders so many credentials for phones and pays."""
        order = self.orders.paid(self.world.ada, **{"items": self.items(units), **cart})
        self.number = order.number
        return order

    def place(self, units: int = 2) -> Order:
        """Ada orders and pays, but nothing is known of it here."""
        order = self.orders.order(self.world.ada, items=self.items(units))
        self.number = order.number
        self.provider.buyer_pays(page_of(order))
        return order

    @staticmethod
    def items(units: int) -> tuple[Item, ...]:
        """So many credentials for phones."""
        return (Item(product="phone", quantity=units),)

    @property
    def order(self) -> Order:
        """The order as it is now."""
        return self.orders.service.get(self.number)

    @property
    def payment(self) -> str:
        """Its payment at the provider."""
        return f"pi_{page_of(self.order)}"

    def settled(self) -> None:
        """The event of the payment page arrives."""
        self.payments.settle(page_of(self.order), by=SYSTEM)

    def told(self) -> None:
        """An event about a refund or dispute arrives."""
        self.payments.compare(self.payment, by=SYSTEM)

    def due(self) -> None:
        """The clock looks at the order."""
        self.payments.reconcile(self.number, by=SYSTEM)

    def refunded(self, amount: int | None = None) -> str:
        """Somebody refunds it by hand, and the event arrives; returns the refund."""
        refund = self.provider.given_back_by_hand(self.payment, amount)
        self.told()
        return refund

    def disputed(self, amount: int | None = None, *, status: str = "needs_response") -> str:
        """The bank opens a dispute, and the event arrives; returns the dispute."""
        dispute = self.provider.bank_disputes(self.payment, amount, status=status)
        self.told()
        return dispute

    def decided(self, dispute: str, status: str) -> None:
        """The bank decides, and the event arrives."""
        self.provider.dispute_becomes(dispute, status)
        self.told()

    def by_operator(self, *pieces: int) -> None:
        """An operator refunds these pieces (from 1), or everything, and the effect is made."""
        self.refunding.request(self.number, [one - 1 for one in pieces] or None, OPERATOR)
        self.effects()
        self.told()

    def effects(self) -> None:
        """The calls to the provider that wait are made; mails stay."""
        for row in self.orders.queued():
            if is_effect(row.pk):
                self.orders.effects_worker.deliver(row.pk)

    def mailed(self) -> list[str]:
        """The license keys that were mailed, in the order of their making."""
        found = [one for one in self.orders.queued(pending=False) if one.kind == Kind.LICENSE_KEY]
        of_order = [one for one in found if one.facts["order"] == self.number]
        made = sorted(of_order, key=lambda one: int(one.facts["unit"]))
        return [fake_unseal(one.pk, one.sealed) for one in made if one.sealed]

    def key(self, unit: int = 0) -> LicenseKey:
        """The present key of a unit (from 0)."""
        return self.orders.orders.keys.of_order(self.order)[unit]

    def states(self) -> list[str]:
        """The state of each unit's present key."""
        keys = self.orders.orders.keys.of_order(self.order)
        return [str(keys[unit].state) for unit in sorted(keys)]

    def redeem(self, unit: int = 0, who: Account | None = None) -> Credential:
        """Somebody redeems a unit's key (from 0)."""
        account = who or self.orders.person()
        claim = Claim(
            license_key=self.mailed()[unit],
            legal_name="Ada King Byron",
            country="GB",
            organization="acme",
        )
        return self.world.redemption.redeem(claim, a_record(account.id), actor(account))

    def present(self, credential: Credential) -> Credential:
        """The credential as it is now."""
        found = self.world.credentials.get(credential.account, credential.id)
        assert found
        return found

    def causes(self, credential: Credential) -> set[str]:
        """The causes of its suspension."""
        return set(self.present(credential).suspensions)


@pytest.fixture
def given_back(credential_world: CredentialWorld) -> GivenBackWorld:
    """Nothing is ordered yet."""
    return GivenBackWorld(credential_world)
