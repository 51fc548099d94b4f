"""Refunds and disputes of renewals, added tokens and upgrades (B5, B7, C6, S40)."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from tests.support.additions import Additions
from tests.support.builders import a_hardware_token, a_product
from tests.support.carts import UPGRADE, items, upgrade_of
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, page_of
from tests.support.renewals import Renewals


def payment_of(order: Order) -> str:
    return f"pi_{page_of(order)}"


def refund(orders: OrderWorld, order: Order) -> None:
    orders.provider.given_back_by_hand(payment_of(order))
    orders.payments.compare(payment_of(order), by=SYSTEM)


def test_a_refunded_renewal_takes_its_year_back_once_without_suspension_B7(
    renewals: Renewals,
) -> None:
    before = renewals.credential().expires_at
    first, second = renewals.order(), renewals.order()
    for order in (first, second):
        renewals.orders.pay(order)
    refund(renewals.orders, first)
    assert renewals.until == one_year_after(before)
    renewals.orders.payments.reconcile(first.number, by=SYSTEM)
    renewals.orders.payments.compare(payment_of(first), by=SYSTEM)
    assert renewals.until == one_year_after(before)
    assert not renewals.credential_world.live.suspensions
    refund(renewals.orders, second)
    assert renewals.until == before
    assert renewals.orders.kinds().count(Kind.RENEWAL_TAKEN_BACK) == 2


def test_a_renewal_that_was_refunded_before_it_was_known_is_taken_back_at_once_S37(
    renewals: Renewals,
) -> None:
    before = renewals.credential().expires_at
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))
    refund(renewals.orders, order)
    renewals.orders.payments.settle(page_of(order), by=SYSTEM)
    assert renewals.until == before
    assert renewals.shown(order).todo == set()


def test_a_disputed_renewal_suspends_and_a_lost_one_takes_its_year_back_too_S40(
    renewals: Renewals,
) -> None:
    before = renewals.credential().expires_at
    order = renewals.order()
    renewals.orders.pay(order)
    provider, payment = renewals.orders.provider, payment_of(order)
    dispute = provider.bank_disputes(payment)
    renewals.orders.payments.compare(payment, by=SYSTEM)
    assert set(renewals.credential_world.live.suspensions) == {f"dispute:{dispute}"}
    assert renewals.until == one_year_after(before)
    provider.dispute_becomes(dispute, "lost")
    renewals.orders.payments.compare(payment, by=SYSTEM)
    assert set(renewals.credential_world.live.suspensions) == {f"dispute:{dispute}"}
    assert renewals.until == before


def test_a_refund_after_the_revocation_changes_no_credential_B7(renewals: Renewals) -> None:
    seen = renewals.credential()
    order = renewals.order()
    renewals.orders.pay(order)
    renewals.revoke()
    past = renewals.credential_world.credentials.get(seen.account, seen.id)
    refund(renewals.orders, order)
    assert renewals.credential_world.credentials.get(seen.account, seen.id) == past
    assert renewals.shown(order).todo == set()


def test_the_refund_of_a_refused_renewal_takes_nothing_B7(renewals: Renewals) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.revoke()
    renewals.orders.pay(order)
    renewals.credential_world.credential(id="crd_00000000000000000009")
    until = renewals.until
    renewals.orders.send_queued()
    renewals.orders.payments.compare(payment_of(order), by=SYSTEM)
    shown = renewals.shown(order)
    assert (shown.state, shown.given_back.amount) == (State.HELD, order.total)
    assert renewals.until == until
    assert Kind.ORDER_GIVEN_BACK not in renewals.orders.kinds()


@pytest.fixture
def upgrades(credential_world: CredentialWorld) -> CredentialWorld:
    product = a_product(id=UPGRADE, kind=ProductKind.UPGRADE, price=2_500, proofing=True)
    credential_world.orders.seed.products([product], by=OPERATOR)
    bought = credential_world.bought().order
    credential_world.credential(token=a_hardware_token(), order=bought)
    return credential_world


def test_a_refunded_upgrade_that_was_not_begun_goes_C6(upgrades: CredentialWorld) -> None:
    order = upgrades.orders.order(upgrades.ada, items=upgrade_of(upgrades.live.id))
    upgrades.orders.pay(order)
    bought = upgrades.live
    refund(upgrades.orders, order)
    kept = upgrades.live
    assert (bought.upgrade, kept.upgrade, kept.suspensions) == (True, False, {})
    assert Kind.UPGRADE_TAKEN_BACK in upgrades.orders.kinds()


def test_a_dispute_suspends_no_credential_that_could_not_have_what_was_paid_S40(
    upgrades: CredentialWorld,
) -> None:
    """Of two upgrades the second is refused, and only the rest of its order is disputed."""
    first = upgrades.orders.order(upgrades.ada, items=upgrade_of(upgrades.live.id))
    cart = (*upgrade_of(upgrades.live.id), *items(phone=1))
    second = upgrades.orders.order(upgrades.ada, items=cart)
    upgrades.orders.pay(first)
    upgrades.orders.pay(second)
    assert upgrades.orders.service.get(second.number).refused == (0,)
    upgrades.orders.provider.bank_disputes(payment_of(second))
    upgrades.orders.payments.compare(payment_of(second), by=SYSTEM)
    assert not upgrades.live.suspensions
    assert upgrades.orders.service.get(second.number).todo == set()


def test_a_refunded_token_that_was_not_sent_is_not_sent_any_more_B5(additions: Additions) -> None:
    additions.credential()
    order = additions.order()
    additions.orders.pay(order)
    refund(additions.orders, order)
    device = additions.credential_world.delivered(None)
    with pytest.raises(IllegalTransition):
        additions.credential_world.sent(device, order.number)
    assert not additions.credential_world.live.suspensions
