"""Every permission with every session and every role, typed by hand (S20, S24, S58).

`tests/functions/test_permissions.py` says which route has which permission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.credentials.credential import TOKEN, Credential
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.domain.sessions import permission as permissions
from keyfob.domain.sessions.permission import Permission, SessionProof
from keyfob.domain.sessions.session import CHALLENGE, Session, elevated
from tests.support.builders import a_credential, a_hardware_token, a_session
from tests.support.fakes import START

POLICY = Policy()
NOW = START + timedelta(minutes=20)
WITH_TOKEN = a_credential(token=a_hardware_token())
PROOFED = replace(WITH_TOKEN, level=3)
# A password gave up its token.
STRIPPED = a_credential(token=None, replacing=True)


def typed(minutes_ago: int) -> Session:
    """A session whose password was typed so long ago."""
    begun = NOW - timedelta(minutes=minutes_ago)
    return replace(a_session(), created=begun, seen=NOW)


def coded(minutes_ago: int, credential: Credential = WITH_TOKEN) -> Session:
    """A session whose code was given so long ago, and its password long before."""
    at = NOW - timedelta(minutes=minutes_ago)
    return replace(elevated(typed(20), credential, "x", at, by=TOKEN), seen=NOW)


# Session, and the credential of its account.
SESSIONS: Mapping[str, tuple[Session, Credential | None]] = {
    "challenge": (replace(typed(1), strength=CHALLENGE), WITH_TOKEN),
    "1, fresh": (typed(9), WITH_TOKEN),
    "1, old": (typed(10), WITH_TOKEN),
    "2, fresh": (coded(9), WITH_TOKEN),
    "2, old": (coded(10), WITH_TOKEN),
    "3, fresh": (coded(9, PROOFED), PROOFED),
    "3, old": (coded(10, PROOFED), PROOFED),
    "no authenticator, 1, fresh": (typed(9), None),
    "no authenticator, 1, old": (typed(10), None),
    "lost authenticator, 1, fresh": (typed(9), STRIPPED),
}
# fmt: off
WORDS = {
    "ok": None,
    "in": "not_authenticated",
    "code": "elevation_required",
    "word": "recent_password_required",
}
# The refusal of a session with a fitting role, in the order of SESSIONS.
TABLE = {
    #                              chal  1     1     2     2     3     3     none  none  lost
    #                                    fresh old   fresh old   fresh old   fresh old   fresh
    "BY_CHALLENGE":              "ok    in    in    in    in    in    in    in    in    in",
    "OWN":                       "in    ok    ok    ok    ok    ok    ok    ok    ok    ok",
    "TO_BIND":                   "in    code  code  ok    code  ok    code  ok    word  ok",
    "TO_ACCEPT":                 "in    code  code  ok    code  ok    code  ok    word  ok",
    "TO_CONNECT":                "in    code  code  ok    code  ok    code  code  code  code",
    "TO_END":                    "in    ok    word  word  word  word  word  ok    word  ok",
    "SEES_OTHERS":               "in    code  code  ok    ok    ok    ok    code  code  code",
    "FOR_OTHERS":                "in    code  code  ok    code  ok    code  code  code  code",
    "ADMINISTERS":               "in    code  code  ok    ok    ok    ok    ok    ok    code",
    "TO_ADMINISTER":             "in    code  code  ok    code  ok    code  code  code  code",
    "TO_STAFF":                  "in    code  code  ok    code  ok    code  ok    word  code",
    "TO_ACCEPT_TERMS":           "in    code  code  ok    code  ok    code  ok    word  code",
    "SEES_TERMS":                "in    code  code  ok    ok    ok    ok    ok    ok    code",
    "ADMINISTERS_APPLICATION":   "in    code  code  ok    ok    ok    ok    ok    ok    code",
    "TO_ADMINISTER_APPLICATION": "in    code  code  ok    code  ok    code  code  code  code",
    "PARTNER_SEES":              "in    code  code  ok    ok    ok    ok    code  code  code",
    "PARTNER_ACTS":              "in    code  code  ok    code  ok    code  code  code  code",
}
# fmt: on
ANY = frozenset(Role)
STAFF = frozenset({Role.ORGANIZATION_ADMINISTRATOR})
APPROVERS = frozenset({Role.APPLICATION_ADMINISTRATOR})
ROLES: Mapping[str, frozenset[Role]] = {
    **dict.fromkeys(("BY_CHALLENGE", "OWN", "TO_BIND", "TO_ACCEPT", "TO_CONNECT", "TO_END"), ANY),
    **dict.fromkeys(("SEES_OTHERS", "FOR_OTHERS"), frozenset({Role.AGENT})),
    **dict.fromkeys(("ADMINISTERS", "TO_ADMINISTER", "TO_STAFF"), STAFF),
    **dict.fromkeys(("SEES_TERMS", "TO_ACCEPT_TERMS"), STAFF | APPROVERS),
    **dict.fromkeys(("ADMINISTERS_APPLICATION", "TO_ADMINISTER_APPLICATION"), APPROVERS),
    **dict.fromkeys(("PARTNER_SEES", "PARTNER_ACTS"), frozenset({Role.PARTNER_ADMINISTRATOR})),
}


def told(name: str) -> dict[str, str | None]:
    """The refusal of each session, by the table."""
    words = [WORDS[one] for one in TABLE[name].split()]
    return dict(zip(SESSIONS, words, strict=True))


def named(name: str) -> Permission:
    found: Permission = getattr(permissions, name)
    return found


def refusal(
    permission: Permission, session: str, roles: Iterable[Role], *, disconnected: bool = False
) -> str | None:
    """The code of the refusal by the gate, and then by the use case."""
    shown, credential = SESSIONS[session]
    try:
        permission.admit(shown, roles)
        proof = SessionProof(
            session=shown,
            needed=permission.proof,
            about_others=permission.is_about_others,
            disconnected=disconnected,
        )
        proof.require(credential, NOW, POLICY)
    except DomainError as refused:
        return refused.code
    return None


def test_the_table_has_every_permission_that_takes_a_session_S20() -> None:
    known = {
        name: one
        for name, one in vars(permissions).items()
        if isinstance(one, Permission) and one.needs_session
    }
    assert set(known) == set(TABLE) == set(ROLES)


@pytest.mark.parametrize("name", TABLE)
def test_each_session_gets_what_the_table_says_S24_S58(name: str) -> None:
    found = {session: refusal(named(name), session, ROLES[name]) for session in SESSIONS}
    assert found == told(name)


@pytest.mark.parametrize("name", TABLE)
def test_who_has_disconnected_is_as_who_has_lost_the_authenticator_S24(name: str) -> None:
    """A password is enough to disconnect; it must not open what took the parent's code."""
    session = "no authenticator, 1, fresh"
    found = refusal(named(name), session, ROLES[name], disconnected=True)
    assert found == told(name)["lost authenticator, 1, fresh"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", [one for one in TABLE if one != "BY_CHALLENGE"])
def test_a_role_opens_what_the_table_says_and_nothing_else_S24(name: str, role: Role) -> None:
    found = refusal(named(name), "2, fresh", {role})
    if role not in ROLES[name]:
        assert found == "role_required"
    else:
        assert found == told(name)["2, fresh"]


@pytest.mark.parametrize("name", TABLE)
def test_the_strongest_session_of_another_role_opens_nothing_S24(name: str) -> None:
    others = ANY - ROLES[name]
    for session in SESSIONS:
        if others and session != "challenge":
            assert refusal(named(name), session, others) == "role_required"
