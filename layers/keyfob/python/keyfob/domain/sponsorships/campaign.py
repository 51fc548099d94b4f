"""A partner's campaign: credentials of one product, for accounts or organizations (B6). Pure.

    open ──ended by the partner──▶ ended ──┐
      └──its last day has passed───────────┴──▶ closed: every open offer has lapsed, its holder told

The product is kept as it was when the campaign was made, so that its price stays. A budget is a
number of credentials at that price. Accepted credentials are counted in a row of their own, which
the acceptances alone write.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders.product import Product
from keyfob.domain.policy import Policy


class Target(StrEnum):
    """For whom a campaign is.

    `DOMAIN`: accounts of an organization that an operator has approved with this mail domain.
    """

    ACCOUNTS = "accounts"
    ORGANIZATIONS = "organizations"
    DOMAIN = "domain"


class CampaignState(StrEnum):
    """The state of a campaign; an open one is over once its time has passed."""

    OPEN = "open"
    ENDED = "ended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A partner's campaign.

    `name` is the partner's own and shown to nobody else. `product` is frozen. `number` is how many
    credentials may be accepted; `budget` in minor units, if it was given instead. Nothing can be
    accepted from `until` on. `pending` are accounts that have still to get their offer.
    `reminded_for`: the end of which every holder was reminded.
    """

    id: str
    partner: str
    name: str
    product: Product
    target: Target
    number: int
    made_at: datetime
    by: str
    organizations: tuple[str, ...] = ()
    domain: str = ""
    budget: int | None = None
    until: datetime | None = None
    pending: tuple[str, ...] = ()
    state: CampaignState = CampaignState.OPEN
    ended_at: datetime | None = None
    reminded_for: datetime | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"CAMPAIGN#{self.id}"

    def is_open(self, now: datetime) -> bool:
        """Whether a sponsorship can be accepted, as far as the time is concerned."""
        return self.state is CampaignState.OPEN and (self.until is None or now < self.until)

    def spent(self, accepted: int) -> int:
        """The price of so many credentials, in minor units and without tax."""
        return accepted * self.product.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A partner's additions to a campaign; None: this stays as it is."""

    until: datetime | None = None
    number: int | None = None
    budget: int | None = None
    accounts: tuple[str, ...] = ()


class Change(StrEnum):
    """Changes of a campaign; each value is the action of its audit entry."""

    MADE = "campaign.made"
    OFFERED = "campaign.offered"
    EXTENDED = "campaign.extended"
    ENDED = "campaign.ended"
    REMINDED = "campaign.reminded"
    CLOSED = "campaign.closed"


class Due(StrEnum):
    """The lifecycle jobs of a campaign."""

    OFFER = "offer"
    REMIND = "remind"
    CLOSE = "close"


def number_for(product: Product, *, number: int | None, budget: int | None, policy: Policy) -> int:
    """How many credentials a number or a budget is enough for.

    Raises:
        InvalidInput: both or neither; or none, or more than a campaign may have.
    """
    if (number is None) is (budget is None):
        raise InvalidInput(fields={"number": "give either a number or a budget"})
    if budget is not None and not product.price:
        raise InvalidInput(fields={"budget": "the product costs nothing: give a number"})
    field = "number" if budget is None else "budget"
    found = number if budget is None else budget // product.price
    if found is None or not 1 <= found <= policy.campaign_credentials:
        problem = f"must be enough for 1 to {policy.campaign_credentials} credentials"
        raise InvalidInput(fields={field: problem})
    return found


def require_later(until: datetime | None, now: datetime) -> None:
    """Refuse an end that has passed.

    Raises:
        InvalidInput.
    """
    if until is not None and until <= now:
        raise InvalidInput(fields={"until": "must be in the future"})


def extended(seen: Campaign, more: Extension, now: datetime, policy: Policy) -> Campaign:
    """The campaign with a later end, more credentials or more accounts; nothing becomes less.

    Raises:
        IllegalTransition: it is over.
        InvalidInput: an earlier end, fewer credentials, or accounts for a campaign without them.
    """
    if not seen.is_open(now):
        raise IllegalTransition("This campaign is over: make a new one.")
    to = seen
    if more.until is not None:
        if seen.until is None or more.until < seen.until:
            raise InvalidInput(fields={"until": "must not be earlier than it was"})
        to = replace(to, until=more.until)
    if more.number is not None or more.budget is not None:
        number = number_for(seen.product, number=more.number, budget=more.budget, policy=policy)
        if number < seen.number:
            field = "number" if more.budget is None else "budget"
            raise InvalidInput(fields={field: "must not be less than it was"})
        to = replace(to, number=number, budget=more.budget)
    if more.accounts and seen.target is not Target.ACCOUNTS:
        raise InvalidInput(fields={"accounts": "this campaign is not for named accounts"})
    return replace(to, pending=tuple(dict.fromkeys((*to.pending, *more.accounts))))


def ended(seen: Campaign, now: datetime) -> Campaign:
    """The campaign after its partner has ended it; ending it again changes nothing."""
    if not seen.is_open(now):
        return seen
    return replace(seen, state=CampaignState.ENDED, ended_at=now, pending=())


def offered(seen: Campaign, accounts: tuple[str, ...]) -> Campaign:
    """The campaign after these accounts have got their offer."""
    return replace(seen, pending=tuple(one for one in seen.pending if one not in accounts))


def reminded(seen: Campaign) -> Campaign:
    """The campaign after everybody has been reminded of its present end."""
    return replace(seen, reminded_for=seen.until)


def closed(seen: Campaign, now: datetime) -> Campaign:
    """The campaign after all its open offers have lapsed."""
    return replace(
        seen, state=CampaignState.CLOSED, ended_at=seen.ended_at or seen.until or now, pending=()
    )


def due(seen: Campaign, now: datetime, policy: Policy) -> Due | None:
    """The job that is due now; a reminder that was missed until the end is none any more."""
    if seen.state is CampaignState.CLOSED:
        return None
    if not seen.is_open(now):
        return Due.CLOSE
    if seen.pending:
        return Due.OFFER
    at = reminder_at(seen, policy)
    return Due.REMIND if at is not None and now >= at else None


def next_due(seen: Campaign, now: datetime, policy: Policy) -> datetime | None:
    """When the clock must look at it next, if ever."""
    if due(seen, now, policy):
        return now
    if seen.state is CampaignState.CLOSED:
        return None
    return reminder_at(seen, policy) or seen.until


def reminder_at(seen: Campaign, policy: Policy) -> datetime | None:
    """When the holders of open offers are reminded; None if they were, or if nobody is known.

    The reminder comes no earlier than the campaign: one that is made shortly before its end has
    told everybody that end already.
    """
    named = seen.target is Target.ACCOUNTS
    if not named or seen.until is None or seen.reminded_for == seen.until:
        return None
    at = seen.until - policy.sponsorship_reminder
    return at if at > seen.made_at else None
