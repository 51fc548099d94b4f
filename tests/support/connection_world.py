"""One person with two accounts: one with a credential, and one that could use it."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.directory.account import Account
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import Session, Sessions, Token, as_of
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.sessions import store as session_rows
from keyfob.usecases.connections.connecting import Shown
from keyfob.wiring.connections import connecting_of
from local.device import Device
from tests.support.builders import a_record, a_session, by_code
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import unique
from tests.support.order_world import actor


class ConnectionWorld:
    """The parent is Ada, with a registered token; the child is hers, too, without a credential."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        self.credential_world, self.clock = credential_world, credential_world.clock
        self.parent = credential_world.ada
        self.child = self.account()
        self.device = credential_world.holder()
        self.connections = ConnectionStore(credential_world.database)
        self.connecting = connecting_of(credential_world.base)

    def account(self, **changes: Any) -> Account:
        """Another account of Ada's, by default with the same personal data."""
        return self.credential_world.orders.person(**{"email": self.parent.email, **changes})

    def ask(
        self,
        user_id: str = "",
        child: Account | None = None,
        record: IdempotencyRecord | None = None,
    ) -> Shown:
        """The child asks for the parent's credential."""
        who = child or self.child
        return self.connecting.request(
            user_id or self.parent.user_id,
            record or a_record(who.id),
            actor(who),
        )

    def signed_in(self, account: Account) -> Token:
        """A session by password."""
        secret, now = unique("secret"), self.clock()
        session = a_session(
            secret,
            id=unique("session"),
            created=now,
            seen=now,
            expires=now + self.credential_world.policy.session_lifetime,
        )
        added = session_rows.add(self.sessions(account), session, without=[], limit=9)
        entry = Entry(action="session.started", actor=actor(account), at=now)
        self.credential_world.transactions.commit(added, audit=[entry])
        return Token(account=account.id, session=session.id, secret=secret)

    def elevated(self, account: Account, device: Device | None = None) -> Token:
        """A session by password and the next code of a token, which is the parent's by default."""
        self.clock.advance(seconds=30)
        code = (device or self.device).code()
        return self.credential_world.elevate(self.signed_in(account), code).token

    def confirm(self, connection: str, session: Token | None = None) -> Shown:
        """The parent confirms, from an elevated session if no other is given."""
        by = session or self.elevated(self.parent)
        return self.connecting.confirm(connection, self.proof(by), self.credential_world.by)

    def proof(self, session: Token) -> SessionProof:
        """This session, alive or not, as a route that takes a code gets it."""
        found = self.session(session)
        return by_code(found or a_session(id=session.session))

    def connected(self) -> Shown:
        """The child uses the parent's credential."""
        return self.confirm(self.ask().connection.id)

    def sessions(self, account: Account) -> Sessions:
        """The account's sessions row as it is now."""
        found = self.credential_world.sessions.get(account.id)
        assert found
        return found

    def session(self, token: Token) -> Session | None:
        """A session as a request would find it now."""
        sessions, credential = self.credential_world.sessions.with_credential(token.account)
        found = sessions.live.get(token.session) if sessions else None
        policy = self.credential_world.policy
        return as_of(found, credential, self.clock(), policy) if found else None

    def strength(self, token: Token) -> int:
        """The session's strength; 0 for one that has ended."""
        found = self.session(token)
        return found.strength if found else 0

    def states(self, account: Account) -> list[tuple[str, str, str | None]]:
        """The account's view: side, state and the other account's user id."""
        return [
            (one.side.value, one.state.value, one.other.user_id if one.other else None)
            for one in self.connecting.of_account(account.id)
        ]

    def trail(self) -> list[str]:
        """The audit actions about the child's connections."""
        return self.credential_world.trail(f"CONNECTION#{self.child.id}")


@pytest.fixture
def connection_world(credential_world: CredentialWorld) -> ConnectionWorld:
    """Two accounts of one person, not connected."""
    return ConnectionWorld(credential_world)
