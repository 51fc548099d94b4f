"""Reminders wait for the morning; all other messages are sent at once (S42, S44)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import OrganizationRow
from keyfob.storage.messages.store import Lease, OutboxRow
from keyfob.usecases.messages.mail import Mail
from keyfob.usecases.messages.notifier import Notifier
from tests.support.builders import ORGANIZATION
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START, FakeClock, FakeMail, FakeTexts
from tests.support.messages import a_message, by_channel
from tests.support.order_world import OPERATOR
from tests.support.otp import DAY, SECOND

CLOCK = Actor(kind="system", id="clock")
ENDS = one_year_after(START)
GONE = one_year_after(ENDS)
# The notice comes at 3 in the morning of New York, in summer.
NIGHT = ENDS - 30 * DAY
MORNING = datetime(2027, 10, 23, 12, tzinfo=UTC)


class Composed:
    """A `Composer` with this mail, or none."""

    def __init__(self, mail: Mail | None) -> None:
        self.mail = mail

    def compose(self, _claim: Lease) -> Mail | None:
        return self.mail


def leased(kind: Kind, comes: datetime = GONE) -> Lease:
    declared = kind.declared
    facts = {declared.comes: comes.isoformat()} if declared.comes else {}
    message = a_message(kind, facts=facts)
    return Lease(id=message.id, message=message, attempt=1)


def perform(
    kind: Kind, transport: FakeMail, zone: str = "America/New_York", policy: Policy | None = None
) -> bool | datetime:
    """The result for such a message at 3 in the morning of New York."""
    composed: Any = Composed(Mail(to="ada@acme.example", zone=zone, mime=EmailMessage()))
    notifier = Notifier(composed, transport, FakeTexts(), FakeClock(NIGHT), policy or Policy())
    return notifier.perform(leased(kind))


@pytest.mark.parametrize("kind", sorted(by_channel(MessageChannel.MAIL)))
def test_only_reminders_wait_for_the_morning_S44(kind: Kind) -> None:
    mail = FakeMail()
    waits = kind in {
        Kind.RENEWAL_NOTICE,
        Kind.REVOCATION_REMINDER,
        Kind.APPOINTMENT_REMINDER,
        Kind.CODE_REMINDER,
        Kind.LETTER_REMINDER,
        Kind.INVITATION_REMINDER,
        Kind.LICENSE_KEY_REMINDER,
        Kind.SPONSORSHIP_REMINDER,
    }
    assert perform(kind, mail) == (MORNING if waits else True)
    assert len(mail.sent) == (0 if waits else 1)


def test_a_reminder_goes_out_where_it_is_day_S44() -> None:
    mail = FakeMail()
    assert perform(Kind.REVOCATION_REMINDER, mail, "Asia/Tokyo") is True
    assert len(mail.sent) == 1


def test_the_policy_says_when_it_is_night_S44() -> None:
    mail = FakeMail()
    early = Policy(quiet_until=2)
    assert perform(Kind.RENEWAL_NOTICE, mail, policy=early) is True


@pytest.mark.parametrize("kind", [Kind.RENEWAL_NOTICE, Kind.REVOCATION_REMINDER])
def test_a_reminder_due_before_the_morning_is_sent_at_night_F7_S44(kind: Kind) -> None:
    """An outage that ends in the last night before a revocation still warns its holder."""
    composed: Any = Composed(Mail(to="a@b.example", zone="America/New_York", mime=EmailMessage()))
    mail = FakeMail()
    notifier = Notifier(composed, mail, FakeTexts(), FakeClock(NIGHT), Policy())
    assert notifier.perform(leased(kind, MORNING + SECOND)) == MORNING
    assert mail.sent == []
    assert notifier.perform(leased(kind, MORNING)) is True
    assert len(mail.sent) == 1


def test_an_obsolete_reminder_is_obsolete_at_night_too_S44() -> None:
    composed: Any = Composed(None)
    notifier = Notifier(composed, FakeMail(), FakeTexts(), FakeClock(NIGHT), Policy())
    assert notifier.perform(leased(Kind.RENEWAL_NOTICE)) is False


# With real tables and workers


def due(credential_world: CredentialWorld, at: datetime) -> OutboxRow:
    """The message that the clock queues at this instant."""
    credential_world.clock.now = at
    assert credential_world.lifecycle_jobs.perform(credential_world.ada.id, by=CLOCK)
    [row] = credential_world.orders.queued()
    return row


def subjects(credential_world: CredentialWorld) -> list[str]:
    return [str(mail["Subject"]) for mail in credential_world.orders.mail.sent]


def test_a_notice_of_the_night_is_sent_in_the_morning_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    due(credential_world, NIGHT)
    credential_world.orders.send_queued()
    [row] = credential_world.orders.queued()
    assert row.g1sk == f"2027-10-23T12:00:00Z#{row.pk}"
    assert (subjects(credential_world), row.attempts) == ([], 0)
    credential_world.clock.now = MORNING - SECOND
    credential_world.orders.send_queued()
    assert subjects(credential_world) == []
    credential_world.clock.now = MORNING
    credential_world.orders.send_queued()
    assert subjects(credential_world) == ["Renew your credential by 22 November 2027"]
    assert credential_world.orders.counts.seen == {"MessageDeferred": 1, "MessageDone": 1}


def test_a_holder_who_renews_in_the_night_gets_no_notice_in_the_morning_B7_S44(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    due(credential_world, NIGHT)
    credential_world.orders.send_queued()
    credential_world.changed(expires_at=GONE, told_at=None)
    credential_world.clock.now = MORNING
    credential_world.orders.send_queued()
    assert subjects(credential_world) == []
    assert credential_world.orders.counts.seen == {"MessageDeferred": 1, "MessageMoot": 1}


def test_an_expiry_and_a_revocation_are_mailed_in_the_night_in_which_they_come_F6(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    for at in (ENDS, GONE):
        due(credential_world, at)
        credential_world.orders.send_queued()
    assert subjects(credential_world) == [
        "Your credential has expired",
        "Your credential was revoked automatically",
    ]


def text(credential_world: CredentialWorld) -> str:
    part = credential_world.orders.mail.sent[-1].get_body(("plain",))
    assert part
    return " ".join(str(part.get_content()).split())


def test_a_mail_is_written_for_the_zone_and_the_holidays_of_the_holders_organization_F7(
    credential_world: CredentialWorld,
) -> None:
    bolt = replace(ORGANIZATION, id="bolt", country="DE", time_zone="Europe/Berlin")
    credential_world.orders.seed.organizations([bolt], by=OPERATOR)
    credential_world.ada = credential_world.orders.person(organization="bolt")
    # Revoked on Easter Monday: Good Friday is free, too.
    credential_world.credential(expires_at=datetime(2026, 3, 29, 10, tzinfo=UTC))
    due(credential_world, datetime(2027, 3, 26, 10, tzinfo=UTC))
    credential_world.orders.send_queued()
    assert "automatically on Monday, 29 March 2027, 12:00 CEST (Europe/Berlin)" in text(
        credential_world
    )
    assert "The last business day before is over" in text(credential_world)
    assert "Pay by card: an invoice can't clear in time any more" in text(credential_world)


def test_a_holder_without_an_organization_is_still_reminded_in_utc_F7(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential()
    due(credential_world, GONE - 15 * DAY)
    [item] = [
        one
        for one in credential_world.database.scan(OrganizationRow)
        if one["pk"]["S"] == "ORGANIZATION#acme"
    ]
    key = {name: item[name] for name in ("pk", "sk")}
    table = {"TableName": OrganizationRow.Meta.table_name}
    credential_world.client.delete_item(**credential_world.database._named({**table, "Key": key}))
    credential_world.clock.now += DAY / 4
    credential_world.orders.send_queued()
    assert "Please act by Tuesday, 21 November 2028, 17:00 UTC" in text(credential_world)


@pytest.mark.parametrize("zone", ["Mars/Olympus_Mons", "", "../etc/localtime", "US"])
def test_a_zone_that_tzdata_has_dropped_stops_no_mail_F7(
    zone: str, credential_world: CredentialWorld, caplog: pytest.LogCaptureFixture
) -> None:
    dropped = replace(ORGANIZATION, id="bolt", time_zone=zone)
    credential_world.orders.seed.organizations([dropped], by=OPERATOR)
    credential_world.ada = credential_world.orders.person(organization="bolt")
    credential_world.credential()
    due(credential_world, GONE - 15 * DAY)
    credential_world.clock.now += DAY / 4
    credential_world.orders.send_queued()
    assert "Please act by Tuesday, 21 November 2028, 17:00 UTC" in text(credential_world)
    [line] = [one for one in caplog.records if one.getMessage() == "time zone unknown"]
    assert vars(line)["organization"] == "bolt"


@pytest.mark.parametrize("kind", sorted(by_channel(MessageChannel.TEXT)))
@pytest.mark.parametrize("there", [True, False])
def test_a_notification_to_a_phone_goes_by_text_at_any_hour_S14(kind: Kind, *, there: bool) -> None:
    composed: Any = Composed(None)
    mail, texts = FakeMail(), FakeTexts()
    texts.answer = there
    notifier = Notifier(composed, mail, texts, FakeClock(NIGHT), Policy())
    lease = leased(kind)
    assert notifier.perform(lease) is there
    assert texts.told == [lease.message]
    assert mail.sent == []
