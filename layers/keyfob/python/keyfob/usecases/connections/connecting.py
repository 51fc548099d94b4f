"""Connecting accounts, and disconnecting them (A8, S22, S23).

    confirmation                                   in the same moment
    reads child: no credential, epoch 8            the child redeems a license key
    reads parent: session of strength 2, epoch 5   the parent's credential is revoked, or locked
    commit: the connection                         IF version = 1
            the child's parent, epoch 9, {}        IF epoch = 8, no parent
            no live credential of the child        redeeming checks epoch and parent in turn
            parent's sessions, credential          IF epoch = 5, no parent; IF version = 7
            both accounts                          IF names and e-mail are these

The first writer wins; the other finds a condition broken and decides again. An account can't become
a child and a parent at once: as a child it has no credential, as a parent it has one, and the end
of a credential raises the account's epoch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.connections import connection as decisions
from keyfob.domain.connections.connection import (
    Change,
    Connection,
    Side,
    Standing,
    State,
    Transition,
)
from keyfob.domain.connections.notifications import notifications
from keyfob.domain.directory.account import Account, normalized_user_id
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.holds.hold import Ended, require_over
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage import idempotency
from keyfob.storage.connections import store as rows
from keyfob.storage.connections.store import ConnectionIdempotencyRow, ConnectionStore
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.directory import store as directory_rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.holds.holding import Holding
from keyfob.usecases.sessions.guessing import NOBODY

_ID = re.compile(r"con_[0-9a-z]{20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A connection as one side sees it; `other` is the other account, if this side knows it."""

    connection: Connection
    side: Side
    state: State
    other: Account | None


class Connecting:
    """Asks for connections, confirms and ends them."""

    def __init__(
        self,
        *,
        directory: Directory,
        connections: ConnectionStore,
        sessions: SessionStore,
        phones: PhoneStore,
        holds: HoldStore,
        holding: Holding,
        limits: Limits,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._connections = connections
        self._sessions = sessions
        self._phones = phones
        self._holds = holds
        self._holding = holding
        self._limits = limits
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def request(self, user_id: str, record: IdempotencyRecord, by: Actor) -> Shown:
        """Ask the account with this user id; the same request again changes nothing.

        An unknown user id, or that of somebody else, is handled in the same way and writes the same
        rows, so that the answer reveals nothing about it (S23, S25): the request expires.

        Raises:
            Connected, CredentialExists, NotConnectable: about the asking account itself.
            IllegalTransition: the last request is still waiting, or this one is over.
            TooManyTries: by this account. IdempotencyKeyReused.
        """
        earlier = self._earlier(record)
        if earlier:
            return earlier
        policy = self._policy
        limit = Limit(
            name="connection",
            tries=policy.connection_requests,
            period=policy.connection_requests_period,
        )
        # A refused request asked nobody.
        with self._limits.request([Quota(limit=limit, subject=by.id)], self._clock()):
            return self._transactions.retry_on_conflict(lambda: self._request(user_id, record, by))

    def of_account(self, account: str) -> list[Shown]:
        """The account's connections, on either side of them."""
        return [shown for side, one in self._sides(account) if (shown := self._shown(one, side))]

    def confirm(self, connection_id: str, proof: SessionProof, by: Actor) -> Shown:
        """Let the child use this account's credential: its sessions end. Only the parent can.

        Raises:
            NotFound: no request to this account; the same answer for every other id (S23).
            NotAuthenticated, ElevationRequired: the password alone is not enough (S20).
            IllegalTransition: the request is over.
            Connected, CredentialExists, NotConnectable: as the two accounts are now.
            BindingHeld: the child's hold waits (S54).
        """
        return self._transactions.retry_on_conflict(lambda: self._confirm(connection_id, proof, by))

    def end(self, connection_id: str, proof: SessionProof, by: Actor) -> None:
        """Disconnect (the child's sessions end), take the request back, or decline it.

        Disconnecting without a recent code begins a hold on the child's next binding (S54).

        Raises:
            NotFound: no connection of this account. RecentPasswordRequired.
            KeysUnavailable: the key service did not answer.
        """
        self._transactions.retry_on_conflict(lambda: self._end(connection_id, proof, by))

    def _request(self, user_id: str, record: IdempotencyRecord, by: Actor) -> Shown:
        # Read before the idempotency record, which is written in the same transaction: a request
        # that finds the result of a concurrent copy of itself finds its record, too.
        seen = self._connections.of_child(by.account)
        earlier = self._earlier(record)
        if earlier:
            return earlier
        child, now = self._standing(by.account), self._clock()
        decisions.require_free(child)
        asked = decisions.request(
            seen,
            id=ids.new_id("con"),
            child=by.account,
            parent=self._sought(user_id, child.account),
            now=now,
            policy=self._policy,
        )
        new = asked.connection
        until = now + self._policy.idempotency_kept
        self._commit(
            new,
            asked,
            by,
            rows.change(seen, new) if seen else rows.put(new),
            *([] if self._connections.has_asked(new.child, new.parent) else [rows.list_child(new)]),
            idempotency.put(ConnectionIdempotencyRow, record, new.id, until=until),
        )
        return Shown(connection=new, side=Side.CHILD, state=State.REQUESTED, other=None)

    def _earlier(self, record: IdempotencyRecord) -> Shown | None:
        made = self._connections.idempotent_result(record)
        if made is None:
            return None
        seen = self._connections.of_child(record.account)
        shown = self._shown(seen, Side.CHILD) if seen and seen.id == made else None
        if shown is None:
            raise IllegalTransition("This request is over. Ask again with another Idempotency-Key.")
        return shown

    def _sought(self, user_id: str, child: Account) -> str:
        """The account that the request is for; the same is read if the request can't be for it."""
        found = self._directory.account_of(normalized_user_id(user_id) or "") or NOBODY
        account = self._directory.account(found)
        return found if account and decisions.may_be_parent(account, child) else NOBODY

    def _confirm(self, connection_id: str, proof: SessionProof, by: Actor) -> Shown:
        _, seen = self._find(connection_id, by, Side.PARENT)
        parent, child, now = self._standing(by.account), self._standing(seen.child), self._clock()
        decisions.require_proof(parent, proof, now, self._policy)
        confirmed = decisions.confirm(seen, now)
        shown = Shown(
            connection=confirmed.connection,
            side=Side.PARENT,
            state=State.CONNECTED,
            other=child.account,
        )
        if confirmed.change is None:
            return shown
        decisions.require_connectable(child, parent)
        # The parent's authenticators would be the child's next ones (S54). What begins a hold
        # raises the child's epoch, which the connection's write checks: the hold needs no check.
        require_over(self._holds.get(seen.child), now)
        self._commit(
            seen,
            confirmed,
            by,
            rows.change(seen, confirmed.connection),
            session_rows.connect(child.sessions, by.account),
            credential_rows.none_live(seen.child),
            *_as_read(child, parent),
        )
        return shown

    def _end(self, connection_id: str, proof: SessionProof, by: Actor) -> None:
        side, seen = self._find(connection_id, by)
        now = in_seconds(self._clock)
        proof.require(None, now, self._policy)
        ended = decisions.end(seen, side)
        if ended.change is None:
            return
        writes: list[Write] = [rows.change(seen, ended.connection)]
        held = NOTHING
        if ended.change is Change.DISCONNECTED:
            writes.append(session_rows.disconnect(self._standing(seen.child).sessions))
            held = self._held(seen, proof, now, by)
        self._commit(seen, ended, by, *writes, part=held)

    def _held(
        self, seen: Connection, proof: SessionProof, now: datetime, by: Actor
    ) -> TransactionPart:
        """The hold on the child's next binding; without a code of the shared one, it waits."""
        credential = self._standing(seen.parent).credential
        proven = proof.has_recent_code(credential, now, self._policy)
        phones = self._phones.confirmed(credential)
        return self._holding.begin(
            seen.child,
            Ended.CONNECTION,
            phones,
            now,
            by=by,
            waits=not proven,
            parents=seen.parent,
        )

    def _find(self, connection_id: str, by: Actor, *wanted: Side) -> tuple[Side, Connection]:
        """The account's connection with this id, on one of the `wanted` sides or on any."""
        for side, one in self._sides(by.account):
            if one.id == connection_id and (not wanted or side in wanted):
                return side, one
        raise self._foreign.refused(
            "connection", connection_id, _ID, otherwise="no connection", by=by
        )

    def _sides(self, account: str) -> Iterator[tuple[Side, Connection]]:
        own = self._connections.of_child(account)
        if own:
            yield Side.CHILD, own
        for one in self._connections.of_parent(account):
            yield Side.PARENT, one

    def _shown(self, connection: Connection, side: Side) -> Shown | None:
        state = connection.shown_to(side, self._clock())
        if state is None:
            return None
        other = connection.parent if side is Side.CHILD else connection.child
        may_know = side is Side.PARENT or state is State.CONNECTED
        return Shown(
            connection=connection,
            side=side,
            state=state,
            other=self._directory.account(other) if may_know else None,
        )

    def _standing(self, account: str) -> Standing:
        """The account's rows that a decision depends on, as they are now."""
        sessions, credential = self._sessions.with_credential(account)
        found = self._directory.account(account)
        if sessions is None or found is None:
            raise NotFound
        children = self._connections.of_parent(account)
        return Standing(
            account=found,
            sessions=sessions,
            credential=credential,
            is_parent=any(one.state is State.CONNECTED for one in children),
        )

    def _commit(
        self,
        seen: Connection,
        to: Transition,
        by: Actor,
        *writes: Write,
        part: TransactionPart = NOTHING,
    ) -> None:
        now = self._clock()
        if to.change is None:
            raise ValueError("nothing has changed")
        entry = Entry(
            action=to.change,
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"connection": seen.id, "parent": seen.parent},
        )
        told = notifications(seen, to.change, now, correlation=by.correlation)
        self._transactions.commit(
            *writes,
            *part.writes,
            audit=[entry, *part.audit],
            messages=[*told, *part.messages],
        )


def _as_read(child: Standing, parent: Standing) -> Iterator[Write]:
    """Condition checks of the rows that the decision depends on and doesn't change."""
    yield session_rows.unchanged(parent.sessions)
    if parent.credential:
        yield credential_rows.unchanged(parent.credential)
    yield directory_rows.unchanged(parent.account)
    yield directory_rows.unchanged(child.account)
