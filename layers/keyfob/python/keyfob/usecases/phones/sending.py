"""Sending texts and calls: every limit first, in one transaction, then one call to the provider.

    account                 5 in 10 minutes, 20 a day
    account and number      once a minute
    number, unconfirmed     20 a day for all accounts, beside the first 2 a day of each
    range of numbers        60 an hour: an attacker who rents ten thousand numbers gets no further
    address                 30 an hour
    everybody               the budget of an hour and of a day (S12)

No account uses up another's limits (S62). Anybody may have a message sent to any number, so the
limit that keeps an unconfirmed number from being flooded is the only one that accounts share; each
account's first messages of a day pass beside it, and they are enough to bind the number. A
confirmed number needs no such limit: each account that sends there has had it at hand. Confirmed
ranges have counters of their own: requests for codes on neighboring numbers use up nothing that an
owner needs to sign in.

Counting first makes the limits hold in parallel. If the provider fails or is silent, the number,
range, address and the account's day are credited back; money that may have been spent stays
counted. So do the account's 5 in 10 minutes, and everything sent to a number that refuses our
messages: otherwise repeated failing requests could spend everybody's budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import DomainError, TooManyTries
from keyfob.domain.limits import Limit, Quota, a_day
from keyfob.domain.phones.errors import PhoneMessagesPaused, PhoneUnavailable
from keyfob.domain.phones.number import Channel, Number, Prices, price
from keyfob.domain.phones.provider import PhoneMessages
from keyfob.domain.phones.wording import Call
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import network_of
from keyfob.storage.limits import Charge, Limits
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message to a phone: a text or a call."""

    channel: Channel
    text: str
    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A message that every limit has room for, at `at`; `writes` count it."""

    number: Number
    channel: Channel
    by: Actor
    cost: int
    at: datetime
    writes: Sequence[Write]
    charges: Sequence[Charge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A message that may go out; it was counted at `at`.

    `charges` are those that a failure gives back.
    """

    number: Number
    told: Told
    at: datetime
    charges: Sequence[Charge]


class Sending:
    """Sends every text and call that somebody requests."""

    def __init__(
        self,
        *,
        limits: Limits,
        messages: PhoneMessages,
        prices: Prices,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        count: Callable[[str, float], None],
    ) -> None:
        self._limits = limits
        self._messages = messages
        self._prices = prices
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._count = count

    def reserve(self, number: Number, channel: Channel, by: Actor, *, confirmed: bool) -> Reserved:
        """Look whether every limit has room: before anything that costs more than reading them.

        `confirmed` means that this account has proved to have this phone at hand.

        Raises:
            PhoneNotAllowed: this number or country doesn't take the channel.
            TooManyTries: by this account, number, range or address. PhoneMessagesPaused: by all.
        """
        cost = price(number, channel, self._prices)
        now = in_seconds(self._clock)
        own = self._limits.reserve(self._own(number, by, confirmed=confirmed), now)
        try:
            spend = self._limits.reserve(everybodys(cost, self._policy), now)
        except TooManyTries as used_up:
            self._count("PhoneMessagesPaused", 1)
            raise PhoneMessagesPaused from used_up
        return Reserved(
            number=number,
            channel=channel,
            by=by,
            cost=cost,
            at=now,
            writes=[*own.writes, *spend.writes],
            charges=own.charges,
        )

    def admit(self, reserved: Reserved, told: Told, *writes: Write, audit: Entry) -> Admitted:
        """Count the message in the transaction of `writes` and of its audit entry.

        Raises:
            Conflict: somebody else was faster.
        """
        self._transactions.commit(*reserved.writes, *writes, audit=[audit])
        self._count("PhoneSpend", reserved.cost)
        asked = Quota(limit=self._some, subject=reserved.by.id).key
        given_back = [charge for charge in reserved.charges if charge.key != asked]
        return Admitted(number=reserved.number, told=told, at=reserved.at, charges=given_back)

    def deliver(self, admitted: Admitted) -> None:
        """Hand the message over, once.

        Raises:
            PhoneUnavailable: it counts only against what the account may ask for in 10 minutes.
            PhoneUnreachable.
        """
        number, told = admitted.number.e164, admitted.told
        try:
            if told.channel is Channel.TEXT:
                self._messages.text(number, told.text)
            else:
                self._messages.call(number, told.call)
        except DomainError as failure:
            self._count("PhoneMessageFailed", 1)
            if isinstance(failure, PhoneUnavailable):
                self._limits.give_back(admitted.charges)
            raise
        self._count("PhoneMessageSent", 1)

    def again_at(self, admitted: Admitted) -> datetime:
        """The earliest time of the next request for the same number."""
        return admitted.at + self._policy.phone_send_gap

    @property
    def _some(self) -> Limit:
        policy = self._policy
        return Limit(name="phone-sends", tries=policy.phone_sends, period=policy.phone_sends_period)

    def _own(self, number: Number, by: Actor, *, confirmed: bool) -> list[Quota]:
        policy = self._policy
        apart = "" if confirmed else "unconfirmed "
        gap = Limit(name="phone-gap", tries=1, period=policy.phone_send_gap)
        day = a_day("phone-day", policy.phone_sends_a_day)
        by_prefix = Limit(
            name="phone-prefix",
            tries=policy.phone_sends_per_prefix,
            period=policy.phone_sends_per_prefix_period,
        )
        by_address = Limit(
            name="phone-address",
            tries=policy.phone_sends_per_address,
            period=policy.phone_sends_per_address_period,
        )
        return [
            Quota(limit=gap, subject=f"{apart}{by.id} {number.e164}"),
            *(Quota(limit=limit, subject=by.id) for limit in (self._some, day)),
            *([] if confirmed else [self._unconfirmed(number, by)]),
            Quota(limit=by_prefix, subject=f"{apart}{number.prefix}"),
            Quota(limit=by_address, subject=network_of(by.address)),
        ]

    def _unconfirmed(self, number: Number, by: Actor) -> Quota:
        policy = self._policy
        first = a_day("phone-first", policy.phone_first_sends)
        shared = a_day("phone-number", policy.phone_sends_a_day)
        return Quota(
            limit=first,
            subject=f"{by.id} {number.e164}",
            beyond=Quota(limit=shared, subject=number.e164),
        )


def everybodys(cost: int, policy: Policy) -> list[Quota]:
    """The budgets of all texts and calls; `cost` in thousandths of a dollar (S12)."""
    hour = Limit(name="phone-spend-hour", tries=policy.phone_spend_an_hour, period=_HOUR)
    day = a_day("phone-spend-day", policy.phone_spend_a_day)
    return [Quota(limit=limit, subject="everybody", units=cost) for limit in (hour, day)]
