"""A renewal's writes, made for the transaction of its payment (B7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.transition import Change
from keyfob.storage.transaction import NOTHING
from keyfob.usecases.credentials.purchases import Purchases
from tests.support.builders import a_line, an_order
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.otp import DAY, SECOND

ENDS = one_year_after(START)
GONE = one_year_after(ENDS)
ID = "crd_00000000000000000001"


@pytest.fixture
def renewal(credential_world: CredentialWorld) -> Purchases:
    return Purchases(
        credential_world.credentials,
        credential_world.service,
        credential_world.clock,
        credential_world.policy,
    )


def paid(credential_world: CredentialWorld, credential: str | None = ID) -> Order:
    line = a_line(kind=ProductKind.RENEWAL, quantity=1, credential=credential)
    return an_order(
        account=credential_world.ada.id,
        lines=(line,),
        state=OrderState.PAID,
        paid_at=credential_world.clock(),
    )


@pytest.mark.parametrize("at", [START, ENDS - SECOND, ENDS, GONE - SECOND])
def test_paid_in_time_the_order_is_fulfilled_and_the_credential_renewed_B7(
    at: datetime, credential_world: CredentialWorld, renewal: Purchases
) -> None:
    seen = credential_world.credential()
    credential_world.clock.now = at + timedelta(microseconds=5)
    made, part = renewal.applied(paid(credential_world), by=credential_world.by)
    assert (made.order.state, made.change) == (OrderState.FULFILLED, Change.PAID)
    assert credential_world.live == seen, "only named, for a transaction that is the order's"
    [entry], [message] = part.audit, part.messages
    assert (entry.action, entry.subject) == ("credential.renewed", seen.subject)
    assert entry.facts == {"state": "active", "order": "SO-10001", "until": "2028-11-22"}
    assert (message.kind, message.facts["until"]) == (Kind.CREDENTIAL_RENEWED, GONE.isoformat())
    credential_world.transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
    assert credential_world.live.expires_at == GONE
    assert credential_world.planned == max(GONE - 30 * DAY, at)


LATE: list[dict[str, Any]] = [
    {},
    {"suspensions": {Suspender.HOLDER: GONE - 61 * DAY}},
]


@pytest.mark.parametrize("changes", LATE)
def test_from_the_second_of_the_revocation_on_the_order_is_held_B7_F7(
    changes: dict[str, Any], credential_world: CredentialWorld, renewal: Purchases
) -> None:
    seen = credential_world.credential(**changes)
    credential_world.clock.now = seen.revokes_at(credential_world.policy)
    assert renewal.open_to(ProductKind.RENEWAL, credential_world.ada.id, ID) is None
    made, part = renewal.applied(paid(credential_world), by=credential_world.by)
    assert (made.order.state, made.change) == (OrderState.HELD, Change.RENEWAL_REFUSED)
    assert part == NOTHING
    credential_world.clock.now -= SECOND
    assert renewal.open_to(ProductKind.RENEWAL, credential_world.ada.id, ID) == seen
    assert renewal.applied(paid(credential_world), by=credential_world.by)[0].change is Change.PAID


def test_a_revoked_credential_and_its_successor_are_not_renewed_B7(
    credential_world: CredentialWorld, renewal: Purchases
) -> None:
    credential_world.credential()
    credential_world.management.revoke(
        ID, credential_world.proof, credential_world.by, confirmed=True
    )
    for _ in range(2):
        assert renewal.open_to(ProductKind.RENEWAL, credential_world.ada.id, ID) is None
        made, part = renewal.applied(paid(credential_world), by=credential_world.by)
        assert (made.change, part) == (Change.RENEWAL_REFUSED, NOTHING)
        if not credential_world.credentials.live(credential_world.ada.id):
            credential_world.credential(id="crd_00000000000000000002")


def test_a_foreign_credential_is_not_renewed_S23(
    credential_world: CredentialWorld, renewal: Purchases
) -> None:
    credential_world.credential()
    eve = credential_world.orders.person()
    assert renewal.open_to(ProductKind.RENEWAL, eve.id, ID) is None
    order = replace(paid(credential_world), account=eve.id)
    assert renewal.applied(order, by=credential_world.by)[0].change is Change.RENEWAL_REFUSED


def test_an_order_that_renews_nothing_is_never_taken_for_a_renewal_B7(
    credential_world: CredentialWorld, renewal: Purchases
) -> None:
    credential_world.credential()
    assert (
        renewal.applied(paid(credential_world, None), by=credential_world.by)[0].change
        is Change.RENEWAL_REFUSED
    )
