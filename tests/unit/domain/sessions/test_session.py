"""A session: its token, its end, and its check (S17, S20)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import (
    Session,
    Sessions,
    Token,
    crowded_out,
    hashed,
    parse_token,
    recognize,
)
from tests.support.builders import a_session
from tests.support.examples import steady
from tests.support.fakes import START

POLICY = Policy()
TOKEN = Token(account="acc_ada", session="session1", secret="secret")


def sessions(*live: Session, active: bool = True) -> Sessions:
    return Sessions(
        account="acc_ada",
        organization="acme",
        roles=(Role.HOLDER,),
        active=active,
        epoch=1,
        live={one.id: one for one in live},
    )


def test_a_session_token_is_account_session_and_secret() -> None:
    assert parse_token(str(TOKEN)) == TOKEN


def test_a_printed_session_token_never_shows_its_secret_S17() -> None:
    assert "secret" not in repr(TOKEN)
    assert "secret" not in f"{[TOKEN]} { ({'token': TOKEN})!r}"


@pytest.mark.parametrize(
    "text", ["", "a", "a.b", "a.b.c.d", ".b.c", "a..c", "a.b.", "ä.b.c", f"a.b.{'c' * 200}"]
)
def test_an_invalid_session_token_is_no_session(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        parse_token(text)


def test_only_the_hash_of_a_secret_is_kept_S17() -> None:
    assert hashed("secret") == hashlib.sha256(b"secret").hexdigest()


def test_the_right_secret_opens_its_live_session_S20() -> None:
    session = a_session(strength=2)
    assert recognize(sessions(session), TOKEN, START, POLICY) is session


@pytest.mark.parametrize(
    "token",
    [
        replace(TOKEN, secret="other"),
        replace(TOKEN, session="session2"),
        replace(TOKEN, secret=hashed("secret")),
    ],
)
def test_another_secret_or_session_is_not_authenticated_S17(token: Token) -> None:
    with pytest.raises(NotAuthenticated):
        recognize(sessions(a_session()), token, START, POLICY)


def test_an_account_that_is_unknown_or_deactivated_has_no_session_A5() -> None:
    for nobody in (None, sessions(a_session(), active=False)):
        with pytest.raises(NotAuthenticated):
            recognize(nobody, TOKEN, START, POLICY)


@pytest.mark.parametrize(
    ("idle", "age", "live"),
    [
        (timedelta(minutes=30) - timedelta(seconds=1), timedelta(), True),
        (timedelta(minutes=30), timedelta(), False),
        (timedelta(), timedelta(hours=12) - timedelta(seconds=1), True),
        (timedelta(), timedelta(hours=12), False),
    ],
)
def test_a_session_ends_when_idle_for_30_minutes_and_after_12_hours(
    idle: timedelta, age: timedelta, live: bool
) -> None:
    now = START + max(age, idle)
    session = a_session(created=START, seen=now - idle, expires=now - age + timedelta(hours=12))
    assert session.is_live(now, POLICY) is live


def test_use_is_noted_at_most_once_a_minute() -> None:
    session = a_session()
    assert not session.is_stale(START + timedelta(seconds=59), POLICY)
    assert session.is_stale(START + timedelta(minutes=1), POLICY)


def test_the_oldest_of_five_goes_when_a_sixth_comes() -> None:
    live = [
        a_session(id=f"s{age}", created=START - timedelta(minutes=age)) for age in (3, 5, 1, 4, 2)
    ]
    assert crowded_out(sessions(*live), START, POLICY) == ["s5"]
    assert crowded_out(sessions(*live[:4]), START, POLICY) == []


def test_ended_sessions_go_before_any_live_one() -> None:
    ended = a_session(id="ended", expires=START)
    live = [a_session(id=f"s{number}") for number in range(4)]
    assert crowded_out(sessions(ended, *live), START, POLICY) == ["ended"]


@steady
@given(
    ages=st.lists(st.integers(0, 100), max_size=12), idle=st.lists(st.integers(0, 60), max_size=12)
)
def test_one_more_session_always_fits_after_the_eviction(ages: list[int], idle: list[int]) -> None:
    live = [
        a_session(
            id=f"s{number}",
            created=START - timedelta(minutes=age),
            seen=START - timedelta(minutes=idle[number] if number < len(idle) else 0),
        )
        for number, age in enumerate(ages)
    ]
    gone = set(crowded_out(sessions(*live), START, POLICY))
    left = [one for one in live if one.id not in gone]
    assert len(left) < POLICY.sessions_per_account
    assert all(one.is_live(START, POLICY) for one in left)
    kept_oldest = min((one.created for one in left), default=START)
    assert all(
        one.created <= kept_oldest for one in live if one.id in gone and one.is_live(START, POLICY)
    )
