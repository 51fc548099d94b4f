"""Inviting organizations and holders by e-mail (A1, A5, A6).

    invite    invitation ⊕ entry ⊕ mail with the sealed link
    resend    the same row with another link, whose mail makes the earlier one obsolete
    withdraw  the link opens nothing any more

An invitation of another partner or organization looks like one that doesn't exist (S23).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from keyfob.domain import ids
from keyfob.domain.access.subscription import SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.facts import added
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import InvalidInput
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.messages.outbox import Message, Seal
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import invitation as decisions
from keyfob.domain.registrations.invitation import Invitation
from keyfob.domain.registrations.notifications import sent
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage import idempotency
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.registrations import invitations as rows
from keyfob.storage.registrations.invitations import Invitations, RegistrationIdempotencyRow
from keyfob.storage.rows import Check, Write
from keyfob.storage.transaction import Transactions
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.administration.roles import HeldRoles
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"inv_[0-9a-z]{20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviter:
    """An administrator who invites: for a partner, or for an organization."""

    by: Actor
    proof: SessionProof
    credential: Credential | None
    partner: str | None = None
    organization: str | None = None

    @property
    def owner(self) -> str:
        """The partner or organization that the invitations belong to."""
        return f"PARTNER#{self.partner}" if self.partner else f"ORGANIZATION#{self.organization}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to invite, in which language (BCP 47), to which applications."""

    email: str
    language: str
    applications: tuple[str, ...]


class Inviting:
    """An administrator's invitations."""

    def __init__(
        self,
        *,
        invitations: Invitations,
        directory: Directory,
        access: AccessStore,
        limits: Limits,
        roles: HeldRoles,
        foreign: ForeignIds,
        seal: Seal,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._invitations = invitations
        self._directory = directory
        self._access = access
        self._limits = limits
        self._roles = roles
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._seal = seal
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def invite(self, inviter: Inviter, wanted: Wanted, record: IdempotencyRecord) -> Invitation:
        """Invite; the same request again changes nothing.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: of no partner, or not any more.
            InvalidInput: an application that isn't the partner's, or that the organization has not.
            TooManyTries: by this account today. KeysUnavailable. IdempotencyKeyReused.
        """
        self._require(inviter)
        earlier = self._earlier(record)
        if earlier:
            return earlier
        self._require_offered(inviter, wanted.applications)
        with self._limits.request([self._quota(inviter)], self._clock()):
            return self._invite(inviter, wanted, record)

    def listed(
        self, inviter: Inviter, *, limit: int, before: str | None = None
    ) -> Sequence[Invitation]:
        """The inviter's invitations, newest first.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: of no partner.
        """
        self._require(inviter)
        return self._invitations.of_owner(inviter.owner, limit=limit, before=before)

    def resend(self, inviter: Inviter, invitation_id: str) -> Invitation:
        """Send it again with a new link; the old link opens nothing any more.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: of no partner.
            NotFound: none of the inviter's. IllegalTransition: accepted or withdrawn.
            TooManyTries: by this account today. KeysUnavailable.
        """
        with self._refusals.recorded("resend_invitation", invitation_id, _ID, inviter.by):
            self._require(inviter)
            decisions.require_resendable(self._own(inviter, invitation_id))
            with self._limits.request([self._quota(inviter)], self._clock()):
                return self._transactions.retry_on_conflict(
                    lambda: self._resend(inviter, invitation_id)
                )

    def withdraw(self, inviter: Inviter, invitation_id: str) -> None:
        """Withdraw it; withdrawing it again changes nothing.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: of no partner.
            NotFound: none of the inviter's. IllegalTransition: accepted.
        """

        def attempt() -> None:
            seen = self._own(inviter, invitation_id)
            to = decisions.withdrawn(seen, in_seconds(self._clock))
            if to is not seen:
                self._commit(seen, to, "invitation.withdrawn", inviter)

        with self._refusals.recorded("withdraw_invitation", invitation_id, _ID, inviter.by):
            self._require(inviter)
            self._transactions.retry_on_conflict(attempt)

    def _require(self, inviter: Inviter) -> None:
        if not (inviter.partner or inviter.organization):
            raise RoleRequired
        inviter.proof.require(inviter.credential, in_seconds(self._clock), self._policy)

    def _still(self, inviter: Inviter) -> Check:
        """Condition check: the inviter still administers the partner or the organization."""
        if inviter.partner:
            return self._roles.of_partner(inviter.by, inviter.proof, inviter.partner)
        return self._roles.of_organization(inviter.by, inviter.proof)

    def _require_offered(self, inviter: Inviter, wanted: Sequence[str]) -> None:
        if inviter.partner:
            partner = self._directory.partner(inviter.partner)
            offered = {one.id for one in partner.applications} if partner else set()
            problem = "your partner has no such application"
        else:
            has = self._access.subscriptions(str(inviter.organization))
            offered = {one.application for one in has if one.state is SubscriptionState.ACTIVE}
            problem = "your organization has no active subscription to it"
        if unknown := sorted(set(wanted) - offered):
            raise InvalidInput(
                fields=dict.fromkeys((f"applications.{one}" for one in unknown), problem)
            )

    def _invite(self, inviter: Inviter, wanted: Wanted, record: IdempotencyRecord) -> Invitation:
        now, by = in_seconds(self._clock), inviter.by
        made = ids.new_id("inv")
        first = sent(made, 1, now, self._policy, seal=self._seal, correlation=by.correlation)
        new = Invitation(
            id=made,
            by=by.id,
            email=wanted.email,
            language=wanted.language,
            applications=wanted.applications,
            partner=inviter.partner,
            organization=None if inviter.partner else inviter.organization,
            invited_at=now,
            sending=first.sending,
        )
        until = now + self._policy.idempotency_kept
        facts = {
            "partner": new.partner,
            "organization": new.organization,
            "applications": new.applications,
            "language": new.language,
        }
        entry = Entry(
            action="invitation.sent", actor=by, at=now, subject=new.subject, facts=added(facts)
        )

        def attempt() -> Invitation:
            earlier = self._earlier(record)
            if earlier:
                return earlier
            self._transactions.commit(
                self._still(inviter),
                rows.put(new, decisions.next_due(new, self._policy)),
                idempotency.put(RegistrationIdempotencyRow, record, new.id, until=until),
                audit=[entry],
                messages=[first.mail],
            )
            return new

        return self._transactions.retry_on_conflict(attempt)

    def _resend(self, inviter: Inviter, invitation_id: str) -> Invitation:
        seen, by = self._own(inviter, invitation_id), inviter.by
        again = sent(
            seen.id,
            seen.sending.number + 1,
            in_seconds(self._clock),
            self._policy,
            seal=self._seal,
            correlation=by.correlation,
        )
        to = decisions.resent(seen, again.sending, by.id)
        self._commit(seen, to, "invitation.resent", inviter, again.mail)
        return to

    def _commit(
        self, seen: Invitation, to: Invitation, action: str, inviter: Inviter, *mails: Message
    ) -> None:
        change: Write = rows.change(seen, to, decisions.next_due(to, self._policy))
        now = in_seconds(self._clock)
        entry = Entry(action=action, actor=inviter.by, at=now, subject=seen.subject)
        self._transactions.commit(change, self._still(inviter), audit=[entry], messages=mails)

    def _own(self, inviter: Inviter, invitation_id: str) -> Invitation:
        found = self._invitations.get(invitation_id) if _ID.fullmatch(invitation_id) else None
        if found is None or found.owner != inviter.owner:
            raise self._foreign.refused(
                "invitation", invitation_id, _ID, otherwise="no invitation", by=inviter.by
            )
        return found

    def _earlier(self, record: IdempotencyRecord) -> Invitation | None:
        made = self._invitations.idempotent_result(record)
        return self._invitations.get(made) if made else None

    def _quota(self, inviter: Inviter) -> Quota:
        limit = a_day("invitations", self._policy.invitations_a_day)
        return Quota(limit=limit, subject=inviter.by.id)
