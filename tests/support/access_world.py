"""An organization with administrators, and a partner's applications, over real tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Entry
from keyfob.domain.credentials.credential import TOKEN
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application, Partner, Terms
from keyfob.domain.directory.role import Role
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.permission import TO_ACCEPT_TERMS, Permission, SessionProof
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.directory.store import Directory, PartnerRow, put_partner
from keyfob.storage.rows import Put, Subject, Update
from keyfob.wiring.access import accesses_of
from keyfob.wiring.operations import partner_administrators_of
from keyfob.wiring.terms import accepted_terms_of
from tests.support.builders import ORGANIZATION, a_credential, a_hardware_token, a_session
from tests.support.fakes import Meddler
from tests.support.order_world import OPERATOR, OrderWorld, actor, administrator, build
from tests.support.runtime import FakeRuntime

_YEAR = timedelta(days=365)
TERMS = Terms(version="1", text="Be careful with the drawings.")
RULED = Application(id="drawings", name="Drawings", level=2, hardware_only=False, terms=TERMS)
FREE = Application(id="portal", name="Portal", level=2, hardware_only=False)
NORTHWIND = Partner(id="northwind", name="Northwind", applications=(RULED, FREE))


class AccessWorld:
    """Olga administers Acme; Alan its applications; Ada may use them. Only Drawings has terms."""

    def __init__(self, orders: OrderWorld, client: Meddler) -> None:
        self.orders, self.base, self.clock = orders, orders.base, orders.clock
        self.client = client
        orders.seed.organizations([ORGANIZATION], by=OPERATOR)
        orders.seed.partners([NORTHWIND], by=OPERATOR)
        self.store = AccessStore(orders.database)
        self.directory = Directory(orders.database)
        self.terms = accepted_terms_of(orders.base)
        self.accesses = accesses_of(orders.base)
        self.olga = self.person(
            roles=(Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR),
            first_name="Olga",
            applications=(),
        )
        self.alan = self.person(
            roles=(Role.HOLDER, Role.APPLICATION_ADMINISTRATOR),
            first_name="Alan",
            applications=("drawings", "portal"),
        )
        self.ada = self.person(applications=("drawings", "portal"))

    def person(self, *, roles: tuple[Role, ...] = (Role.HOLDER,), **changes: Any) -> Account:
        """A new account of Acme."""
        return self.orders.person(roles=roles, **changes)

    def administrator(
        self, account: Account, permission: Permission = TO_ACCEPT_TERMS
    ) -> Administrator:
        """The account on a route with this permission, its password typed just now."""
        now = self.clock()
        session = a_session(created=now, seen=now)
        return Administrator(
            organization=account.organization,
            partner=None,
            proof=SessionProof(session=session, needed=permission.proof),
            credential=None,
            by=actor(account),
        )

    def decider(
        self, account: Account, permission: Permission, *, partner: str | None = None
    ) -> Administrator:
        """The account on a route that takes a recent code, which it gave just now."""
        now = self.clock()
        session = a_session(created=now, seen=now, by=TOKEN, epoch=0, coded=now, strength=2)
        return Administrator(
            organization=account.organization,
            partner=partner,
            proof=SessionProof(session=session, needed=permission.proof),
            credential=a_credential(token=a_hardware_token(), expires_at=now + _YEAR),
            by=replace(actor(account), reason="Not for your job"),
        )

    def deputy(self, partner: str = "northwind") -> Administrator:
        """An administrator of this partner, on a route whose proof any session has given."""
        account = self.person(first_name="Grace", applications=())
        appointing = partner_administrators_of(self.base)
        appointing.set(account.user_id, partner, administers=True, by=OPERATOR)
        return replace(administrator(account), partner=partner)

    def told(self, kind: Kind) -> list[str]:
        """The recipients of the messages of this kind, sent or not."""
        return [str(row.recipient) for row in self.orders.queued(pending=False) if row.kind == kind]

    def changed(self, application: str = "portal", **changes: Any) -> None:
        """Change Acme's subscription."""
        found = self.store.subscription(ORGANIZATION.id, application)
        assert found
        seen, subject = found
        self.commit(rows.change_subscription(seen, replace(seen, **changes), subject))

    def ends(self, application: str) -> None:
        """The subscription ends."""
        self.changed(application, state=SubscriptionState.ENDED)

    def subscription(self, application: str = "drawings") -> Subscription:
        """Acme's subscription as it is now."""
        found = self.store.subscription(ORGANIZATION.id, application)
        assert found
        return found[0]

    def offers(self, application: Application) -> None:
        """The partner changes this application."""
        row = self.orders.database.get(PartnerRow, "PARTNER#northwind", "-")
        assert row
        others = [one for one in NORTHWIND.applications if one.id != application.id]
        changed = replace(NORTHWIND, applications=(*others, application))
        subject = Subject(id=row.pk, number=int(row.version), head=row.head)
        new = put_partner(changed).row
        assert isinstance(new, PartnerRow)
        change = Update(
            row=PartnerRow,
            key=(row.pk, "-"),
            actions=[PartnerRow.applications.set(new.applications)],
            subject=subject,
        )
        self.commit(change)

    def commit(self, *writes: Put | Update) -> None:
        """Commit these writes, each with an entry about its subject."""
        audit = [
            Entry(action="test.happened", actor=OPERATOR, at=self.clock(), subject=one.subject.id)
            for one in writes
            if one.subject
        ]
        self.base.transactions.commit(*writes, audit=audit)

    def trail(self, subject: str) -> list[tuple[str, str]]:
        """Action and actor of each entry of a chain."""
        found = self.orders.database.query(AuditRow, key=("pk", subject))
        rows = [AuditRow.from_raw_data(item) for item in found]
        return [(row.action, row.actor_id) for row in rows]


@pytest.fixture
def access_world(base: FakeRuntime, client: Meddler) -> AccessWorld:
    """An organization with two applications, one of which has terms."""
    return AccessWorld(build(base), client)
