"""A message that waited too long isn't sent once a more urgent one is due (S44)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keyfob.domain.messages.kinds import Kind
from keyfob.storage.credentials.store import CredentialStore
from keyfob.usecases.messages.reminder_facts import ReminderFacts
from tests.support.builders import ORGANIZATION
from tests.support.messages import a_message
from tests.support.otp import DAY, SECOND
from tests.support.timeline import Timeline

PAID = datetime(2026, 11, 22, 7, 0, 0, tzinfo=UTC)
E = datetime(2027, 11, 22, 7, 0, 0, tzinfo=UTC)
R = datetime(2028, 11, 22, 7, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "told_at", "following"),
    [
        (Kind.RENEWAL_NOTICE, E - 30 * DAY, E),
        (Kind.CREDENTIAL_EXPIRED, E, R - 30 * DAY),
        (Kind.REVOCATION_REMINDER, R - 30 * DAY, R - 15 * DAY),
        (Kind.REVOCATION_REMINDER, R - 15 * DAY, R - 3 * DAY),
        (Kind.REVOCATION_REMINDER, R - 3 * DAY, R),
    ],
)
@pytest.mark.parametrize(("after", "is_true"), [(-SECOND, True), (timedelta(), False)])
def test_it_is_obsolete_once_the_next_is_due_even_if_the_clock_is_late_S44(
    kind: Kind, told_at: datetime, following: datetime, after: timedelta, is_true: bool
) -> None:
    timeline = Timeline(paid_at=PAID, expires_at=E)
    assert timeline.tick(told_at)
    message = a_message(
        kind,
        subject=timeline.credential.subject,
        version=timeline.credential.version,
        recipient=timeline.credential.account,
        facts={"told": told_at.isoformat(), "revokes": R.isoformat()},
    )
    reminder_facts = ReminderFacts(
        CredentialStore(timeline.memory), timeline.clock, timeline.policy
    )
    timeline.clock.now = following + after
    assert (reminder_facts.still_true(message, ORGANIZATION) is not None) is is_true
