"""Permissions of routes, and how a request is checked against them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import ElevationRequired
from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated, RecentPasswordRequired, RoleRequired
from keyfob.domain.sessions.session import CHALLENGE, Session, as_of


class Scope(StrEnum):
    """The owner of what a route is about, and how its caller is identified."""

    PUBLIC = "public"  # no owner: anybody may call
    CHALLENGE = "challenge"  # the caller's own password, by a challenge and nothing else
    OWN = "own"  # the caller's own account, by a session
    ORGANIZATION = "organization"  # the caller's organization, by an administrator's session
    PARTNER = "partner"  # the caller's partner, by an administrator's session
    SIGNED = "signed"  # a provider's event, by its signature
    OPERATOR = "operator"  # anybody's, by a principal of AWS's; on the operators' API alone


class Proof(StrEnum):
    """The proof that a session must have; recent is `Policy.recent_proof`."""

    PASSWORD = "password"  # noqa: S105 - every session begins with one
    # A code that still counts if the credential has an authenticator, else any session. Where
    # others are concerned, a credential that lost its last one counts, too (`SessionProof`).
    CODE_IF_POSSIBLE = "code_if_possible"
    RECENT_PASSWORD = "recent_password"  # noqa: S105
    # A recent code if the credential has an authenticator, else a recent password.
    RECENT_CODE_IF_POSSIBLE = "recent_code_if_possible"
    CODE = "code"
    RECENT_CODE = "recent_code"


# The scopes whose callers have a session.
_SESSIONS = frozenset({Scope.OWN, Scope.ORGANIZATION, Scope.PARTNER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The permission of a route; a route without one is not served.

    Attributes:
        scope: the owner of what it is about.
        proof: the proof that the caller's session must have.
        roles: the caller must have one of these; None is any account.
    """

    scope: Scope
    proof: Proof = Proof.PASSWORD
    roles: frozenset[Role] | None = None

    def __post_init__(self) -> None:
        """Refuse a proof or roles that nobody would judge, for want of a session."""
        if self.scope not in _SESSIONS and (self.proof is not Proof.PASSWORD or self.roles):
            raise ValueError("only a route that takes a session asks for a proof or for roles")
        if self.is_about_others and not self.roles:
            raise ValueError("a route about others asks for roles")

    @property
    def needs_session(self) -> bool:
        """Whether the caller must show the token of a session or of a challenge."""
        return self.scope is Scope.CHALLENGE or self.scope in _SESSIONS

    @property
    def is_about_others(self) -> bool:
        """Whether it is an administrator's, about an organization or a partner."""
        return self.scope in (Scope.ORGANIZATION, Scope.PARTNER)

    def admit(self, session: Session, roles: Iterable[Role]) -> None:
        """Admit a caller with this session and these roles.

        The proof is checked later, with the credential that the request changes (`SessionProof`).

        Raises:
            NotAuthenticated: a challenge where a session is needed, or the other way round.
            RoleRequired: none of the roles.
        """
        if (session.strength == CHALLENGE) is not (self.scope is Scope.CHALLENGE):
            raise NotAuthenticated
        if self.roles is not None and self.roles.isdisjoint(roles):
            raise RoleRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionProof:
    """A session, and the proof that the route requires of it.

    `about_others`: the route is an administrator's. There a credential that lost its last
    authenticator counts as one that has it, and so does the end of a connection to one
    (`disconnected`): a password is enough to give up a token or a phone and to disconnect, and must
    not open by that what takes a code (S24).
    """

    session: Session
    needed: Proof
    about_others: bool = False
    disconnected: bool = False

    def has_recent_code(self, credential: Credential | None, now: datetime, policy: Policy) -> bool:
        """Whether the session is elevated by a code that still counts and is recent."""
        coded = as_of(self.session, credential, now, policy).coded
        return coded is not None and now < coded + policy.recent_proof

    def require(self, credential: Credential | None, now: datetime, policy: Policy) -> None:
        """Refuse a session without the proof, by the credential as it is read for the change (S58).

        Raises:
            ElevationRequired: a code is needed, and none was given recently.
            RecentPasswordRequired: the password was typed too long ago.
        """
        if self.needed is Proof.PASSWORD:
            return
        has_authenticator = self._has_authenticator(credential)
        if self.needed in (Proof.CODE, Proof.CODE_IF_POSSIBLE):
            coded = as_of(self.session, credential, now, policy).coded is not None
            if not coded and (self.needed is Proof.CODE or has_authenticator):
                raise ElevationRequired
            return
        if self.needed is not Proof.RECENT_PASSWORD:
            if self.has_recent_code(credential, now, policy):
                return
            if self.needed is Proof.RECENT_CODE or has_authenticator:
                raise ElevationRequired
        if now >= self.session.created + policy.recent_proof:
            raise RecentPasswordRequired

    def _has_authenticator(self, credential: Credential | None) -> bool:
        if credential is None:
            return self.about_others and self.disconnected
        # A locked one counts, too: wrong codes must not make the password enough.
        return bool(
            credential.token or credential.phones or (self.about_others and credential.replacing)
        )


ANYBODY = Permission(scope=Scope.PUBLIC)
BY_CHALLENGE = Permission(scope=Scope.CHALLENGE)
OWN = Permission(scope=Scope.OWN)
TO_BIND = Permission(scope=Scope.OWN, proof=Proof.RECENT_CODE_IF_POSSIBLE)
TO_CONNECT = Permission(scope=Scope.OWN, proof=Proof.RECENT_CODE)
# For administrators, but anybody may open the link: the use case tells a wrong account from others.
TO_ACCEPT = Permission(scope=Scope.OWN, proof=Proof.RECENT_CODE_IF_POSSIBLE)
# Takes something away, or back from a suspension: who lost every authenticator must be able to.
TO_END = Permission(scope=Scope.OWN, proof=Proof.RECENT_PASSWORD)
# An agent's desk: what is read of others takes a code, what is decided about them a recent one.
SEES_OTHERS = Permission(scope=Scope.OWN, proof=Proof.CODE, roles=frozenset({Role.AGENT}))
FOR_OTHERS = Permission(scope=Scope.OWN, proof=Proof.RECENT_CODE, roles=frozenset({Role.AGENT}))
# Administrators: reads about others, acts about others, and the acts that an administrator without
# any authenticator does, so that a new organization can begin (S24).
_STAFF = frozenset({Role.ORGANIZATION_ADMINISTRATOR})
_APPROVERS = frozenset({Role.APPLICATION_ADMINISTRATOR})
ADMINISTERS = Permission(scope=Scope.ORGANIZATION, proof=Proof.CODE_IF_POSSIBLE, roles=_STAFF)
TO_ADMINISTER = Permission(scope=Scope.ORGANIZATION, proof=Proof.RECENT_CODE, roles=_STAFF)
TO_STAFF = Permission(scope=Scope.ORGANIZATION, proof=Proof.RECENT_CODE_IF_POSSIBLE, roles=_STAFF)
SEES_TERMS = Permission(
    scope=Scope.ORGANIZATION, proof=Proof.CODE_IF_POSSIBLE, roles=_STAFF | _APPROVERS
)
TO_ACCEPT_TERMS = Permission(
    scope=Scope.ORGANIZATION, proof=Proof.RECENT_CODE_IF_POSSIBLE, roles=_STAFF | _APPROVERS
)
ADMINISTERS_APPLICATION = Permission(
    scope=Scope.ORGANIZATION, proof=Proof.CODE_IF_POSSIBLE, roles=_APPROVERS
)
TO_ADMINISTER_APPLICATION = Permission(
    scope=Scope.ORGANIZATION, proof=Proof.RECENT_CODE, roles=_APPROVERS
)
_PARTNERS = frozenset({Role.PARTNER_ADMINISTRATOR})
PARTNER_SEES = Permission(scope=Scope.PARTNER, proof=Proof.CODE, roles=_PARTNERS)
PARTNER_ACTS = Permission(scope=Scope.PARTNER, proof=Proof.RECENT_CODE, roles=_PARTNERS)
SIGNED = Permission(scope=Scope.SIGNED)
BY_OPERATOR = Permission(scope=Scope.OPERATOR)
