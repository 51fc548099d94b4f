"""The hold: when a first authenticator may be bound by a password (S54)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.errors import DomainError
from keyfob.domain.holds.hold import (
    Ended,
    Hold,
    Release,
    begun,
    bound_release,
    frozen,
    generate_release,
    never,
    released,
    require_phone,
    require_token,
    spent,
)
from keyfob.domain.orders.shipment import Shipment
from keyfob.domain.policy import Policy
from tests.support.builders import a_credential
from tests.support.fakes import START

POLICY = Policy()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
ADA = "acc_ada"
PHONE = a_credential(kind="phone")
LOST = replace(PHONE, replacing=True)
TOKEN = a_credential()


def a_hold(**changes: Any) -> Hold:
    """A hold that began now."""
    return replace(begun(None, ADA, Ended.CREDENTIAL, START, POLICY, waits=True), **changes)


def a_shipment(at: datetime = START, *, replacement: bool = False) -> Shipment:
    return Shipment(unit=0, serial="FT-0001", tracking="1Z", at=at, replacement=replacement)


def refusal(act: Any, *arguments: Any) -> str:
    try:
        act(*arguments)
    except DomainError as refused:
        return refused.code
    return ""


def of_phone(credential: Any, hold: Hold | None, now: datetime) -> str:
    return refusal(require_phone, credential, hold, now, POLICY)


def of_token(credential: Any, hold: Hold | None, shipment: Shipment, now: datetime) -> str:
    return refusal(require_token, credential, hold, shipment, now, POLICY)


# How a hold begins


def test_an_end_without_a_code_waits_72_hours_and_one_with_a_code_does_not_S54() -> None:
    hold = begun(None, ADA, Ended.CREDENTIAL, START, POLICY, waits=True)
    assert (hold.began, hold.until, hold.version) == (START, START + 72 * HOUR, 1)
    assert hold.waits(hold.until - SECOND)
    assert not hold.waits(hold.until)
    assert not begun(None, ADA, Ended.AUTHENTICATOR, START, POLICY, waits=False).waits(START)


def test_a_later_end_never_shortens_the_wait_nor_voids_a_release_S54() -> None:
    first = released(a_hold(), "mac", START, POLICY)
    later = START + HOUR
    proven = begun(first, ADA, Ended.AUTHENTICATOR, later, POLICY, waits=False)
    assert (proven.began, proven.until, proven.release) == (later, first.until, first.release)
    again = begun(first, ADA, Ended.CREDENTIAL, later, POLICY, waits=True)
    assert again.until == later + 72 * HOUR


def test_only_a_thaw_ends_a_freeze_whatever_the_clock_ends_meanwhile_S54() -> None:
    ice = frozen(a_hold())
    assert begun(ice, ADA, Ended.CREDENTIAL, START, POLICY, waits=True).frozen
    assert not begun(ice, ADA, Ended.FREEZE, START, POLICY, waits=True).frozen


def test_every_change_raises_the_version_S54() -> None:
    hold = a_hold()
    for to in (
        begun(hold, ADA, Ended.CREDENTIAL, START, POLICY, waits=True),
        begun(hold, ADA, Ended.AUTHENTICATOR, START, POLICY, waits=False),
        released(hold, "mac", START, POLICY),
        spent(hold),
        frozen(hold),
    ):
        assert to.version == hold.version + 1
    assert never(ADA).version == 0


# First phones


def test_a_fresh_credential_binds_a_phone_for_7_days_from_its_activation_S54() -> None:
    end = START + 7 * DAY
    assert of_phone(PHONE, None, end - SECOND) == ""
    assert of_phone(PHONE, None, end) == "reopening_required"


def test_a_hold_lets_no_phone_be_bound_before_its_end_S54() -> None:
    hold = a_hold()
    for credential in (PHONE, LOST):
        assert of_phone(credential, hold, hold.until - SECOND) == "binding_held"
        assert of_phone(credential, hold, hold.until) == ""


def test_a_credential_that_lost_its_phones_binds_one_for_7_days_from_the_end_of_the_hold_S54() -> (
    None
):
    hold = a_hold()
    end = hold.until + 7 * DAY
    assert of_phone(LOST, hold, end - SECOND) == ""
    assert of_phone(LOST, hold, end) == "reopening_required"
    assert of_phone(LOST, None, START) == "reopening_required"  # its removal isn't known


def test_a_removal_proven_by_a_code_lets_a_phone_be_bound_at_once_and_for_7_days_S54() -> None:
    hold = begun(None, ADA, Ended.AUTHENTICATOR, START, POLICY, waits=False)
    assert of_phone(LOST, hold, START) == ""
    assert of_phone(LOST, hold, START + 7 * DAY - SECOND) == ""
    assert of_phone(LOST, hold, START + 7 * DAY) == "reopening_required"


# First tokens


@pytest.mark.parametrize("shipped", [START - DAY, START + 3 * DAY])
def test_a_token_is_bound_for_60_days_from_the_later_of_shipment_and_activation_S54(
    shipped: datetime,
) -> None:
    end = max(shipped, START) + 60 * DAY
    assert of_token(TOKEN, None, a_shipment(shipped), end - SECOND) == ""
    assert of_token(TOKEN, None, a_shipment(shipped), end) == "reopening_required"


def test_a_hold_lets_no_bought_token_be_bound_even_if_it_is_shipped_meanwhile_S54() -> None:
    hold = a_hold()
    bought = a_shipment(START + HOUR)
    assert of_token(TOKEN, hold, bought, hold.until - SECOND) == "binding_held"
    assert of_token(TOKEN, hold, bought, hold.until) == ""


@pytest.mark.parametrize("before", [timedelta(0), DAY])
def test_a_replacement_that_an_operator_shipped_needs_no_wait_D4_S54(before: timedelta) -> None:
    sent = a_shipment(START - before, replacement=True)
    assert of_token(TOKEN, a_hold(), sent, START + HOUR) == ""


def test_only_a_replacement_that_was_shipped_since_the_thaw_needs_no_wait_D4_S54() -> None:
    thawed = begun(frozen(a_hold()), ADA, Ended.FREEZE, START, POLICY, waits=True)
    now = START + HOUR
    assert of_token(TOKEN, thawed, a_shipment(START, replacement=True), now) == ""
    earlier = a_shipment(START - SECOND, replacement=True)
    assert of_token(TOKEN, thawed, earlier, now) == "binding_held"
    later = begun(thawed, ADA, Ended.CREDENTIAL, START + HOUR, POLICY, waits=True)
    assert later.thawed == START


# Freezing and releasing


def test_nothing_is_bound_to_a_frozen_account_S54() -> None:
    ice = frozen(a_hold())
    later = ice.until + HOUR
    assert of_phone(PHONE, ice, later) == "account_frozen"
    assert of_token(TOKEN, ice, a_shipment(START, replacement=True), later) == "account_frozen"


def test_a_release_code_opens_for_24_hours_and_no_other_does_S54() -> None:
    hold = released(a_hold(), "a" * 64, START, POLICY)
    end = START + 24 * HOUR
    assert hold.opens_to("a" * 64, end - SECOND)
    assert not hold.opens_to("a" * 64, end)
    assert not hold.opens_to("b" * 64, START)
    assert not hold.opens_to(None, START)
    for other in (a_hold(), spent(hold), frozen(hold)):
        assert not other.opens_to("a" * 64, START)
    assert hold.release == Release(mac="a" * 64, until=end)


def test_a_release_code_is_50_random_bits_and_belongs_to_its_account_S54_S65() -> None:
    codes = {generate_release() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(one) == 11 and one[5] == "-" for one in codes)
    assert bound_release(ADA, "abcde-fgh1k") == bound_release(ADA, " ABCDE FGHIK ")
    assert bound_release(ADA, "ABCDE-FGHJK") != bound_release("acc_eve", "ABCDE-FGHJK")
