"""What is read for the next step, where the tables lag behind (A10)."""

from __future__ import annotations

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import NotFound
from keyfob.domain.next_step.step import Name
from keyfob.storage.orders.license_keys import LicenseKeyStore
from keyfob.wiring.next_step import finding_of
from tests.support.access_world import AccessWorld
from tests.support.builders import a_product
from tests.support.order_world import OPERATOR


def step(world: AccessWorld, who: Account, *roles: Role) -> Name:
    return finding_of(world.base).of(who.id, roles, None).name


def test_a_key_that_isnt_in_the_index_yet_is_no_reason_to_buy_again_A10(
    access_world: AccessWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    access_world.orders.seed.products([a_product()], by=OPERATOR)
    access_world.orders.paid(access_world.ada)
    monkeypatch.setattr(LicenseKeyStore, "redeemable_units", lambda _self, _order: frozenset())
    assert step(access_world, access_world.ada) is Name.WAIT_FOR_TOKEN
    access_world.clock.advance(minutes=5)
    assert step(access_world, access_world.ada) is Name.BUY


def test_terms_are_the_step_of_administrators_alone_A4_A10(access_world: AccessWorld) -> None:
    for role in (Role.ORGANIZATION_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR):
        assert step(access_world, access_world.olga, role) is Name.ACCEPT_TERMS
    assert step(access_world, access_world.ada, Role.HOLDER) is Name.BUY


def test_an_ended_subscription_leaves_nothing_to_buy_for_A6_A10(access_world: AccessWorld) -> None:
    for application in ("portal", "drawings"):
        access_world.ends(application)
    assert step(access_world, access_world.ada, Role.HOLDER) is Name.WAIT_FOR_SUBSCRIPTION


def test_nobody_has_no_next_step_A10(access_world: AccessWorld) -> None:
    with pytest.raises(NotFound):
        finding_of(access_world.base).of("acc_nobody", (), None)
