"""Every limit on texts and calls, alone and together, before the provider is asked (S12, S13).

One file, since the limits are tried alone and together by one table.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import StorageUnavailable, TooManyTries
from keyfob.domain.phones.errors import (
    PhoneMessagesPaused,
    PhoneNotAllowed,
    PhoneUnavailable,
    PhoneUnreachable,
)
from keyfob.domain.phones.number import Channel, Number, parsed
from keyfob.domain.phones.wording import Call
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.limits import LimitRow, Limits
from keyfob.storage.transaction import Transactions
from keyfob.usecases.phones.sending import Admitted, Sending, Told
from tests.support.builders import ACTOR
from tests.support.fakes import Counts, FakeClock, FakePhoneMessages, Meddler
from tests.support.faults import silent
from tests.support.phones import NUMBER, PRICES

TEXT, VOICE = Channel.TEXT, Channel.VOICE
# One message at a time meets one limit at a time.
LOOSE = replace(
    Policy(),
    phone_send_gap=timedelta(seconds=1),
    phone_sends=100,
    phone_sends_a_day=100,
    phone_sends_per_prefix=10_000,
    phone_sends_per_address=10_000,
)


@dataclass
class Office:
    """Sending with a provider that records its messages."""

    database: Database
    transactions: Transactions
    clock: FakeClock
    counts: Counts
    messages: FakePhoneMessages
    policy: Policy

    def sending(self) -> Sending:
        return Sending(
            limits=Limits(self.database),
            messages=self.messages,
            prices=PRICES,
            transactions=self.transactions,
            clock=self.clock,
            policy=self.policy,
            count=self.counts,
        )

    def admit(
        self,
        number: Number | str = NUMBER,
        *,
        account: str = "acc_ada",
        address: str = "198.18.0.1",
        channel: Channel = TEXT,
        confirmed: bool = False,
    ) -> Admitted:
        by = replace(ACTOR, id=account, address=address)
        to = parsed(number, PRICES) if isinstance(number, str) else number
        entry = Entry(action="phone.tested", actor=by, at=self.clock())
        reserved = self.sending().reserve(to, channel, by, confirmed=confirmed)
        return self.sending().admit(reserved, told(channel), audit=entry)

    def send(self, number: Number | str = NUMBER, **how: Any) -> None:
        self.sending().deliver(self.admit(number, **how))

    def send_if_allowed(self, **how: Any) -> None:
        with suppress(TooManyTries):
            self.send(**how)

    def counted(self) -> dict[str, list[int]]:
        """The values of each kind of counter."""
        found: dict[str, list[int]] = {}
        for item in self.database.scan(LimitRow):
            row = LimitRow.from_raw_data(item)
            if row.pk.startswith("LIMIT#"):
                found.setdefault(row.pk.split("#")[1], []).append(int(row.tries))
        return found


def told(channel: Channel = TEXT) -> Told:
    call = Call(ssml="<speak>Hello</speak>", voice="JOANNA")
    return Told(channel=channel, text="Hello", call=call)


@pytest.fixture
def office(
    database: Database, transactions: Transactions, clock: FakeClock, counts: Counts
) -> Office:
    return Office(database, transactions, clock, counts, FakePhoneMessages(), LOOSE)


def us(line: int, area: int = 202) -> Number:
    """A US number; the lines of an area code are one range."""
    e164 = f"+1{area}555{line:04}"
    return Number(e164=e164, country="US", prefix=e164[:-4], channels=frozenset(Channel))


# Sent messages


def test_a_text_and_a_call_are_handed_over_once_each_E1(office: Office) -> None:
    office.send()
    office.clock.advance(seconds=1)
    office.send(channel=VOICE)
    assert office.messages.texts == [(NUMBER, "Hello")]
    assert office.messages.calls == [(NUMBER, told().call)]
    assert office.messages.asked == 2
    assert office.counts.seen["PhoneMessageSent"] == 2


def test_nothing_goes_out_before_all_is_counted_S12(office: Office) -> None:
    office.messages.before_answer = lambda: seen.update(office.counted())
    seen: dict[str, list[int]] = {}
    office.send()
    assert seen == {
        "phone-gap": [1],
        "phone-sends": [1],
        "phone-day": [1],
        "phone-first": [1],
        "phone-prefix": [1],
        "phone-address": [1],
        "phone-spend-hour": [8],
        "phone-spend-day": [8],
    }


def test_counters_and_entry_are_one_transaction_S12_S46(office: Office, client: Meddler) -> None:
    office.admit()
    [request] = client.requests("transact_write_items")
    assert len(request["TransactItems"]) == 8 + 1
    assert not client.requests("put_item") + client.requests("update_item")
    [entry] = [AuditRow.from_raw_data(one) for one in office.database.scan(AuditRow)]
    assert entry.action == "phone.tested"


def test_no_counter_is_charged_and_no_provider_asked_if_the_transaction_fails_S12_S46(
    office: Office, client: Meddler
) -> None:
    client.next("transact_write_items", *[silent] * 9)
    with pytest.raises(StorageUnavailable):
        office.send()
    assert (office.messages.asked, office.counted()) == (0, {})
    assert office.counts.seen["PhoneSpend"] == 0


def test_the_subjects_of_the_counters_are_not_written_down_S47(office: Office) -> None:
    office.send()
    rows = str(list(office.database.scan(LimitRow)))
    for one in (NUMBER, NUMBER[1:], NUMBER[:-4], "acc_ada", "198.18.0.1"):
        assert one not in rows


# Each limit alone: permitted number, refused next try, unaffected try, end

Attempt = Callable[[Office, int], object]
LIMITS: dict[str, tuple[dict[str, Any], int, Attempt, Attempt, timedelta]] = {
    "a minute an account and number": (
        {"phone_send_gap": timedelta(seconds=60)},
        1,
        lambda office, nth: office.send(address=f"198.18.1.{nth}"),
        lambda office, _: office.send(account="acc_grace"),
        timedelta(seconds=60),
    ),
    "10 minutes an account": (
        {"phone_sends": 5},
        5,
        lambda office, nth: office.send(us(nth)),
        lambda office, _: office.send(us(0), account="acc_grace"),
        timedelta(minutes=10),
    ),
    "a day an account": (
        {"phone_sends_a_day": 20},
        20,
        lambda office, nth: office.send(us(nth)),
        lambda office, _: office.send(us(0), account="acc_grace"),
        timedelta(days=1),
    ),
    "an hour a range of numbers": (
        {"phone_sends_per_prefix": 60},
        60,
        lambda office, nth: office.send(us(nth), account=f"acc_{nth}", address=f"198.18.1.{nth}"),
        lambda office, _: office.send(us(0, area=212), account="acc_0"),
        timedelta(hours=1),
    ),
    "an hour an address": (
        {"phone_sends_per_address": 30},
        30,
        lambda office, nth: office.send(us(nth, area=202 + nth), account=f"acc_{nth}"),
        lambda office, _: office.send(us(99), account="acc_0", address="198.18.0.2"),
        timedelta(hours=1),
    ),
    "an hour an IPv6 network": (
        {"phone_sends_per_address": 30},
        30,
        lambda office, nth: office.send(
            us(nth, area=202 + nth), account=f"acc_{nth}", address=f"2001:db8::{nth:x}"
        ),
        lambda office, _: office.send(us(99), account="acc_0", address="2001:db8:0:1::1"),
        timedelta(hours=1),
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_alone_holds_hits_nobody_else_and_ends_to_the_second_S12(
    name: str, office: Office
) -> None:
    changes, count, attempt, of_another, period = LIMITS[name]
    office.policy = replace(LOOSE, **changes)
    begun = office.clock()
    for nth in range(count):
        attempt(office, nth)
        if nth < count - 1:
            office.clock.advance(seconds=1)
    before = office.counted()
    office.clock.now = begun + max(period - timedelta(seconds=1), timedelta(seconds=count))
    with pytest.raises(TooManyTries) as refused:
        attempt(office, count)
    assert refused.value.retry_after == begun + period - office.clock()
    assert office.messages.asked == count, "not one provider call"
    assert office.counted() == before, "what is refused is counted nowhere"
    of_another(office, count)
    office.clock.now = begun + period
    attempt(office, count)
    assert office.messages.asked == count + 2


def test_the_limits_are_those_of_the_policy_S12() -> None:
    policy = Policy()
    assert policy.phone_send_gap == timedelta(seconds=60)
    assert (policy.phone_sends, policy.phone_sends_period) == (5, timedelta(minutes=10))
    assert (policy.phone_sends_a_day, policy.phone_first_sends) == (20, 2)
    prefix = (policy.phone_sends_per_prefix, policy.phone_sends_per_prefix_period)
    address = (policy.phone_sends_per_address, policy.phone_sends_per_address_period)
    assert (prefix, address) == ((60, timedelta(hours=1)), (30, timedelta(hours=1)))


def test_the_last_of_several_used_up_limits_sets_the_time_to_come_back_S12(
    office: Office,
) -> None:
    office.policy = replace(LOOSE, phone_send_gap=timedelta(seconds=60), phone_sends=1)
    office.send()
    with pytest.raises(TooManyTries) as refused:
        office.send()
    assert refused.value.retry_after == timedelta(minutes=10)


def test_what_all_accounts_share_of_an_unconfirmed_number_ends_to_the_second_S12(
    office: Office,
) -> None:
    office.policy = replace(LOOSE, phone_sends_a_day=3, phone_first_sends=1)
    begun = office.clock()
    for account in ("acc_a", "acc_a", "acc_a", "acc_b", "acc_b"):
        office.send(account=account)
        office.clock.advance(minutes=1)
    before = office.counted()
    office.clock.now = begun + timedelta(days=1, seconds=59)
    with pytest.raises(TooManyTries) as refused:
        office.send(account="acc_b")
    assert refused.value.retry_after == timedelta(seconds=1)
    assert office.counted() == before
    office.clock.advance(seconds=1)
    office.send(account="acc_b")


def test_others_messages_to_a_number_cost_who_confirmed_it_nothing_S12_S62(office: Office) -> None:
    """Neither those of strangers, nor those of another account that confirmed it, too."""
    office.policy = replace(LOOSE, phone_send_gap=timedelta(seconds=60), phone_sends_a_day=3)
    for nth in range(9):
        office.send(account=f"acc_{nth // 3}")
        office.clock.advance(minutes=1)
    for _ in range(3):
        office.send(account="acc_b", confirmed=True)
        office.send(account="acc_a", confirmed=True)
        office.clock.advance(minutes=1)
    with pytest.raises(TooManyTries):
        office.send(account="acc_a", confirmed=True)


def test_tries_of_others_on_a_range_cost_owners_of_its_phones_nothing_S12(
    office: Office,
) -> None:
    office.policy = replace(LOOSE, phone_sends_per_prefix=3)
    for nth in range(3):
        office.send(us(nth), account=f"acc_{nth}")
    with pytest.raises(TooManyTries):
        office.send(us(4), account="acc_a")
    for nth in range(3):
        office.send(us(nth), account="acc_b", confirmed=True)
    with pytest.raises(TooManyTries):
        office.send(us(4), account="acc_b", confirmed=True)


def test_two_other_accounts_leave_an_account_its_first_messages_to_a_number_S62(
    office: Office,
) -> None:
    office.policy, begun = Policy(), office.clock()
    for nth in range(22):
        office.clock.now = begun + nth * timedelta(minutes=11)
        office.send_if_allowed(account="acc_eve", address="198.18.7.1")
        office.send_if_allowed(account="acc_mallory", address="198.18.7.2")
        tried = office.messages.asked
    with pytest.raises(TooManyTries):
        office.send(account="acc_mallory", address="198.18.7.2")
    assert office.messages.asked == tried
    for _ in range(2):
        office.send(account="acc_ada")
        office.clock.advance(minutes=1)


def test_the_minute_of_one_account_is_not_that_of_another_S62(office: Office) -> None:
    office.policy = Policy()
    office.send(account="acc_eve", address="198.18.7.1")
    office.send(account="acc_ada")
    with pytest.raises(TooManyTries) as refused:
        office.send(account="acc_ada")
    assert refused.value.retry_after == timedelta(minutes=1)


def test_many_accounts_together_do_not_flood_a_number_S12_S62(office: Office) -> None:
    """Twenty a day by all, beside two of each account."""
    policy = Policy()
    office.policy = replace(policy, phone_sends_per_prefix=10_000, phone_sends_per_address=10_000)
    accounts, begun = 10, office.clock()
    for nth in range(policy.phone_sends_a_day):
        office.clock.now = begun + nth * timedelta(minutes=11)
        for one in range(accounts):
            office.send_if_allowed(account=f"acc_{one}")
    assert office.messages.asked == 20 + 2 * accounts
    office.clock.now = begun + timedelta(days=1, minutes=11)
    office.send(account="acc_0")


def test_the_time_to_come_back_ignores_a_limit_that_others_used_up_S62(office: Office) -> None:
    office.policy = replace(LOOSE, phone_send_gap=timedelta(minutes=1), phone_sends_a_day=3)
    for nth in range(9):
        office.send(account=f"acc_{nth // 3}")
        office.clock.advance(minutes=1)
    office.send(account="acc_ada")
    with pytest.raises(TooManyTries) as refused:
        office.send(account="acc_ada")
    assert refused.value.retry_after == timedelta(minutes=1)


# Money


def test_a_message_costs_what_its_country_and_channel_cost_S12(office: Office) -> None:
    spent = 0
    for number, channel, cost in [
        (NUMBER, TEXT, 8),
        (NUMBER, VOICE, 14),
        ("+4915123456789", TEXT, 90),
        ("+4930123456", VOICE, 20),
    ]:
        office.clock.advance(seconds=1)
        office.send(number, channel=channel)
        spent += cost
        assert office.counted()["phone-spend-day"] == [spent]
        assert office.counts.seen["PhoneSpend"] == spent


@pytest.mark.parametrize(
    ("field", "period"),
    [
        ("phone_spend_an_hour", timedelta(hours=1)),
        ("phone_spend_a_day", timedelta(days=1)),
    ],
)
def test_the_breaker_trips_for_everybody_before_the_money_is_gone_S12(
    field: str, period: timedelta, office: Office
) -> None:
    limit: dict[str, Any] = {field: 31}
    office.policy = replace(LOOSE, **limit)
    begun = office.clock()
    for nth in range(3):
        office.send(us(nth), account=f"acc_{nth}")
    with pytest.raises(PhoneMessagesPaused):
        office.send(us(9), account="acc_9")
    assert office.counts.seen["PhoneMessagesPaused"] == 1
    assert office.messages.asked == 3
    assert office.counted()["phone-spend-hour"] == [24]
    office.clock.now = begun + period - timedelta(seconds=1)
    with pytest.raises(PhoneMessagesPaused):
        office.send(us(9), account="acc_9", address="203.0.113.9")
    office.clock.now = begun + period
    office.send(us(9), account="acc_9")


def test_the_remaining_money_is_spent_to_the_last_thousandth_S12(office: Office) -> None:
    office.policy = replace(LOOSE, phone_spend_an_hour=30)
    for nth in range(2):
        office.send(us(nth))
    office.policy = replace(LOOSE, phone_spend_an_hour=29)
    with pytest.raises(PhoneMessagesPaused):
        office.send(us(2), channel=VOICE)
    office.policy = replace(LOOSE, phone_spend_an_hour=30)
    office.send(us(2), channel=VOICE)
    assert office.counted()["phone-spend-hour"] == [30]


def test_a_message_that_costs_more_than_may_be_spent_never_goes_out_S12(office: Office) -> None:
    office.policy = replace(LOOSE, phone_spend_an_hour=7)
    for _ in range(2):
        with pytest.raises(PhoneMessagesPaused):
            office.send()
        office.clock.advance(hours=2)
    assert office.messages.asked == 0


def test_an_account_over_its_own_limit_does_not_trip_the_breaker_S12(office: Office) -> None:
    office.policy = replace(LOOSE, phone_sends=1)
    office.send()
    office.clock.advance(seconds=1)
    with pytest.raises(TooManyTries):
        office.send()
    assert office.counts.seen["PhoneMessagesPaused"] == 0


@pytest.mark.parametrize(
    ("number", "channel"),
    [
        (us(1), VOICE),
        (replace(us(1), country="CA"), TEXT),
        (replace(us(1), country="FR"), VOICE),
        (replace(us(1), channels=frozenset({VOICE})), TEXT),
    ],
)
def test_a_message_without_price_is_not_sent_nor_counted_S13(
    number: Number, channel: Channel, office: Office
) -> None:
    if (number, channel) == (us(1), VOICE):
        number = replace(number, channels=frozenset({TEXT}))
    with pytest.raises(PhoneNotAllowed):
        office.send(number, channel=channel)
    assert (office.messages.asked, office.counted()) == (0, {})


# Giving back

OWN = ("phone-gap", "phone-sends", "phone-day", "phone-first", "phone-prefix", "phone-address")


@pytest.mark.parametrize("how", ["failing", "silent"])
@pytest.mark.parametrize("channel", list(Channel))
def test_a_failure_costs_the_caller_one_try_and_stays_spent_S12_S50(
    how: str, channel: Channel, office: Office
) -> None:
    office.policy = Policy()
    setattr(office.messages, how, True)
    for _ in range(4):
        with pytest.raises(PhoneUnavailable):
            office.send(channel=channel)
    counted = office.counted()
    assert [counted[name] for name in OWN] == [[0], [4], [0], [0], [0], [0]]
    cost = 4 * (8 if channel is TEXT else 14)
    assert (counted["phone-spend-hour"], counted["phone-spend-day"]) == ([cost], [cost])
    assert office.counts.seen["PhoneMessageFailed"] == 4
    assert office.counts.seen["PhoneMessageSent"] == 0
    setattr(office.messages, how, False)
    office.send(channel=channel)


@pytest.mark.parametrize("how", ["failing", "silent"])
def test_repeated_failures_do_not_spend_the_shared_limits_S12(how: str, office: Office) -> None:
    """Calls fail whenever the service has no number to call from."""
    office.policy = Policy()
    setattr(office.messages, how, True)
    begun, refused = office.clock(), 0
    for nth in range(40):
        with pytest.raises((PhoneUnavailable, TooManyTries)) as failed:
            office.send(us(nth, area=202 + nth), channel=VOICE, address=f"198.18.1.{nth}")
        refused += failed.type is TooManyTries
    assert (office.messages.asked, refused) == (5, 35)
    assert office.counted()["phone-spend-day"] == [5 * 14]
    office.clock.now = begun + timedelta(minutes=10)
    setattr(office.messages, how, False)
    office.send()


def test_a_number_that_refuses_us_is_as_limited_as_any_other_S12(office: Office) -> None:
    office.policy = Policy()
    office.messages.rejecting = True
    with pytest.raises(PhoneUnreachable):
        office.send()
    with pytest.raises(TooManyTries):
        office.send()
    assert office.messages.asked == 1
    assert office.counts.seen["PhoneMessageFailed"] == 1


def test_exactly_the_units_taken_are_given_back_S12(office: Office) -> None:
    office.send(us(1))
    office.messages.failing = True
    office.clock.advance(seconds=1)
    with pytest.raises(PhoneUnavailable):
        office.send(us(2))
    counted = office.counted()
    assert sorted(counted["phone-gap"]) == [0, 1]
    assert sorted(counted["phone-first"]) == [0, 1]
    assert (counted["phone-sends"], counted["phone-day"]) == ([2], [1])
    assert counted["phone-prefix"] == counted["phone-address"] == [1]


def test_a_bug_of_ours_is_no_failure_of_the_providers(office: Office) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    office.messages.before_answer = broken
    with pytest.raises(ZeroDivisionError):
        office.send()
    assert office.counted()["phone-gap"] == [1]


def test_the_next_one_may_be_asked_for_when_the_gap_is_over_E1(office: Office) -> None:
    office.policy = Policy()
    admitted = office.admit()
    again = office.sending().again_at(admitted)
    assert again == office.clock() + timedelta(seconds=60)
    office.clock.now = again - timedelta(seconds=1)
    with pytest.raises(TooManyTries):
        office.send()
    office.clock.now = again
    office.send()


def test_an_operator_or_a_console_without_an_address_is_limited_too_S12(office: Office) -> None:
    office.policy = replace(LOOSE, phone_sends_per_address=1)
    send = partial(office.send, address="test-invoke-source-ip")
    send(us(1))
    with pytest.raises(TooManyTries):
        send(us(2))
