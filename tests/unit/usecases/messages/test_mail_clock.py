"""The text of the clock's mails: dates, zones and advice for each reader (F5-F7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.usecases.messages.mail import MailBuilder, Sender
from keyfob.usecases.messages.words import Words
from tests.support.builders import an_order_in
from tests.support.fakes import FakeClock
from tests.support.order_world import SENDER

UNTIL = datetime(2026, 11, 22, 7, tzinfo=UTC)
FACTS = {
    "at": "2027-11-22T07:00:00+00:00",
    "until": UNTIL,
    "revokes": datetime(2027, 11, 22, 7, tzinfo=UTC),
    "deadline": datetime(2027, 11, 19, 16, tzinfo=UTC),
    "invoices_until": datetime(2027, 11, 17, 7, tzinfo=UTC),
    "invoices_clear": True,
    "days_left": 3,
    "suspended": None,
    "expired": True,
}
# The same instants as a clock in Berlin shows them.
EXPIRED_ON = "Sunday, 22 November 2026, 08:00 CET (Europe/Berlin)"
REVOKED_ON = "Monday, 22 November 2027, 08:00 CET (Europe/Berlin)"
ACT_BY = "Friday, 19 November 2027, 17:00 CET (Europe/Berlin)"
PAID_BEFORE = "Wednesday, 17 November 2027, 08:00 CET (Europe/Berlin)"

RENEW = f"Renew it at {SENDER.portal}"
NO_DEADLINE = (
    "The last business day before is over. What arrives before the time above still counts"
)
NO_INVOICE = "Pay by card: an invoice can't clear in time any more"


CARDS_ONLY = replace(SENDER, payment_methods=frozenset({PaymentMethod.CARD}))


def bodies(
    kind: Kind, zone: str = "Europe/Berlin", sender: Sender = SENDER, **facts: Any
) -> Iterator[str]:
    """Text and HTML as words."""
    mail = MailBuilder(sender, FakeClock()).build(
        kind,
        to="ada@acme.example",
        name="Ada Byron",
        language="en",
        zone=zone,
        facts={**FACTS, **facts},
        ref="msg_1",
    )
    for subtype in ("plain", "html"):
        part = mail.mime.get_body((subtype,))
        assert part
        plain = unescape(str(part.get_content())).replace("<b>", "").replace("</b>", "")
        yield " ".join(plain.split())


def says(kind: Kind, *expected: str, never: tuple[str, ...] = (), **facts: Any) -> None:
    for body in bodies(kind, **facts):
        assert [one for one in expected if one not in body] == []
        assert [one for one in never if one in body] == []


# Reminders: the remedy depends on the cause of the revocation


def test_the_holder_of_an_expired_one_is_asked_to_renew_it_by_the_deadline_F7() -> None:
    says(
        Kind.REVOCATION_REMINDER,
        f"your credential expired on {EXPIRED_ON}",
        f"Unless it is renewed, it is revoked automatically on {REVOKED_ON}",
        f"Please act by {ACT_BY}, the end of the last business day before",
        RENEW,
        f"by an invoice that is paid before {PAID_BEFORE}",
        never=("suspended", "re-enable", NO_INVOICE, "still counts"),
    )


SUSPENDED_BY = {
    "holder": f"sign in with your password at {SENDER.portal} and re-enable it",
    "administrator": "Your organization's administrator suspended it: ask there",
}


@pytest.mark.parametrize("by", SUSPENDED_BY)
def test_the_holder_of_a_suspended_one_reads_who_reenables_it_F5_F7(by: str) -> None:
    others = tuple(text for name, text in SUSPENDED_BY.items() if name != by)
    says(
        Kind.REVOCATION_REMINDER,
        "your credential is suspended",
        f"Unless it is re-enabled, it is revoked automatically on {REVOKED_ON}",
        f"Please act by {ACT_BY}",
        f"Once it is re-enabled, it is valid until {EXPIRED_ON}",
        SUSPENDED_BY[by],
        never=("expired", "invoice", "enew", *others),
        suspended=by,
        expired=False,
    )


@pytest.mark.parametrize("by", SUSPENDED_BY)
def test_a_suspended_one_that_has_expired_needs_both_F5_F7(by: str) -> None:
    says(
        Kind.REVOCATION_REMINDER,
        "Unless it is re-enabled",
        SUSPENDED_BY[by],
        f"It has also expired, on {EXPIRED_ON}: to use it again, renew it as well",
        never=("valid until", "invoice"),
        suspended=by,
    )


def test_a_suspension_by_the_system_does_not_revoke_it_F5_F7() -> None:
    says(
        Kind.REVOCATION_REMINDER,
        f"your credential expired on {EXPIRED_ON}",
        f"Unless it is renewed, it is revoked automatically on {REVOKED_ON}",
        RENEW,
        "Renewing doesn't re-enable it: write to help@keyfob.example",
        never=("Unless it is re-enabled", "also expired", "administrator"),
        suspended="system",
    )


@pytest.mark.parametrize("by", [None, "holder", "administrator", "system"])
def test_no_past_day_is_named_after_the_deadline_F7(by: str | None) -> None:
    says(
        Kind.REVOCATION_REMINDER,
        NO_DEADLINE,
        REVOKED_ON,
        "at once",
        never=(ACT_BY, "Please act by"),
        suspended=by,
        deadline=None,
    )


@pytest.mark.parametrize("by", [None, "system"])
def test_an_invoice_that_cannot_clear_in_time_is_not_offered_F7(by: str | None) -> None:
    says(
        Kind.REVOCATION_REMINDER,
        NO_INVOICE,
        never=(PAID_BEFORE,),
        suspended=by,
        invoices_clear=False,
    )


def test_an_invoice_is_named_only_where_one_can_pay_by_it_F7() -> None:
    for clear in (True, False):
        for body in bodies(Kind.REVOCATION_REMINDER, sender=CARDS_ONLY, invoices_clear=clear):
            assert "Pay by card" in body
            assert "invoice" not in body


# Before and at the expiry


def test_a_notice_states_the_expiry_and_that_paying_early_loses_nothing_F6() -> None:
    says(
        Kind.RENEWAL_NOTICE,
        f"valid until {EXPIRED_ON}",
        RENEW,
        "for another year from that day, however early you pay",
        f"If you don't renew it, it is revoked for good on {REVOKED_ON}",
        never=("suspended", "token"),
        expired=False,
    )


def test_an_expiry_mail_states_its_date_and_the_effect_of_a_renewal_F6() -> None:
    says(
        Kind.CREDENTIAL_EXPIRED,
        f"valid until {EXPIRED_ON}",
        "None of its codes is accepted",
        f"{RENEW}, and it works again as soon as the payment has arrived",
        "not from the day you pay",
        f"If you don't renew it, it is revoked for good on {REVOKED_ON}",
        never=("suspended",),
    )


@pytest.mark.parametrize("kind", [Kind.RENEWAL_NOTICE, Kind.CREDENTIAL_EXPIRED])
@pytest.mark.parametrize("by", ["holder", "administrator"])
def test_no_mail_presents_a_renewal_as_the_end_of_a_suspension_F5_B7(kind: Kind, by: str) -> None:
    says(
        kind,
        "enewing doesn't re-enable it",
        f"Unless it is re-enabled, it is revoked for good on {REVOKED_ON}, renewed or not",
        never=("If you don't renew it", "as soon as the payment has arrived"),
        suspended=by,
    )


@pytest.mark.parametrize("kind", [Kind.RENEWAL_NOTICE, Kind.CREDENTIAL_EXPIRED])
def test_under_a_suspension_by_the_system_a_renewal_still_averts_the_revocation_F5_B7(
    kind: Kind,
) -> None:
    says(
        kind,
        "enewing doesn't re-enable it",
        f"If you don't renew it, it is revoked for good on {REVOKED_ON}",
        never=("Unless it is re-enabled",),
        suspended="system",
    )


# Changes


@pytest.mark.parametrize("by", [None, "system"])
def test_the_message_about_a_lapsed_one_says_that_it_was_not_renewed_F6(by: str | None) -> None:
    says(
        Kind.CREDENTIAL_LAPSED,
        f"was revoked on {REVOKED_ON}",
        f"it had expired on {EXPIRED_ON} and was not renewed",
        "Every session has ended",
        "password is the same as before",
        f"buy a new one at {SENDER.portal}",
        never=("suspended", "temporary"),
        suspended=by,
    )


@pytest.mark.parametrize("by", ["holder", "administrator"])
def test_the_message_about_a_lapsed_one_says_that_it_was_suspended_too_long_F5(by: str) -> None:
    says(
        Kind.CREDENTIAL_LAPSED,
        f"was revoked on {REVOKED_ON}",
        "suspended for too long",
        "password is the same as before",
        never=("expired",),
        suspended=by,
    )


def test_the_message_about_a_renewed_one_states_the_expiry_and_that_the_token_stays_B7() -> None:
    valid = f"it is now valid until {EXPIRED_ON}"
    says(Kind.CREDENTIAL_RENEWED, valid, "You keep your token", serial="…1234", expired=False)
    says(Kind.CREDENTIAL_RENEWED, valid, never=("token", "suspended"), expired=False)


@pytest.mark.parametrize("by", ["holder", "administrator"])
def test_the_message_about_a_renewed_one_says_that_it_is_still_suspended_B7_F5(
    by: str,
) -> None:
    says(
        Kind.CREDENTIAL_RENEWED,
        "It is still suspended",
        f"Unless it is re-enabled, it is revoked on {REVOKED_ON}",
        never=("You keep your token",),
        suspended=by,
        serial="…1234",
    )


def test_a_renewed_one_that_the_system_suspended_has_no_60_days_B7_F5() -> None:
    says(
        Kind.CREDENTIAL_RENEWED,
        "It is still suspended",
        never=("revoked", "You keep your token"),
        suspended="system",
    )


def test_a_renewal_that_came_too_late_is_paid_back_B7() -> None:
    says(
        Kind.RENEWAL_REFUSED,
        "SO-10001 arrived on Sunday, 22 November 2026, 08:00 CET (Europe/Berlin)",
        "revoked before",
        "USD 184.03, goes back to your card",
        f"buy a new one at {SENDER.portal}",
        order=an_order_in(State.HELD),
    )


def test_an_added_token_that_came_too_late_is_paid_back_B5() -> None:
    says(
        Kind.ADDED_TOKEN_REFUSED,
        "SO-10001 arrived on Sunday, 22 November 2026, 08:00 CET (Europe/Berlin)",
        "the token was for had been revoked before",
        "USD 184.03, goes back to your card",
        order=an_order_in(State.HELD),
    )


HAVE_IT = "the end of the last business day before"


@pytest.mark.parametrize("by", ["holder", "administrator"])
def test_the_message_about_a_suspended_one_names_the_end_of_60_days_and_the_deadline_F5_F7(
    by: str,
) -> None:
    says(
        Kind.CREDENTIAL_SUSPENDED,
        f"Unless it is re-enabled, it is revoked for good on {REVOKED_ON}",
        f"Have it re-enabled by {ACT_BY}, {HAVE_IT}",
        suspended=by,
    )
    says(Kind.CREDENTIAL_SUSPENDED, REVOKED_ON, never=(HAVE_IT,), suspended=by, deadline=None)


def test_the_message_about_a_suspended_one_names_the_suspender_and_who_ends_it_F5() -> None:
    by_holder = "You did this yourself and can re-enable it"
    by_administrator = "Your organization's administrator did this: ask there"
    by_system = "Keyfob did this: write to help@keyfob.example"
    kind = Kind.CREDENTIAL_SUSPENDED
    says(
        kind,
        by_holder,
        "If this wasn't you",
        never=(by_administrator, by_system),
        suspended="holder",
    )
    says(
        kind,
        by_administrator,
        never=(by_holder, by_system, "wasn't you"),
        suspended="administrator",
    )
    says(
        kind,
        by_system,
        never=(by_holder, by_administrator, "revoked for good"),
        suspended="system",
    )


def test_a_reenabled_one_that_expired_meanwhile_is_to_be_renewed_F5() -> None:
    says(
        Kind.CREDENTIAL_REENABLED,
        f"It expired on {EXPIRED_ON}. To use it again, renew it at {SENDER.portal}",
        f"revoked for good on {REVOKED_ON}",
        never=("give a code again", "same as before"),
    )
    says(
        Kind.CREDENTIAL_REENABLED,
        f"same as before: until {EXPIRED_ON}",
        "give a code again",
        never=("expired", "revoked"),
        expired=False,
    )


# Zones


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("UTC", "Sunday, 22 November 2026, 07:00 UTC"),
        ("America/New_York", "Sunday, 22 November 2026, 02:00 EST (America/New_York)"),
        ("Pacific/Kiritimati", "Sunday, 22 November 2026, 21:00 +14 (Pacific/Kiritimati)"),
        ("Pacific/Pago_Pago", "Saturday, 21 November 2026, 20:00 SST (Pacific/Pago_Pago)"),
        ("Asia/Kolkata", "Sunday, 22 November 2026, 12:30 IST (Asia/Kolkata)"),
    ],
)
def test_a_time_is_written_as_the_readers_clock_shows_it_with_its_zone_F7(
    zone: str, written: str
) -> None:
    assert Words("en", zone).moment(UNTIL) == written
    assert Words("en", zone).moment(UNTIL.isoformat()) == written
    for body in bodies(Kind.RENEWAL_NOTICE, zone):
        assert written in body


def test_summer_time_has_another_name_F7() -> None:
    july = datetime(2027, 7, 1, 7, tzinfo=UTC)
    assert (
        Words("en", "Europe/Berlin").moment(july)
        == "Thursday, 1 July 2027, 09:00 CEST (Europe/Berlin)"
    )
    # Twice 02:30 in the night in which the clocks are put back: the name tells them apart.
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    names = [Words("en", "Europe/Berlin").moment(one).split(", ")[-1] for one in twice]
    assert names == ["02:30 CEST (Europe/Berlin)", "02:30 CET (Europe/Berlin)"]
