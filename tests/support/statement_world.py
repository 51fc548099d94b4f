"""Ada, the applications of two partners, and the keys of statements, over real tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from keyfob.domain.access.access import Access, AccessState
from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.sessions.session import Session, as_of
from keyfob.storage.access.store import (
    AccessStore,
    change_subscription,
    put_access,
    put_subscription,
)
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials.approvals import give
from keyfob.storage.rows import Put, Update
from keyfob.usecases.access.applications import Holder, Seen
from keyfob.usecases.statements.issuing import Issued
from keyfob.wiring.statements import applications_of, issuing_of, signing_of
from tests.support.builders import a_session
from tests.support.credential_world import CredentialWorld
from tests.support.order_world import OPERATOR, actor

WIKI = Application(id="wiki", name="Wiki", level=1, hardware_only=False)
SAFE = Application(id="safe", name="Safe", level=3, hardware_only=False)
FAIR = Application(id="fair", name="Fair", level=2, hardware_only=False, public=True)
STRICT = Partner(
    id="strict", name="Strict", applications=(WIKI, SAFE, FAIR), approves_credentials=True
)


class StatementWorld:
    """Ada may use `portal` and `vault`, which Acme subscribes to; of Strict she sees `fair`."""

    def __init__(self, credential_world: CredentialWorld) -> None:
        base = credential_world.base
        self.credential_world, self.clock = credential_world, credential_world.clock
        self.policy, self.keys = base.policy, base.parties.statement_keys
        self.applications, self.signing = applications_of(base), signing_of(base)
        self.issuing = issuing_of(base, self.signing)
        credential_world.orders.seed.partners([STRICT], by=OPERATOR)
        for application in ("portal", "vault"):
            self.subscribe(application)

    @property
    def ada(self) -> Account:
        """Ada's account."""
        return self.credential_world.ada

    def may_use(self, *applications: str) -> None:
        """Another account of hers takes the place of the first: it may use these."""
        self.credential_world.ada = self.credential_world.orders.person(applications=applications)

    def subscribe(self, application: str, partner: str = "northwind", **changes: Any) -> None:
        """Acme subscribes to an application; the seed may have made the subscription."""
        found = AccessStore(self.credential_world.database).subscription("acme", application)
        if found:
            to = replace(found[0], **changes)
            self._happened("test.changed", change_subscription(found[0], to, found[1]))
            return
        made = Subscription(
            organization="acme",
            application=application,
            partner=partner,
            state=SubscriptionState.ACTIVE,
            since=self.clock(),
        )
        self._happened("subscription.added", put_subscription(replace(made, **changes)))

    def asked(self, application: str, state: AccessState) -> None:
        """She has asked for access, with this outcome."""
        access = Access(
            account=self.ada.id,
            organization="acme",
            application=application,
            state=state,
            at=self.clock(),
        )
        self._happened("access.requested", put_access(access))

    def approve(self, credential: Credential, partner: str) -> None:
        """The partner approves the credential."""
        row = give(credential, partner, self.clock(), OPERATOR.id, asked=None)
        entry = Entry(action="test.approved", actor=OPERATOR, at=self.clock())
        self.credential_world.transactions.commit(row, audit=[entry])

    def holder(self, session: Session | None = None, account: Account | None = None) -> Holder:
        """She in this session, by default in one by password, as the gate hands her over."""
        one, now = account or self.ada, self.clock()
        _, credential = self.credential_world.sessions.with_credential(one.id)
        current = as_of(session or self.password(), credential, now, self.policy)
        return Holder(
            account=one.id,
            organization=one.organization,
            session=current,
            credential=credential,
        )

    def password(self) -> Session:
        """A session by password, begun just now."""
        return a_session(created=self.clock(), expires=self.clock().replace(year=2030))

    def coded(self, by: str = "token", strength: int = 2, **changes: Any) -> Session:
        """The same, elevated a minute later."""
        session = self.password()
        self.clock.advance(minutes=1)
        return replace(session, strength=strength, by=by, epoch=0, coded=self.clock(), **changes)

    def seen(self, session: Session | None = None) -> dict[str, Seen]:
        """Her applications, by id."""
        found = self.applications.overview(self.holder(session)).applications
        return {one.application.id: one for one in found}

    def issue(
        self,
        application: str = "portal",
        session: Session | None = None,
        account: Account | None = None,
    ) -> Issued:
        """Have a statement issued."""
        holder = self.holder(session, account)
        return self.issuing.issue(holder, application, actor(account or self.ada))

    def claims(self, issued: Issued) -> dict[str, Any]:
        """The claims of a statement that a verifier with today's keys accepts."""
        keys = KeySet([ECKey.import_key({**key.jwk()}) for key in self.signing.published()])
        return dict(jwt.decode(issued.statement, keys, algorithms=["ES256"]).claims)

    def entries(self, account: Account | None = None) -> list[AuditRow]:
        """The audit entries of hers that belong to no chain."""
        items = self.credential_world.database.query(
            AuditRow, key=("pk", f"ACTOR#{(account or self.ada).id}")
        )
        return [AuditRow.from_raw_data(item) for item in items]

    def _happened(self, action: str, write: Put | Update) -> None:
        subject = write.subject.id if write.subject else None
        entry = Entry(action=action, actor=OPERATOR, at=self.clock(), subject=subject)
        self.credential_world.transactions.commit(write, audit=[entry])


@pytest.fixture
def statement_world(credential_world: CredentialWorld) -> StatementWorld:
    """Ada without a credential."""
    return StatementWorld(credential_world)
