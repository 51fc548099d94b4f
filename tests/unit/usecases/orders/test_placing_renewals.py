"""Ordering another year: the permitted credentials, and the one refusal of others (B7, S23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Partner
from keyfob.domain.errors import DomainError, InvalidInput
from keyfob.domain.orders.errors import (
    NoFittingApplication,
    ShortRenewalNotAccepted,
    UnknownProduct,
)
from keyfob.domain.orders.order import State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.short_renewal import short_renewals
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.store import put_partner
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.orders.pricing import Item
from tests.support.builders import PARTNER, a_cart, a_line, a_record, an_order
from tests.support.carts import items, renewal_of
from tests.support.fakes import START, Meddler, unique
from tests.support.order_world import OPERATOR, SYSTEM, actor
from tests.support.renewals import Renewals, a_renewal

CHANGING = replace(OPERATOR, reason="Taken off sale")
NOBODYS = "crd_zzzzzzzzzzzzzzzzzzzz"
NOT_YOURS = {"items.0.credential": "is no credential of yours that this renewal is for"}


def written(renewals: Renewals) -> list[list[dict[str, Any]]]:
    """All rows of orders, trail and outbox."""
    database = renewals.orders.database
    return [
        sorted(database.scan(row), key=lambda item: str((item["pk"], item["sk"])))
        for row in (OrderRow, AuditRow)
    ] + [[row.attribute_values for row in renewals.orders.queued(pending=False)]]


def refused(renewals: Renewals, **cart: Any) -> DomainError:
    """The refusal of an order, which changed nothing."""
    before = written(renewals)
    with pytest.raises(DomainError) as refusal:
        renewals.orders.order(renewals.credential_world.ada, **cart)
    assert written(renewals) == before
    assert renewals.orders.provider.pages == {}
    return refusal.value


def fields(refusal: DomainError) -> dict[str, str]:
    assert isinstance(refusal, InvalidInput)
    return dict(refusal.fields)


@pytest.mark.parametrize("state", [one for one in CredentialState if one != "revoked"])
def test_another_year_is_ordered_at_the_catalogs_price_for_a_credential_in_any_state_B7(
    state: CredentialState, renewals: Renewals
) -> None:
    credential = renewals.credential(state=state)
    order = renewals.order()
    assert (order.state, order.credentials(ProductKind.RENEWAL)) == (
        State.AWAITING_PAYMENT,
        (credential.id,),
    )
    assert (order.net, order.tax, order.total) == (4_500, 371, 4_871)
    assert order.checkout
    assert renewals.credential_world.live == credential, "nothing is renewed before it is paid"


def not_there(_renewals: Renewals) -> str | None:
    return NOBODYS


def not_named(_renewals: Renewals) -> str | None:
    return None


def nothing_to_say(_renewals: Renewals) -> str | None:
    return ""


def anothers(renewals: Renewals) -> str:
    eve = renewals.credential_world.orders.person()
    mine = renewals.credential_world.ada
    renewals.credential_world.ada = eve
    credential = renewals.credential(id="crd_eeeeeeeeeeeeeeeeeeee")
    renewals.credential_world.ada = mine
    return credential.id


def past(renewals: Renewals) -> str:
    credential = renewals.credential()
    renewals.revoke()
    return credential.id


def lapsed(renewals: Renewals) -> str:
    credential = renewals.credential(expires_at=START - timedelta(days=366))
    renewals.credential_world.lifecycle_jobs.perform(renewals.credential_world.ada.id, by=SYSTEM)
    return credential.id


def over(renewals: Renewals) -> str:
    """A credential whose revocation is due this very second, before the clock does it."""
    return renewals.credential(expires_at=START.replace(year=START.year - 1)).id


def over_by_suspension(renewals: Renewals) -> str:
    return renewals.credential(
        suspensions={"holder": START - timedelta(days=60)},
    ).id


def for_phones(renewals: Renewals) -> str:
    return renewals.credential(kind=ProductKind.PHONE).id


def proofed(renewals: Renewals) -> str:
    return renewals.credential(proofing=True).id


def bought_nowhere(renewals: Renewals) -> str:
    return renewals.credential_world.credential(order="SO-99999").id


def shortened(renewals: Renewals) -> str:
    return renewals.credential().id[:-1]


UNRENEWABLE = (
    not_there,
    not_named,
    nothing_to_say,
    anothers,
    past,
    lapsed,
    over,
    over_by_suspension,
    for_phones,
    proofed,
    bought_nowhere,
    shortened,
)


@pytest.mark.parametrize("made", UNRENEWABLE)
def test_a_credential_that_cannot_be_renewed_gets_one_answer_for_every_reason_B7_S23(
    made: Callable[[Renewals], str | None], renewals: Renewals
) -> None:
    named = made(renewals)
    refusal = refused(renewals, items=renewal_of(named))
    assert fields(refusal) == NOT_YOURS
    assert str(refusal) == str(InvalidInput(fields=NOT_YOURS))


def test_a_renewal_of_a_foreign_credential_costs_the_same_reads_as_of_an_unknown_one_S23(
    renewals: Renewals, client: Meddler
) -> None:
    renewals.credential()
    asked = []
    for named in (anothers(renewals), NOBODYS):
        client.calls.clear()
        refused(renewals, items=renewal_of(named))
        # Each request has its own idempotency record; the test's own scans don't count.
        asked.append(
            [call for call in client.calls if call[0] != "scan" and "RECEIPT#" not in str(call)]
        )
    assert asked[0] == asked[1]


@pytest.mark.parametrize("quantity", [2, 100])
def test_a_renewal_is_for_one_year_B7(quantity: int, renewals: Renewals) -> None:
    credential = renewals.credential().id
    refusal = refused(renewals, items=renewal_of(credential, quantity=quantity))
    assert fields(refusal) == {"items.0.quantity": "one for each credential"}


def test_a_cart_has_one_item_for_each_credential_B2_B7(renewals: Renewals) -> None:
    credential = renewals.credential().id
    twice = (*renewal_of(credential), *items(hardware_token=1), *renewal_of(credential))
    problem = "this credential has another item; order one after the other"
    assert fields(refused(renewals, items=twice)) == {"items.2": problem}


def test_a_renewal_and_new_credentials_are_one_order_B2(renewals: Renewals) -> None:
    credential = renewals.credential().id
    cart = (*renewal_of(credential), *items(hardware_token=2))
    order = renewals.orders.order(renewals.credential_world.ada, items=cart)
    assert order.credentials(ProductKind.RENEWAL) == (credential,)
    assert [line.kind for line in order.keys] == [ProductKind.HARDWARE_TOKEN] * 2


def test_only_a_renewal_names_a_credential_B7(renewals: Renewals) -> None:
    credential = renewals.credential().id
    token = Item(product="hardware-token", credential=credential)
    for cart in ((token,), (*renewal_of(credential), token)):
        refusal = refused(renewals, items=cart)
        problem = "only a renewal, an added token and an upgrade name a credential"
        assert fields(refusal) == {"items": problem}


@pytest.mark.parametrize("quantity", [0, -1, -100])
def test_fewer_than_one_of_anything_is_refused_even_where_the_sum_would_do_B3(
    quantity: int, renewals: Renewals
) -> None:
    credential = renewals.credential().id
    less = Item(product="phone", quantity=quantity)
    for cart in (
        renewal_of(credential, quantity=quantity),
        (*items(hardware_token=3), less),
        (less, *items(hardware_token=110)),
    ):
        assert fields(refused(renewals, items=cart)) == {"items": "1 to 100 credentials"}


def test_a_renewal_needs_a_use_and_a_product_on_sale_B1_B2(renewals: Renewals) -> None:
    credential = renewals.credential().id
    renewals.orders.seed.products([a_renewal(on_sale=False)], by=CHANGING)
    assert isinstance(refused(renewals, items=renewal_of(credential)), UnknownProduct)
    renewals.credential_world.ada = renewals.orders.person(applications=())
    renewals.orders.seed.products([a_renewal()], by=CHANGING)
    mine = renewals.credential(id="crd_11111111111111111111").id
    assert isinstance(refused(renewals, items=renewal_of(mine)), NoFittingApplication)


def test_the_last_second_before_its_revocation_is_early_enough_to_order_B7(
    renewals: Renewals,
) -> None:
    renewals.credential()
    renewals.credential_world.clock.now = START.replace(year=START.year + 2) - timedelta(seconds=1)
    order = renewals.order(short_renewal_accepted=True)
    renewals.credential_world.clock.advance(seconds=1)
    assert fields(refused_again(renewals)) == NOT_YOURS
    assert renewals.shown(order).state is State.AWAITING_PAYMENT


# The credential expires a year after START: a renewal then lasts until two years after.
RENEWED = START.replace(year=START.year + 2)


@pytest.mark.parametrize(
    ("left", "confirmed", "placed"),
    [
        (timedelta(days=366), False, True),
        (timedelta(days=30), False, True),
        (timedelta(days=1, seconds=1), False, True),
        (timedelta(days=1), False, False),
        (timedelta(seconds=1), False, False),
        (timedelta(days=1), True, True),
        (timedelta(seconds=1), True, True),
    ],
)
def test_a_renewal_that_lasts_a_day_at_most_is_refused_unless_it_is_confirmed_B7(
    left: timedelta, confirmed: bool, placed: bool, renewals: Renewals
) -> None:
    credential = renewals.credential()
    renewals.credential_world.clock.now = RENEWED - left
    if placed:
        assert renewals.order(short_renewal_accepted=confirmed).checkout
        return
    refusal = refused(renewals, items=renewal_of(credential.id))
    assert isinstance(refusal, ShortRenewalNotAccepted)
    assert "2028-11-22" in fields(refusal)["short_renewal_accepted"]


def test_the_line_of_a_renewal_says_until_when_it_lasts_B7(renewals: Renewals) -> None:
    renewals.credential()
    [line] = renewals.order().lines
    assert line.renewed_until == RENEWED
    [other] = renewals.orders.order(renewals.credential_world.ada).lines
    assert other.renewed_until is None


@pytest.mark.parametrize(
    ("left", "short"),
    [
        (timedelta(days=30, seconds=1), False),
        (timedelta(days=30), True),
        (timedelta(seconds=1), True),
    ],
)
def test_a_renewal_is_short_within_a_month_of_its_end_B7(left: timedelta, short: bool) -> None:
    line = a_line(kind="renewal", quantity=1, renewed_until=START + left)
    assert bool(short_renewals(an_order(lines=(line,)), Policy())) is short
    assert not short_renewals(an_order(), Policy())


def refused_again(renewals: Renewals) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        renewals.order()
    return refusal.value


def test_the_same_request_again_is_the_same_order_even_when_it_came_too_late_B4_B7(
    renewals: Renewals,
) -> None:
    credential, ada = renewals.credential(), renewals.credential_world.ada
    record, cart = (
        a_record(ada.id),
        a_cart(items=renewal_of(credential.id)),
    )
    first = renewals.orders.placing.place(actor(ada), cart, record)
    renewals.revoke()
    again = renewals.orders.placing.place(actor(ada), cart, record)
    assert again == first


def test_a_foreign_idempotency_key_renews_nothing_S23(renewals: Renewals) -> None:
    """A known request of another account, idempotency key included, gets the usual answer."""
    credential, ada = renewals.credential(), renewals.credential_world.ada
    record, cart = (
        a_record(ada.id),
        a_cart(items=renewal_of(credential.id)),
    )
    renewals.orders.placing.place(actor(ada), cart, record)
    eve: Account = renewals.orders.person(user_id=unique("eve"))
    with pytest.raises(InvalidInput) as refusal:
        renewals.orders.placing.place(actor(eve), cart, a_record(eve.id, key=record.key))
    assert fields(refusal.value) == NOT_YOURS


def sell(renewals: Renewals, **changes: Any) -> tuple[Item, ...]:
    """Put another renewal on sale; the cart with it for Ada's credential."""
    product = a_renewal(**{"id": "another-renewal", **changes})
    renewals.orders.seed.products([product], by=CHANGING)
    return (Item(product=product.id, credential=renewals.credential_world.live.id),)


@pytest.mark.parametrize("renews", [ProductKind.HARDWARE_TOKEN, ProductKind.PHONE])
@pytest.mark.parametrize("proofing", [False, True])
def test_a_renewal_is_for_credentials_of_its_kind_and_proofing_alone_B1_B7(
    renews: ProductKind, proofing: bool, renewals: Renewals
) -> None:
    """A cheap renewal for phones doesn't renew a proofed hardware token."""
    ada = renewals.credential_world.ada
    credential = renewals.credential(kind=renews, proofing=proofing)
    for other in (ProductKind.HARDWARE_TOKEN, ProductKind.PHONE):
        for with_proofing in (False, True):
            if (other, with_proofing) != (renews, proofing):
                name = f"{other}-{with_proofing}".lower().replace("_", "-")
                cart = sell(renewals, id=name, renews=other, proofing=with_proofing)
                assert fields(refused(renewals, items=cart)) == NOT_YOURS
    cart = sell(renewals, renews=renews, proofing=proofing)
    assert renewals.orders.order(ada, items=cart).credentials(ProductKind.RENEWAL) == (
        credential.id,
    )


def test_the_partner_of_a_renewal_is_free_B7(renewals: Renewals) -> None:
    credential = renewals.credential(partner="elsewhere")
    assert renewals.order().credentials(ProductKind.RENEWAL) == (credential.id,)


def test_a_renewal_may_be_for_its_own_partners_credentials_alone_B7(renewals: Renewals) -> None:
    renewals.credential(partner="elsewhere")
    cart = sell(renewals, any_partner=False)
    assert fields(refused(renewals, items=cart)) == NOT_YOURS
    renewals.revoke()
    own = renewals.credential(id="crd_22222222222222222222")
    cart = sell(renewals, any_partner=False)
    assert renewals.orders.order(renewals.credential_world.ada, items=cart).credentials(
        ProductKind.RENEWAL
    ) == (own.id,)


def test_a_renewal_from_before_it_named_a_kind_renews_nothing_B7(renewals: Renewals) -> None:
    credential = renewals.credential()
    cart = sell(renewals, renews=None)
    assert fields(refused(renewals, items=cart)) == NOT_YOURS
    assert sell(renewals) == cart, "the operator names it now"
    order = renewals.orders.order(renewals.credential_world.ada, items=cart)
    assert order.credentials(ProductKind.RENEWAL) == (credential.id,)


STRICT = replace(PARTNER, id="strict", name="Strict", approves_credentials=True)


def add_partners(renewals: Renewals, *partners: Partner) -> None:
    """Partners with the applications of the first one, which ada has access to."""
    for one in partners:
        put = put_partner(one)
        assert put.subject
        entry = Entry(action="partner.added", actor=OPERATOR, at=START, subject=put.subject.id)
        renewals.orders.base.transactions.commit(put, audit=[entry])


def test_a_partner_that_approves_credentials_renews_those_it_approved_or_sold_B7_F1(
    renewals: Renewals,
) -> None:
    world = renewals.credential_world
    add_partners(renewals, STRICT)
    theirs = renewals.credential()
    cart = sell(renewals, partner="strict")
    assert fields(refused(renewals, partner="strict", items=cart)) == NOT_YOURS
    assert renewals.order().credentials(ProductKind.RENEWAL) == (theirs.id,), (
        "another partner renews it"
    )
    world.approvals.approve(world.ada.user_id, "strict", OPERATOR)
    assert renewals.orders.order(world.ada, partner="strict", items=cart).credentials(
        ProductKind.RENEWAL
    ) == (theirs.id,)
    renewals.revoke()
    sold = renewals.credential(id="crd_22222222222222222222", partner="strict")
    cart = sell(renewals, partner="strict")
    assert renewals.orders.order(world.ada, partner="strict", items=cart).credentials(
        ProductKind.RENEWAL
    ) == (sold.id,)


def test_the_approval_of_another_credential_or_partner_does_not_count_B7_F1(
    renewals: Renewals,
) -> None:
    world = renewals.credential_world
    careful = replace(STRICT, id="careful", name="Careful")
    add_partners(renewals, STRICT, careful)
    renewals.credential()
    world.approvals.approve(world.ada.user_id, "careful", OPERATOR)
    cart = sell(renewals, partner="strict")
    assert fields(refused(renewals, partner="strict", items=cart)) == NOT_YOURS
    world.approvals.approve(world.ada.user_id, "strict", OPERATOR)
    renewals.revoke()
    renewals.credential(id="crd_22222222222222222222")
    cart = sell(renewals, partner="strict")
    assert fields(refused(renewals, partner="strict", items=cart)) == NOT_YOURS
