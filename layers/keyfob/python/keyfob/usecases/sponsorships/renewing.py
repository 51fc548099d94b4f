"""A partner extends a credential that it has sponsored, by another year (B6, B7).

    credential renewed ⊕ order, paid by the sponsor ⊕ sponsorship with one more year

It counts against neither number nor budget: the administrator decides about this very credential.
The year counts from the original expiry, as a bought one does, and the holder is told the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Entry, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.connections.connection import require_other
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account, normalized_user_id
from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sponsorships import sponsorship as decisions
from keyfob.domain.sponsorships.fulfilment import another_year, sponsored_order, without_shipping
from keyfob.domain.sponsorships.sponsorship import Change, Sponsorship
from keyfob.storage import idempotency
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.orders import order_row
from keyfob.storage.orders.store import OrderIdempotencyRow, OrderStore
from keyfob.storage.sponsorships import sponsorships as rows
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.storage.transaction import Transactions
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.orders.service import placement
from keyfob.usecases.sponsorships.partners import CAMPAIGN_ID, OwnCampaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """The sponsorship, and the end of its credential; None if it is over."""

    sponsorship: Sponsorship
    expires_at: datetime | None


class Renewing:
    """Extends sponsored credentials."""

    def __init__(
        self,
        *,
        own: OwnCampaigns,
        sponsorships: Sponsorships,
        directory: Directory,
        credentials: CredentialStore,
        orders: OrderStore,
        changes: CredentialChanges,
        limits: Limits,
        refusals: Refusals,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._own = own
        self._sponsorships = sponsorships
        self._directory = directory
        self._credentials = credentials
        self._orders = orders
        self._changes = changes
        self._limits = limits
        self._refusals = refusals
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def renew(
        self, who: Administrator, campaign_id: str, user_id: str, record: IdempotencyRecord
    ) -> Renewed:
        """Extend the credential of one of the campaign's holders; idempotent.

        Raises:
            ElevationRequired. RoleRequired. NotFound: none of the partner's campaigns.
            InvalidInput: nobody with this user id has a sponsorship by it.
            NotOnOneself. IllegalTransition: it wasn't accepted, or its credential is over.
            TooManyTries: by this account today. IdempotencyKeyReused.
        """
        with self._refusals.recorded("renew_sponsored", campaign_id, CAMPAIGN_ID, who.by):
            self._own.require(who)
            self._own.get(who, campaign_id)
            holder = self._holder(campaign_id, user_id)
            require_other(self._directory.account(who.by.id), holder)
            if self._orders.idempotent_result(record):
                return self._renewed(campaign_id, holder)
            with self._limits.request([self._quota(who)], self._clock()):
                self._transactions.retry_on_conflict(
                    lambda: self._attempt(who, campaign_id, holder, record)
                )
        return self._renewed(campaign_id, holder)

    def _attempt(
        self, who: Administrator, campaign_id: str, holder: Account, record: IdempotencyRecord
    ) -> None:
        if self._orders.idempotent_result(record):
            return
        now, by = in_seconds(self._clock), who.by.acting_for(holder.id)
        campaign = self._own.get(who, campaign_id)
        seen = self._current(campaign_id, holder)
        to = decisions.renewed(seen)
        live = self._live(seen)
        order = sponsored_order(
            another_year(campaign.product, live),
            holder,
            campaign.product,
            without_shipping(live.legal_name, live.country),
            number=self._orders.next_number(),
            reference=ids.new_id("ord"),
            now=now,
        )
        renewed = lifecycle.renew(live, now, self._policy)
        until = f"{renewed.credential.expires_at:%Y-%m-%d}"
        facts: Facts = {"order": order.number, "until": until}
        part = self._changes.change(live, renewed, by=by, facts=facts)
        kept = now + self._policy.idempotency_kept
        self._transactions.commit(
            *part.writes,
            rows.change(seen, to),
            order_row.place(order, now),
            idempotency.put(OrderIdempotencyRow, record, order.number, until=kept),
            audit=[
                *part.audit,
                placement(order, by, campaign=campaign_id),
                Entry(action=Change.RENEWED, actor=by, at=now, subject=seen.subject, facts=facts),
            ],
            messages=part.messages,
        )

    def _holder(self, campaign_id: str, user_id: str) -> Account:
        known = normalized_user_id(user_id)
        account_id = self._directory.account_of(known) if known else None
        seen = self._sponsorships.get(campaign_id, account_id) if account_id else None
        holder = self._directory.account(account_id) if account_id and seen else None
        if holder is None:
            raise InvalidInput(fields={"user_id": "has no sponsorship by this campaign"})
        return holder

    def _renewed(self, campaign_id: str, holder: Account) -> Renewed:
        seen, live = self._current(campaign_id, holder), self._credentials.live(holder.id)
        own = live if live and live.id == seen.credential else None
        return Renewed(sponsorship=seen, expires_at=own.expires_at if own else None)

    def _current(self, campaign_id: str, holder: Account) -> Sponsorship:
        found = self._sponsorships.get(campaign_id, holder.id)
        if found is None:
            raise LookupError(f"{holder.id} has lost the sponsorship by {campaign_id}")
        return found

    def _live(self, seen: Sponsorship) -> Credential:
        live = self._credentials.live(seen.account)
        if live is None or live.id != seen.credential:
            raise IllegalTransition("The sponsored credential is revoked: sponsor a new one.")
        return live

    def _quota(self, who: Administrator) -> Quota:
        tries = self._policy.sponsored_renewals_a_day
        limit = a_day("sponsored-renewals", tries)
        return Quota(limit=limit, subject=who.by.id)
