"""The terms of an invoice: due dates before a revocation, and an organization's credit (F7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.orders.errors import CreditLimitReached, InvoiceTooLate, PaymentUnavailable
from keyfob.domain.orders.order import State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.policy import Policy
from keyfob.storage.orders.customers import CustomerStore
from keyfob.wiring.operations import credit_limits_of
from tests.support.builders import ORGANIZATION
from tests.support.carts import items
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, SYSTEM, OrderWorld, actor
from tests.support.renewals import Renewals

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EXPIRED = datetime(2026, 3, 30, 15, tzinfo=UTC)
REVOKED = datetime(2027, 3, 30, 15, tzinfo=UTC)  # a Tuesday
# The end of Monday, 29 March 2027, in New York.
DEADLINE = datetime(2027, 3, 29, 21, tzinfo=UTC)
INVOICE: dict[str, Any] = {"method": PaymentMethod.INVOICE, "short_renewal_accepted": True}


def an_expired(renewals: Renewals, at: datetime) -> None:
    renewals.credential(expires_at=EXPIRED)
    renewals.credential_world.clock.now = at


def test_a_renewals_invoice_is_due_on_the_last_business_day_before_the_revocation_F7(
    renewals: Renewals,
) -> None:
    an_expired(renewals, REVOKED - 20 * DAY)
    order = renewals.order(**INVOICE)
    assert order.invoice
    assert order.checkout_ends == order.invoice.due_at == DEADLINE


def test_a_renewals_invoice_long_before_is_due_in_thirty_days_F7(renewals: Renewals) -> None:
    an_expired(renewals, REVOKED - 60 * DAY)
    assert renewals.order(**INVOICE).checkout_ends == REVOKED - 30 * DAY


def test_from_five_days_before_the_revocation_an_invoice_must_be_confirmed_F7(
    renewals: Renewals,
) -> None:
    an_expired(renewals, REVOKED - 5 * DAY - SECOND)
    assert renewals.order(**INVOICE).invoice
    renewals.credential_world.clock.now = REVOKED - 5 * DAY
    with pytest.raises(InvoiceTooLate):
        renewals.order(**INVOICE)
    confirmed = renewals.order(**INVOICE, confirmed=True)
    assert confirmed.clears_until == REVOKED - 5 * DAY
    assert confirmed.checkout_ends == DEADLINE
    assert renewals.order(short_renewal_accepted=True).checkout, "a card pays at once"


def test_no_invoice_is_issued_without_a_business_day_left_not_even_confirmed_F7(
    renewals: Renewals,
) -> None:
    an_expired(renewals, DEADLINE - timedelta(hours=2) + SECOND)
    with pytest.raises(InvoiceTooLate):
        renewals.order(**INVOICE, confirmed=True)


def test_business_days_are_those_of_the_organizations_country_F7(renewals: Renewals) -> None:
    # Good Friday and Easter Monday are free there.
    orders = renewals.orders
    orders.seed.organizations(
        [replace(ORGANIZATION, id="bolt", country="DE", time_zone="Europe/Berlin")], by=OPERATOR
    )
    world = renewals.credential_world
    world.ada = orders.person(organization="bolt")
    renewals.credential(expires_at=EXPIRED, organization="bolt")
    world.clock.now = REVOKED - 20 * DAY
    assert renewals.order(**INVOICE).checkout_ends == datetime(2027, 3, 25, 16, tzinfo=UTC)


def test_an_invoice_paid_before_the_revocation_renews_and_after_it_is_held_B7(
    renewals: Renewals,
) -> None:
    an_expired(renewals, REVOKED - 3 * DAY)
    order = renewals.order(**INVOICE, confirmed=True)
    renewals.credential_world.clock.now = REVOKED
    held = renewals.orders.pay_invoice(order)
    assert (held.state, renewals.until) == (State.HELD, EXPIRED)
    for _ in range(3):
        renewals.orders.send_queued()
    assert renewals.shown(order).refund == f"cn_{order.reference}"


def test_an_invoice_paid_in_time_renews_at_once_B7(renewals: Renewals) -> None:
    an_expired(renewals, REVOKED - 20 * DAY)
    order = renewals.order(**INVOICE)
    assert renewals.orders.pay_invoice(order).state is State.FULFILLED
    assert renewals.until == REVOKED


# Credit


@pytest.fixture
def policy() -> Policy:
    """Credit for two orders of two hardware tokens."""
    return Policy(credit_limit=2 * 18_403)


@pytest.fixture
def ada(order_world: OrderWorld) -> Account:
    return order_world.person()


def unpaid(order_world: OrderWorld) -> int:
    return CustomerStore(order_world.database).unpaid("acme", "USD")


def test_an_organization_owes_by_invoices_what_it_may_and_no_more_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    orders = [order_world.invoiced(one) for one in (ada, order_world.person())]
    with pytest.raises(CreditLimitReached):
        order_world.invoiced(ada, items=items(phone=1))
    assert order_world.order(ada).checkout, "cards need no credit"
    assert unpaid(order_world) == 2 * 18_403
    order_world.pay_invoice(orders[0])
    assert unpaid(order_world) == 18_403
    assert order_world.invoiced(ada).invoice


def test_another_organizations_orders_take_no_credit_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    order_world.seed.organizations([replace(ORGANIZATION, id="bolt")], by=OPERATOR)
    for one in (ada, ada, order_world.person(organization="bolt")):
        assert order_world.invoiced(one).invoice


def test_a_part_frees_nothing_and_canceling_frees_all_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    order = order_world.invoiced(ada)
    order_world.pay_invoice(order, 5_000)
    assert unpaid(order_world) == order.total
    for _ in range(2):
        order_world.placing.cancel(actor(ada), order.number)
    assert unpaid(order_world) == 0


def test_two_at_once_cant_share_the_last_credit_S62(
    order_world: OrderWorld, ada: Account, client: Meddler
) -> None:
    colleague = order_world.person()
    order_world.invoiced(ada)

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        order_world.invoiced(colleague)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    with pytest.raises(CreditLimitReached):
        order_world.invoiced(ada)
    assert unpaid(order_world) == 2 * 18_403


def test_the_same_request_takes_credit_once_S62(order_world: OrderWorld, ada: Account) -> None:
    order_world.provider.silent = True
    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            order_world.invoiced(ada)
    assert unpaid(order_world) == 2 * 18_403, "two orders, of two requests"


def test_an_operator_sets_an_organizations_limit_S60_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    limits = credit_limits_of(order_world.base)
    by = replace(OPERATOR, reason="Framework agreement")
    assert limits.set("acme", "USD", 0, by=by) == 0
    with pytest.raises(CreditLimitReached):
        order_world.invoiced(ada)
    limits.set("acme", "EUR", 5, by=by)
    for _ in range(2):
        limits.set("acme", "USD", 18_403, by=by)
    order = order_world.invoiced(ada)
    assert limits.set("acme", "USD", 18_404, by=by) == order.total
    with pytest.raises(CreditLimitReached):
        order_world.invoiced(ada, items=items(phone=1))
    assert dict(CustomerStore(order_world.database).limits("acme").limits) == {
        "EUR": 5,
        "USD": 18_404,
    }


def test_a_late_payment_of_a_canceled_order_frees_no_credit_twice_S62(
    order_world: OrderWorld, ada: Account
) -> None:
    first, second = order_world.invoiced(ada), order_world.invoiced(ada)
    order_world.placing.cancel(actor(ada), first.number)
    order_world.pay_invoice(first)
    order_world.payments.reconcile(first.number, by=SYSTEM)
    assert unpaid(order_world) == second.total
