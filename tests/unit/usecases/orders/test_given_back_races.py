"""Refunds and disputes against other acts, exactly between reading and writing (S40, S42, S46)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.errors import Suspended, UnknownLicenseKey
from keyfob.domain.errors import StorageUnavailable
from keyfob.domain.orders.errors import LicenseKeyNotReissuable
from keyfob.domain.orders.license_key import KeyState
from keyfob.storage.orders.license_keys import LicenseKeyRow
from keyfob.usecases.credentials.registration import Pair
from tests.support.builders import a_record
from tests.support.fakes import Meddler
from tests.support.faults import first
from tests.support.given_back_world import GivenBackWorld
from tests.support.order_world import OPERATOR


def go_on(operation: Any, request: Any) -> Any:
    return operation(**request)


def test_a_dispute_that_is_faster_than_a_redemption_stops_its_key_S40(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    given_back.buy()
    who = given_back.orders.person()
    client.next("transact_write_items", first(given_back.disputed))
    with pytest.raises(UnknownLicenseKey):
        given_back.redeem(0, who)
    assert given_back.states() == [KeyState.STOPPED] * 2
    assert given_back.world.credentials.live(who.id) is None


@pytest.mark.parametrize("before", range(3))
def test_a_redemption_that_is_faster_than_a_dispute_has_its_credential_suspended_S40(
    before: int, given_back: GivenBackWorld, client: Meddler
) -> None:
    """The dispute commits the mirror, then stops one key after the other."""
    given_back.buy()
    who, redeemed = given_back.orders.person(), []

    def redeems() -> None:
        try:
            redeemed.append(given_back.redeem(1, who))
        except UnknownLicenseKey:
            return  # the dispute is known by now

    client.next("transact_write_items", *[go_on] * before, first(redeems))
    dispute = given_back.disputed()
    live = given_back.world.credentials.live(who.id)
    assert (live is not None) == bool(redeemed)
    if live:
        assert given_back.causes(live) == {f"dispute:{dispute}"}
        assert given_back.states() == [KeyState.STOPPED, KeyState.REDEEMED]
    else:
        assert given_back.states() == [KeyState.STOPPED] * 2


def test_a_slow_worker_stops_nothing_by_a_dispute_that_another_one_found_won_S42(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    given_back.buy()
    credential = given_back.redeem(1)
    dispute = given_back.provider.bank_disputes(given_back.payment)
    won = first(partial(given_back.decided, dispute, "won"))
    for before in range(3):
        given_back.provider.dispute_becomes(dispute, "needs_response")
        client.next("transact_write_items", *[go_on] * before, won)
        given_back.told()
        client.forget("transact_write_items")
        assert given_back.states() == [KeyState.ISSUED, KeyState.REDEEMED], before
        assert given_back.causes(credential) == set()
        dispute = given_back.provider.bank_disputes(given_back.payment)
        won = first(partial(given_back.decided, dispute, "won"))


def test_an_older_state_of_the_provider_is_never_written_over_a_newer_one_S37(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    given_back.buy()
    dispute = given_back.provider.bank_disputes(given_back.payment)
    client.next(
        "transact_write_items", first(lambda: given_back.decided(dispute, "warning_closed"))
    )
    given_back.told()
    [known] = given_back.order.given_back.disputes
    assert known.status == "warning_closed"


def test_a_reissue_that_is_faster_than_a_refund_has_its_key_killed_S40(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    given_back.buy(1)
    reissue = first(lambda: given_back.reissuing.reissue(given_back.number, 0, OPERATOR))
    client.next("transact_write_items", go_on, reissue)
    given_back.refunded()
    assert given_back.states() == [KeyState.CANCELED]
    assert all_states(given_back) == [KeyState.CANCELED, KeyState.REISSUED]


def test_a_refund_that_is_faster_than_a_reissue_leaves_no_key_S40(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    given_back.buy(1)
    client.next("transact_write_items", first(given_back.refunded))
    with pytest.raises(LicenseKeyNotReissuable):
        given_back.reissuing.reissue(given_back.number, 0, OPERATOR)
    assert all_states(given_back) == [KeyState.CANCELED]


def all_states(world: GivenBackWorld) -> list[str]:
    keys = (
        item["state"]["S"]
        for item in world.orders.database.scan(LicenseKeyRow)
        if item["pk"]["S"].startswith("KEY#")
    )
    return sorted(keys)


def registering(world: GivenBackWorld) -> Callable[[], object]:
    """Ada's registration of the token that came with her order, and everything before it."""
    order = world.orders.paid(world.world.ada)
    world.number = order.number
    device = world.world.delivered(order.number)
    held = world.redeem(0, world.world.ada)
    world.world.changed(state=State.ACTIVE, activated_at=world.clock())
    pair = Pair(first=device.code(0), second=device.code(1))
    return lambda: world.world.registration.register(
        held.id, device.serial, pair, world.world.binder, a_record(world.world.ada.id)
    )


def test_a_refund_that_is_faster_than_a_registration_suspends_before_it_S40(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    register = registering(given_back)
    client.next("transact_write_items", first(given_back.refunded))
    with pytest.raises(Suspended):
        register()
    live = given_back.world.live
    assert (live.token, set(live.suspensions)) == (None, {f"refund:{given_back.number}"})


@pytest.mark.parametrize("before", range(4))
def test_a_registration_that_is_faster_than_a_refund_is_suspended_with_its_token_S40(
    before: int, given_back: GivenBackWorld, client: Meddler
) -> None:
    register, tried = registering(given_back), []

    def registers() -> None:
        tried.append(True)
        try:
            register()
        except Suspended:
            tried.append(False)

    client.next("transact_write_items", *[go_on] * before, first(registers))
    given_back.refunded()
    live = given_back.world.live
    assert set(live.suspensions) == {f"refund:{given_back.number}"}
    assert bool(live.token) is (tried == [True])


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("died_at", range(4))
def test_what_a_killed_worker_left_is_done_by_the_clock_S46(
    died_at: int, landed: bool, given_back: GivenBackWorld, client: Meddler
) -> None:
    """The mirror, two keys and a credential are four transactions."""
    given_back.buy(3)
    credential = given_back.redeem(2)
    given_back.provider.given_back_by_hand(given_back.payment)

    def die(operation: Any, request: Any) -> Any:
        if landed:
            operation(**request)
        raise StorageUnavailable

    client.next("transact_write_items", *[go_on] * died_at, die)
    with pytest.raises(StorageUnavailable):
        given_back.told()
    # An event that changed nothing is delivered again; the clock knows of all others.
    again = given_back.due if given_back.order.todo else given_back.told
    again()
    assert given_back.states() == [KeyState.CANCELED, KeyState.CANCELED, KeyState.REDEEMED]
    assert given_back.causes(credential) == {f"refund:{given_back.number}"}
    trail = given_back.world.trail(credential.subject)
    assert trail.count("credential.suspended") == 1
    assert given_back.world.trail(given_back.order.subject).count("order.given_back") == 1
    assert given_back.order.todo == set()


@pytest.mark.parametrize("act", [GivenBackWorld.refunded, GivenBackWorld.disputed])
def test_a_known_refund_or_dispute_keeps_a_key_from_being_redeemed_before_it_is_stopped_S40(
    act: Callable[[GivenBackWorld], object], given_back: GivenBackWorld, client: Meddler
) -> None:
    """The worker dies after it has committed the mirror."""
    given_back.buy()

    def die(_operation: Any, _request: Any) -> Any:
        raise StorageUnavailable

    client.next("transact_write_items", go_on, die)
    with pytest.raises(StorageUnavailable):
        act(given_back)
    assert given_back.states() == [KeyState.ISSUED] * 2
    with pytest.raises(UnknownLicenseKey):
        given_back.redeem(0)


def test_a_dispute_against_minting_leaves_no_key_that_can_be_redeemed_S40(
    given_back: GivenBackWorld, client: Meddler
) -> None:
    """The dispute is known between the worker's reading of the provider and its first key."""
    given_back.place(2)
    client.next("transact_write_items", go_on, first(given_back.disputed))
    given_back.settled()
    assert given_back.states() == []
    assert given_back.order.is_stopped
