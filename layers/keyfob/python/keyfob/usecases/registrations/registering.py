"""Registering an organization: by an invitation or, for a public application, without (A1, A2).

    begin    registration ⊕ content ⊕ used form ⊕ entry ⊕ mail with the sealed link
    save     content IF number = n, registration unchanged; no entry: nothing has happened yet
    submit   registration IF version = n ⊕ content IF number = n ⊕ entry ⊕ mail

No e-mail address is looked up, so that nothing depends on who has an account (S25). A one-time
password is judged, sealed for the effect that will set it, and never shown again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.deadline import end_of_business_day_after
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.limits import Limit, Quota, a_day
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import link, notifications
from keyfob.domain.registrations import registration as decisions
from keyfob.domain.registrations.content import (
    MOST_PEOPLE,
    Content,
    Person,
    Profile,
    user_id_stem,
)
from keyfob.domain.registrations.errors import NotPublic
from keyfob.domain.registrations.form import Form, SentForm
from keyfob.domain.registrations.registration import Registration, RegistrationState
from keyfob.domain.sessions import password as passwords
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import WeakPassword
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.registrations import registrations as rows
from keyfob.storage.registrations.registrations import Registrations
from keyfob.storage.transaction import TransactionPart, Transactions, joined
from keyfob.usecases.directory.accounts import first_reset, new_account_id
from keyfob.usecases.forms.bot_check import BotCheck

# TTL is a second broom: the clock has deleted the content long before.
_LATER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrant:
    """Who registers: an e-mail address, and the language of mails (BCP 47)."""

    email: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A registration just begun, and the token of its link, which is shown once."""

    registration: Registration
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredPerson:
    """An administrator as entered; `id` is that of one entered before.

    Without a one-time password the one entered before stays.
    """

    id: str | None
    first_name: str
    middle_name: str
    last_name: str
    email: str
    language: str
    roles: tuple[Role, ...]
    one_time_password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The parts to save; a part that is None stays as it was."""

    profile: Profile | None = None
    people: Sequence[EnteredPerson] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A registration, its state now, and what was typed in as long as it is kept."""

    registration: Registration
    state: RegistrationState
    content: Content | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where the operators are: country (ISO 3166 alpha-2) and time zone (IANA)."""

    country: str
    zone: str


class Registering:
    """A registrant's use cases."""

    def __init__(
        self,
        *,
        registrations: Registrations,
        directory: Directory,
        bot_check: BotCheck,
        limits: Limits,
        seal: Seal,
        service: str,
        office: Office,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._registrations = registrations
        self._directory = directory
        self._bot_check = bot_check
        self._limits = limits
        self._seal = seal
        self._service = service
        self._office = office
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def form(self) -> Form:
        """A form that begins a registration. Changes nothing.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        return self._bot_check.form()

    def begin(
        self, partner: str, application: str, who: Registrant, form: SentForm, client: Client
    ) -> Begun:
        """Begin a registration for a public application.

        Raises:
            TooManyTries: from this address, or about this mailbox.
            NotPublic: no such application, or it takes an invitation.
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
            KeysUnavailable: the key service did not answer.
        """
        with self._limits.request(self._quotas(who, client), self._clock()):
            found = self._directory.partner(partner)
            wanted = found.application(application) if found else None
            if wanted is None or not wanted.public:
                raise NotPublic

            def attempt() -> Begun:
                begun, part = self.begun(partner, application, who, form, registrant(client))
                self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
                return begun

            return self._transactions.retry_on_conflict(attempt)

    def begun(
        self,
        partner: str,
        application: str,
        who: Registrant,
        form: SentForm,
        by: Actor,
        *,
        invitation: str | None = None,
    ) -> tuple[Begun, TransactionPart]:
        """The part of a transaction that begins a registration.

        Raises:
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
            KeysUnavailable: the key service did not answer.
        """
        used, now = self._bot_check.require_person(form), in_seconds(self._clock)
        token = link.new_token(ids.new_id("reg"))
        new = Registration(
            id=token.id,
            secret=token.digest,
            partner=partner,
            application=application,
            invitation=invitation,
            begun_at=now,
            until=now + self._policy.registration_lifetime,
        )
        content = Content(email=who.email, language=who.language)
        facts = {"partner": partner, "application": application, "invitation": invitation}
        entry = Entry(
            action="registration.begun", actor=by, at=now, subject=new.subject, facts=added(facts)
        )
        mail = notifications.begun(new, token, seal=self._seal, correlation=by.correlation)
        own = TransactionPart(
            writes=[
                rows.put(new, decisions.next_due(new, self._policy)),
                rows.put_content(new, content, expires=new.until + _LATER),
            ],
            audit=[entry],
            messages=[mail],
        )
        return Begun(registration=new, token=str(token)), joined(own, used)

    def show(self, token: str) -> Shown:
        """The registration of this link. Changes nothing.

        Raises:
            NotFound: no such link.
        """
        seen = self._linked(token)
        content = self._registrations.content(seen.id)
        return Shown(registration=seen, state=seen.standing(self._clock()), content=content)

    def save(self, token: str, entered: Entered) -> Shown:
        """Save these parts of a draft.

        Raises:
            NotFound: no such link. RegistrationClosed. TooManyTries: for this registration.
            InvalidInput: an administrator's id that there is not, or too many administrators.
            WeakPassword: `fields` says whose one-time password can't be used.
            KeysUnavailable: the key service did not answer; nothing was saved.
        """
        seen = self._linked(token)
        decisions.require_draft(seen, self._clock())
        with self._limits.request([self._saves(seen)], self._clock()):
            return self._transactions.retry_on_conflict(lambda: self._save(token, entered))

    def submit(self, token: str, client: Client) -> Shown:
        """Hand the registration to the operators; doing it again changes nothing.

        Raises:
            NotFound: no such link. RegistrationClosed.
            RegistrationIncomplete: `fields` says what is missing.
        """
        return self._transactions.retry_on_conflict(lambda: self._submit(token, client))

    def _save(self, token: str, entered: Entered) -> Shown:
        shown = self.show(token)
        seen, content = shown.registration, shown.content
        decisions.require_draft(seen, self._clock())
        if content is None:
            raise NotFound
        profile = content.profile if entered.profile is None else entered.profile
        people = (
            content.people
            if entered.people is None
            else self._people(content, entered.people, profile)
        )
        to = replace(content, number=content.number + 1, profile=profile, people=people)
        self._transactions.commit(
            rows.change_content(seen, content, to, expires=seen.until + _LATER),
            rows.unchanged(seen),
            audit=[],
        )
        return replace(shown, content=to)

    def _people(
        self, content: Content, entered: Sequence[EnteredPerson], profile: Profile
    ) -> tuple[Person, ...]:
        if len(entered) > MOST_PEOPLE:
            raise InvalidInput(fields={"administrators": f"at most {MOST_PEOPLE}"})
        before = {one.account: one for one in content.people}
        named = [one.id for one in entered if one.id]
        if wrong := [one for one in named if one not in before or named.count(one) > 1]:
            raise InvalidInput(fields={"administrators": f"no administrator {wrong[0]!r}"})
        weak = {
            f"administrators.{nth}.one_time_password": problem
            for nth, one in enumerate(entered)
            if (problem := self._problem(one, profile))
        }
        if weak:
            raise WeakPassword(fields=weak)
        return tuple(self._person(one, before.get(one.id or "")) for one in entered)

    def _problem(self, one: EnteredPerson, profile: Profile) -> str:
        """Why the one-time password can't be used (S55)."""
        if one.one_time_password is None:
            return ""
        words = (self._service, profile.name, one.first_name, one.middle_name, one.last_name)
        try:
            passwords.require_usable(
                passwords.normalized(one.one_time_password),
                # The user id, made at the approval, begins with it.
                user_id=user_id_stem(one.email),
                words=[word for word in words if word],
                policy=self._policy,
            )
        except WeakPassword as weak:
            return str(weak)
        return ""

    def _person(self, one: EnteredPerson, before: Person | None) -> Person:
        account = before.account if before else new_account_id()
        sealed = before.sealed if before else None
        if one.one_time_password is not None:
            chosen = passwords.normalized(one.one_time_password)
            sealed = self._seal(first_reset(account), chosen)
        return Person(
            account=account,
            first_name=one.first_name,
            middle_name=one.middle_name,
            last_name=one.last_name,
            email=one.email,
            language=one.language,
            roles=one.roles,
            sealed=sealed,
        )

    def _submit(self, token: str, client: Client) -> Shown:
        shown, now = self.show(token), in_seconds(self._clock)
        seen, content = shown.registration, shown.content
        if seen.state is RegistrationState.SUBMITTED:
            return shown
        decisions.require_draft(seen, now)
        if content is None:
            raise NotFound
        to = decisions.submitted(seen, content, now, due_at=self._answer_by(now))
        by = registrant(client)
        entry = Entry(action="registration.submitted", actor=by, at=now, subject=seen.subject)
        self._transactions.commit(
            rows.change(seen, to, decisions.next_due(to, self._policy)),
            rows.keep_content(seen, content),
            audit=[entry],
            messages=[notifications.submitted(to, by.correlation)],
        )
        return replace(shown, registration=to, state=to.state)

    def _answer_by(self, now: datetime) -> datetime:
        return end_of_business_day_after(
            now,
            self._policy.registration_answer_days,
            country=self._office.country,
            zone=self._office.zone,
            ends=self._policy.business_day_ends,
        )

    def _linked(self, token: str) -> Registration:
        shown = link.parse(token)
        found = self._registrations.get(shown.id) if shown else None
        if shown is None or found is None or not shown.opens(found.secret):
            raise NotFound
        return found

    def _saves(self, seen: Registration) -> Quota:
        limit = Limit(
            name="registration-save",
            tries=self._policy.registration_saves,
            period=self._policy.registration_saves_period,
        )
        return Quota(limit=limit, subject=seen.id)

    def _quotas(self, who: Registrant, client: Client) -> list[Quota]:
        by_address = Limit(
            name="registration-address",
            tries=self._policy.registrations_per_address,
            period=self._policy.registrations_per_address_period,
        )
        return [
            Quota(limit=by_address, subject=client.network),
            self._of_mailbox(who.email.casefold(), client),
        ]

    def _of_mailbox(self, mailbox: str, client: Client) -> Quota:
        """Each network has a first mail of its own, so that strangers leave the owner one (S62)."""
        first = a_day("registration-first", self._policy.registrations_first)
        shared = a_day("registration-mailbox", self._policy.registrations_per_mailbox)
        return Quota(
            limit=first,
            subject=f"{client.network} {mailbox}",
            beyond=Quota(limit=shared, subject=mailbox),
        )


def registrant(client: Client) -> Actor:
    """Somebody who registers, and has no account."""
    return Actor(
        kind="link", id="registration", address=client.address, correlation=client.correlation
    )
