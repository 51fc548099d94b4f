"""What a statement says (E4, S20, S26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Session
from keyfob.domain.statements.statement import Statement, expiry, methods_of, subject_of
from tests.support.fakes import START, fake_mac

POLICY = Policy()
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BY_PASSWORD = Session(
    id="s1",
    secret_hash="",
    strength=1,
    created=START,
    seen=START,
    expires=START + timedelta(hours=12),
)
BY_TOKEN = replace(BY_PASSWORD, strength=3, by="token", epoch=0, coded=START + MINUTE)
BY_TEXT = replace(BY_TOKEN, strength=2, by="phone1")
BY_CALL = replace(BY_TEXT, spoken=True)


def test_the_claims_are_those_of_the_standards_in_whole_seconds_E4_S26() -> None:
    said = Statement(
        id="01J",
        issuer="https://keyfob.example",
        application="design-vault",
        subject="ab12",
        level=3,
        methods=("pwd", "otp"),
        authenticated_at=datetime.fromisoformat("2026-11-22T06:59:59.999999+00:00"),
        issued_at=datetime.fromisoformat("2026-11-22T07:00:00+00:00"),
        expires_at=datetime.fromisoformat("2026-11-22T07:05:00+00:00"),
    )
    assert said.claims() == {
        "iss": "https://keyfob.example",
        "aud": "design-vault",
        "sub": "ab12",
        "jti": "01J",
        "iat": 1_795_330_800,
        "nbf": 1_795_330_800,
        "exp": 1_795_331_100,
        "acr": "urn:keyfob:level:3",
        "amr": ["pwd", "otp"],
        "auth_time": 1_795_330_799,
    }


@pytest.mark.parametrize(
    ("session", "methods"),
    [
        (BY_PASSWORD, ("pwd",)),
        (BY_TOKEN, ("pwd", "otp")),
        (BY_TEXT, ("pwd", "sms")),
        (BY_CALL, ("pwd", "tel")),
    ],
)
def test_the_methods_are_those_of_the_session_E4_S20(
    session: Session, methods: tuple[str, ...]
) -> None:
    assert methods_of(session) == methods


def test_a_subject_is_of_one_account_and_one_partner_S26() -> None:
    def of(partner: str, account: str) -> str:
        return subject_of(fake_mac, partner, account)

    assert of("northwind", "acc_1") == of("northwind", "acc_1")
    assert len({of("northwind", "acc_1"), of("contoso", "acc_1"), of("northwind", "acc_2")}) == 3
    assert "acc_1" not in of("northwind", "acc_1")
    # Its own purpose: no other keyed hash is the same.
    assert of("northwind", "acc_1") != fake_mac("phone-code", "northwind:acc_1")


def test_a_statement_lasts_five_minutes_and_never_longer_than_its_session_S26() -> None:
    assert expiry(BY_PASSWORD, START, POLICY) == START + 5 * MINUTE
    ending = replace(BY_PASSWORD, expires=START + 2 * MINUTE)
    assert expiry(ending, START, POLICY) == START + 2 * MINUTE


def test_a_statement_never_outlives_the_elevation_that_it_tells_of_S20_S26() -> None:
    policy = replace(POLICY, elevation_lifetime=6 * MINUTE)
    assert expiry(BY_TOKEN, START + MINUTE, policy) == START + 6 * MINUTE
    assert expiry(BY_TOKEN, START + 4 * MINUTE, policy) == START + 7 * MINUTE


@pytest.mark.parametrize(
    "wrong",
    [
        {"statement_lifetime": 5 * MINUTE + SECOND},
        {"statement_lifetime": 29 * SECOND},
        {"statements_a_minute": 0},
        {"statements_a_minute": 61},
    ],
)
def test_no_deployment_makes_statements_last_longer_S26(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(POLICY, **wrong)
