"""Proofing upgrades: bought for a credential in use, begun with a code, proofed (B1, B5, C6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.credentials.credential import LEVEL_OTP, LEVEL_PROOFED, TOKEN, Credential
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.proofing.case import Method
from keyfob.domain.sessions import session as sessions_of
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.usecases.credentials.redemption import Claim
from keyfob.wiring.instant_proofing import asking_of, bureau_of
from keyfob.wiring.proofing import cases_of
from tests.support.builders import a_hardware_token, a_product, a_record
from tests.support.carts import UPGRADE, upgrade_of
from tests.support.credential_world import CredentialWorld
from tests.support.fake_bureau import ANSWERS, FakeBureau
from tests.support.fakes import START, Meddler
from tests.support.order_world import OPERATOR
from tests.support.phone_world import refusal_of
from tests.unit.usecases.proofing.test_asking import PERSON

CLAIM = ("Ada Byron", "US")
CHANGING = replace(OPERATOR, reason="Another offer")


@pytest.fixture
def world(credential_world: CredentialWorld) -> CredentialWorld:
    """An upgrade is on sale; Ada has an active credential without proofing, and a token."""
    product = a_product(id=UPGRADE, kind=ProductKind.UPGRADE, price=2_500, proofing=True)
    credential_world.orders.seed.products([product], by=OPERATOR)
    return credential_world


def credential(world: CredentialWorld, *, partner: str = "northwind", **changes: Any) -> Credential:
    bought = world.bought(partner).order
    return world.credential(**{"token": a_hardware_token(), "order": bought, **changes})


def ordered(world: CredentialWorld, named: str = "") -> Order:
    return world.orders.order(world.ada, items=upgrade_of(named or world.live.id))


def coded(world: CredentialWorld, needed: Proof = Proof.RECENT_CODE) -> SessionProof:
    session = sessions_of.elevated(
        world.proof.session, world.live, "coded", world.clock(), by=TOKEN
    )
    return SessionProof(session=session, needed=needed)


def begin(world: CredentialWorld, proof: SessionProof | None = None) -> Credential:
    return world.management.upgrade(world.live.id, CLAIM, proof or coded(world), world.by)


def test_a_paid_upgrade_is_there_to_be_begun_and_changes_no_level_B5_C6(
    world: CredentialWorld, client: Meddler
) -> None:
    credential(world)
    order = ordered(world)
    client.calls.clear()
    world.orders.pay(order)
    assert len(client.requests("transact_write_items")) == 1
    assert world.orders.service.get(order.number).state is State.FULFILLED
    live = world.live
    assert (live.upgrade, live.level, live.proofing) == (True, LEVEL_OTP, False)
    assert world.trail(live.subject)[-1] == "credential.upgrade_bought"


UNFIT: dict[str, dict[str, Any]] = {
    "with proofing": {"proofing": True},
    "with an unused upgrade": {"upgrade": True},
    "expired": {"expires_at": START},
    "suspended": {"suspensions": {"holder": START}},
    "not activated": {"state": CredentialState.PENDING_ACTIVATION},
    "of another partner": {"partner": "elsewhere"},
}


@pytest.mark.parametrize("why", UNFIT)
def test_a_credential_that_takes_no_upgrade_gets_one_answer_B1_S23(
    why: str, world: CredentialWorld
) -> None:
    credential(world, **UNFIT[why])
    with pytest.raises(InvalidInput) as refused:
        ordered(world)
    expected = {"items.0.credential": "is no credential of yours that this partner upgrades"}
    assert refused.value.fields == expected


def test_the_second_of_two_paid_upgrades_is_refunded_C6(world: CredentialWorld) -> None:
    credential(world)
    first, second = ordered(world), ordered(world)
    world.orders.pay(first)
    world.orders.pay(second)
    assert world.orders.service.get(second.number).state is State.HELD
    assert {"upgrade_refused", "refund_payment"} <= set(world.orders.kinds())


def test_one_that_is_paid_after_the_revocation_is_refunded_C6(world: CredentialWorld) -> None:
    live = credential(world, token=None, phones={"phn_1": 0})
    order = ordered(world)
    world.management.revoke(live.id, world.proof, world.by, confirmed=True)
    world.orders.pay(order)
    assert world.orders.service.get(order.number).state is State.HELD
    assert "upgrade_refused" in world.orders.kinds()


@pytest.mark.parametrize(
    ("proof", "refused"),
    [
        (lambda world: SessionProof(session=world.proof.session, needed=Proof.RECENT_CODE), True),
        (coded, False),
    ],
)
def test_it_is_begun_with_a_recent_code_C6_S58(
    world: CredentialWorld, proof: Callable[[CredentialWorld], SessionProof], refused: bool
) -> None:
    credential(world, upgrade=True)
    if refused:
        assert refusal_of(lambda: begin(world, proof(world))) == "elevation_required"
        assert world.live.upgrade
    else:
        done = begin(world, proof(world))
        assert (done.upgrade, done.proofing, done.level) == (False, True, LEVEL_OTP)
        assert (done.legal_name, done.country) == CLAIM


def test_it_is_begun_once_and_not_without_being_bought_C6(world: CredentialWorld) -> None:
    credential(world)
    assert refusal_of(lambda: begin(world)) == "no_upgrade"
    world.changed(upgrade=True)
    begin(world)
    assert refusal_of(lambda: begin(world)) == "no_upgrade"


def test_the_proofing_that_follows_gives_level_3_C6(world: CredentialWorld) -> None:
    world.base._outside[bureau_of] = FakeBureau()
    credential(world, upgrade=True)
    cases = cases_of(world.base)

    def choose() -> str:
        proof = coded(world, Proof.RECENT_CODE_IF_POSSIBLE)
        return cases.choose(world.live.id, Method.INSTANT, proof, world.by).id

    assert refusal_of(choose) == "no_proofing_needed"
    begin(world)
    case = choose()
    asking = asking_of(world.base)
    asking.identify(case, PERSON, world.by)
    asking.answer(case, ANSWERS, world.by)
    assert world.live.level == LEVEL_PROOFED
    assert world.trail(world.live.subject)[-2:] == [
        "credential.upgrade_begun",
        "credential.proofed",
    ]


def test_nothing_is_minted_or_shipped_for_it_B5(world: CredentialWorld) -> None:
    credential(world)
    order = ordered(world)
    world.orders.pay(order)
    assert world.orders.service.get(order.number).units == ()
    assert "license_key" not in world.orders.kinds()


@pytest.mark.parametrize("included", [True, False])
def test_an_order_keeps_whether_its_product_included_an_upgrade_C6(
    included: bool, world: CredentialWorld
) -> None:
    orders = world.orders
    orders.seed.products([a_product(upgrade_included=included)], by=CHANGING)
    order = orders.order(world.ada)
    orders.seed.products([a_product(upgrade_included=not included)], by=CHANGING)
    orders.pay(order)
    assert [one.upgrade_included for one in orders.service.get(order.number).units] == [
        included
    ] * 2


def test_an_included_upgrade_is_begun_like_a_bought_one_and_none_is_sold_beside_it_C6(
    world: CredentialWorld,
) -> None:
    bought = world.bought(kind="phone", upgrade_included=True)
    claim = Claim(license_key=bought.keys[0], legal_name="Ada", country="GB", organization="acme")
    done = world.redemption.redeem(claim, a_record(world.ada.id), world.by)
    world.activation.activate(done.id, None, world.by)
    world.changed(token=a_hardware_token())
    with pytest.raises(InvalidInput):
        ordered(world)
    begun = begin(world)
    assert (begun.upgrade, begun.proofing, begun.level) == (False, True, LEVEL_OTP)
    assert (begun.legal_name, begun.country) == CLAIM
