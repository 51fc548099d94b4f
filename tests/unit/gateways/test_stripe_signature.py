"""Webhook signatures: raw body, any valid one, 300 s both ways (S36)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyfob.domain.errors import InvalidSignature
from keyfob.gateways.stripe_signature import require_signed
from local.stripe_double.events import signature
from tests.support.fakes import START

PAYLOAD = '{"id": "evt_1", "amount": 1}'
NEW, OLD = "whsec_new", "whsec_old"
TOLERANCE = timedelta(seconds=300)


def signed(payload: str = PAYLOAD, secret: str = NEW, age: float = 0) -> str:
    return signature(payload, secret, at=int(START.timestamp() - age))


def check(header: str, payload: str = PAYLOAD, secrets: tuple[str, ...] = (NEW, OLD)) -> None:
    require_signed(payload, header, secrets, now=START, tolerance=TOLERANCE)


def refused(header: str, payload: str = PAYLOAD, secrets: tuple[str, ...] = (NEW, OLD)) -> None:
    with pytest.raises(InvalidSignature):
        check(header, payload, secrets)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_while_a_secret_is_rolled_both_are_good_S19(secret: str) -> None:
    check(signed(secret=secret))


def test_after_the_roll_the_old_secret_is_refused_S19() -> None:
    refused(signed(secret=OLD), secrets=(NEW,))


@pytest.mark.parametrize("age", [0, 300, -300])
def test_five_minutes_either_way_are_good_S36(age: float) -> None:
    check(signed(age=age))


@pytest.mark.parametrize("age", [301, -301, 86_400, -86_400])
def test_a_signature_that_is_too_old_or_from_the_future_is_refused_S36(age: float) -> None:
    refused(signed(age=age))


def test_one_valid_signature_among_several_is_enough_S36() -> None:
    timestamp, right = signed().split(",")
    check(f"{timestamp},v1={'0' * 64},{right},v0=abc")


def test_a_byte_changed_in_the_body_is_refused_S36() -> None:
    refused(signed(), PAYLOAD.replace("1", "2"))
    refused(signed(), PAYLOAD + " ")


def test_an_old_event_is_not_made_new_by_another_timestamp_S36() -> None:
    now = int(START.timestamp())
    old = signed(age=3_600)
    refused(f"{old},t={now}")
    refused(f"t={now},{old}")
    refused(old.replace(f"t={now - 3_600}", f"t={now}"))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        "t=,v1=",
        "t=1",
        "v1=abc",
        f"t={int(START.timestamp())}",
        f"t={int(START.timestamp())},v1=",
        f"t={int(START.timestamp())},v1=ä",
        f"t={int(START.timestamp())},v0={'0' * 64}",
        "t=now,v1=abc",
        "t=٣,v1=abc",
        ",,,===",
        f"t={'9' * 5_000},v1=abc",
    ],
)
def test_no_signature_and_garbage_are_refused_and_break_nothing_S36(header: str) -> None:
    refused(header)


def test_without_a_secret_nothing_is_good_S36() -> None:
    refused(signed(secret=""), secrets=("",))
    refused(signed(), secrets=())
