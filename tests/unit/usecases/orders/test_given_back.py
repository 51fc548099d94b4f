"""Refunds and disputes of a paid order: its keys and credentials (B4, S40)."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.errors import UnknownLicenseKey
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import LicenseKeyNotReissuable, PaymentUnavailable
from keyfob.domain.orders.license_key import KeyState
from keyfob.domain.orders.order import State
from keyfob.domain.orders.undoing import amount_of
from tests.support.given_back_world import GivenBackWorld
from tests.support.order_world import OPERATOR, SYSTEM


def test_a_refund_of_everything_kills_each_key_that_was_not_redeemed_S40(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy()
    given_back.refunded()
    assert given_back.states() == [KeyState.CANCELED] * 2
    assert given_back.order.undone == {0, 1}
    with pytest.raises(UnknownLicenseKey):
        given_back.redeem()
    with pytest.raises(LicenseKeyNotReissuable):
        given_back.reissuing.reissue(given_back.number, 0, OPERATOR)
    assert Kind.ORDER_GIVEN_BACK in given_back.orders.kinds()


def test_a_refund_suspends_what_a_key_was_redeemed_for_until_an_operator_acts_S40(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy()
    credential = given_back.redeem(1)
    refund = given_back.refunded()
    assert given_back.states() == [KeyState.CANCELED, KeyState.REDEEMED]
    assert given_back.causes(credential) == {f"refund:{given_back.number}"}
    given_back.provider.refund_becomes(refund, "failed")
    given_back.told()
    assert given_back.causes(credential) == {f"refund:{given_back.number}"}
    assert given_back.states() == [KeyState.CANCELED, KeyState.REDEEMED]
    assert given_back.order.given_back.amount == 0
    assert given_back.orders.counts.seen["RefundFailed"] == 1


def test_a_refund_by_line_undoes_its_unit_alone_G2(given_back: GivenBackWorld) -> None:
    order = given_back.buy(3)
    first, second = given_back.redeem(0), given_back.redeem(1)
    given_back.by_operator(2)
    assert given_back.states() == [KeyState.REDEEMED, KeyState.REDEEMED, KeyState.ISSUED]
    assert (given_back.causes(first), given_back.causes(second)) == (
        set(),
        {f"refund:{order.number}"},
    )
    [refund] = given_back.order.given_back.refunds
    assert refund.amount == amount_of(order, 1)
    given_back.redeem(2)


def test_refunds_by_line_add_up_to_what_was_paid_B4(given_back: GivenBackWorld) -> None:
    order = given_back.buy(3)
    for piece in (3, 1, 2):
        given_back.by_operator(piece)
    assert given_back.order.given_back.amount == order.total
    assert given_back.states() == [KeyState.CANCELED] * 3
    with pytest.raises(IllegalTransition):
        given_back.refunding.request(order.number, None, OPERATOR)


def test_a_part_refunded_by_hand_waits_for_an_operator_B4(given_back: GivenBackWorld) -> None:
    given_back.buy()
    refund = given_back.refunded(1_000)
    assert given_back.states() == [KeyState.ISSUED] * 2
    assert given_back.orders.counts.seen["RefundUnassigned"] == 1
    given_back.told()
    assert given_back.orders.counts.seen["RefundUnassigned"] == 1
    given_back.refunding.assign(given_back.number, refund, [1], OPERATOR)
    given_back.due()
    assert given_back.states() == [KeyState.ISSUED, KeyState.CANCELED]
    with pytest.raises(NotFound):
        given_back.refunding.assign(given_back.number, refund, [0], OPERATOR)


@pytest.mark.parametrize("status", ["won", "prevented"])
def test_a_dispute_stops_everything_until_it_ends_well_S40(
    status: str, given_back: GivenBackWorld
) -> None:
    given_back.buy()
    credential = given_back.redeem(1)
    dispute = given_back.disputed()
    assert given_back.states() == [KeyState.STOPPED, KeyState.REDEEMED]
    assert given_back.causes(credential) == {f"dispute:{dispute}"}
    with pytest.raises(UnknownLicenseKey):
        given_back.redeem(0)
    given_back.decided(dispute, "under_review")
    given_back.decided(dispute, status)
    assert given_back.causes(credential) == set()
    given_back.redeem(0)
    kinds = given_back.orders.kinds()
    assert {Kind.PAYMENT_DISPUTED, Kind.DISPUTE_WON, Kind.CREDENTIAL_REENABLED} <= set(kinds)


def test_an_inquiry_only_alarms_S40(given_back: GivenBackWorld) -> None:
    given_back.buy()
    credential = given_back.redeem(1)
    dispute = given_back.disputed(status="warning_needs_response")
    assert given_back.states() == [KeyState.ISSUED, KeyState.REDEEMED]
    assert given_back.orders.counts.seen["PaymentDisputed"] == 1
    given_back.decided(dispute, "warning_closed")
    assert given_back.causes(credential) == set()
    assert given_back.orders.counts.seen["PaymentDisputed"] == 1
    assert not {Kind.PAYMENT_DISPUTED, Kind.DISPUTE_WON} & set(given_back.orders.kinds())


def test_a_lost_dispute_stays_and_kills_the_keys_S40(given_back: GivenBackWorld) -> None:
    given_back.buy()
    credential = given_back.redeem(1)
    dispute = given_back.disputed()
    given_back.decided(dispute, "lost")
    assert given_back.states() == [KeyState.CANCELED, KeyState.REDEEMED]
    assert f"dispute:{dispute}" in given_back.causes(credential)


def test_a_lost_dispute_about_a_part_waits_for_its_pieces_and_spares_the_others_B4(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy(3)
    first, second = given_back.redeem(0), given_back.redeem(1)
    dispute = given_back.disputed(1_000)
    given_back.decided(dispute, "lost")
    assert given_back.states() == [KeyState.REDEEMED, KeyState.REDEEMED, KeyState.STOPPED]
    assert given_back.orders.counts.seen["RefundUnassigned"] == 1
    given_back.refunding.assign(given_back.number, dispute, [1], OPERATOR)
    given_back.due()
    assert given_back.states() == [KeyState.REDEEMED, KeyState.REDEEMED, KeyState.ISSUED]
    assert given_back.causes(first) == set()
    assert f"dispute:{dispute}" in given_back.causes(second)


def test_one_dispute_lifts_no_cause_but_its_own_S40(given_back: GivenBackWorld) -> None:
    given_back.buy()
    credential = given_back.redeem(0)
    one, other = given_back.disputed(1_000), given_back.disputed(2_000)
    given_back.decided(one, "won")
    assert given_back.causes(credential) == {f"dispute:{other}"}
    assert given_back.states() == [KeyState.REDEEMED, KeyState.STOPPED]
    given_back.decided(other, "won")
    assert given_back.causes(credential) == set()


def test_an_operator_who_lifts_a_cause_is_not_overruled_by_a_later_event_S40(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy()
    holder = given_back.orders.person()
    credential = given_back.redeem(0, holder)
    dispute = given_back.disputed(1_000)
    given_back.world.help_desk.lift(holder.user_id, f"dispute:{dispute}", OPERATOR)
    given_back.decided(dispute, "under_review")
    other = given_back.disputed(2_000)
    assert given_back.causes(credential) == {f"dispute:{other}"}


def test_nothing_is_minted_for_what_was_refunded_before_S40(given_back: GivenBackWorld) -> None:
    given_back.place(3)
    given_back.provider.given_back_by_hand(given_back.payment)
    given_back.told()
    assert given_back.orders.counts.seen == {"GivenBackUnmatched": 1}
    given_back.settled()
    assert (given_back.order.state, given_back.order.minted) == (State.FULFILLED, 3)
    assert (given_back.states(), given_back.mailed()) == ([], [])


def test_nothing_is_minted_while_the_payment_is_disputed_and_all_of_it_after_S40(
    given_back: GivenBackWorld,
) -> None:
    given_back.place(3)
    dispute = given_back.provider.bank_disputes(given_back.payment)
    given_back.settled()
    given_back.due()
    assert (given_back.order.state, given_back.states()) == (State.PAID, [])
    given_back.decided(dispute, "won")
    assert given_back.order.state is State.FULFILLED
    assert given_back.states() == [KeyState.ISSUED] * 3


def test_a_key_that_was_stopped_before_its_mail_went_out_is_mailed_all_the_same_B5(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy(1)
    dispute = given_back.disputed()
    given_back.orders.send_queued()
    [key] = given_back.mailed() or [""]
    assert any("license key" in str(one["Subject"]).lower() for one in given_back.orders.mail.sent)
    given_back.decided(dispute, "won")
    assert given_back.states() == [KeyState.ISSUED]
    assert key == ""  # the secret is gone once it is sent


def test_a_payment_of_no_order_of_ours_changes_nothing_S37(given_back: GivenBackWorld) -> None:
    given_back.buy()
    given_back.payments.compare("pi_of_somebody_else", by=SYSTEM)
    assert given_back.orders.counts.seen == {"GivenBackUnmatched": 1}


def test_a_silent_provider_leaves_the_order_as_it_is_and_the_next_try_succeeds_S50(
    given_back: GivenBackWorld,
) -> None:
    given_back.buy()
    given_back.provider.given_back_by_hand(given_back.payment)
    given_back.provider.silent = True
    with pytest.raises(PaymentUnavailable):
        given_back.told()
    assert given_back.states() == [KeyState.ISSUED] * 2
    given_back.provider.silent = False
    given_back.told()
    assert given_back.states() == [KeyState.CANCELED] * 2


def test_a_refund_that_the_provider_refuses_undoes_nothing_and_can_be_asked_for_again_G2(
    given_back: GivenBackWorld,
) -> None:
    order = given_back.buy()
    given_back.refunding.request(order.number, [0], OPERATOR)
    dispute = given_back.provider.bank_disputes(given_back.payment)
    given_back.orders.send_queued()
    assert given_back.states() == [KeyState.ISSUED] * 2
    assert given_back.world.trail(order.subject)[-1] == "order.refund_refused"
    given_back.told()
    with pytest.raises(IllegalTransition):
        given_back.refunding.request(order.number, [0], OPERATOR)
    given_back.decided(dispute, "won")
    given_back.by_operator(1)
    assert given_back.states() == [KeyState.CANCELED, KeyState.ISSUED]
