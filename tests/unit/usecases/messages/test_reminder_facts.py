"""A reminder is sent only while it is true, with a deadline that can be met (F7, S44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.usecases.messages.reminder_facts import ReminderFacts
from tests.support.builders import ORGANIZATION
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.otp import DAY, SECOND

CLOCK = Actor(kind="system", id="clock")
ENDS = one_year_after(START)
GONE = one_year_after(ENDS)
HOUR = timedelta(hours=1)
SUSPENDED: dict[str, Any] = {
    "suspensions": {Suspender.HOLDER: START},
}
LIFTED: dict[str, Any] = {"suspensions": {}}


@pytest.fixture
def reminder_facts(credential_world: CredentialWorld) -> ReminderFacts:
    return ReminderFacts(
        credential_world.credentials, credential_world.clock, credential_world.policy
    )


def told(credential_world: CredentialWorld, at: datetime, **changes: Any) -> Message:
    """The message that the clock queued for the holder of such a credential at this instant."""
    credential_world.credential(**changes)
    credential_world.clock.now = at
    assert credential_world.lifecycle_jobs.perform(credential_world.ada.id, by=CLOCK)
    [row] = credential_world.orders.queued()
    claim = credential_world.orders.outbox.lease(row.pk, at)
    assert claim
    return claim.message


NOTICE, EXPIRY, REMINDER = ENDS - 30 * DAY, ENDS, GONE - 15 * DAY


@pytest.mark.parametrize(
    ("at", "kind", "facts"),
    [
        (NOTICE, Kind.RENEWAL_NOTICE, (396, False, True)),
        (EXPIRY, Kind.CREDENTIAL_EXPIRED, (366, True, True)),
        (REMINDER, Kind.REVOCATION_REMINDER, (15, True, True)),
        (REMINDER + SECOND, Kind.REVOCATION_REMINDER, (15, True, True)),
        (GONE - 3 * DAY, Kind.REVOCATION_REMINDER, (3, True, False)),
        (GONE - SECOND, Kind.REVOCATION_REMINDER, (1, True, False)),
    ],
)
def test_a_true_message_states_the_facts_at_the_time_of_sending_F6_F7(
    at: datetime,
    kind: Kind,
    facts: tuple[int, bool, bool],
    credential_world: CredentialWorld,
    reminder_facts: ReminderFacts,
) -> None:
    message = told(credential_world, at)
    found = reminder_facts.still_true(message, ORGANIZATION)
    assert (message.kind, found is not None) == (kind, True)
    days_left, expired, invoices_clear = facts
    # 22 November 2028 is a Wednesday; the day before ends at 17:00 in New York.
    deadline = datetime(2028, 11, 21, 22, tzinfo=UTC)
    assert found == {
        "until": ENDS,
        "revokes": GONE,
        "suspended": None,
        "deadline": deadline if at < deadline else None,
        "invoices_until": GONE - 5 * DAY,
        "days_left": days_left,
        "expired": expired,
        "invoices_clear": invoices_clear,
    }


@pytest.mark.parametrize("by", [Suspender.HOLDER, Suspender.ADMINISTRATOR])
def test_the_reminder_for_a_suspended_one_names_the_end_of_60_days_and_who_lifts_it_F5_F7(
    by: Suspender, credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, START + 57 * DAY, suspensions={by: START})
    facts = reminder_facts.still_true(message, ORGANIZATION)
    assert facts
    assert (facts["revokes"], facts["suspended"]) == (START + 60 * DAY, by.value)
    assert (facts["expired"], facts["invoices_clear"]) == (False, False)
    # 21 January 2027 is a Thursday.
    assert facts["deadline"] == datetime(2027, 1, 20, 22, tzinfo=UTC)


# Obsolete


def renewed(credential_world: CredentialWorld) -> None:
    credential_world.changed(expires_at=one_year_after(ENDS), told_at=None)


def revoked(credential_world: CredentialWorld) -> None:
    credential_world.management.revoke(
        credential_world.live.id, credential_world.proof, credential_world.by, confirmed=True
    )


def succeeded(credential_world: CredentialWorld) -> None:
    """Another credential, notified of the same at the same instant."""
    seen = credential_world.live
    revoked(credential_world)
    credential_world.credential(id="crd_00000000000000000002", told_at=seen.told_at)


def told_more(credential_world: CredentialWorld) -> None:
    credential_world.changed(told_at=credential_world.clock.now + SECOND)


def over(credential_world: CredentialWorld) -> None:
    credential_world.clock.now = credential_world.live.revokes_at(credential_world.policy)


def lapsed(credential_world: CredentialWorld) -> None:
    over(credential_world)
    credential_world.lifecycle_jobs.perform(credential_world.ada.id, by=CLOCK)


WAYS = [renewed, revoked, succeeded, told_more, over, lapsed]


@pytest.mark.parametrize("at", [NOTICE, EXPIRY, REMINDER])
@pytest.mark.parametrize("happened", WAYS)
def test_no_reminder_is_sent_once_it_was_averted_has_come_or_has_a_better_one_S44(
    happened: Callable[[CredentialWorld], None],
    at: datetime,
    credential_world: CredentialWorld,
    reminder_facts: ReminderFacts,
) -> None:
    message = told(credential_world, at)
    assert reminder_facts.still_true(message, ORGANIZATION)
    happened(credential_world)
    assert reminder_facts.still_true(message, ORGANIZATION) is None


def test_a_notice_is_obsolete_in_the_second_of_the_expiry_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, NOTICE)
    credential_world.clock.now = ENDS - SECOND
    assert reminder_facts.still_true(message, ORGANIZATION)
    credential_world.clock.now = ENDS
    assert reminder_facts.still_true(message, ORGANIZATION) is None


def test_a_reminder_is_true_until_the_second_before_the_revocation_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, GONE - 3 * DAY)
    credential_world.clock.now = GONE - SECOND
    assert reminder_facts.still_true(message, ORGANIZATION)


def test_a_reminder_is_obsolete_once_it_is_reenabled_even_if_suspended_again_F5_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, START + 45 * DAY, **SUSPENDED)
    credential_world.changed(**LIFTED)
    assert reminder_facts.still_true(message, ORGANIZATION) is None
    credential_world.changed(suspensions={Suspender.HOLDER: START + 45 * DAY + HOUR})
    assert reminder_facts.still_true(message, ORGANIZATION) is None


def test_a_reminder_is_not_obsolete_because_the_system_suspends_or_lifts_F5_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, REMINDER)
    credential_world.changed(suspensions={Suspender.SYSTEM: START})
    facts = reminder_facts.still_true(message, ORGANIZATION)
    assert facts
    assert (facts["suspended"], facts["revokes"]) == ("system", GONE)


def test_a_notice_after_a_suspension_in_between_says_so_F5_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, NOTICE)
    credential_world.changed(suspensions={Suspender.HOLDER: NOTICE + HOUR})
    facts = reminder_facts.still_true(message, ORGANIZATION)
    assert facts
    assert (facts["suspended"], facts["revokes"]) == ("holder", NOTICE + HOUR + 60 * DAY)


def test_a_message_is_obsolete_once_told_at_is_cleared_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, EXPIRY)
    credential_world.changed(told_at=None)
    assert reminder_facts.still_true(message, ORGANIZATION) is None


def test_daily_use_makes_nothing_obsolete_S44(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    message = told(credential_world, NOTICE)
    credential_world.changed(country="CA")
    assert reminder_facts.still_true(message, ORGANIZATION)


# The deadline

FACTS = {"until": ENDS.isoformat(), "revokes": GONE.isoformat()}
DEADLINE = datetime(2028, 11, 21, 22, tzinfo=UTC)


def test_a_deadline_is_named_until_its_second_and_not_in_it_F7(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    credential_world.clock.now = DEADLINE - SECOND
    assert reminder_facts.with_deadline(FACTS, ORGANIZATION)["deadline"] == DEADLINE
    credential_world.clock.now = DEADLINE
    assert reminder_facts.with_deadline(FACTS, ORGANIZATION)["deadline"] is None


def test_an_invoice_clears_in_time_until_the_second_five_days_before_F7(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    for at, clears in ((GONE - 5 * DAY - SECOND, True), (GONE - 5 * DAY, False)):
        credential_world.clock.now = at
        facts = reminder_facts.with_deadline(FACTS, ORGANIZATION)
        assert (facts["invoices_clear"], facts["invoices_until"]) == (clears, GONE - 5 * DAY)


def test_it_has_expired_from_the_second_of_its_expiry_on_F6(
    credential_world: CredentialWorld, reminder_facts: ReminderFacts
) -> None:
    for at, expired in ((ENDS - SECOND, False), (ENDS, True)):
        credential_world.clock.now = at
        assert reminder_facts.with_deadline(FACTS, ORGANIZATION)["expired"] is expired


def test_business_days_and_their_end_are_the_organizations_and_the_policys_F7(
    credential_world: CredentialWorld,
) -> None:
    reminder_facts = ReminderFacts(
        credential_world.credentials,
        credential_world.clock,
        replace(credential_world.policy, business_day_ends=12),
    )
    riyadh = replace(ORGANIZATION, country="SA", time_zone="Asia/Riyadh")
    # A Sunday: Friday and Saturday are free there.
    facts = {**FACTS, "revokes": "2028-11-19T09:00:00+00:00"}
    found = reminder_facts.with_deadline(facts, riyadh)["deadline"]
    assert found == datetime(2028, 11, 16, 9, tzinfo=UTC)


def test_regional_holidays_are_those_of_the_organizations_subdivision_F7(
    reminder_facts: ReminderFacts,
) -> None:
    # The day after Corpus Christi, which is free in Bavaria.
    facts = {**FACTS, "revokes": "2028-06-16T09:00:00+00:00"}
    berlin = replace(ORGANIZATION, country="DE", time_zone="Europe/Berlin")
    bavaria = replace(berlin, subdivision="BY")
    found = [reminder_facts.with_deadline(facts, home)["deadline"] for home in (berlin, bavaria)]
    assert found == [datetime(2028, 6, day, 15, tzinfo=UTC) for day in (15, 14)]


def test_the_facts_of_a_suspension_are_kept_F5(reminder_facts: ReminderFacts) -> None:
    assert reminder_facts.with_deadline(FACTS, ORGANIZATION)["suspended"] is None
    facts = {**FACTS, "suspended": "holder", "at": "x"}
    found = reminder_facts.with_deadline(facts, ORGANIZATION)
    assert (found["suspended"], found["at"]) == ("holder", "x")
