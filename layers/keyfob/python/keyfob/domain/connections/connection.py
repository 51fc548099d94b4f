"""Account connections: a child account uses its parent's credential (A8). Pure.

requested ──confirmed by the parent──▶ connected ──ended by either──▶ ended
    │
    ├── taken back by the child ──▶ ended
    └── declined by the parent ──▶ declined

Expired is not a state: an expired request is one whose `expires_at` has passed. The child must not
learn whether a request matched an account. A request that matched none, or that was declined, looks
like any other until it expires.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.connections.errors import Connected, NotConnectable
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import CredentialExists
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import Sessions


class State(StrEnum):
    """Stored states; expiry is derived from `expires_at`."""

    REQUESTED = "requested"
    DECLINED = "declined"
    CONNECTED = "connected"
    ENDED = "ended"


class Change(StrEnum):
    """Changes of a connection; each value is the action of its audit entry."""

    REQUESTED = "connection.requested"
    TAKEN_BACK = "connection.taken_back"
    DECLINED = "connection.declined"
    CONNECTED = "connection.connected"
    DISCONNECTED = "connection.disconnected"


class Side(StrEnum):
    """An account's role in a connection."""

    CHILD = "child"
    PARENT = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An account's latest request to use another account's credential, and its outcome.

    `child` and `parent` are account ids; if no account matches the request, none has this `parent`.
    """

    id: str
    child: str
    parent: str
    requested_at: datetime
    expires_at: datetime
    state: State = State.REQUESTED
    connected_at: datetime | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject, shared by all connections of this child."""
        return f"CONNECTION#{self.child}"

    def shown_to(self, side: Side, now: datetime) -> State | None:
        """The state that this side sees now; None if it no longer sees anything."""
        if self.state is State.CONNECTED:
            return State.CONNECTED
        waiting = {State.REQUESTED, State.DECLINED} if side is Side.CHILD else {State.REQUESTED}
        return State.REQUESTED if self.state in waiting and now < self.expires_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new connection and its change; `change` is None if nothing changed."""

    connection: Connection
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account with its sessions and the credential that it uses.

    `is_parent`: another account uses its credential.
    """

    account: Account
    sessions: Sessions
    credential: Credential | None
    is_parent: bool = False


def is_same_person(one: Account, other: Account) -> bool:
    """Whether e-mail address and names are equal, code point by code point (A8).

    Nothing is folded, trimmed or normalized: similar spellings may belong to different people.
    """
    return (one.email, one.first_name, one.middle_name, one.last_name) == (
        other.email,
        other.first_name,
        other.middle_name,
        other.last_name,
    )


def require_other(own: Account | None, other: Account | None) -> None:
    """Refuse an act on oneself: on the own account, or another one of the same person (S24).

    Raises:
        NotOnOneself: it is one, or an account is gone.
    """
    if own is None or other is None or own.id == other.id or is_same_person(own, other):
        raise NotOnOneself


def may_be_parent(account: Account, child: Account) -> bool:
    """Whether the directory allows connecting the child to this account."""
    return account.id != child.id and account.active and is_same_person(account, child)


def require_free(child: Standing) -> None:
    """Require an account without a credential, without a parent and without children.

    Raises:
        Connected, CredentialExists, NotConnectable.
    """
    if child.sessions.parent:
        raise Connected
    if child.credential:
        raise CredentialExists(
            "An account either has a credential of its own or uses another account's. "
            "This one has its own."
        )
    if child.is_parent:
        raise NotConnectable(
            "Another account uses the credential of this one. Disconnect it first."
        )


def require_proof(parent: Standing, proof: SessionProof, now: datetime, policy: Policy) -> None:
    """Require that the current session meets the proof, by the account's own credential.

    Raises:
        NotAuthenticated: the session has ended.
        Connected: the account uses another account's credential. ElevationRequired.
    """
    found = parent.sessions.live.get(proof.session.id)
    if found is None:
        raise NotAuthenticated
    if parent.sessions.parent:
        raise Connected
    replace(proof, session=found).require(parent.credential, now, policy)


def require_connectable(child: Standing, parent: Standing) -> None:
    """Require that the two accounts can be connected.

    Raises:
        NotConnectable: they belong to different people, or one isn't in use. Also as
            `require_free`.
    """
    in_use = child.account.active and child.sessions.active and parent.sessions.active
    in_use = in_use and not (child.sessions.frozen or parent.sessions.frozen)
    if not in_use or not may_be_parent(parent.account, child.account):
        raise NotConnectable
    require_free(child)


def request(
    seen: Connection | None,
    *,
    id: str,  # noqa: A002  # as the value calls it
    child: str,
    parent: str,
    now: datetime,
    policy: Policy,
) -> Transition:
    """Ask for a connection; the request replaces an earlier one that is over.

    Raises:
        IllegalTransition: the earlier one is still waiting or connected.
    """
    if seen and seen.shown_to(Side.CHILD, now):
        raise IllegalTransition(
            "You have asked for a connection already. Wait until it is confirmed, or take it back."
        )
    new = Connection(
        id=id,
        child=child,
        parent=parent,
        requested_at=now,
        expires_at=now + policy.connection_request_lifetime,
        version=seen.version if seen else 0,
        head=seen.head if seen else GENESIS,
    )
    return Transition(connection=new, change=Change.REQUESTED)


def confirm(seen: Connection, now: datetime) -> Transition:
    """Let the child use the parent's credential. Confirming twice changes nothing.

    Raises:
        IllegalTransition: the request has expired, or was taken back or declined.
    """
    shown = seen.shown_to(Side.PARENT, now)
    if shown is None:
        raise IllegalTransition("This request is over. Ask for the connection again.")
    if shown is State.CONNECTED:
        return Transition(connection=seen)
    connected = replace(seen, state=State.CONNECTED, connected_at=now)
    return Transition(connection=connected, change=Change.CONNECTED)


def end(seen: Connection, side: Side) -> Transition:
    """Disconnect, take a request back, or decline it; changes nothing if it is over."""
    if seen.state is State.CONNECTED:
        return Transition(connection=replace(seen, state=State.ENDED), change=Change.DISCONNECTED)
    if side is Side.CHILD and seen.state is not State.ENDED:
        return Transition(connection=replace(seen, state=State.ENDED), change=Change.TAKEN_BACK)
    if side is Side.PARENT and seen.state is State.REQUESTED:
        return Transition(connection=replace(seen, state=State.DECLINED), change=Change.DECLINED)
    return Transition(connection=seen)
