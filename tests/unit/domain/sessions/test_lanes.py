"""Device values and the counters of the two lanes (S55, S56)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyfob.domain.policy import Policy, overridden
from keyfob.domain.sessions.lanes import (
    DeviceValue,
    Lane,
    bound,
    failures,
    new_nonce,
    parsed,
    window,
)

NONCE, MAC = "A-_z" * 5 + "09", "0f" * 32


def test_a_device_value_is_read_as_it_was_written() -> None:
    value = DeviceValue(nonce=new_nonce(), mac=MAC)
    assert parsed(str(value)) == value


def test_a_nonce_has_128_random_bits_S56() -> None:
    nonces = {new_nonce() for _ in range(500)}
    assert len(nonces) == 500
    assert {len(one) for one in nonces} == {22}


@pytest.mark.parametrize(
    "shown",
    [
        "",
        ".",
        NONCE,
        f"{NONCE}.",
        f".{MAC}",
        f"{NONCE}{MAC}",
        f"{NONCE[:-1]}.{MAC}",
        f"{NONCE}0.{MAC}",
        f"{NONCE}.{MAC[:-1]}",
        f"{NONCE}.{MAC}0",
        f"{NONCE}.{MAC.upper()}",
        f"{NONCE}.{MAC}\n",
        f" {NONCE}.{MAC}",
        f"{NONCE[:-1]}:.{MAC}",
        f"{NONCE[:-1]}é.{MAC}",
        f"{NONCE}.{MAC[:-1]}\u0661",
        "\x00" * 87,
        "x" * 100_000,
    ],
)
def test_text_of_another_form_is_no_device_value_S49(shown: str) -> None:
    assert parsed(f"{NONCE}.{MAC}")
    assert parsed(shown) is None


@pytest.mark.parametrize("other", [("acc_eve", 7, "n"), ("acc_ada", 8, "n"), ("acc_ada", 7, "m")])
def test_the_hash_covers_account_epoch_and_nonce_S56(other: tuple[str, int, str]) -> None:
    assert bound("acc_ada", 7, "n") != bound(*other)


def test_each_lane_has_counters_of_its_own_for_a_user_id_S56() -> None:
    quotas = [
        count(lane, name, Policy())
        for count in (window, failures)
        for lane in Lane
        for name in ("ada", "grace")
    ]
    assert len({one.key for one in quotas}) == 8


def test_strangers_have_five_tries_in_twenty_minutes_known_clients_ten_in_ten_S56() -> None:
    shown = {lane: window(lane, "ada", Policy()).limit for lane in Lane}
    assert {lane: (one.tries, one.period, one.until_quiet) for lane, one in shown.items()} == {
        Lane.STRANGERS: (5, timedelta(minutes=20), True),
        Lane.KNOWN: (10, timedelta(minutes=10), False),
    }


def test_no_deployment_lets_strangers_try_while_the_password_store_still_counts_S56() -> None:
    assert overridden(Policy(), '{"password_tries_period": 900}')
    with pytest.raises(ValueError, match="password_tries_period"):
        overridden(Policy(), '{"password_tries_period": 899}')


def test_a_lane_takes_a_hundred_failures_in_a_row_and_remembers_them_for_years_S55() -> None:
    for lane in Lane:
        limit = failures(lane, "ada", Policy()).limit
        assert limit.tries == 100
        assert limit.period >= timedelta(days=3650)
