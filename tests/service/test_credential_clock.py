"""Two years of five credentials, played once; each test checks a part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.client import Person, on_payment_page
from local.stack import Stack
from tests.support.running.observed import (
    asked_of_stripe,
    kept,
    log_lines,
    order_mails,
)
from tests.support.running.people import PERMANENT
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Supply
from tests.support.running.years import Life, Years

NOTICE = "Renew your credential"
EXPIRED = "Your credential has expired"
REMINDER = "Your credential will be revoked"
LAPSED = "Your credential was revoked automatically"
RENEWED = "Your credential is renewed"


@dataclass
class Story:
    """The people of the story, and the observations."""

    stack: Stack
    years: Years
    idle: Life
    renewing: Life
    late: Life
    suspended: Life
    lifted: Life
    order: str = ""

    @property
    def everybody(self) -> tuple[Life, ...]:
        """All five."""
        return self.idle, self.renewing, self.late, self.suspended, self.lifted

    def told(self, life: Life, *subjects: str) -> list[str]:
        """The mails to this person that have one of these subjects."""
        return [
            subject
            for told in life.subjects(self.stack)
            for subject in subjects
            if told.startswith(subject)
        ]

    def actions(self, life: Life) -> list[str]:
        """The audit actions of this person's credential."""
        subject = f"CREDENTIAL#{life.account}#{life.holder.credential}"
        return [one["action"] for one in Rows(self.stack).entries(subject)]


@pytest.fixture(scope="module")
def story(alone: Stack) -> Story:
    """Played once, in a service of its own: the clock of the other tests doesn't move."""
    supply = Supply(alone, 5, period=None)
    lives = [Life(supply.holder()) for _ in range(5)]
    idle, renewing, late, suspended, lifted = lives
    told = Story(alone, Years(alone, lives), idle, renewing, late, suspended, lifted)
    sixty_days(told)
    a_year(told)
    renewal(told)
    the_end(told)
    return told


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def strength(life: Life) -> int:
    return int(life.holder.person.expect(200, "GET", "/session")["strength"])


def sixty_days(story: Story) -> None:
    """Two suspend; one of them re-enables in the last minute of day 60."""
    years = story.years
    for life in (story.lifted, story.suspended):
        path = f"/credentials/{life.holder.credential}/suspension"
        life.seen["suspended"] = life.holder.person.expect(200, "POST", path)
    ends = moment(story.lifted.seen["suspended"]["revokes_at"])
    last = moment(story.suspended.seen["suspended"]["revokes_at"])
    for days in (30, 15, 3):
        years.day(ends, days=-days)
    years.go_to(ends - timedelta(seconds=60))
    for life in (story.suspended, story.lifted):
        life.sign_in()
    path = f"/credentials/{story.lifted.holder.credential}/suspension"
    story.lifted.seen["lifted"] = story.lifted.holder.person.expect(200, "DELETE", path)
    years.go_to(last + timedelta(seconds=1))
    path = f"/credentials/{story.suspended.holder.credential}/suspension"
    story.suspended.seen["too late"] = story.suspended.holder.person.call("DELETE", path)
    story.suspended.seen["shown before the clock"] = story.suspended.shown()["status"]
    years.tick()
    after_the_end(story.suspended)
    story.lifted.seen["session after day 60"] = story.lifted.holder.person.call("GET", "/session")
    story.lifted.seen["code after day 60"] = story.lifted.code()


def after_the_end(life: Life) -> None:
    """A revoked holder has no session, the same password, and no credential."""
    who = life.holder.person
    life.seen["session"] = who.call("GET", "/session")
    fresh = Person(who.url, who.user_id, headers=who.headers)
    life.seen["signed in"] = fresh.sign_in(PERMANENT)
    life.seen["code"] = fresh.elevate(life.holder.device.press())
    life.seen["shown"] = fresh.expect(200, "GET", f"/credentials/{life.holder.credential}")


def a_year(story: Story) -> None:
    """Notice and expiry."""
    years = story.years
    expires = moment(row_of(story, story.idle)["expires_at"])
    story.idle.seen["expires"] = expires
    years.day(expires, days=-30)
    years.go_to(expires - timedelta(seconds=30))
    for life in (story.idle, story.renewing):
        life.sign_in()
        life.seen["code before the expiry"] = life.code()
    years.go_to(expires + timedelta(seconds=1))
    story.idle.seen["strength after the expiry"] = strength(story.idle)
    story.idle.seen["shown after the expiry"] = story.idle.shown()["status"]
    story.idle.seen["code after the expiry"] = story.idle.code()
    years.day(expires, hours=1)


def row_of(story: Story, life: Life) -> dict[str, Any]:
    [row] = [
        row
        for row in Rows(story.stack).all("credentials")
        if row["pk"] == f"ACCOUNT#{life.account}" and row["sk"] == "live"
    ]
    return row


def order_renewal(life: Life, **more: Any) -> dict[str, Any]:
    item = {"product": "renewal", "credential": life.holder.credential}
    return life.holder.person.order(items=[item], **more)


def renewal(story: Story) -> None:
    """One holder pays three months after the expiry, by page, webhook and worker."""
    years, who = story.years, story.renewing
    years.day(story.idle.seen["expires"], days=90)
    who.sign_in()
    order = order_renewal(who)
    on_payment_page(order, "pay").raise_for_status()
    kept(story.stack, order["number"], at_least=1)
    years.tick()
    who.seen["order"] = who.holder.person.show(order["number"])
    who.seen["shown"] = who.shown()
    who.seen["strength"] = strength(who)
    who.seen["code"] = who.code()


def the_end(story: Story) -> None:
    """Three reminders, then the end; one holder ordered in time and pays too late."""
    years, late = story.years, story.late
    ends = story.idle.seen["expires"].replace(year=story.idle.seen["expires"].year + 1)
    for days in (30, 15, 3):
        years.day(ends, days=-days)
    years.go_to(ends - timedelta(seconds=120))
    for life in (story.idle, late):
        life.sign_in()
    story.idle.seen["shown before the end"] = story.idle.shown()
    order = order_renewal(late, short_renewal_accepted=True)
    story.order = order["number"]
    years.go_to(ends + timedelta(seconds=1))
    on_payment_page(order, "pay").raise_for_status()
    kept(story.stack, story.order, at_least=3)
    late.seen["order"] = late.holder.person.show(story.order)
    late.seen["shown before the clock"] = late.shown()["status"]
    years.tick()
    for life in (story.idle, late):
        after_the_end(life)


def test_f6_a_year_is_noticed_expires_and_ends_with_three_reminders_on_the_way(
    story: Story,
) -> None:
    told = (NOTICE, EXPIRED, REMINDER, LAPSED)
    assert story.told(story.idle, *told) == [NOTICE, EXPIRED, *[REMINDER] * 3, LAPSED]
    assert [one for one in story.actions(story.idle) if one.startswith("credential.")][2:] == [
        "credential.renewal_noticed",
        "credential.expired",
        *["credential.reminded"] * 3,
        "credential.lapsed",
    ]


def test_f6_from_the_expiry_on_codes_are_refused_before_the_clock_has_come(story: Story) -> None:
    seen = story.idle.seen
    assert seen["code before the expiry"].status_code == 201
    assert seen["strength after the expiry"] == 1
    assert seen["shown after the expiry"] == "expired"
    refusal = seen["code after the expiry"]
    assert (refusal.status_code, refusal.json()["code"]) == (403, "credential_expired")


def test_b7_a_renewal_paid_late_counts_from_the_original_expiry(story: Story) -> None:
    seen, expires = story.renewing.seen, story.idle.seen["expires"]
    assert (seen["order"]["state"], seen["order"]["license_keys"]) == ("fulfilled", 0)
    assert seen["shown"]["status"] == "active"
    assert moment(seen["shown"]["expires_at"]) == expires.replace(year=expires.year + 1)
    assert seen["strength"] == 1, "what an expired code had given takes another code"
    assert seen["code"].status_code == 201
    again = story.told(story.renewing, NOTICE, EXPIRED, RENEWED, REMINDER, LAPSED)
    assert again == [NOTICE, EXPIRED, RENEWED, NOTICE, EXPIRED], "a year like any other"


def test_b7_a_renewals_confirmation_messages_no_key_and_no_parcel(story: Story) -> None:
    number = story.renewing.seen["order"]["number"]
    told = order_mails(story.stack, story.renewing.holder.person.user_id, number)
    [confirmation] = [one for one in told if "confirmed" in one["subject"]]
    for message in ("What happens next", "Each license key", "shipped", "Wait for the token"):
        assert message not in confirmation["text"] + confirmation["html"], message


@pytest.mark.parametrize("who", ["idle", "late", "suspended"])
def test_f6_s22_the_clocks_revocation_ends_sessions_and_leaves_the_password(
    story: Story, who: str
) -> None:
    seen = getattr(story, who).seen
    assert seen["session"].status_code == 401, "on the next request"
    assert (seen["signed in"]["status"], seen["signed in"]["strength"]) == ("signed_in", 1)
    assert (seen["code"].status_code, seen["code"].json()["code"]) == (403, "no_token")
    assert (seen["shown"]["status"], seen["shown"]["token"]) == ("revoked", None)
    assert seen["shown"]["revoked_at"]
    accounts = {row["pk"]: row for row in Rows(story.stack).all("sessions")}
    assert not accounts[f"ACCOUNT#{getattr(story, who).account}"].get("pending_reset")


def test_f5_f7_a_suspension_of_sixty_days_ends_in_revocation(story: Story) -> None:
    seen = story.suspended.seen
    told = story.told(story.suspended, NOTICE, EXPIRED, REMINDER, LAPSED)
    assert told == [*[REMINDER] * 3, LAPSED]
    assert seen["shown before the clock"] == "revoked"
    refusal = seen["too late"]
    assert (refusal.status_code, refusal.json()["code"]) == (409, "illegal_state")
    suspended, revoked = (moment(seen["suspended"]["revokes_at"]), seen["shown"]["revoked_at"])
    assert timedelta() <= moment(revoked) - suspended <= timedelta(minutes=5)


def test_f5_f7_re_enabled_in_the_last_minute_it_lives_on(story: Story) -> None:
    seen = story.lifted.seen
    assert seen["lifted"]["status"] == "active"
    assert seen["session after day 60"].status_code == 200
    assert seen["code after day 60"].status_code == 201
    told = story.told(story.lifted, NOTICE, EXPIRED, REMINDER, LAPSED)
    assert told[:3] == [REMINDER] * 3, "while it was suspended"
    assert told[3:] == [NOTICE, EXPIRED, *[REMINDER] * 3, LAPSED], "a year later, like any other"


def test_b7_a_payment_after_the_end_is_held_and_refunded_once(story: Story) -> None:
    seen, stack = story.late.seen, story.stack
    assert seen["shown before the clock"] == "revoked"
    assert (seen["order"]["state"], seen["order"]["license_keys"]) == ("held", 0)
    row = Rows(stack).order(story.order)
    assert row["refund"]
    [refund] = asked_of_stripe(stack, "refund", story.order)
    assert refund["status"] == 200
    told = story.told(
        story.late, "Your renewal came too late", RENEWED, f"Order {story.order} is confirmed"
    )
    assert told == ["Your renewal came too late"]
    [back] = [one for one in story.late.subjects(stack) if "goes back to you" in one]
    assert story.order in back


def test_s42_s44_however_often_the_queue_brings_it_everybody_is_told_once(story: Story) -> None:
    """The queue brings each sweep's messages three times."""
    for life in story.everybody:
        actions = story.actions(life)
        for once in ("credential.lapsed", "credential.renewed"):
            assert actions.count(once) <= 1
    assert "credential.lapsed" not in story.actions(story.renewing)
    duplicates = [line for line in log_lines(story.stack) if '"MessageDuplicate"' in line]
    assert duplicates == []


def test_g4_the_trail_of_two_years_is_whole(story: Story) -> None:
    """The hours are unsealed: sealing them would take as many runs as hours have passed."""
    verdict = story.stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    assert verdict["entries"] > 100
    assert [fault for fault in verdict["faults"] if "under no head" not in fault] == []
