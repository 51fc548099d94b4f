"""The sign-in options of a holder, and the obstacle of each (E1, E3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Authenticator
from keyfob.domain.sessions.sign_in_options import SignInOption, sign_in_options
from tests.support.builders import a_credential, a_hardware_token
from tests.support.fakes import START
from tests.support.phones import a_phone

POLICY = Policy()
ONE, TWO = a_phone(), a_phone(id="phone2", label="Office", shown="+1 … 99")
TOKEN = a_hardware_token(serial="FT-100042")
BOTH = a_credential(token=TOKEN, phones={"phone1": 0, "phone2": 0})
TOKEN_WAY = SignInOption(method=Authenticator.TOKEN, label="…0042", obstacle=None)
ONE_WAY = SignInOption(
    method=Authenticator.PHONE, label="Mine", obstacle=None, phone="phone1", number="+1 … 23"
)
TWO_WAY = SignInOption(
    method=Authenticator.PHONE, label="Office", obstacle=None, phone="phone2", number="+1 … 99"
)
TRIALS = tuple(f"trial-{number}" for number in range(20))


def obstacles(credential: Credential, *phones: Any) -> list[str | None]:
    return [
        way.obstacle for way in sign_in_options(credential, phones or (ONE, TWO), START, POLICY)
    ]


def test_the_token_comes_first_then_each_phone_E1() -> None:
    assert sign_in_options(BOTH, [ONE, TWO], START, POLICY) == [TOKEN_WAY, ONE_WAY, TWO_WAY]


def test_a_missing_authenticator_is_not_offered_E1() -> None:
    assert sign_in_options(None, [], START, POLICY) == []
    assert sign_in_options(a_credential(), [], START, POLICY) == []
    assert sign_in_options(replace(BOTH, token=None), [TWO], START, POLICY) == [TWO_WAY]
    assert sign_in_options(replace(BOTH, phones={}), [], START, POLICY) == [TOKEN_WAY]


def test_each_authenticator_has_an_obstacle_of_its_own_E3() -> None:
    locked = replace(BOTH, token=a_hardware_token(failed=TRIALS[:5]))
    assert obstacles(locked) == ["token_locked", None, None]
    blocked = replace(ONE, failed=TRIALS[:5], blocked_until=START + timedelta(seconds=1))
    assert obstacles(BOTH, blocked, TWO) == [None, "phone_blocked", None]
    assert obstacles(BOTH, ONE, replace(TWO, failed=TRIALS)) == [None, None, "phone_locked"]


def test_a_block_is_no_obstacle_from_the_second_in_which_it_ends_E3() -> None:
    over = replace(ONE, failed=TRIALS[:5], blocked_until=START)
    assert obstacles(BOTH, over, TWO) == [None, None, None]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": State.PENDING_APPROVAL}, "credential_not_approved"),
        ({"state": State.PENDING_ACTIVATION}, "credential_not_activated"),
        (
            {
                "suspensions": {Suspender.HOLDER: START},
            },
            "credential_suspended",
        ),
        ({"expires_at": START}, "credential_expired"),
    ],
)
def test_an_obstacle_of_the_credential_applies_to_all_before_any_other_E3(
    changes: dict[str, Any], code: str
) -> None:
    locked = replace(ONE, failed=TRIALS)
    assert obstacles(replace(BOTH, **changes), locked, TWO) == [code] * 3
