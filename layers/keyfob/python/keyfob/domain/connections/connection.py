"""Account connections: a child account uses its parent's credential (A8). Pure.

requested ──confirmed by the parent──▶ connected ──ended by either──▶ ended
    │
    ├── taken back by the child ──▶ ended
    └── declined by the parent ──▶ declined

Expired is no state: it is a request whose `expires_at` has passed. Whether a request found anybody
is nothing that the child may learn. One that found nobody, and one that was declined, go on looking
like any other until they expire.
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
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import Sessions


class State(StrEnum):
    """What an act of somebody has made of it."""

    REQUESTED = "requested"
    DECLINED = "declined"
    CONNECTED = "connected"
    ENDED = "ended"


class Change(StrEnum):
    """What happened to a connection; the action of its audit entry."""

    REQUESTED = "connection.requested"
    TAKEN_BACK = "connection.taken_back"
    DECLINED = "connection.declined"
    CONNECTED = "connection.connected"
    DISCONNECTED = "connection.disconnected"


class Side(StrEnum):
    """What an account is in a connection."""

    CHILD = "child"
    PARENT = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An account's latest request to use another account's credential, and what became of it.

    `child` and `parent` are accounts' ids; a request that fits nobody has a parent that is none.
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
        """Its name in the audit trail: that of all connections of this child."""
        return f"CONNECTION#{self.child}"

    def shown_to(self, side: Side, now: datetime) -> State | None:
        """What this side sees of it now; None if there is nothing to see any more."""
        if self.state is State.CONNECTED:
            return State.CONNECTED
        waiting = {State.REQUESTED, State.DECLINED} if side is Side.CHILD else {State.REQUESTED}
        return State.REQUESTED if self.state in waiting and now < self.expires_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The connection as it becomes, and what happened; no change means that it was so already."""

    connection: Connection
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts of an account: whose it is, its sessions, the credential that it uses.

    `is_parent` says that another account uses its credential.
    """

    account: Account
    sessions: Sessions
    credential: Credential | None
    is_parent: bool = False


def is_same_person(one: Account, other: Account) -> bool:
    """Whether e-mail address and names are equal, code point by code point (A8).

    Nothing is folded, trimmed or normalized: what only looks alike may be somebody else's.
    """
    return (one.email, one.first_name, one.middle_name, one.last_name) == (
        other.email,
        other.first_name,
        other.middle_name,
        other.last_name,
    )


def may_be_parent(account: Account, child: Account) -> bool:
    """Whether the child can be connected to this account, as far as the directory knows."""
    return account.id != child.id and account.active and is_same_person(account, child)


def require_free(child: Standing) -> None:
    """An account that may use another one's credential: it has none, and gives none.

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


def require_proof(parent: Standing, proof: SessionProof, now: datetime) -> None:
    """The session as it is now was given what the route asks for, by the account's own credential.

    Raises:
        NotAuthenticated: there is no such session any more.
        Connected: the credential that it uses is another account's. ElevationRequired.
    """
    found = parent.sessions.live.get(proof.session.id)
    if found is None:
        raise NotAuthenticated
    if parent.sessions.parent:
        raise Connected
    replace(proof, session=found).require(parent.credential, now)


def require_connectable(child: Standing, parent: Standing) -> None:
    """What is true of the two accounts when they are connected.

    Raises:
        NotConnectable: they aren't one person's, or one isn't in use. What `require_free` raises.
    """
    in_use = child.account.active and child.sessions.active and parent.sessions.active
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
    """Ask for a connection; what was there before and is over gives way.

    Raises:
        IllegalTransition: the last one is waiting still.
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
    """Disconnect, take a request back, or decline it. What is over stays as it is."""
    if seen.state is State.CONNECTED:
        return Transition(connection=replace(seen, state=State.ENDED), change=Change.DISCONNECTED)
    if side is Side.CHILD and seen.state is not State.ENDED:
        return Transition(connection=replace(seen, state=State.ENDED), change=Change.TAKEN_BACK)
    if side is Side.PARENT and seen.state is State.REQUESTED:
        return Transition(connection=replace(seen, state=State.DECLINED), change=Change.DECLINED)
    return Transition(connection=seen)
