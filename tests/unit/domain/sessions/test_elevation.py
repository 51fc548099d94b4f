"""Elevated sessions: their beginning, and every way they fall back (S20, S21, S22)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import TOKEN, Credential
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import (
    CHALLENGE,
    PASSWORD,
    Session,
    Sessions,
    Token,
    as_of,
    elevated,
    hashed,
    recognize,
)
from tests.support.builders import a_session
from tests.support.fakes import START
from tests.support.otp import (
    POLICY,
    SECOND,
    SECRET,
    STEP,
    a_credential,
    a_pending_credential,
    a_suspended_credential,
    code_of,
    locked,
    pair_of,
)

HOUR = timedelta(hours=1)
CREDENTIAL = a_credential()
UNTIL = START + 12 * HOUR
SESSIONS = Sessions(
    account="acc_ada", organization="acme", roles=(Role.HOLDER,), active=True, epoch=1
)


def an_elevated_session(**changes: object) -> Session:
    session = elevated(a_session(), CREDENTIAL, "new", START, by=TOKEN)
    return replace(session, **changes)  # type: ignore[arg-type]


def fallen(session: Session) -> Session:
    """The session with the strength of the password alone."""
    return replace(
        session,
        strength=PASSWORD,
        by=None,
        epoch=None,
        coded=None,
        spoken=False,
    )


@pytest.mark.parametrize("level", [2, 3])
def test_a_right_code_sets_level_end_and_authenticator_of_the_elevation_E2_S20(level: int) -> None:
    now = START + HOUR
    session = a_session(expires=START + 24 * HOUR)
    credential = replace(CREDENTIAL, level=level, epoch=9)
    assert elevated(session, credential, "new", now, by=TOKEN) == replace(
        session,
        secret_hash=hashed("new"),
        strength=level,
        by=TOKEN,
        epoch=9,
        coded=now,
        seen=now,
    )


def test_a_fallen_session_forgets_how_its_code_came_E4_S20() -> None:
    spoken = replace(an_elevated_session(), spoken=True)
    assert as_of(spoken, CREDENTIAL, START, POLICY).spoken
    assert not as_of(spoken, None, START, POLICY).spoken
    assert not elevated(spoken, CREDENTIAL, "new", START, by=TOKEN).spoken


def test_elevation_never_lasts_longer_than_the_session_E2() -> None:
    session = a_session()
    for later, until in ((0, UNTIL), (1, UNTIL), (43_199, UNTIL)):
        now = START + timedelta(seconds=later)
        assert elevated(session, CREDENTIAL, "new", now, by=TOKEN).elevated_until(POLICY) == until
    short = Policy(elevation_lifetime=HOUR)
    made = elevated(session, CREDENTIAL, "new", START, by=TOKEN)
    assert made.elevated_until(short) == START + HOUR
    late = elevated(session, CREDENTIAL, "new", UNTIL - timedelta(minutes=1), by=TOKEN)
    assert late.elevated_until(short) == UNTIL
    assert session.elevated_until(short) is None


def test_the_earlier_session_token_is_dead_and_the_new_one_opens_the_session_S21() -> None:
    session = elevated(a_session("old"), CREDENTIAL, "new", START, by=TOKEN)
    sessions = replace(SESSIONS, live={session.id: session})
    new = Token(account="acc_ada", session=session.id, secret="new")
    assert recognize(sessions, new, START, POLICY) is session
    with pytest.raises(NotAuthenticated):
        recognize(sessions, replace(new, secret="old"), START, POLICY)


@pytest.mark.parametrize("strength", [CHALLENGE, PASSWORD])
@pytest.mark.parametrize("credential", [None, CREDENTIAL, a_suspended_credential()])
def test_a_never_elevated_session_stays_as_it_is_with_any_credential_S20(
    credential: Credential | None, strength: int
) -> None:
    session = a_session(strength=strength)
    assert as_of(session, credential, START, POLICY) is session


def test_an_elevated_session_keeps_its_strength_while_its_credential_is_as_it_was_S20() -> None:
    session = an_elevated_session()
    assert as_of(session, CREDENTIAL, START, POLICY) == session
    assert as_of(session, CREDENTIAL, UNTIL - SECOND, POLICY) == session


BECAME = {
    "gone": None,
    "suspended": a_suspended_credential(epoch=7),
    "suspended by the system": a_suspended_credential(Suspender.SYSTEM, epoch=7),
    "not activated": a_pending_credential(epoch=7),
    "expired": a_credential(expires_at=START),
    "of a later epoch": a_credential(epoch=8),
    "of an earlier epoch": a_credential(epoch=6),
    "revoked": lifecycle.revoke(CREDENTIAL, START).credential,
    "suspended and lifted": lifecycle.lift(
        lifecycle.suspend(CREDENTIAL, Suspender.HOLDER, START, POLICY).credential,
        Suspender.HOLDER,
        START,
        POLICY,
    ).credential,
    "without its token": tokens.revoke_token(CREDENTIAL).credential,
    "a new one": a_credential(id="crd_2", epoch=0),
}


@pytest.mark.parametrize("credential", BECAME.values(), ids=BECAME.keys())
def test_it_falls_back_to_the_password_level_from_the_next_request_on_S20_S22(
    credential: Credential | None,
) -> None:
    session = an_elevated_session()
    assert as_of(session, credential, START, POLICY) == fallen(session)


@pytest.mark.parametrize(
    ("expires_at", "until"),
    [(START + HOUR, UNTIL), (START + 24 * HOUR, START + HOUR), (START + HOUR, START + HOUR)],
)
def test_it_falls_back_in_the_second_in_which_the_elevation_or_the_credential_ends_E2_F6(
    expires_at: datetime, until: datetime
) -> None:
    session = an_elevated_session(coded=until - POLICY.elevation_lifetime)
    credential = replace(CREDENTIAL, expires_at=expires_at)
    assert as_of(session, credential, START + HOUR - SECOND, POLICY) == session
    assert as_of(session, credential, START + HOUR, POLICY) == fallen(session)
    assert as_of(session, credential, START + HOUR + SECOND, POLICY) == fallen(session)


def test_the_wrong_code_that_locks_the_token_ends_the_elevation_and_no_earlier_one_E3() -> None:
    session, credential = an_elevated_session(), CREDENTIAL
    for trial in ("t1", "t2", "t3", "t4"):
        credential = tokens.count_failure(credential, trial, POLICY).credential
        assert as_of(session, credential, START, POLICY) == session
    credential = tokens.count_failure(credential, "t5", POLICY).credential
    assert as_of(session, credential, START, POLICY) == fallen(session)


def test_unlocking_does_not_bring_an_elevation_back_F2() -> None:
    assert CREDENTIAL.token
    codes = CREDENTIAL.token.opened(SECRET)
    pair = pair_of(CREDENTIAL.token, STEP, STEP + 1)
    credential = replace(locked(CREDENTIAL), epoch=8)
    found = tokens.resynchronize(credential, codes, pair, START, POLICY).credential
    assert as_of(an_elevated_session(), found, START, POLICY).strength == PASSWORD


def test_another_sign_in_or_a_resynchronization_leaves_an_elevated_session_alone_E2() -> None:
    assert CREDENTIAL.token
    codes = CREDENTIAL.token.opened(SECRET)
    session = an_elevated_session()
    code = code_of(CREDENTIAL.token, STEP)
    used = tokens.accept(CREDENTIAL, codes, code, START, POLICY).credential
    pair = pair_of(CREDENTIAL.token, STEP + 1, STEP + 2)
    found = tokens.resynchronize(used, codes, pair, START, POLICY).credential
    assert as_of(session, used, START, POLICY) == as_of(session, found, START, POLICY) == session


def test_a_lower_level_counts_at_once_and_a_higher_one_at_the_next_code_S20() -> None:
    proofed = an_elevated_session(strength=3)
    assert as_of(proofed, CREDENTIAL, START, POLICY) == replace(proofed, strength=2)
    assert as_of(proofed, replace(CREDENTIAL, level=3), START, POLICY) == proofed
    session = an_elevated_session()
    assert as_of(session, replace(CREDENTIAL, level=3), START, POLICY) == session


def test_a_renewal_restores_the_elevation_if_the_epoch_is_the_same_B7() -> None:
    session = an_elevated_session()
    expired = replace(CREDENTIAL, expires_at=START)
    assert as_of(session, expired, START, POLICY).strength == PASSWORD
    renewed = replace(expired, expires_at=START + 365 * 24 * HOUR)
    assert as_of(session, renewed, START, POLICY) == session
    assert as_of(session, replace(renewed, epoch=8), START, POLICY) == fallen(session)


def test_a_fallen_session_is_as_it_was_before_but_for_its_secret_S20() -> None:
    session = a_session()
    back = as_of(elevated(session, CREDENTIAL, "new", START, by=TOKEN), None, START, POLICY)
    assert back == replace(session, secret_hash=hashed("new"))


@pytest.mark.parametrize("sessions", [None, SESSIONS, replace(SESSIONS, active=False)])
def test_no_secret_at_all_opens_nothing_where_there_is_no_session_S17(
    sessions: Sessions | None,
) -> None:
    with pytest.raises(NotAuthenticated):
        recognize(sessions, Token(account="acc_ada", session="s", secret=""), START, POLICY)


def test_the_right_secret_opens_no_session_that_idled_or_ended_S17() -> None:
    token = Token(account="acc_ada", session="session1", secret="new")
    session = an_elevated_session(seen=START - timedelta(minutes=30))
    for over in (session, an_elevated_session(expires=START)):
        with pytest.raises(NotAuthenticated):
            recognize(replace(SESSIONS, live={over.id: over}), token, START, POLICY)
    just = START - SECOND
    assert recognize(replace(SESSIONS, live={session.id: session}), token, just, POLICY) is session
