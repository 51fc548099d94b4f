"""An operator's decisions about registrations (A3, S60).

    approve    registration IF version = n ⊕ content used ⊕ organization ⊕ traces of it
               ⊕ subscription ⊕ an account for each administrator ⊕ entries ⊕ effects
    reject     registration IF version = n ⊕ content without passwords ⊕ entry ⊕ mail

Only an approval makes anything. Each effect makes a login with the one-time password that came
with it, and queues the administrator's mail (`usecases/sessions/reset.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keyfob.domain import ids
from keyfob.domain.access.subscription import subscribed
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.duplicate import Duplicate, domains_of
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import registration as decisions
from keyfob.domain.registrations.content import Content, Person, new_user_id
from keyfob.domain.registrations.notifications import rejected
from keyfob.domain.registrations.registration import Registration
from keyfob.storage.directory.duplicates import Duplicates
from keyfob.storage.directory.store import Directory
from keyfob.storage.registrations import registrations as rows
from keyfob.storage.registrations.registrations import Registrations
from keyfob.storage.transaction import TransactionPart, Transactions, joined
from keyfob.usecases.access import subscribing as subscriptions
from keyfob.usecases.directory import organizations
from keyfob.usecases.directory.accounts import NewAccount, made

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A registration that waits for a decision, and the organizations that it may be."""

    registration: Registration
    content: Content
    overdue: bool
    duplicates: Sequence[Duplicate]


class Deciding:
    """Lists, approves and rejects registrations."""

    def __init__(
        self,
        *,
        registrations: Registrations,
        directory: Directory,
        duplicates: Duplicates,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._registrations = registrations
        self._directory = directory
        self._duplicates = duplicates
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def waiting(self, *, limit: int) -> list[Waiting]:
        """The registrations that wait for a decision, the oldest first, at most `limit`."""
        found: list[Waiting] = []
        for one in self._registrations.waiting():
            if len(found) == limit:
                break
            content = self._registrations.content(one.id)
            if content:
                found.append(self._waiting(one, content))
        return found

    def approve(self, registration_id: str, by: Actor) -> tuple[Organization, list[Account]]:
        """Make the organization, its subscription and its administrators' accounts.

        Raises:
            NotFound: no such registration. IllegalTransition: it doesn't wait for a decision, or
                its application is gone.
        """
        return self._transactions.retry_on_conflict(lambda: self._approve(registration_id, by))

    def reject(self, registration_id: str, by: Actor) -> Registration:
        """Reject it; the actor's reason is mailed to the registrant.

        Raises:
            NotFound: no such registration. IllegalTransition: it doesn't wait for a decision.
        """
        return self._transactions.retry_on_conflict(lambda: self._reject(registration_id, by))

    def _waiting(self, one: Registration, content: Content) -> Waiting:
        profile = content.profile
        found = self._duplicates.of(
            profile.organization(""), domains_of(person.email for person in content.people)
        )
        return Waiting(
            registration=one,
            content=content,
            overdue=one.is_overdue(self._clock()),
            duplicates=found,
        )

    def _approve(self, registration_id: str, by: Actor) -> tuple[Organization, list[Account]]:
        seen, now = self._found(registration_id), in_seconds(self._clock)
        organization_id = ids.new_id("org").replace("_", "-")
        to = decisions.approved(seen, organization_id, now)
        content, application = self._content(seen), self._application(seen)
        organization = content.profile.organization(organization_id)
        accounts = [self._account(one, organization_id, seen) for one in content.people]
        change = TransactionPart(
            writes=[
                rows.change(seen, to, decisions.next_due(to, self._policy)),
                rows.use_content(seen, content),
            ],
            audit=[
                Entry(
                    action="registration.approved",
                    actor=by,
                    at=now,
                    subject=seen.subject,
                    facts={"organization": organization_id},
                )
            ],
        )
        part = joined(
            change,
            organizations.made(
                organization,
                domains=domains_of(person.email for person in content.people),
                by=by,
                clock=self._clock,
            ),
            self._subscription(seen, organization_id, application, content, by),
            *(
                made(self._new(account, person), by=by, clock=self._clock)
                for account, person in zip(accounts, content.people, strict=True)
            ),
        )
        self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return organization, accounts

    def _subscription(
        self,
        seen: Registration,
        organization: str,
        application: Application,
        content: Content,
        by: Actor,
    ) -> TransactionPart:
        administrators = tuple(
            one.account for one in content.people if Role.APPLICATION_ADMINISTRATOR in one.roles
        )
        now = in_seconds(self._clock)
        new = subscribed(
            organization, application, seen.partner, now, administrators=administrators
        )
        return subscriptions.made(new, by=by)

    def _account(self, person: Person, organization: str, seen: Registration) -> Account:
        return Account(
            id=person.account,
            user_id=self._user_id(person.email),
            organization=organization,
            email=person.email,
            first_name=person.first_name,
            middle_name=person.middle_name,
            last_name=person.last_name,
            applications=(seen.application,),
            language=person.language,
        )

    def _user_id(self, email: str) -> str:
        """One that nobody has; two made at once are a conflict, and another one is made."""
        for _ in range(_TRIES):
            made_up = new_user_id(email)
            if self._directory.account_of(made_up) is None:
                break
        return made_up

    def _new(self, account: Account, person: Person) -> NewAccount:
        return NewAccount(
            account=account, roles=(Role.HOLDER, *person.roles), sealed_password=person.sealed
        )

    def _reject(self, registration_id: str, by: Actor) -> Registration:
        seen, now = self._found(registration_id), in_seconds(self._clock)
        to = decisions.rejected(seen, now)
        content = self._content(seen)
        left = replace(content.without_passwords(), number=content.number + 1, reason=by.reason)
        due = decisions.next_due(to, self._policy)
        entry = Entry(action="registration.rejected", actor=by, at=now, subject=seen.subject)
        self._transactions.commit(
            rows.change(seen, to, due),
            rows.change_content(seen, content, left, expires=due),
            audit=[entry],
            messages=[rejected(to, now, by.correlation)],
        )
        return to

    def _found(self, registration_id: str) -> Registration:
        found = self._registrations.get(registration_id)
        if found is None:
            raise NotFound("There is no registration with this id.")
        return found

    def _content(self, seen: Registration) -> Content:
        content = self._registrations.content(seen.id)
        if content is None:
            raise IllegalTransition("This registration doesn't wait for a decision.")
        return content

    def _application(self, seen: Registration) -> Application:
        partner = self._directory.partner(seen.partner)
        found = partner.application(seen.application) if partner else None
        if found is None:
            raise IllegalTransition("The application of this registration is gone: reject it.")
        return found
