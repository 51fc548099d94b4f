"""What is known of a person when the next step is looked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.holds.hold import Hold
from keyfob.domain.orders.order import Order
from keyfob.domain.proofing.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A sponsorship that can be accepted, until then if there is an end."""

    sponsorship: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The rows that decide about the next step.

    Attributes:
        terms: applications whose terms wait for acceptance; none unless the person administers.
        applications: those that the account may use.
        offered: those of the organization's open subscriptions.
        requested: since when the account's oldest request for access waits.
        needs_credential: whether any of its applications does; those of level 1 don't.
        own_identity: whether the organization has an identity provider of its own (A9).
        account: its id.
        orders: the account's newest orders.
        offer: the sponsorship that it, or its parent, may accept, and until when.
        of_colleagues: the newest paid orders of others that have something for it.
        redeemed: order and unit of license keys that can't be redeemed any more.
        credential: the live one that the account uses: its own, or its parent's.
        sold: the order that the credential comes from.
        terms_wait: whether the credential is sponsored, and terms that it is for are outstanding.
        case: its holder's current proofing case.
        hold: its holder's latest hold.
        parent: the user id of the account whose credential this one uses.
        parent_frozen: whether that account is frozen.
    """

    terms: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    requested: datetime | None = None
    needs_credential: bool = True
    own_identity: bool = False
    account: str = ""
    orders: tuple[Order, ...] = ()
    offer: Offered | None = None
    of_colleagues: tuple[Order, ...] = ()
    redeemed: frozenset[tuple[str, int]] = frozenset()
    credential: Credential | None = None
    sold: Order | None = None
    terms_wait: bool = False
    case: Case | None = None
    hold: Hold | None = None
    parent: str | None = None
    parent_frozen: bool = False
