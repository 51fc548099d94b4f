"""Ordering a token for a credential, and the effect of its payment (B1, B5, D4, S23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders.order import State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.orders.pricing import Item
from tests.support.additions import Additions
from tests.support.builders import a_hardware_token, a_product
from tests.support.carts import RENEWAL, renewal_of, token_for
from tests.support.fakes import START, Meddler
from tests.support.order_world import OPERATOR, SYSTEM, page_of

NOBODYS = "crd_zzzzzzzzzzzzzzzzzzzz"
NOT_YOURS = {"items.0.credential": "is no credential of yours that this partner adds a token to"}


def refused(additions: Additions, **cart: Any) -> dict[str, str]:
    """The fields for which an order is refused; it changed nothing."""
    database = additions.orders.database
    before = sorted(map(str, database.scan(OrderRow)))
    with pytest.raises(InvalidInput) as refusal:
        additions.orders.order(additions.credential_world.ada, **cart)
    assert sorted(map(str, database.scan(OrderRow))) == before
    return refusal.value.fields


@pytest.mark.parametrize("phones", [{"phn_1": 0}, {}])
def test_a_token_is_ordered_for_a_usable_credential_for_phones_B1(
    phones: dict[str, int], additions: Additions
) -> None:
    credential = additions.credential(phones=phones)
    order = additions.order()
    assert (order.state, order.token_unit_of(credential.id)) == (State.AWAITING_PAYMENT, 0)
    assert (order.net, order.total) == (5_000, 5_413)
    assert order.lines[0].renewed_until is None
    assert additions.credential_world.live == credential, "nothing happens before it is paid"


def not_there(_additions: Additions) -> str | None:
    return NOBODYS


def not_named(_additions: Additions) -> str | None:
    return None


def anothers(additions: Additions) -> str:
    mine, additions.credential_world.ada = additions.credential_world.ada, additions.orders.person()
    credential = additions.credential(id="crd_eeeeeeeeeeeeeeeeeeee")
    additions.credential_world.ada = mine
    return credential.id


def past(additions: Additions) -> str:
    credential = additions.credential(phones={})
    additions.credential_world.management.revoke(
        credential.id,
        additions.credential_world.proof,
        additions.credential_world.by,
        confirmed=True,
    )
    return credential.id


def one_for_tokens(additions: Additions) -> str:
    return additions.credential(kind=ProductKind.HARDWARE_TOKEN).id


def with_a_token(additions: Additions) -> str:
    return additions.credential(token=a_hardware_token()).id


def expired(additions: Additions) -> str:
    return additions.credential(expires_at=START).id


def suspended(additions: Additions) -> str:
    return additions.credential(suspensions={"holder": START}).id


def not_activated(additions: Additions) -> str:
    return additions.credential(state=CredentialState.PENDING_ACTIVATION).id


def not_approved(additions: Additions) -> str:
    return additions.credential(state=CredentialState.PENDING_APPROVAL).id


def from_another_partner(additions: Additions) -> str:
    return additions.credential(partner="elsewhere").id


UNFIT = (
    not_there,
    not_named,
    anothers,
    past,
    one_for_tokens,
    with_a_token,
    expired,
    suspended,
    not_activated,
    not_approved,
    from_another_partner,
)


@pytest.mark.parametrize("made", UNFIT)
def test_a_credential_that_takes_no_token_gets_one_answer_for_every_reason_B1_S23(
    made: Callable[[Additions], str | None], additions: Additions
) -> None:
    assert refused(additions, items=token_for(made(additions))) == NOT_YOURS


def test_a_foreign_credential_costs_the_same_reads_as_an_unknown_one_S23(
    additions: Additions, client: Meddler
) -> None:
    additions.credential()
    asked = []
    for named in (anothers(additions), NOBODYS):
        client.calls.clear()
        refused(additions, items=token_for(named))
        asked.append(
            [one for one in client.calls if one[0] != "scan" and "RECEIPT#" not in str(one)]
        )
    assert asked[0] == asked[1]


def test_a_credential_gets_one_token_and_nothing_else_in_an_order_B2_B5(
    additions: Additions,
) -> None:
    renewal = a_product(id=RENEWAL, kind=ProductKind.RENEWAL, price=4_500, renews=ProductKind.PHONE)
    additions.orders.seed.products([renewal], by=OPERATOR)
    credential = additions.credential().id
    assert refused(additions, items=token_for(credential, quantity=2)) == {
        "items.0.quantity": "one for each credential"
    }
    problem = "this credential has another item; order one after the other"
    for cart in (token_for(credential) * 2, (*token_for(credential), *renewal_of(credential))):
        assert refused(additions, items=cart) == {"items.1": problem}
    other = (*token_for(credential), Item(product="hardware-token", credential=credential))
    assert refused(additions, items=other) == {
        "items": "only a renewal, an added token and an upgrade name a credential"
    }


def test_a_payment_is_done_in_one_transaction_and_mints_no_key_B5_S46(
    additions: Additions, client: Meddler
) -> None:
    credential = additions.credential()
    order = additions.order()
    client.calls.clear()
    additions.orders.pay(order)
    assert len(client.requests("transact_write_items")) == 2, "the payment; the reserved token"
    done, live = additions.shown(order), additions.credential_world.live
    assert (done.state, done.minted, done.payment) == (State.FULFILLED, 0, "pi_cs_test_1")
    assert (live.version, live.token, live.epoch) == (
        credential.version + 1,
        None,
        credential.epoch,
    )
    assert additions.credential_world.trail(live.subject)[-1] == "credential.token_added"
    keys = [row for row in additions.orders.database.scan(OrderRow) if "KEY#" in row["pk"]["S"]]
    assert order.number not in {row["order"]["S"] for row in keys}
    assert additions.orders.kinds() == ["order_confirmation"]
    additions.orders.payments.settle(page_of(order), by=SYSTEM)
    assert additions.credential_world.live == live, "the webhook comes again"


def revoked(additions: Additions) -> None:
    credential_world = additions.credential_world
    credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )


def due_to_be_revoked(additions: Additions) -> None:
    additions.credential_world.clock.now = START.replace(year=START.year + 2)


@pytest.mark.parametrize("ended", [revoked, due_to_be_revoked])
def test_a_payment_for_an_ended_credential_is_held_and_refunded_once_B5(
    ended: Callable[[Additions], None], additions: Additions
) -> None:
    additions.credential(phones={})
    order = additions.order()
    ended(additions)
    additions.orders.pay(order)
    assert additions.shown(order).state is State.HELD
    for _ in range(4):
        additions.orders.send_queued()
    assert additions.shown(order).refund
    subjects = [str(mail["Subject"]) for mail in additions.orders.mail.sent]
    assert subjects.count("Your order of a token came too late") == 1
    assert subjects.count(f"Your payment for order {order.number} goes back to you") == 1


@pytest.mark.parametrize("changes", [{"suspensions": {"holder": START}}, {"expires_at": START}])
def test_a_credential_that_can_be_used_again_still_gets_its_token_B5(
    changes: dict[str, Any], additions: Additions
) -> None:
    additions.credential()
    order = additions.order()
    additions.credential_world.changed(**changes)
    additions.orders.pay(order)
    assert additions.shown(order).state is State.FULFILLED


def test_a_holder_who_lost_an_added_token_is_sent_another_for_the_newest_order_D4(
    additions: Additions,
) -> None:
    credential_world, credential = additions.credential_world, additions.credential()
    with pytest.raises(IllegalTransition) as none_bought:
        credential_world.shipping.origin(credential)
    assert "no token was bought" in str(none_bought.value)
    orders = []
    for _ in range(3):
        credential_world.clock.advance(seconds=1)
        orders.append(additions.order())
    # The last one isn't paid.
    for order in orders[:2]:
        additions.orders.pay(order)
    assert credential_world.shipping.origin(credential) == (orders[1].number, 0)
    hers = credential_world.shipping.origin(
        credential_world.changed(kind=ProductKind.HARDWARE_TOKEN, unit=3)
    )
    assert hers == (credential.order, 3)


def test_it_is_found_behind_many_other_orders_D4(additions: Additions) -> None:
    credential = additions.credential()
    order = additions.order()
    additions.orders.pay(order)
    for _ in range(120):
        additions.credential_world.clock.advance(seconds=1)
        additions.credential_world.bought()
    assert additions.credential_world.shipping.origin(credential) == (order.number, 0)


def test_the_mails_ask_to_register_it_with_a_phone_and_bring_no_key_B5(
    additions: Additions,
) -> None:
    additions.credential()
    order = additions.order()
    additions.orders.pay(order)
    credential_world = additions.credential_world
    credential_world.sent(credential_world.delivered(None), order.number)
    additions.orders.send_queued()
    confirmed, shipped = (
        [one for one in additions.orders.mail.sent if words in str(one["Subject"])]
        for words in ("is confirmed", "on its way")
    )
    for mail in (*confirmed, *shipped):
        for part in mail.iter_parts():
            text = " ".join(part.get_content().split())
            assert "with a code of" in text
            assert "no license key" in text
            assert "Each license key" not in text
            assert "enter license key" not in text
    assert (len(confirmed), len(shipped)) == (1, 1)
