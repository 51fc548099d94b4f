"""Mails: both forms, encoded, nothing injected (S51).

One file, since half of it is the table of facts that every test renders.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from markupsafe import escape

from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.shipment import Shipment
from keyfob.usecases.messages.mail import Mail, MailBuilder
from keyfob.usecases.messages.words import Words
from tests.support.builders import a_line, an_invoice, an_invoice_order, an_order, an_order_in
from tests.support.fakes import START, FakeClock
from tests.support.messages import by_channel
from tests.support.order_world import SENDER

MESSAGES = [kind for kind in Kind if kind in by_channel(MessageChannel.MAIL)]
AN_ORDER = {"order": an_order_in(State.PAID)}
AN_INVOICE: dict[str, Any] = {"order": an_invoice_order(invoice=an_invoice(paid=5_000))}
# As from the composer: texts for facts of the message, instants for facts added at sending.
A_CREDENTIAL = {
    "at": "2026-11-22T07:00:00+00:00",
    "until": "2027-11-20T09:30:00+00:00",
    "revokes": "2028-11-20T09:30:00+00:00",
    "suspended": None,
    "expired": False,
    "deadline": datetime(2028, 11, 17, 16, tzinfo=UTC),
    "invoices_until": datetime(2028, 11, 15, 9, 30, tzinfo=UTC),
    "invoices_clear": True,
    "days_left": 3,
}
SUSPENDED = {
    **A_CREDENTIAL,
    "suspended": "holder",
    "revokes": "2027-01-21T07:00:00+00:00",
    "deadline": datetime(2027, 1, 20, 16, tzinfo=UTC),
}
FORETOLD = {**A_CREDENTIAL, "expired": True}
A_TOKEN = {**A_CREDENTIAL, "serial": "…1234"}
A_PHONE = {**A_CREDENTIAL, "phone": "+1 … 34"}
A_CONNECTION = {
    "at": "2026-11-22T07:00:00+00:00",
    "until": "2026-11-29T07:00:00+00:00",
    "child": "ada.at.bolt",
    "parent": "ada.at.acme",
}
AN_ACCOUNT = {"at": "2026-11-22T07:00:00+00:00", "user_id": "ada", "holder": "Ada Byron"}
AN_ACCESS = {
    **AN_ACCOUNT,
    "account": "acc_ada",
    "application": "parts-portal",
    "application_name": "Parts Portal",
    "reason": "I order castings.",
}
AN_APPOINTMENT = {
    "appointment": "apt_7f3k",
    "number": 1,
    "start": "2026-11-24T14:30:00+00:00",
    "zone": "Asia/Kolkata",
    "room": "https://meet.example/agnes",
}
A_CODE = {"case": "prf_7f3k", "until": "2026-12-24T14:30:00+00:00", "zone": "Asia/Kolkata"}
A_LETTER = {**A_CODE, "mailed_on": "2026-11-23", "last_day": "2027-01-03"}
AN_INVITATION = {
    "until": "2026-12-06T07:00:00+00:00",
    "token": "secret-7f3k",
    "host": "Northwind Aerospace",
    "inviter": "Grace Hopper",
    "application": "Parts Portal",
}
A_REGISTRATION = {
    "at": "2026-11-24T07:00:00+00:00",
    "until": "2026-12-06T07:00:00+00:00",
    "host": "Northwind Aerospace",
    "application": "Parts Portal",
    "organization": "Acme Precision Parts",
    "reason": "No longer needed",
}
AN_OFFER = {
    "campaign": "cam_7f3k",
    "until": "2026-12-06T07:00:00+00:00",
    "partner": "Northwind Aerospace",
    "product": "Hardware token, 1 year",
    "order": None,
}
SPONSORED = replace(an_order_in(State.FULFILLED), method=PaymentMethod.SPONSORED)
FACTS: dict[Kind, dict[str, Any]] = {
    Kind.SPONSORSHIP_OFFERED: AN_OFFER,
    Kind.SPONSORSHIP_REMINDER: AN_OFFER,
    Kind.SPONSORSHIP_LAPSED: {**AN_OFFER, "until": None},
    Kind.SPONSORSHIP_ACCEPTED: {
        **AN_OFFER,
        "until": None,
        "order": SPONSORED,
        "from_days": 3,
        "to_days": 5,
    },
    Kind.ORDER_CONFIRMATION: AN_ORDER,
    Kind.ORDER_CANCELED: AN_ORDER,
    Kind.ORDER_EXPIRED: AN_ORDER,
    Kind.ORDER_REFUSED: AN_ORDER,
    Kind.SIGNED_ORDER_REFUSED: {
        "order": "SO-10001",
        "refused_for": "by_operator",
        "note": "Of Acme",
    },
    Kind.ORDER_REFUNDED: AN_ORDER,
    Kind.ORDER_GIVEN_BACK: {**AN_ORDER, "amount": 9_201, "undone": "2"},
    Kind.PAYMENT_DISPUTED: {**AN_ORDER, "dispute": "dp_1"},
    Kind.DISPUTE_WON: {**AN_ORDER, "dispute": "dp_1"},
    Kind.DISPUTE_LOST: {**AN_ORDER, "dispute": "dp_1"},
    Kind.INVOICE_ISSUED: AN_INVOICE,
    Kind.INVOICE_OVERDUE: AN_INVOICE,
    Kind.ORDER_BACK_ORDERED: {
        "order": an_order_in(State.FULFILLED),
        "positions": [1, 2],
        "expected": "2027-01-15",
    },
    Kind.TOKEN_BACK_ORDERED: {
        "order": an_order_in(State.FULFILLED),
        "positions": [2],
        "expected": "2027-01-15",
    },
    Kind.TOKEN_RESERVED: {"order": an_order_in(State.FULFILLED), "positions": [2]},
    Kind.TOKEN_NOT_ARRIVED: {
        "number": "SO-10001",
        "serial": "FT-0001",
        "how": "lost",
        "again": 1,
    },
    Kind.SHIPMENT_ENDED: {"number": "SO-10001", "serial": "FT-0001", "how": "lost", "again": 1},
    Kind.ORDER_TOKENS_RESERVED: {"order": an_order_in(State.FULFILLED), "positions": [2]},
    Kind.ORDER_SHIPPED: {
        "order": an_order_in(State.FULFILLED),
        "line": a_line(),
        "position": 2,
        "shipment": Shipment(
            unit=1,
            serial="FT-0001",
            tracking="1Z 999",
            at=START,
            carrier="UPS",
            page="https://ups.example/1Z%20999",
        ),
    },
    Kind.LINES_REFUSED: {
        "order": replace(
            an_order_in(State.FULFILLED), lines=(a_line(), a_line(name="Renewal")), refused=(1,)
        )
    },
    Kind.TOKEN_SHIPPED: {
        "order": an_order_in(State.FULFILLED),
        "line": a_line(),
        "position": 2,
        "purchaser": "Grace Hopper",
        "shipment": Shipment(unit=1, serial="FT-0001", tracking="1Z 999", at=START),
    },
    Kind.KEY_FOR_HOLDER: {
        "order": an_order_in(State.PAID),
        "line": a_line(),
        "purchaser": "Grace Hopper",
    },
    Kind.REPLACEMENT_SHIPPED: {
        "order": an_order_in(State.FULFILLED),
        "line": a_line(),
        "position": 2,
        "shipment": Shipment(unit=1, serial="FT-0001", tracking="1Z 999", at=START),
    },
    Kind.LICENSE_KEY: {
        "order": an_order_in(State.PAID),
        "line": a_line(),
        "position": 1,
        "license_key": "00000-11111-22222-33333",
        "reissued": False,
        "holder": "",
        "lapses": "2027-11-22T07:00:00+00:00",
    },
    Kind.LICENSE_KEY_LAPSED: {
        "order": an_order_in(State.FULFILLED),
        "line": a_line(),
        "position": 1,
        "lapses": "2027-11-22T07:00:00+00:00",
    },
    Kind.LICENSE_KEY_REMINDER: {
        "order": an_order_in(State.FULFILLED),
        "line": a_line(),
        "position": 1,
        "lapses": "2027-11-22T07:00:00+00:00",
    },
    Kind.INVITED: AN_INVITATION,
    Kind.INVITATION_REMINDER: AN_INVITATION,
    Kind.REGISTRATION_BEGUN: {**A_REGISTRATION, "token": "secret-7f3k"},
    Kind.REGISTRATION_SUBMITTED: A_REGISTRATION,
    Kind.REGISTRATION_REJECTED: A_REGISTRATION,
    Kind.ADMINISTRATOR_WELCOME: {**AN_ACCOUNT, "until": "2026-12-22T07:00:00+00:00"},
    Kind.ACCOUNT_MADE: AN_ACCOUNT,
    Kind.ACCOUNT_RENAMED: AN_ACCOUNT,
    Kind.EMAIL_CHANGED: {**AN_ACCOUNT, "held": "2026-11-25T07:00:00+00:00"},
    Kind.EMAIL_CHANGED_FROM: {
        **AN_ACCOUNT,
        "until": "2026-11-26T07:00:00+00:00",
        "token": "secret-7f3k",
    },
    Kind.ROLES_CHANGED: AN_ACCOUNT,
    Kind.ACCOUNT_DEACTIVATED: AN_ACCOUNT,
    Kind.ACCOUNT_REACTIVATED: AN_ACCOUNT,
    Kind.CREDENTIAL_UNPROOFED: A_CREDENTIAL,
    Kind.PASSWORD_CHANGED: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.CREDENTIAL_APPROVED: A_CREDENTIAL,
    Kind.CREDENTIAL_APPROVED_FOR: {
        **AN_ACCOUNT,
        "partner": "Strict Shipyards",
        "reason": "Asked by letter",
    },
    Kind.CREDENTIAL_ACTIVATED: A_CREDENTIAL,
    Kind.CREDENTIAL_SUSPENDED: SUSPENDED,
    Kind.CREDENTIAL_CAUSE_LIFTED: SUSPENDED,
    Kind.CREDENTIAL_REENABLED: A_CREDENTIAL,
    Kind.CREDENTIAL_REVOKED: A_CREDENTIAL,
    Kind.CREDENTIAL_LAPSED: A_CREDENTIAL,
    Kind.CREDENTIAL_RENEWED: A_CREDENTIAL,
    Kind.RENEWAL_TAKEN_BACK: A_CREDENTIAL,
    Kind.UPGRADE_TAKEN_BACK: A_CREDENTIAL,
    Kind.CREDENTIAL_EXPIRED: FORETOLD,
    Kind.RENEWAL_NOTICE: A_CREDENTIAL,
    Kind.RENEWAL_REFUSED: {"order": an_order_in(State.HELD)},
    Kind.ADDED_TOKEN_REFUSED: {"order": an_order_in(State.HELD)},
    Kind.UPGRADE_REFUSED: {"order": an_order_in(State.HELD)},
    Kind.REVOCATION_REMINDER: FORETOLD,
    Kind.TOKEN_REGISTERED: A_TOKEN,
    Kind.TOKEN_LOCKED: A_TOKEN,
    Kind.TOKEN_BLOCKED: A_TOKEN,
    Kind.TOKEN_RESYNCHRONIZED: A_TOKEN,
    Kind.TOKEN_RESET: A_TOKEN,
    Kind.TOKEN_REVOKED: A_TOKEN,
    Kind.PHONE_ADDED: A_PHONE,
    Kind.PHONE_BLOCKED: {**A_PHONE, "freed": "2026-11-22T07:15:00+00:00"},
    Kind.PHONE_FREED: A_PHONE,
    Kind.PHONE_REMOVED: A_PHONE,
    Kind.BINDING_HELD: {
        **AN_ACCOUNT,
        "ended": "credential",
        "held": "2026-11-25T07:00:00+00:00",
        "until": "2026-11-26T07:00:00+00:00",
        "token": "secret-7f3k",
    },
    Kind.CREDENTIAL_REOPENED: AN_ACCOUNT,
    Kind.ACCOUNT_FROZEN: AN_ACCOUNT,
    Kind.ACCOUNT_THAWED: AN_ACCOUNT,
    **dict.fromkeys(
        (
            Kind.APPOINTMENT_BOOKED,
            Kind.APPOINTMENT_MOVED,
            Kind.APPOINTMENT_REASSIGNED,
            Kind.APPOINTMENT_TO_MOVE,
            Kind.APPOINTMENT_STANDS,
            Kind.APPOINTMENT_CANCELED,
            Kind.APPOINTMENT_MISSED,
            Kind.APPOINTMENT_DISPUTED,
            Kind.APPOINTMENT_NOT_HELD,
            Kind.APPOINTMENT_REMINDER,
            Kind.RESULT_MISSING,
            Kind.AGENT_BOOKED,
            Kind.AGENT_CANCELED,
            Kind.PROOFING_FAILED,
        ),
        AN_APPOINTMENT,
    ),
    Kind.NAME_IN_QUESTION: {"until": "2026-12-06T07:00:00+00:00"},
    Kind.NAME_CORRECTED: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.NAME_KEPT: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.UPGRADE_UNUSED: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.PROOFING_REOPENED: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.PROOFED: {
        "at": "2026-11-22T07:00:00+00:00",
        "until": "2026-12-22T07:00:00+00:00",
        "token": "secret-7f3k",
    },
    Kind.PROOFING_PASSED: A_CODE,
    Kind.CODE_REMINDER: A_CODE,
    Kind.LETTER_SENT: A_LETTER,
    Kind.LETTER_REMINDER: A_LETTER,
    Kind.LETTER_LOST: {"at": "2026-11-22T07:00:00+00:00"},
    Kind.CONNECTION_REQUESTED: A_CONNECTION,
    Kind.CONNECTED: A_CONNECTION,
    Kind.DISCONNECTED: A_CONNECTION,
    **dict.fromkeys(
        (Kind.ACCESS_REQUESTED, Kind.ACCESS_APPROVED, Kind.ACCESS_DENIED, Kind.ACCESS_REMOVED),
        AN_ACCESS,
    ),
    Kind.SUBSCRIPTION_ENDED: {
        "application_name": "Parts Portal",
        "partner": "Northwind",
        "at": "2026-11-22T07:00:00+00:00",
    },
    Kind.FIRST_LOGIN: AN_ACCOUNT,
    Kind.USER_ID_REMINDER: {**AN_ACCOUNT, "address": "198.18.0.1"},
    Kind.TEMPORARY_PASSWORD: {
        "until": "2026-12-22T07:00:00+00:00",
        "password": "ABCDE-FGHJK-01234-56789",
    },
    Kind.RECOVERY_CODE: {
        "at": "2026-11-22T07:00:00+00:00",
        "until": "2026-11-22T07:30:00+00:00",
        "address": "198.18.0.1",
        "code": "7K3M0-X1TZZ-9QW4H",
    },
    Kind.PASSWORD_RECOVERED: {"at": "2026-11-22T07:00:00+00:00", "address": "198.18.0.1"},
}
ABOUT_TOKENS = [kind for kind in MESSAGES if "serial" in FACTS[kind]]
# Texts that each message must contain beside the change itself.
ASKS: dict[Kind, tuple[str, ...]] = {
    Kind.TOKEN_BACK_ORDERED: ("no hardware token is free", "SO-10001", "15 January 2027"),
    Kind.TOKEN_RESERVED: ("has become free", "SO-10001", "when it is shipped"),
    Kind.TOKEN_NOT_ARRIVED: ("FT-0001", "SO-10001", "was lost", "another one"),
    Kind.LICENSE_KEY_LAPSED: ("22 November 2027", "SO-10001", "buy a new one"),
    Kind.EMAIL_CHANGED: ("22 November 2026", "25 November 2026", "first token or phone"),
    Kind.EMAIL_CHANGED_FROM: (
        "22 November 2026",
        f"{SENDER.portal}/v1/freezes/secret-7f3k",
        "26 November 2026",
        "choose its password",
    ),
    Kind.SPONSORSHIP_OFFERED: (
        "Northwind Aerospace offers you a credential",
        "Hardware token, 1 year",
        "need no license key",
        SENDER.portal,
        "until Sunday, 6 December 2026, 07:00 UTC",
    ),
    Kind.SPONSORSHIP_REMINDER: ("haven't accepted", "6 December 2026", "you can only buy"),
    Kind.SPONSORSHIP_LAPSED: ("is over", "in the shop", SENDER.portal),
    Kind.SPONSORSHIP_ACCEPTED: (
        "pending activation",
        "no license key",
        "SO-10001",
        "nothing to pay",
        "within 3 to 5 business days",
        "1 Main Street",
        "valid for one year",
        "wasn't you",
    ),
    Kind.INVITED: (
        "Grace Hopper invites your organization, for Northwind Aerospace, to use Parts Portal",
        f"{SENDER.portal}/invitations/secret-7f3k",
        "administrator signs in",
        "doesn't mean that Northwind Aerospace does business with you",
        "Sunday, 6 December 2026, 07:00 UTC",
    ),
    Kind.INVITATION_REMINDER: (f"{SENDER.portal}/invitations/secret-7f3k", "6 December 2026"),
    Kind.REGISTRATION_BEGUN: (
        f"{SENDER.portal}/registrations/secret-7f3k",
        "6 December 2026",
        "don't forward",
    ),
    Kind.REGISTRATION_SUBMITTED: (
        "an answer by Sunday, 6 December 2026",
        "no mail repeats them",
    ),
    Kind.REGISTRATION_REJECTED: ("No longer needed", "will be deleted", SENDER.support),
    Kind.ADMINISTRATOR_WELCOME: (
        "user id:",
        "ada",
        SENDER.portal,
        "22 December 2026",
        "that person knows it",
    ),
    Kind.CONNECTION_REQUESTED: (
        "signed in as ada.at.bolt",
        "your account ada.at.acme",
        "as ada.at.acme, with a code",
        SENDER.portal,
        "29 November 2026, 07:00 UTC",
        "no link in this mail that does it",
        "do nothing",
        "somebody knows the password of ada.at.bolt",
    ),
    Kind.LETTER_SENT: (
        "23 November 2026",
        "end of 3 January 2027",
        "another letter",
        SENDER.portal,
    ),
    Kind.LETTER_REMINDER: ("23 November 2026", "end of 3 January 2027", "another one", "meeting"),
    Kind.LETTER_LOST: ("doesn't work", "counts against no limit", "meeting"),
    Kind.CONNECTED: (
        "ada.at.bolt uses the credential of your account ada.at.acme",
        "Every session of ada.at.bolt has ended",
        "for both accounts",
        SENDER.portal,
        "wasn't you",
    ),
    Kind.DISCONNECTED: (
        "ada.at.bolt with ada.at.acme",
        "Every session of ada.at.bolt has ended",
        "connected anew",
        "wasn't you",
    ),
    Kind.CREDENTIAL_APPROVED: (
        "22 November 2026",
        SENDER.portal,
        "activate it",
        "20 November 2027",
    ),
    Kind.CREDENTIAL_ACTIVATED: (
        "20 November 2027, 09:30 UTC",
        "register the token",
        "serial number",
        "two consecutive codes",
        "wasn't you",
    ),
    Kind.CREDENTIAL_SUSPENDED: (
        "21 January 2027, 07:00 UTC",
        "20 January 2027, 16:00 UTC",
        "re-enable it",
        SENDER.portal,
        "give it up there",
        "wasn't you",
    ),
    Kind.CREDENTIAL_CAUSE_LIFTED: ("21 January 2027, 07:00 UTC", "is another one", "re-enable it"),
    Kind.CREDENTIAL_REENABLED: ("22 November 2026", "20 November 2027", "change your password"),
    Kind.CREDENTIAL_REVOKED: ("final", "Every session", "temporary", "buy a new one"),
    Kind.UPGRADE_UNUSED: ("22 November 2026", "can't be used for another", SENDER.support),
    Kind.TOKEN_REGISTERED: ("…1234", "when you sign in", "wasn't you"),
    Kind.TOKEN_LOCKED: (
        "…1234",
        "wrong codes in a row",
        "without the token",
        "two consecutive codes",
        "somebody knows your password",
    ),
    Kind.TOKEN_BLOCKED: ("…1234", "reset by an operator", "somebody knows your password"),
    Kind.TOKEN_RESYNCHRONIZED: ("…1234", "accepted again", "wasn't you"),
    Kind.TOKEN_RESET: ("…1234", "operator", "resynchronize", "two consecutive codes"),
    Kind.TOKEN_REVOKED: ("…1234", "lost", "20 November 2027", SENDER.support, "wasn't you"),
    Kind.PHONE_ADDED: ("+1 … 34", "22 November 2026", "by text or by a", "wasn't you"),
    Kind.PHONE_BLOCKED: ("+1 … 34", "wrong codes in a row", "22 November 2026, 07:15 UTC"),
    Kind.PHONE_FREED: ("+1 … 34", "gives codes again"),
    Kind.PHONE_REMOVED: ("+1 … 34", "20 November 2027", "wasn't you"),
    Kind.BINDING_HELD: (
        "the credential of the account ada (Ada Byron) ended without a code",
        "Wednesday, 25 November 2026, 07:00 UTC",
        "Thursday, 26 November 2026, 07:00 UTC",
        f"{SENDER.portal}/v1/freezes/secret-7f3k",
        "nobody can sign in",
    ),
    Kind.CREDENTIAL_APPROVED_FOR: (
        "the credential of ada (Ada Byron) for Strict Shipyards",
        "The operator's reason: Asked by letter",
        "hasn't asked for this",
    ),
    Kind.CREDENTIAL_REOPENED: ("the account ada", "within a day", "at once"),
    Kind.ACCOUNT_FROZEN: ("the account ada (Ada Byron) was frozen", "secure the mailbox"),
    Kind.ACCOUNT_THAWED: ("the account ada", "password is reset"),
    Kind.ACCESS_REQUESTED: (
        "Ada Byron (user id ada)",
        "Parts Portal",
        "I order castings.",
        "approve or deny",
        SENDER.portal,
    ),
    Kind.ACCESS_APPROVED: ("approved your access to Parts Portal", "still missing", SENDER.portal),
    Kind.ACCESS_DENIED: ("denied your request", "I order castings.", "ask again"),
    Kind.ACCESS_REMOVED: ("took away your access", "I order castings.", "credential stays"),
    Kind.SUBSCRIPTION_ENDED: ("Northwind ended", "Parts Portal", "no account", "ask Northwind"),
    Kind.FIRST_LOGIN: ("user id ada", f"{SENDER.portal}/next-step", "somebody knows"),
    Kind.USER_ID_REMINDER: (
        "198.18.0.1",
        "An account of yours has the user id",
        SENDER.portal,
        "wasn't you",
    ),
}


@pytest.fixture
def builder() -> MailBuilder:
    return MailBuilder(SENDER, FakeClock())


def build(builder: MailBuilder, kind: Kind, name: str = "Ada Byron", **facts: Any) -> Mail:
    return builder.build(
        kind,
        to="ada@acme.example",
        name=name,
        language="en",
        zone="UTC",
        facts={**FACTS[kind], **facts},
        ref="msg_1",
    )


def text(mail: Mail) -> str:
    part = mail.mime.get_body(("plain",))
    assert part
    return str(part.get_content())


def html(mail: Mail) -> str:
    part = mail.mime.get_body(("html",))
    assert part
    return str(part.get_content())


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_has_a_subject_a_text_and_an_html_part_B4(
    kind: Kind, builder: MailBuilder
) -> None:
    mail = build(builder, kind)
    parsed = email.message_from_bytes(mail.mime.as_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Subject"].strip()
    readable = [one for one in parsed.walk() if not one.is_multipart()]
    assert [one.get_content_type() for one in readable][:2] == ["text/plain", "text/html"]
    assert len(readable) == (4 if kind.declared.invites else 2)
    for body in (text(mail), html(mail)):
        assert "Ada Byron" in body
        assert SENDER.support in body
        assert "{{" not in body
        assert "{%" not in body
    assert not text(mail).startswith("\n")


def test_a_mail_states_its_sender_and_its_message(builder: MailBuilder) -> None:
    mime = build(builder, Kind.PASSWORD_CHANGED).mime
    assert mime["From"] == "Keyfob <no-reply@keyfob.example>"
    assert mime["To"] == "Ada Byron <ada@acme.example>"
    assert (mime["X-Keyfob-Message"], mime["Auto-Submitted"]) == ("msg_1", "auto-generated")
    assert mime["Date"] == "Sun, 22 Nov 2026 07:00:00 +0000"


@pytest.mark.parametrize("kind", MESSAGES)
def test_no_name_breaks_out_of_html_S51(kind: Kind, builder: MailBuilder) -> None:
    body = html(build(builder, kind, name='<script>alert("x")</script>&'))
    assert "<script" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize(
    "kind", [kind for kind in MESSAGES if isinstance(FACTS[kind].get("order"), Order)]
)
def test_typed_text_stays_text_in_html_S51(kind: Kind, builder: MailBuilder) -> None:
    evil = '<script>alert("x")</script>&'
    known = FACTS[kind]["order"]
    order = an_order(
        po_number=evil,
        lines=(a_line(name=evil),),
        state=State.PAID,
        paid_at=START,
        invoice=known.invoice if known else None,
    )
    facts = (
        {"order": order, "line": a_line(name=evil)} if "line" in FACTS[kind] else {"order": order}
    )
    body = html(build(builder, kind, name=evil, **facts))
    assert "<script" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: eve@example.com",
        "Ada\nX-Evil: 1",
        'Ada" <eve@example.com>, "',
        "Ada, Eve",
        f"{'Ada ' * 17}, Eve <eve@example.com>, Byron",
    ],
)
def test_no_name_adds_a_header_or_a_recipient_S51(name: str, builder: MailBuilder) -> None:
    try:
        mail = build(builder, Kind.PASSWORD_CHANGED, name=name)
    except ValueError:
        return  # refused outright is just as good: the message ends with an alarm
    parsed = email.message_from_bytes(mail.mime.as_bytes(), policy=email.policy.default)
    assert "Bcc" not in parsed
    assert "X-Evil" not in parsed
    assert [one.addr_spec for one in parsed["To"].addresses] == ["ada@acme.example"]


def test_names_in_any_script_arrive_as_written(builder: MailBuilder) -> None:
    mail = build(builder, Kind.PASSWORD_CHANGED, name="Ольга Ладыженская")
    raw = mail.mime.as_bytes()
    assert raw.isascii()
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["To"].addresses[0].display_name == "Ольга Ладыженская"


def test_a_missing_fact_is_an_error_and_no_hole_in_the_text(builder: MailBuilder) -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        builder.build(
            Kind.PASSWORD_CHANGED,
            to="a@b.example",
            name="A",
            language="en",
            zone="UTC",
            facts={},
            ref="m",
        )


def test_only_buyers_of_hardware_are_informed_of_shipping_B5(builder: MailBuilder) -> None:
    phones = an_order(state=State.PAID, lines=(a_line(kind="phone"),))
    for body in (text, html):
        assert "shipped" in body(build(builder, Kind.ORDER_CONFIRMATION))
        assert "shipped" not in body(build(builder, Kind.ORDER_CONFIRMATION, order=phones))


def test_a_shipment_mail_states_content_address_and_next_step_B5(
    builder: MailBuilder,
) -> None:
    for body in (text, html):
        words = " ".join(body(build(builder, Kind.ORDER_SHIPPED)).split())
        for part in (
            "license key 2 of 2",
            "SO-10001",
            "UPS",
            "1Z 999",
            "https://ups.example/1Z%20999",
            "FT-0001",
            "1 Main Street",
            "Wait until the token has arrived",
            "Printed instructions",
            SENDER.portal,
            "register the token",
        ):
            assert part in words


def test_a_tracking_number_stays_text_in_html_S51(builder: MailBuilder) -> None:
    evil = Shipment(unit=1, serial="FT-0001", tracking="<script>1</script>", at=START)
    body = html(build(builder, Kind.ORDER_SHIPPED, shipment=evil))
    assert "<script" not in body
    assert "&lt;script&gt;" in body


@pytest.mark.parametrize("kind", ASKS)
def test_a_message_about_a_credential_says_in_both_forms_how_to_act_E3_F2_F3_F5(
    kind: Kind, builder: MailBuilder
) -> None:
    mail = build(builder, kind)
    for body in (text(mail), html(mail)):
        words = " ".join(unescape(body).replace("<b>", "").replace("</b>", "").split())
        assert [one for one in ASKS[kind] if one not in words] == []


@pytest.mark.parametrize("kind", [Kind.TOKEN_BLOCKED, Kind.TOKEN_RESET])
def test_a_holder_without_a_registered_token_is_advised_to_register_D2(
    kind: Kind, builder: MailBuilder
) -> None:
    mail = builder.build(
        kind, to="a@b.example", name="Ada", language="en", zone="UTC", facts=A_CREDENTIAL, ref="m"
    )
    for body in (text(mail), html(mail)):
        assert "regist" in body
        assert "resynchroniz" not in body


@pytest.mark.parametrize("kind", ABOUT_TOKENS)
def test_a_serial_number_stays_text_in_html_S51(kind: Kind, builder: MailBuilder) -> None:
    body = html(build(builder, kind, serial="<script>1</script>"))
    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_a_license_key_mail_states_its_number_among_all_and_when_to_wait_C1(
    builder: MailBuilder,
) -> None:
    token = text(build(builder, Kind.LICENSE_KEY, position=2))
    assert "license key 2 of 2" in token
    assert "00000-11111-22222-33333" in token
    assert "Wait until the hardware token" in token
    phone = text(build(builder, Kind.LICENSE_KEY, line=a_line(kind="phone")))
    assert "Wait until" not in phone
    assert "takes the place" not in phone
    assert "takes the place" in text(build(builder, Kind.LICENSE_KEY, reissued=True))


def test_a_temporary_passwords_mail_states_its_reason_and_its_end_F3(
    builder: MailBuilder,
) -> None:
    mail = build(builder, Kind.TEMPORARY_PASSWORD)
    for body in (text(mail), html(mail)):
        assert "ABCDE-FGHJK-01234-56789" in body
        assert "your account has a new, temporary password" in body
        assert SENDER.portal in body
        assert "choose a new" in body
        assert "22 December 2026, 07:00 UTC" in body
    assert "ABCDE" not in str(mail.mime["Subject"])


def test_a_recovery_mail_helps_no_phisher_A4(builder: MailBuilder) -> None:
    """It states the requester, the time and the advice for a foreign request; it has no link."""
    mail = build(builder, Kind.RECOVERY_CODE)
    for body in (text(mail), html(mail)):
        words = " ".join(body.replace("<b>", "").replace("</b>", "").split())
        for part in (
            "7K3M0-X1TZZ-9QW4H",
            "Sunday, 22 November 2026, 07:00 UTC",
            "07:30 UTC",
            "network address 198.18.0.1",
            "If it wasn't you: do nothing",
            "Give the code to nobody",
        ):
            assert part in words
        assert SENDER.portal not in body
        assert "://" not in body
        assert "href" not in body
    assert "7K3M" not in str(mail.mime["Subject"])


def test_a_recovery_is_mailed_with_advice_in_case_it_was_somebody_else_A4(
    builder: MailBuilder,
) -> None:
    mail = build(builder, Kind.PASSWORD_RECOVERED)
    for body in (text(mail), html(mail)):
        words = " ".join(body.replace("<b>", "").replace("</b>", "").split())
        for part in ("07:00 UTC", "198.18.0.1", "Every earlier session", SENDER.support, "mailbox"):
            assert part in words


@pytest.mark.parametrize("kind", [Kind.RECOVERY_CODE, Kind.PASSWORD_RECOVERED])
def test_an_address_of_the_network_stays_text_in_html_S51(kind: Kind, builder: MailBuilder) -> None:
    body = html(build(builder, kind, address="<script>1</script>"))
    assert "<script" not in body
    assert "&lt;script&gt;" in body


def test_the_subject_of_a_reminder_names_the_readers_day_F6_F7(builder: MailBuilder) -> None:
    late = "2027-11-20T23:30:00+00:00"  # it is tomorrow already in Berlin
    facts = {**FACTS[Kind.REVOCATION_REMINDER], "until": late, "revokes": late}
    wanted = {
        Kind.RENEWAL_NOTICE: "Renew your credential by 21 November 2027",
        Kind.REVOCATION_REMINDER: "Your credential will be revoked in 3 days, on 21 November 2027",
    }
    for kind, subject in wanted.items():
        mail = builder.build(
            kind,
            to="a@b.example",
            name="Ada",
            language="en",
            zone="Europe/Berlin",
            facts=facts,
            ref="m",
        )
        assert mail.mime["Subject"] == subject
    tomorrow = {**facts, "days_left": 1}
    mail = builder.build(
        Kind.REVOCATION_REMINDER,
        to="a@b.example",
        name="Ada",
        language="en",
        zone="UTC",
        facts=tomorrow,
        ref="m",
    )
    assert mail.mime["Subject"] == "Your credential will be revoked in 1 day, on 20 November 2027"


@pytest.mark.parametrize("suspended", [None, "system"])
def test_a_reminder_says_how_long_a_renewal_would_last_B7_F7(
    suspended: str | None, builder: MailBuilder
) -> None:
    """A renewal in the last month of the grace year buys less than a month."""
    facts: dict[str, Any] = {**FORETOLD, "suspended": suspended}
    for body in (text, html):
        words = " ".join(unescape(body(build(builder, Kind.REVOCATION_REMINDER, **facts))).split())
        assert "valid until Monday, 20 November 2028, 09:30 UTC only" in words
    by_holder: dict[str, Any] = SUSPENDED
    holders = text(build(builder, Kind.REVOCATION_REMINDER, **by_holder))
    assert "UTC only" not in holders


def test_a_moment_is_written_for_people() -> None:
    written = "Sunday, 22 November 2026, 07:00 UTC"
    assert (
        Words("en", "UTC").moment(START) == Words("en", "UTC").moment(START.isoformat()) == written
    )


def test_a_locked_phones_mail_says_who_can_free_it_F2(builder: MailBuilder) -> None:
    facts = {name: value for name, value in A_PHONE.items() if name != "freed"}
    mail = builder.build(
        Kind.PHONE_BLOCKED,
        to="ada@acme.example",
        name="Ada",
        language="en",
        zone="UTC",
        facts=facts,
        ref="msg_1",
    )
    for body in (text(mail), html(mail)):
        assert "administrator can free this phone" in " ".join(body.split())


@pytest.mark.parametrize("between", ["\n\n    ", "\t", "\n- "])
def test_a_name_begins_no_paragraph_code_or_column_S51(between: str, builder: MailBuilder) -> None:
    evil = f"Tok{between}Call us"
    mail = build(builder, Kind.LICENSE_KEY, line=a_line(name=evil), name=evil)
    assert "Hello Tok" in text(mail)
    assert html(mail).count("ui-monospace") == 1, "the key alone stands in a frame"
    assert "<table" not in html(mail)
    assert "<li>" not in html(mail)
    confirmed = build(builder, Kind.ORDER_CONFIRMATION, order=an_order(lines=(a_line(name=evil),)))
    assert html(confirmed).count("<tr>") == 3


# In other languages


def in_german(builder: MailBuilder, kind: Kind, **facts: Any) -> Mail:
    return builder.build(
        kind,
        to="ada@acme.example",
        name="Ada Byron",
        language="de",
        zone="Europe/Berlin",
        facts={**FACTS[kind], **facts},
        ref="msg_1",
    )


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_is_written_in_german_whole(kind: Kind, builder: MailBuilder) -> None:
    mail = in_german(builder, kind)
    assert mail.mime["Content-Language"] == "de"
    assert '<html lang="de">' in html(mail)
    words = " ".join(text(mail).split())
    assert "Guten Tag, Ada Byron," in words
    assert f"Schreiben Sie an {SENDER.support}" in words
    english = {"the", "your", "you", "it", "and", "is"}
    assert english.isdisjoint(re.findall(r"[a-z]+", words.lower()))


def test_money_has_the_separators_of_the_language() -> None:
    assert Words("de", "UTC").money(123_800, "EUR") == "EUR 1.238,00"
    assert Words("de", "UTC").money(1_238, "JPY") == "JPY 1.238"
    assert Words("en", "UTC").money(123_800, "EUR") == "EUR 1,238.00"


def test_a_german_mail_has_german_dates_and_numbers_of_days_F7(builder: MailBuilder) -> None:
    mail = in_german(builder, Kind.REVOCATION_REMINDER)
    assert mail.mime["Subject"] == "Ihr Zugang wird in 3 Tagen widerrufen, am 20. November 2028"
    assert "Montag, 20. November 2028, 10:30 CET (Europe/Berlin)" in " ".join(text(mail).split())
    tomorrow = in_german(builder, Kind.REVOCATION_REMINDER, days_left=1)
    assert "in 1 Tag widerrufen" in tomorrow.mime["Subject"]


@pytest.mark.parametrize("language", ["en", "xx", "", "den", "../de"])
def test_a_language_without_a_catalog_is_english(language: str) -> None:
    assert Words(language, "UTC").language == "en"
    assert Words(language, "UTC").day(START) == "22 November 2026"


@pytest.mark.parametrize("language", ["de", "de-AT", "DE"])
def test_a_language_is_known_by_its_first_letters(language: str) -> None:
    assert Words(language, "UTC").language == "de"


def test_typed_text_stays_text_in_every_language_S51(builder: MailBuilder) -> None:
    evil = '<script>alert("x")</script>&%(at)s{at}'
    mail = in_german(builder, Kind.ORDER_CANCELED, order=an_order(po_number=evil))
    assert f"Ihre eigene Bestellnummer: {evil}" in text(mail)
    assert f"Ihre eigene Bestellnummer: {escape(evil)}" in html(mail)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("credential", "the credential of the account"),
        ("authenticator", "the last token or phone of the account"),
        ("connection", "the connection of the account"),
        ("freeze", "was thawed"),
    ],
)
def test_a_hold_says_what_has_ended_and_offers_to_freeze_the_account_S54(
    ended: str, said: str, builder: MailBuilder
) -> None:
    mail = build(builder, Kind.BINDING_HELD, ended=ended)
    for body in (text(mail), html(mail)):
        words = " ".join(body.split())
        assert said in words
        assert f"{SENDER.portal}/v1/freezes/secret-7f3k" in words


@pytest.mark.parametrize(
    ("kind", "state", "invoiced", "by_card"),
    [
        (Kind.ORDER_CANCELED, State.CANCELED, "KEY-0001 needs no payment", "payment page is"),
        (Kind.ORDER_REFUNDED, State.CANCELED, "USD 50.00 that arrived", "card it came from"),
        (Kind.ORDER_REFUNDED, State.HELD, "so USD 50.00 go back to you", "card it came from"),
        (Kind.ORDER_EXPIRED, State.EXPIRED, "no invoice could be made", "payment page has"),
        (Kind.RENEWAL_REFUSED, State.HELD, "USD 50.00, goes back to you", "goes back to your card"),
    ],
)
def test_a_mail_about_an_order_by_invoice_speaks_of_no_card_or_page_B4(
    builder: MailBuilder, kind: Kind, state: State, invoiced: str, by_card: str
) -> None:
    order = an_invoice_order(state=state, invoice=an_invoice(paid=5_000), paid_at=START)
    for one, words, others in (
        (order, invoiced, by_card),
        (an_order(state=state, paid_at=START), by_card, invoiced),
    ):
        body = " ".join(text(build(builder, kind, order=one)).split())
        assert words in body
        assert others not in body


def test_an_invoices_mail_has_amount_day_address_and_reference_B4(builder: MailBuilder) -> None:
    body = " ".join(text(build(builder, Kind.INVOICE_ISSUED, **AN_INVOICE)).split())
    for words in ("USD 134.03", "22 December 2026", "https://pay.example/in_1", "quote SO-10001"):
        assert words in body
