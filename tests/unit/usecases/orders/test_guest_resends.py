"""A guest's license key: sent again, or redeemed by somebody (B5, B8)."""

from __future__ import annotations

from functools import partial

import pytest

from keyfob.domain.credentials.errors import UnknownLicenseKey
from keyfob.domain.errors import TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.order import Order
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.orders.guest_orders import guest
from keyfob.wiring.orders import resending_of
from tests.support.builders import a_record
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import fake_unseal
from tests.support.faults import first
from tests.support.guests import GuestShop
from tests.support.order_world import actor


class Bench:
    """A guest's paid order, Ada who has its key, and the guest who asks for another one."""

    def __init__(self, world: CredentialWorld) -> None:
        self.world = world
        self.shop = GuestShop(world.orders)
        self.order: Order = self.shop.paid().order
        self.resending = resending_of(world.orders.base)

    @property
    def keys(self) -> list[str]:
        """The keys in the mails of the order."""
        rows = [one for one in self.world.orders.queued() if one.kind == Kind.LICENSE_KEY]
        assert {one.recipient for one in rows} == {self.order.subject}
        return [fake_unseal(one.pk, one.sealed) for one in rows if one.sealed]

    def resend(self) -> None:
        """The guest asks for the key again."""
        self.resending.resend(self.order, 0, guest(self.shop.client))

    def redeem(self, key: str) -> None:
        """Ada redeems a key."""
        claim = Claim(license_key=key, legal_name="Ada Byron", country="GB", organization="acme")
        ada = self.world.ada
        self.world.redemption.redeem(claim, a_record(ada.id), actor(ada))


@pytest.fixture
def bench(credential_world: CredentialWorld) -> Bench:
    return Bench(credential_world)


def test_a_redemption_at_the_moment_of_a_resend_wins_and_no_key_is_mailed_B8(
    bench: Bench,
) -> None:
    [key] = bench.keys
    # Of a resend's transactions the first one reissues the key.
    redeem = first(partial(bench.redeem, key))
    bench.world.client.next("transact_write_items", redeem)
    with pytest.raises(LicenseKeyNotReissuable):
        bench.resend()
    assert bench.keys == [key]


def test_a_resend_at_the_moment_of_a_redemption_leaves_one_good_key_B8(bench: Bench) -> None:
    [old] = bench.keys
    bench.world.client.next("transact_write_items", first(bench.resend))
    with pytest.raises(UnknownLicenseKey):
        bench.redeem(old)
    [new] = [key for key in bench.keys if key != old]
    bench.redeem(new)


def test_a_guest_uses_up_no_other_orders_resends_S62(bench: Bench) -> None:
    for _ in range(bench.world.orders.base.policy.key_resends_a_day):
        bench.resend()
    with pytest.raises(TooManyTries):
        bench.resend()
    bench.order = bench.shop.paid().order
    bench.resend()
