"""Permissions of a route: scope and roles first, then the proof by the credential."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keyfob.domain.credentials.credential import TOKEN, Credential
from keyfob.domain.credentials.errors import ElevationRequired
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated, RecentPasswordRequired, RoleRequired
from keyfob.domain.sessions.permission import (
    ANYBODY,
    BY_CHALLENGE,
    OWN,
    SIGNED,
    Permission,
    Proof,
    Scope,
    SessionProof,
)
from keyfob.domain.sessions.session import CHALLENGE, elevated
from tests.support.builders import a_credential, a_hardware_token, a_session
from tests.support.fakes import START

POLICY = Policy()
SECOND = timedelta(seconds=1)
BY_PASSWORD = a_session()
CHALLENGED = replace(BY_PASSWORD, strength=CHALLENGE)
WITH_TOKEN = a_credential(token=a_hardware_token())
WITH_PHONE = a_credential(token=None, kind="phone", phones={"k3f9qa": 0})
BARE = a_credential(token=None)
BY_OTP = elevated(BY_PASSWORD, WITH_TOKEN, "another", START, by=TOKEN)


def test_a_session_or_a_challenge_is_shown_where_the_scope_says_so() -> None:
    assert [one.needs_session for one in (OWN, BY_CHALLENGE, ANYBODY, SIGNED)] == [
        True,
        True,
        False,
        False,
    ]


def test_a_challenge_is_no_session_and_a_session_no_challenge_A4() -> None:
    OWN.admit(BY_PASSWORD, [])
    BY_CHALLENGE.admit(CHALLENGED, [])
    for permission, session in ((OWN, CHALLENGED), (BY_CHALLENGE, BY_PASSWORD)):
        with pytest.raises(NotAuthenticated):
            permission.admit(session, list(Role))


def test_one_of_the_roles_is_enough_and_none_is_not_S20() -> None:
    desk = Permission(
        scope=OWN.scope, roles=frozenset({Role.AGENT, Role.ORGANIZATION_ADMINISTRATOR})
    )
    desk.admit(BY_PASSWORD, [Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR])
    for others in ([], [Role.HOLDER, Role.PARTNER_ADMINISTRATOR]):
        with pytest.raises(RoleRequired):
            desk.admit(BY_PASSWORD, others)


@pytest.mark.parametrize("scope", [Scope.PUBLIC, Scope.CHALLENGE, Scope.SIGNED])
def test_a_route_without_a_session_asks_for_no_proof_and_no_roles_S20(scope: Scope) -> None:
    with pytest.raises(ValueError, match="takes a session"):
        Permission(scope=scope, proof=Proof.RECENT_CODE)
    with pytest.raises(ValueError, match="takes a session"):
        Permission(scope=scope, roles=frozenset({Role.AGENT}))


@pytest.mark.parametrize("scope", [Scope.ORGANIZATION, Scope.PARTNER])
def test_a_route_about_others_asks_for_roles_S24(scope: Scope) -> None:
    with pytest.raises(ValueError, match="asks for roles"):
        Permission(scope=scope, proof=Proof.RECENT_CODE)
    asks = Permission(scope=scope, roles=frozenset({Role.ORGANIZATION_ADMINISTRATOR}))
    with pytest.raises(RoleRequired):
        asks.admit(BY_PASSWORD, [Role.HOLDER])


def refusal(
    proof: SessionProof, credential: Credential | None, now: datetime = START
) -> type[DomainError] | None:
    try:
        proof.require(credential, now, POLICY)
    except DomainError as refused:
        return type(refused)
    return None


@pytest.mark.parametrize(
    ("needed", "refused"),
    [
        (Proof.PASSWORD, []),
        (Proof.RECENT_PASSWORD, []),
        (Proof.RECENT_CODE_IF_POSSIBLE, [WITH_TOKEN, WITH_PHONE]),
        (Proof.CODE_IF_POSSIBLE, [WITH_TOKEN, WITH_PHONE]),
        (Proof.CODE, [WITH_TOKEN, WITH_PHONE, BARE, None]),
        (Proof.RECENT_CODE, [WITH_TOKEN, WITH_PHONE, BARE, None]),
    ],
)
def test_a_password_alone_is_enough_where_no_code_is_asked_for_S14(
    needed: Proof, refused: list[Credential | None]
) -> None:
    proof = SessionProof(session=BY_PASSWORD, needed=needed)
    for credential in (WITH_TOKEN, WITH_PHONE, BARE, None):
        expected = ElevationRequired if credential in refused else None
        assert refusal(proof, credential) is expected


@pytest.mark.parametrize("needed", Proof)
def test_a_code_is_enough_for_everything_as_long_as_it_counts_S20(needed: Proof) -> None:
    proof = SessionProof(session=BY_OTP, needed=needed)
    assert refusal(proof, WITH_TOKEN) is None
    assert proof.has_recent_code(WITH_TOKEN, START, POLICY)
    # The code's token was given up, or is another account's.
    for other in (BARE, None):
        assert not proof.has_recent_code(other, START, POLICY)
        assert (refusal(proof, other) is None) is (needed not in (Proof.CODE, Proof.RECENT_CODE))


def test_an_older_code_is_enough_where_it_need_not_be_recent_S58() -> None:
    later = START + timedelta(minutes=10)
    enough = ((Proof.CODE, None), (Proof.CODE_IF_POSSIBLE, None))
    for needed, refused in (*enough, (Proof.RECENT_CODE, ElevationRequired)):
        proof = SessionProof(session=BY_OTP, needed=needed)
        assert refusal(proof, WITH_TOKEN, later) is refused


@pytest.mark.parametrize(
    ("needed", "refused"),
    [
        (Proof.PASSWORD, None),
        (Proof.RECENT_PASSWORD, RecentPasswordRequired),
        (Proof.RECENT_CODE_IF_POSSIBLE, RecentPasswordRequired),
        (Proof.CODE_IF_POSSIBLE, None),
        (Proof.CODE, ElevationRequired),
        (Proof.RECENT_CODE, ElevationRequired),
    ],
)
def test_a_password_typed_ten_minutes_ago_is_not_recent_any_more_S58(
    needed: Proof, refused: type[DomainError] | None
) -> None:
    proof = SessionProof(session=BY_PASSWORD, needed=needed)
    over = START + timedelta(minutes=10)
    before = ElevationRequired if needed in (Proof.CODE, Proof.RECENT_CODE) else None
    assert refusal(proof, BARE, over - SECOND) is before
    assert refusal(proof, BARE, over) is refused


def test_a_code_typed_ten_minutes_ago_is_not_recent_any_more_S58() -> None:
    over = START + timedelta(minutes=10)
    for needed in (Proof.RECENT_CODE_IF_POSSIBLE, Proof.RECENT_CODE):
        proof = SessionProof(session=BY_OTP, needed=needed)
        assert proof.has_recent_code(WITH_TOKEN, over - SECOND, POLICY)
        assert not proof.has_recent_code(WITH_TOKEN, over, POLICY)
        assert refusal(proof, WITH_TOKEN, over - SECOND) is None
        assert refusal(proof, WITH_TOKEN, over) is ElevationRequired


def test_a_recent_code_does_not_stand_for_a_recent_password_where_that_is_asked_for_S58() -> None:
    late = START + timedelta(minutes=10)
    coded = elevated(BY_PASSWORD, WITH_TOKEN, "another", late, by=TOKEN)
    proof = SessionProof(session=coded, needed=Proof.RECENT_PASSWORD)
    assert proof.has_recent_code(WITH_TOKEN, late, POLICY)
    assert refusal(proof, WITH_TOKEN, late) is RecentPasswordRequired
