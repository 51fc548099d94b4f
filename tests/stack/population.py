"""Two hundred people with credentials of every age, with the rows that their past would leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.milestones import next_due
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.account import Account
from keyfob.domain.ids import new_id
from keyfob.domain.policy import Policy
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.database import Database
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.subscribing import SeedSubscriptions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.directory.accounts import NewAccount, new_account_id
from keyfob.usecases.directory.initial_data import InitialData
from local.stack import Stack
from tests.support.builders import a_credential

HOMES = {"acme": "US", "bolt": "DE"}
_OPERATOR = Actor(kind="operator", id="console")
_TABLES = (
    "accounts",
    "credentials",
    "sessions",
    "orders",
    "outbox",
    "proofing",
    "letters",
    "audit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """A person with a credential, as it was first written."""

    account: str
    first: Credential
    born_at: datetime


class Population:
    """Writes people and credentials into the stack's tables, the audit trail whole.

    `order` is the order number of all their license keys.
    """

    def __init__(self, stack: Stack) -> None:
        self._clock = stack.clock.now
        self.order = ""
        names = {one: stack.outputs[f"{one.title()}Table"] for one in _TABLES}
        database = Database(stack.client("dynamodb"), names)
        self.policy = Policy()
        self._transactions = Transactions(
            database, self._clock, patience=self.policy.outbox_patience
        )
        self.credentials = CredentialStore(database)
        foreign = ForeignIds(
            limits=Limits(database),
            transactions=self._transactions,
            clock=self._clock,
            policy=self.policy,
            count=lambda _name, _value: None,
        )
        self._service = CredentialService(
            self.credentials, foreign, self._transactions, self._clock, self.policy
        )
        self._seed = InitialData(
            directory=Directory(database),
            catalog=Catalog(database),
            passwords=NoPasswords(),
            subscriptions=SeedSubscriptions(
                access=AccessStore(database),
                directory=Directory(database),
                transactions=self._transactions,
                clock=self._clock,
            ),
            transactions=self._transactions,
            clock=self._clock,
        )

    def newcomer(self, name: str, organization: str) -> str:
        """An account without sign-ins; returns its id."""
        account = Account(
            id=new_account_id(),
            user_id=name,
            organization=organization,
            email=f"{name}@{organization}.example",
            first_name="Test",
            last_name=name.title(),
        )
        self._seed.accounts(
            [NewAccount(account=account, roles=(), temporary_password="")], by=_OPERATOR
        )
        return account.id

    def redeemed(self, account: str, organization: str, paid_at: datetime) -> Resident:
        """The account's credential, paid at that time."""
        now = self._clock()
        credential = a_credential(
            id=new_id("crd"),
            account=account,
            organization=organization,
            order=self.order,
            country=HOMES[organization],
            paid_at=paid_at,
            expires_at=one_year_after(paid_at),
        )
        due = next_due(credential, now, self.policy)
        entry = Entry(
            action="credential.redeemed", actor=_OPERATOR, at=now, subject=credential.subject
        )
        self._transactions.commit(rows.put(credential, due), audit=[entry])
        return Resident(account=account, first=credential, born_at=now)

    def suspend(self, resident: Resident, by: Suspender) -> None:
        """Suspends it as an administrator or the system: the API has no route for this yet."""
        self._act(resident, by, lambda seen: lifecycle.suspend(seen, by, self._now(), self.policy))

    def lift(self, resident: Resident, by: Suspender) -> None:
        """The end of such a suspension."""
        self._act(resident, by, lambda seen: lifecycle.lift(seen, by, self._now(), self.policy))

    def _act(
        self, resident: Resident, by: Suspender, decision: Callable[[Credential], Transition]
    ) -> None:
        actor = Actor(kind=by.value, id=by.value)
        self._service.decide(resident.first.id, decision, by=actor.acting_for(resident.account))

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)


class NoPasswords:
    """A `PasswordStore` for those who never sign in."""

    def create(self, account: str, temporary_password: str) -> None:
        """Does nothing."""
