"""Accepting invitations (A1, A5, A6).

Scanners of mails open links: showing an invitation changes nothing, only accepting it does.

    a holder            invitation accepted ⊕ account in the inviter's organization ⊕ entries
    an administrator    invitation accepted ⊕ subscription of the organization ⊕ entries
    nobody signed in    invitation accepted ⊕ a registration begun ⊕ entries ⊕ mail with its link

A wrong account changes nothing. Of many acceptances at once, one commits; the others read again and
find it accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.account import Account, normalized_user_id
from keyfob.domain.directory.errors import UserIdTaken
from keyfob.domain.directory.partner import Application
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import invitation as decisions
from keyfob.domain.registrations import link
from keyfob.domain.registrations.errors import WrongAccount
from keyfob.domain.registrations.form import SentForm
from keyfob.domain.registrations.invitation import Invitation
from keyfob.domain.sessions.client import Client
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.registrations import invitations as rows
from keyfob.storage.registrations.invitations import Invitations
from keyfob.storage.transaction import TransactionPart, Transactions, joined
from keyfob.usecases.directory.accounts import NewAccount, made, new_account_id
from keyfob.usecases.registrations.registering import Begun, Registering, Registrant
from keyfob.usecases.registrations.subscribing import Subscriber, Subscribing


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInvitation:
    """An open invitation with the names of who invites to what.

    `host` is the partner or organization; `application` only a partner's invitation has.
    """

    invitation: Invitation
    host: str
    inviter: str
    application: Application | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHolder:
    """The entries of an invited person; the language is BCP 47."""

    user_id: str
    first_name: str
    middle_name: str
    last_name: str
    language: str


class Accepting:
    """Shows and accepts invitations."""

    def __init__(
        self,
        *,
        invitations: Invitations,
        directory: Directory,
        access: AccessStore,
        subscribing: Subscribing,
        registering: Registering,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._invitations = invitations
        self._directory = directory
        self._access = access
        self._subscribing = subscribing
        self._registering = registering
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def show(self, token: str) -> ShownInvitation:
        """The open invitation of this link. Changes nothing.

        Raises:
            NotFound: no such link. InvitationAccepted, InvitationWithdrawn, InvitationExpired.
        """
        seen = self._linked(token)
        partner = self._directory.partner(seen.partner) if seen.partner else None
        host = self._host(seen)
        decisions.require_open(seen, self._clock(), ask=host)
        inviter = self._directory.account(seen.by)
        return ShownInvitation(
            invitation=seen,
            host=host,
            inviter=inviter.name if inviter else "",
            application=partner.application(seen.applications[0]) if partner else None,
        )

    def by_administrator(
        self, token: str, who: Subscriber, roles: tuple[Role, ...]
    ) -> Subscription:
        """Accept a partner's invitation for one's organization, which exists.

        Raises:
            NotFound; InvitationAccepted, InvitationWithdrawn, InvitationExpired.
            WrongAccount: no administrator, or of another mail domain; nothing is changed.
            ElevationRequired, RecentPasswordRequired. AlreadySubscribed: nothing is changed.
        """

        def attempt() -> Subscription:
            shown = self.show(token)
            self._require_meant(shown.invitation, who, roles)
            who.proof.require(who.credential, in_seconds(self._clock), self._policy)
            if shown.application is None:
                raise NotFound
            new, part = self._subscribing.part(
                who.organization, str(shown.invitation.partner), shown.application, who.by
            )
            self.commit(shown.invitation, new.subject, who.by, part)
            return new

        return self._transactions.retry_on_conflict(attempt)

    def by_holder(self, token: str, holder: NewHolder, client: Client) -> Account:
        """Make the account of an invited holder; its first password comes by mail.

        Raises:
            TooManyTries: from this address.
            NotFound: no such link, or to a registration.
            InvitationAccepted, InvitationWithdrawn, InvitationExpired.
            InvalidInput: that can't be a user id. UserIdTaken: nothing is changed.
        """
        user_id = normalized_user_id(holder.user_id)
        if user_id is None:
            problem = "must have 3 to 64 letters, digits and . _ @ -"
            raise InvalidInput(fields={"holder.user_id": problem})
        by = link_actor(client)
        with self._limits.request([self._quota(client)], self._clock()):
            return self._transactions.retry_on_conflict(
                lambda: self._hold(token, holder, user_id, by)
            )

    def by_registrant(self, token: str, form: SentForm, language: str, client: Client) -> Begun:
        """Begin the registration of an invited organization.

        Raises:
            TooManyTries: from this address.
            NotFound: no such link.
            InvitationAccepted, InvitationWithdrawn, InvitationExpired.
            InvalidInput: it invites a holder.
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
            KeysUnavailable: the key service did not answer; the invitation stays open.
        """
        by = link_actor(client)

        def attempt() -> Begun:
            seen = self.show(token).invitation
            if seen.partner is None:
                raise InvalidInput(fields={"form": "this invitation is to make an account"})
            who = Registrant(email=seen.email, language=language or seen.language)
            begun, part = self._registering.begun(
                seen.partner, seen.applications[0], who, form, by, invitation=seen.id
            )
            self.commit(seen, begun.registration.id, by, part)
            return begun

        with self._limits.request([self._quota(client)], self._clock()):
            return self._transactions.retry_on_conflict(attempt)

    def commit(self, seen: Invitation, result: str, by: Actor, part: TransactionPart) -> None:
        """Accept it together with what it becomes; `result` names that.

        Raises:
            Conflict: it isn't as it was seen.
        """
        now = in_seconds(self._clock)
        to = decisions.accepted(seen, result, now)
        entry = Entry(
            action="invitation.accepted",
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"result": result},
        )
        change = rows.change(seen, to, decisions.next_due(to, self._policy))
        whole = joined(TransactionPart(writes=[change], audit=[entry]), part)
        self._transactions.commit(*whole.writes, audit=whole.audit, messages=whole.messages)

    def _hold(self, token: str, holder: NewHolder, user_id: str, by: Actor) -> Account:
        seen = self.show(token).invitation
        if seen.organization is None:
            raise InvalidInput(fields={"holder": "this invitation is to register an organization"})
        if self._directory.account_of(user_id):
            raise UserIdTaken
        account = Account(
            id=new_account_id(),
            user_id=user_id,
            organization=seen.organization,
            email=seen.email,
            first_name=holder.first_name,
            middle_name=holder.middle_name,
            last_name=holder.last_name,
            applications=self._still_active(seen),
            language=holder.language,
        )
        new = NewAccount(account=account, roles=(Role.HOLDER,))
        self.commit(seen, account.id, by, made(new, by=by, clock=self._clock))
        return account

    def _still_active(self, seen: Invitation) -> tuple[str, ...]:
        has = self._access.subscriptions(str(seen.organization))
        active = {one.application for one in has if one.state is SubscriptionState.ACTIVE}
        return tuple(one for one in seen.applications if one in active)

    def _require_meant(self, seen: Invitation, who: Subscriber, roles: tuple[Role, ...]) -> None:
        account = self._directory.account(who.by.id)
        domain = account.email.rpartition("@")[2] if account else ""
        is_administrator = Role.ORGANIZATION_ADMINISTRATOR in roles
        if not (seen.partner and is_administrator and domain == seen.domain):
            raise WrongAccount

    def _linked(self, token: str) -> Invitation:
        shown = link.parse(token)
        found = self._invitations.get(shown.id) if shown else None
        if shown is None or found is None or not shown.opens(found.sending.secret):
            raise NotFound
        return found

    def _host(self, seen: Invitation) -> str:
        if seen.partner:
            partner = self._directory.partner(seen.partner)
            return partner.name if partner else ""
        organization = self._directory.organization(str(seen.organization))
        return organization.name if organization else ""

    def _quota(self, client: Client) -> Quota:
        limit = Limit(
            name="acceptance-address",
            tries=self._policy.acceptances_per_address,
            period=self._policy.acceptances_per_address_period,
        )
        return Quota(limit=limit, subject=client.network)


def link_actor(client: Client) -> Actor:
    """Somebody who has the link of an invitation, and no account."""
    return Actor(
        kind="link", id="invitation", address=client.address, correlation=client.correlation
    )
