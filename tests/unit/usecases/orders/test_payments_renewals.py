"""A renewal is paid: early, late, twice, at the wrong time; one year for one payment (B7).

One file, since the orders of events at its end use the steps above.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Change, Credential
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.errors import DomainError, StorageUnavailable
from keyfob.domain.orders.order import Order, State
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.orders.order_row import OrderRow
from tests.support.fakes import START, Meddler
from tests.support.order_world import SYSTEM, page_of
from tests.support.renewals import Renewals

YEAR = START.year
EXPIRES = START.replace(year=YEAR + 1)
RENEWED = START.replace(year=YEAR + 2)
REVOKED = START.replace(year=YEAR + 2)  # a year after the expiry, if nothing is paid
SECOND = timedelta(seconds=1)


def keys(renewals: Renewals, order: Order) -> list[str]:
    """The license keys of this order."""
    rows = renewals.orders.database.scan(OrderRow)
    found = [one for one in rows if one["pk"]["S"].startswith("KEY#")]
    return [one["pk"]["S"] for one in found if one["order"]["S"] == order.number]


def settle(renewals: Renewals, order: Order) -> None:
    renewals.orders.payments.settle(page_of(order), by=SYSTEM)


def reconcile(renewals: Renewals, order: Order) -> None:
    renewals.orders.payments.reconcile(order.number, by=SYSTEM)


def at(renewals: Renewals, now: datetime) -> None:
    renewals.credential_world.clock.now = now


def work_off(renewals: Renewals) -> None:
    """Sends every queued message and those that follow from it."""
    for _ in range(4):
        renewals.orders.send_queued()


def subjects(renewals: Renewals) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in renewals.orders.mail.sent)


def test_a_paid_renewal_is_done_and_brings_a_year_and_no_key_B7(renewals: Renewals) -> None:
    credential = renewals.credential(told_at=START)
    order = renewals.order()
    renewals.orders.pay(order)

    done, live = renewals.shown(order), renewals.credential_world.live
    assert (done.state, done.minted, done.payment) == (State.FULFILLED, 0, "pi_cs_test_1")
    assert (live.expires_at, live.told_at, live.epoch) == (RENEWED, None, credential.epoch)
    assert (live.id, live.paid_at, live.order) == (
        credential.id,
        credential.paid_at,
        credential.order,
    )
    assert keys(renewals, order) == []
    assert renewals.orders.kinds() == ["credential_renewed", "order_confirmation"]


def test_order_and_credential_record_the_renewal_and_its_actor_B7_S46(
    renewals: Renewals,
) -> None:
    credential = renewals.credential()
    order = renewals.order()
    renewals.orders.pay(order)
    found = [
        AuditRow.from_raw_data(item)
        for subject in (order.subject, credential.subject)
        for item in renewals.orders.database.query(AuditRow, key=("pk", subject))
    ]
    assert [row.action for row in found] == [
        "order.placed",
        "order.checkout_opened",
        "order.paid",
        "credential.redeemed",
        "credential.renewed",
    ]
    facts = found[-1].facts
    assert (facts["order"], facts["until"]) == (order.number, f"{RENEWED:%Y-%m-%d}")
    assert found[2].facts["state"] == "fulfilled"
    assert (found[2].actor_id, found[-1].actor_id) == (SYSTEM.id, SYSTEM.id)


def test_payment_and_year_are_one_transaction_S46(renewals: Renewals, client: Meddler) -> None:
    credential = renewals.credential()
    order = renewals.order()
    client.calls.clear()
    renewals.orders.pay(order)
    [sent] = client.requests("transact_write_items")
    touched = [
        str(one.get("Key", one.get("Item"))["pk"]["S"])
        for item in sent["TransactItems"]
        for one in item.values()
        if "members" not in one["TableName"]
    ]
    subjects = [order.subject, f"ACCOUNT#{credential.account}", credential.subject]
    assert [one for one in touched if one in subjects] == [
        order.subject,
        f"ACCOUNT#{credential.account}",
        order.subject,
        credential.subject,
    ]
    assert len([one for one in touched if one.startswith("msg_")]) == 2


@pytest.mark.parametrize("landed", [True, False])
def test_a_renewal_killed_in_its_commit_is_done_once_and_as_a_whole_S46(
    landed: bool, renewals: Renewals, client: Meddler
) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))

    def die(operation: Any, request: Any) -> Any:
        if landed:
            operation(**request)
        raise StorageUnavailable

    client.next("transact_write_items", die)
    with pytest.raises(StorageUnavailable):
        settle(renewals, order)
    both = (renewals.shown(order).state, renewals.until)
    assert both == ((State.FULFILLED, RENEWED) if landed else (State.AWAITING_PAYMENT, EXPIRES))
    # The webhook isn't delivered again: the clock finds the payment.
    renewals.credential_world.clock.advance(minutes=5)
    reconcile(renewals, order)
    assert (renewals.shown(order).state, renewals.until) == (State.FULFILLED, RENEWED)
    assert renewals.orders.kinds() == ["credential_renewed", "order_confirmation"]


def test_a_webhook_that_comes_again_renews_nothing_again_S37(renewals: Renewals) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.pay(order)
    before, live = renewals.shown(order), renewals.credential_world.live
    for days in (0, 40, 400):
        renewals.credential_world.clock.advance(days=days)
        settle(renewals, order)
        reconcile(renewals, order)
    assert (renewals.shown(order), renewals.credential_world.live) == (before, live)
    assert renewals.orders.kinds() == ["credential_renewed", "order_confirmation"]


def test_two_workers_at_once_bring_one_year_S37_S42(renewals: Renewals, client: Meddler) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        settle(renewals, order)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    settle(renewals, order)
    assert (renewals.shown(order).state, renewals.until) == (State.FULFILLED, RENEWED)
    assert renewals.orders.kinds() == ["credential_renewed", "order_confirmation"]


def test_a_lost_webhook_is_found_by_the_clock_S37(renewals: Renewals) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))
    renewals.credential_world.clock.advance(minutes=5)
    reconcile(renewals, order)
    assert (renewals.shown(order).state, renewals.until) == (State.FULFILLED, RENEWED)
    row = renewals.orders.database.get(OrderRow, order.subject, "-")
    assert row
    assert not row.g1pk, "nothing is due for it any more"


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (START + SECOND, False),
        (EXPIRES - timedelta(days=30), False),
        (EXPIRES - SECOND, False),
        (EXPIRES, True),
        (EXPIRES + timedelta(days=200), True),
        (REVOKED - timedelta(days=3), True),
        (REVOKED - SECOND, True),
    ],
)
def test_the_year_counts_from_the_original_expiry_early_late_or_expired_B7(
    now: datetime, expired: bool, renewals: Renewals
) -> None:
    credential = renewals.credential()
    at(renewals, now)
    renewals.orders.pay(renewals.order(short_renewal_accepted=True))
    live = renewals.credential_world.live
    assert live.expires_at == RENEWED
    assert live.is_usable(now)
    assert live.epoch == credential.epoch + expired, "old codes open nothing again"


def test_a_renewal_ordered_in_time_and_paid_too_late_is_refunded_B7(renewals: Renewals) -> None:
    credential = renewals.credential()
    at(renewals, REVOKED - SECOND)
    order = renewals.order(short_renewal_accepted=True)
    at(renewals, REVOKED)
    renewals.orders.pay(order)
    refused_and_refunded(renewals, order)
    assert renewals.credential_world.live == credential, (
        "the clock, which revokes it, hasn't come yet"
    )


def test_the_last_second_counts_to_the_second_B7(renewals: Renewals) -> None:
    renewals.credential()
    at(renewals, REVOKED - SECOND + timedelta(milliseconds=999))
    renewals.orders.pay(renewals.order(short_renewal_accepted=True))
    assert renewals.until == RENEWED


def refused_and_refunded(renewals: Renewals, order: Order) -> None:
    """The money is held and refunded once, and the payer is notified of both."""
    held = renewals.shown(order)
    assert (held.state, held.minted, held.refund) == (State.HELD, 0, None)
    queued = {"refund_payment", "renewal_refused"}
    assert queued <= set(renewals.orders.kinds())
    assert "order_confirmation" not in renewals.orders.kinds()
    for _ in range(3):
        settle(renewals, order)
        reconcile(renewals, order)
        work_off(renewals)
    assert list(renewals.orders.provider.given_back) == [f"re_{order.reference}"]
    assert renewals.shown(order).refund == f"re_{order.reference}"
    told = [one for one in subjects(renewals) if order.number in one or "renewal" in one]
    assert told == [
        f"Your payment for order {order.number} goes back to you",
        "Your renewal came too late",
    ]
    assert keys(renewals, order) == []


def by_hand(renewals: Renewals) -> None:
    renewals.revoke()


def by_the_clock(renewals: Renewals) -> None:
    at(renewals, REVOKED)
    renewals.credential_world.lifecycle_jobs.perform(renewals.credential_world.ada.id, by=SYSTEM)


def replaced(renewals: Renewals) -> None:
    renewals.revoke()
    renewals.credential(id="crd_11111111111111111111")


@pytest.mark.parametrize("ended", [by_hand, by_the_clock, replaced])
def test_a_payment_after_the_revocation_is_held_and_refunded_once_B7(
    ended: Callable[[Renewals], None], renewals: Renewals
) -> None:
    credential = renewals.credential()
    order = renewals.order()
    ended(renewals)
    before = renewals.credential_world.credentials.of_account(credential.account)
    renewals.orders.pay(order)
    assert renewals.credential_world.trail(order.subject)[-1] == "order.renewal_refused"
    refused_and_refunded(renewals, order)
    assert renewals.credential_world.credentials.of_account(credential.account) == before


def test_a_credential_revoked_during_settlement_is_not_renewed_B7_S46(
    renewals: Renewals, client: Meddler
) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))

    def revoked_first(operation: Any, request: Any) -> Any:
        renewals.revoke()
        return operation(**request)

    client.next("transact_write_items", revoked_first)
    settle(renewals, order)
    assert renewals.shown(order).state is State.HELD
    [past] = renewals.credential_world.credentials.of_account(renewals.credential_world.ada.id)
    assert (past.state, past.expires_at) == (CredentialState.REVOKED, EXPIRES)


def test_a_credential_changed_during_settlement_keeps_both_changes_B7_S46(
    renewals: Renewals, client: Meddler
) -> None:
    renewals.credential()
    order = renewals.order()
    renewals.orders.provider.buyer_pays(page_of(order))

    def suspended_first(operation: Any, request: Any) -> Any:
        renewals.credential_world.management.suspend(
            renewals.credential_world.live.id,
            renewals.credential_world.proof,
            renewals.credential_world.by,
        )
        return operation(**request)

    client.next("transact_write_items", suspended_first)
    settle(renewals, order)
    live = renewals.credential_world.live
    assert ({*live.suspensions}, live.expires_at) == ({"holder"}, RENEWED)
    assert renewals.shown(order).state is State.FULFILLED


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"amount": 9_742}, {"currency": "EUR"}])
def test_another_amount_or_currency_is_held_for_an_operator_and_renews_nothing_S38(
    wrong: dict[str, Any], renewals: Renewals
) -> None:
    credential = renewals.credential()
    order = renewals.order()
    renewals.orders.pay(order, **wrong)
    work_off(renewals)
    assert renewals.shown(order).state is State.HELD
    assert renewals.credential_world.trail(order.subject)[-1] == "order.payment_held"
    assert renewals.credential_world.live == credential
    assert renewals.orders.provider.given_back == {}
    assert subjects(renewals) == []


def test_a_payment_after_canceling_renews_nothing_and_is_refunded_B4_B7(
    renewals: Renewals,
) -> None:
    credential = renewals.credential()
    order = renewals.order()
    renewals.cancel(order)
    renewals.orders.pay(order)
    work_off(renewals)
    assert renewals.credential_world.live == credential
    assert renewals.shown(order).state is State.CANCELED
    assert list(renewals.orders.provider.given_back) == [f"re_{order.reference}"]


def test_two_renewals_paid_are_two_years_B7(renewals: Renewals) -> None:
    renewals.credential()
    orders = [renewals.order(), renewals.order()]
    for order in reversed(orders):
        renewals.orders.pay(order)
    assert renewals.until == START.replace(year=YEAR + 3)
    assert {renewals.shown(order).state for order in orders} == {State.FULFILLED}


def test_two_renewals_settled_at_once_are_two_years_B7_S42(
    renewals: Renewals, client: Meddler
) -> None:
    renewals.credential()
    first, second = renewals.order(), renewals.order()
    for order in (first, second):
        renewals.orders.provider.buyer_pays(page_of(order))

    def the_other_is_faster(operation: Any, request: Any) -> Any:
        settle(renewals, second)
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    settle(renewals, first)
    assert renewals.until == START.replace(year=YEAR + 3)


def test_renewing_lifts_no_suspension_and_its_sixty_days_run_on_B7_F5(renewals: Renewals) -> None:
    renewals.credential()
    renewals.credential_world.management.suspend(
        renewals.credential_world.live.id,
        renewals.credential_world.proof,
        renewals.credential_world.by,
    )
    renewals.credential_world.clock.advance(days=59)
    renewals.orders.pay(renewals.order())
    live = renewals.credential_world.live
    assert ({*live.suspensions}, live.expires_at) == ({"holder"}, RENEWED)
    assert live.revokes_at(renewals.credential_world.policy) == START + timedelta(days=60)
    renewals.credential_world.clock.advance(days=1)
    renewals.credential_world.lifecycle_jobs.perform(renewals.credential_world.ada.id, by=SYSTEM)
    [past] = renewals.credential_world.credentials.of_account(renewals.credential_world.ada.id)
    assert past.state is CredentialState.REVOKED


def pay(renewals: Renewals, order: Order) -> None:
    if not renewals.orders.provider.checkout(page_of(order)).closed:
        renewals.orders.provider.buyer_pays(page_of(order))


def cancel(renewals: Renewals, order: Order) -> None:
    with suppress(DomainError):
        renewals.cancel(order)


def revoke(renewals: Renewals, _order: Order) -> None:
    renewals.revoke()


def queued(renewals: Renewals, _order: Order) -> None:
    renewals.orders.send_queued()


EVENTS = {
    "pay": pay,
    "cancel": cancel,
    "revoke": revoke,
    "webhook": settle,
    "clock": reconcile,
    "messages": queued,
}


def credential_of(renewals: Renewals) -> Credential:
    [only] = renewals.credential_world.credentials.of_account(renewals.credential_world.ada.id)
    return only


@pytest.mark.parametrize("events", list(itertools.permutations(EVENTS))[::29])
def test_no_payment_buys_nothing_in_any_order_of_events_B7_S37(
    events: tuple[str, ...], renewals: Renewals
) -> None:
    renewals.credential()
    order = renewals.order()
    for event in (*events, "webhook", "messages", "messages", "messages"):
        EVENTS[event](renewals, order)
    end, paid = renewals.shown(order), renewals.orders.provider.checkout(page_of(order)).payment
    bought = credential_of(renewals).expires_at == RENEWED
    trail = renewals.credential_world.trail(credential_of(renewals).subject)
    assert bool(paid) == (bought or bool(end.refund))
    assert not (bought and end.refund), "a year or the money"
    assert bought == (end.state is State.FULFILLED) == (Change.RENEWED in trail)
