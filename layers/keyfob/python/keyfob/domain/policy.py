"""Every period and limit in one place; a deployment overrides them by name."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any


class LetterCodeFrom(StrEnum):
    """The day from which the validity of a letter's code is counted.

    SP 800-63A-4 (3.1.9) counts from the mailing, and allows 21 days within the contiguous United
    States. Eight business days later the letter has arrived almost everywhere.
    """

    EIGHTH_BUSINESS_DAY = "eighth_business_day"
    MAILING = "mailing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Periods are `timedelta`s (seconds in an override), limits whole numbers.

    `phone_spend_…` are in thousandths of a dollar, for all messages together.

    `order_credentials`: renewals, upgrades and added tokens in an order, which one transaction
    applies.

    `short_renewal_…`: a renewal that lasts no longer is warned of, or must be confirmed.

    `taken_back_notice`: a credential whose renewal was refunded is not revoked sooner.

    `letter_code_days` are counted from `letter_code_from`. A deployment that claims conformity with
    SP 800-63A-4 takes 21 days from the `mailing`.

    `invoice_reminders` are counted from the due date, at which there is one, too. `credit_limit` is
    the most that an organization may owe by unpaid invoices, in minor units of each currency.

    `document_patience`: a mail waits so long for the document that it encloses. `signed_order_…`
    are of the signed purchase orders that are uploaded to an order.

    `business_day_ends`, `quiet_from` and `quiet_until` are hours of the wall clock.
    """

    session_lifetime: timedelta = timedelta(hours=12)
    session_idle: timedelta = timedelta(minutes=30)
    sessions_per_account: int = 5
    last_seen_step: timedelta = timedelta(minutes=1)
    elevation_lifetime: timedelta = timedelta(hours=12)
    recent_proof: timedelta = timedelta(minutes=10)
    challenge_lifetime: timedelta = timedelta(minutes=10)
    statement_lifetime: timedelta = timedelta(minutes=5)
    statements_a_minute: int = 10
    new_password_lease: timedelta = timedelta(seconds=60)
    password_min_length: int = 15
    password_max_length: int = 128
    password_tries: int = 5
    password_tries_period: timedelta = timedelta(minutes=20)
    password_tries_known: int = 10
    password_tries_known_period: timedelta = timedelta(minutes=10)
    password_failures: int = 100
    password_tries_per_address: int = 50
    password_tries_per_address_period: timedelta = timedelta(hours=1)
    recovery_code_lifetime: timedelta = timedelta(minutes=30)
    recovery_code_extended: timedelta = timedelta(hours=24)
    recovery_mails: int = 3
    recovery_mails_period: timedelta = timedelta(minutes=15)
    recovery_requests_per_address: int = 20
    recovery_requests_per_address_period: timedelta = timedelta(hours=1)
    recovery_tries_per_address: int = 50
    recovery_tries_per_address_period: timedelta = timedelta(hours=1)
    otp_failures: int = 5
    otp_steps_at_sign_in: int = 1
    otp_steps_at_registration: int = 20
    otp_steps_at_resynchronization: int = 20
    otp_steps_a_year: int = 4
    otp_steps_after_reset: int = 28_800
    otp_drift_cap: int = 10
    otp_counts_at_sign_in: int = 10
    otp_counts_at_registration: int = 1_000
    otp_counts_at_resynchronization: int = 1_000
    otp_counts_after_reset: int = 10_000
    pair_failures: int = 5
    binding_hold: timedelta = timedelta(hours=72)
    freeze_link_after_hold: timedelta = timedelta(days=1)
    numbers_kept_frozen: timedelta = timedelta(days=60)
    second_person_period: timedelta = timedelta(hours=72)
    dispute_link_lifetime: timedelta = timedelta(days=30)
    name_correction_period: timedelta = timedelta(days=14)
    first_phone_period: timedelta = timedelta(days=7)
    first_token_period: timedelta = timedelta(days=60)
    release_lifetime: timedelta = timedelta(hours=24)
    release_tries: int = 20
    phones_per_credential: int = 5
    phone_confirmation_period: timedelta = timedelta(hours=1)
    phone_code_lifetime: timedelta = timedelta(minutes=5)
    phone_code_tries: int = 5
    phone_failures: int = 5
    phone_failures_at_most: int = 20
    phone_block: timedelta = timedelta(minutes=15)
    phone_send_gap: timedelta = timedelta(seconds=60)
    phone_sends: int = 5
    phone_sends_period: timedelta = timedelta(minutes=10)
    phone_sends_a_day: int = 20
    phone_first_sends: int = 2
    phone_sends_per_prefix: int = 60
    phone_sends_per_prefix_period: timedelta = timedelta(hours=1)
    phone_sends_per_address: int = 30
    phone_sends_per_address_period: timedelta = timedelta(hours=1)
    phone_spend_an_hour: int = 50_000
    phone_spend_a_day: int = 300_000
    license_key_tries: int = 5
    license_key_tries_period: timedelta = timedelta(minutes=10)
    license_key_tries_per_address: int = 10
    license_key_tries_per_address_period: timedelta = timedelta(hours=1)
    foreign_ids_a_day: int = 20
    accounts_a_day: int = 200
    exports_a_day: int = 10
    reissues_a_day: int = 100
    releases_a_day: int = 50
    freezes_a_day: int = 100
    thaws_a_day: int = 100
    access_requests_a_day: int = 10
    connection_requests: int = 3
    connection_requests_period: timedelta = timedelta(days=1)
    connection_request_lifetime: timedelta = timedelta(days=7)
    instant_attempts: int = 3
    questions_lifetime: timedelta = timedelta(minutes=5)
    question_looks: int = 20
    person_attempts: int = 5
    person_attempts_period: timedelta = timedelta(hours=6)
    appointment_notice: timedelta = timedelta(hours=2)
    appointment_horizon: timedelta = timedelta(days=30)
    appointment_changes_a_day: int = 10
    meeting_room_wait: timedelta = timedelta(minutes=10)
    appointment_reminders: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1))
    result_expected: timedelta = timedelta(hours=2)
    activation_code_reminder: timedelta = timedelta(days=7)
    contact_kept: timedelta = timedelta(days=7)
    failed_appointments: int = 3
    no_show_pause: timedelta = timedelta(days=1)
    activation_code_lifetime: timedelta = timedelta(days=30)
    letters: int = 4
    letters_period: timedelta = timedelta(days=30)
    letter_gap: timedelta = timedelta(days=1)
    letter_acknowledged: timedelta = timedelta(days=7)
    letter_code_days: int = 30
    letter_code_from: LetterCodeFrom = LetterCodeFrom.EIGHTH_BUSINESS_DAY
    activation_code_tries: int = 5
    activation_code_tries_period: timedelta = timedelta(minutes=10)
    invitation_lifetime: timedelta = timedelta(days=14)
    invitation_reminder: timedelta = timedelta(days=3)
    invitation_kept: timedelta = timedelta(days=30)
    invitations_a_day: int = 100
    acceptances_per_address: int = 30
    acceptances_per_address_period: timedelta = timedelta(hours=1)
    registration_lifetime: timedelta = timedelta(days=14)
    registration_answer_days: int = 2
    registration_rejected_kept: timedelta = timedelta(days=30)
    registration_saves: int = 100
    registration_saves_period: timedelta = timedelta(hours=1)
    registrations_per_address: int = 10
    registrations_per_address_period: timedelta = timedelta(hours=1)
    registrations_first: int = 1
    registrations_per_mailbox: int = 3
    form_lifetime: timedelta = timedelta(hours=2)
    form_least: timedelta = timedelta(seconds=3)
    form_work_bits: int = 16
    renewal_notice: timedelta = timedelta(days=30)
    short_renewal_warned: timedelta = timedelta(days=30)
    short_renewal_confirmed: timedelta = timedelta(days=1)
    suspension_limit: timedelta = timedelta(days=60)
    revocation_reminders: tuple[timedelta, ...] = (
        timedelta(days=30),
        timedelta(days=15),
        timedelta(days=3),
    )
    invoice_clearing: timedelta = timedelta(days=5)
    taken_back_notice: timedelta = timedelta(days=30)
    invoice_due: timedelta = timedelta(days=30)
    invoice_reminders: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=14))
    credit_limit: int = 1_000_000
    quote_lifetime: timedelta = timedelta(days=30)
    quotes_a_day: int = 50
    business_day_ends: int = 17
    quiet_from: int = 20
    quiet_until: int = 8
    checkout_lifetime: timedelta = timedelta(hours=23)
    order_units: int = 100
    open_orders_per_account: int = 10
    campaigns_a_day: int = 50
    campaign_accounts: int = 100
    campaign_organizations: int = 20
    campaign_credentials: int = 1_000
    sponsored_renewals_a_day: int = 200
    sponsorship_chunk: int = 20
    sponsorship_reminder: timedelta = timedelta(days=14)
    delivery_from_days: int = 3
    delivery_to_days: int = 5
    order_credentials: int = 12
    guest_order_units: int = 5
    guest_orders_per_address: int = 10
    guest_orders_per_address_period: timedelta = timedelta(hours=1)
    guest_orders_per_mailbox: int = 5
    guest_data_kept: timedelta = timedelta(days=30)
    key_resends_a_day: int = 10
    license_key_lifetime: timedelta = timedelta(days=366)
    license_key_reminders: tuple[timedelta, ...] = (timedelta(days=14), timedelta(days=60))
    license_key_lapse_notice: timedelta = timedelta(days=30)
    license_key_mail_expected: timedelta = timedelta(hours=24)
    fulfilment_chunk: int = 20
    queue_steps: int = 50
    low_stock: int = 20
    shipping_list_lines: int = 500
    due_lease: timedelta = timedelta(hours=1)
    outbox_patience: timedelta = timedelta(minutes=2)
    outbox_lease: timedelta = timedelta(seconds=60)
    outbox_attempts: int = 8
    outbox_kept: timedelta = timedelta(days=90)
    order_data_kept: timedelta = timedelta(days=3653)
    dead_secret_kept: timedelta = timedelta(days=30)
    idempotency_kept: timedelta = timedelta(days=7)
    webhook_tolerance: timedelta = timedelta(seconds=300)
    document_patience: timedelta = timedelta(minutes=2)
    documents_kept: timedelta = timedelta(days=90)
    signed_order_pages: int = 50
    signed_order_upload: timedelta = timedelta(minutes=10)
    signed_orders_a_day: int = 20

    def __post_init__(self) -> None:
        """Refuse values that would break the service, or open it.

        Raises:
            ValueError: out of `BOUNDS`.
        """
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            for one in value if isinstance(value, tuple) else (value,):
                if not least <= one <= most:
                    raise ValueError(f"the policy's {name!r} must be between {least} and {most}")


_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PERIOD = (_MINUTE, _DAY)

# The least and the greatest value of each field, both allowed.
BOUNDS: dict[str, tuple[Any, Any]] = {
    # NIST SP 800-63B-4, section 2.2.3: a day, and an hour without use.
    "session_lifetime": (5 * _MINUTE, _DAY),
    "session_idle": (_MINUTE, _HOUR),
    "sessions_per_account": (1, 20),
    # Shorter, and a person can't type in time; longer, and an open session is enough.
    "recent_proof": (2 * _MINUTE, 30 * _MINUTE),
    # Well below the shortest idle period: a session in use must not end.
    "last_seen_step": (_SECOND, _MINUTE),
    "elevation_lifetime": (5 * _MINUTE, _DAY),
    "challenge_lifetime": (_MINUTE, _HOUR),
    # S26: five minutes; shorter than half of one, and a slow clock refuses it.
    "statement_lifetime": (30 * _SECOND, 5 * _MINUTE),
    # Each costs two calls of the key service.
    "statements_a_minute": (1, 60),
    # Longer than a function may run: after that a new password can no longer arrive.
    "new_password_lease": (timedelta(seconds=35), timedelta(minutes=10)),
    # NIST SP 800-63B-4, section 3.1.1.2: at least 15 for a password that counts alone.
    "password_min_length": (15, 64),
    "password_max_length": (64, 256),
    "password_tries": (2, 20),
    # Shorter, and the password store never forgets wrong ones (domain/sessions/lanes.py).
    "password_tries_period": (15 * _MINUTE, _DAY),
    "password_tries_known": (2, 50),
    "password_tries_known_period": _PERIOD,
    # NIST SP 800-63B-4, section 3.2.2: at most 100 consecutive failures.
    "password_failures": (10, 100),
    "password_tries_per_address": (3, 1_000),
    "password_tries_per_address_period": _PERIOD,
    # NIST SP 800-63B-4, section 4.2: a code that is sent by e-mail is good for a day.
    "recovery_code_lifetime": (_MINUTE, _DAY),
    "recovery_code_extended": (30 * _MINUTE, _DAY),
    "recovery_mails": (1, 20),
    "recovery_mails_period": _PERIOD,
    "recovery_requests_per_address": (1, 200),
    "recovery_requests_per_address_period": _PERIOD,
    "recovery_tries_per_address": (3, 1_000),
    "recovery_tries_per_address_period": _PERIOD,
    "otp_failures": (2, 100),
    # A wider window makes guessing easier.
    "otp_steps_at_sign_in": (1, 4),
    "otp_steps_at_registration": (1, 100),
    # Each step is a code that somebody may have photographed.
    "otp_steps_at_resynchronization": (4, 120),
    "otp_steps_a_year": (1, 20),
    "otp_steps_after_reset": (1, 28_800),
    "otp_drift_cap": (1, 20),
    "otp_counts_at_sign_in": (1, 50),
    "otp_counts_at_registration": (1, 1_000),
    "otp_counts_at_resynchronization": (10, 1_000),
    "otp_counts_after_reset": (1, 10_000),
    "pair_failures": (2, 100),
    # Shorter, and a weekend passes before the holder reads a mail.
    "binding_hold": (_DAY, 5 * _DAY),
    "freeze_link_after_hold": (_HOUR, 7 * _DAY),
    # As long as a hold: shorter, and nobody reads the former mailbox in time.
    "second_person_period": (_DAY, 5 * _DAY),
    "numbers_kept_frozen": (7 * _DAY, 60 * _DAY),
    "dispute_link_lifetime": (7 * _DAY, 90 * _DAY),
    "name_correction_period": (_DAY, 30 * _DAY),
    # Longer than a hold: a credential that was activated in it would never have a phone.
    "first_phone_period": (6 * _DAY, 30 * _DAY),
    "first_token_period": (7 * _DAY, 180 * _DAY),
    "release_lifetime": (_HOUR, 3 * _DAY),
    # Guesses at 50 bits, for each release.
    "release_tries": (1, 100),
    # Each takes some sixty bytes of the credential's row of one kilobyte.
    "phones_per_credential": (1, 5),
    "phone_confirmation_period": _PERIOD,
    # A guess at six digits is right once in a million.
    "phone_code_lifetime": (_MINUTE, 10 * _MINUTE),
    "phone_code_tries": (1, 10),
    "phone_failures": (2, 20),
    "phone_failures_at_most": (2, 100),
    "phone_block": _PERIOD,
    "phone_send_gap": (_SECOND, _HOUR),
    # None, and nobody who tries ids is found; many, and they fill the trail.
    "foreign_ids_a_day": (5, 200),
    # Each mails a password, and tells whether a user id is taken.
    "accounts_a_day": (1, 2_000),
    # Each asks the key service and mails the purchaser.
    "reissues_a_day": (1, 1_000),
    # Each mails and texts the holder and all administrators; the last two reset the password, too.
    "freezes_a_day": (5, 1_000),
    "thaws_a_day": (1, 1_000),
    "releases_a_day": (1, 1_000),
    # Each reads every account of an organization.
    "exports_a_day": (1, 100),
    # None, and others keep a number from being bound; many, and they flood it.
    "phone_first_sends": (1, 5),
    "phone_sends": (1, 100),
    "phone_sends_period": _PERIOD,
    "phone_sends_a_day": (1, 100),
    "phone_sends_per_prefix": (1, 10_000),
    "phone_sends_per_prefix_period": _PERIOD,
    "phone_sends_per_address": (1, 10_000),
    "phone_sends_per_address_period": _PERIOD,
    # A thousand dollars, and ten thousand.
    "phone_spend_an_hour": (1, 1_000_000),
    "phone_spend_a_day": (1, 10_000_000),
    "license_key_tries": (1, 100),
    "license_key_tries_period": _PERIOD,
    "license_key_tries_per_address": (1, 1_000),
    "license_key_tries_per_address_period": _PERIOD,
    # Each sends a mail to every administrator of an application.
    "access_requests_a_day": (1, 50),
    "connection_requests": (1, 20),
    "connection_requests_period": (_MINUTE, 30 * _DAY),
    "connection_request_lifetime": (_HOUR, 30 * _DAY),
    "instant_attempts": (1, 5),
    "questions_lifetime": (2 * _MINUTE, 15 * _MINUTE),
    # Each asks the bureau.
    "question_looks": (5, 100),
    "person_attempts": (1, 20),
    "person_attempts_period": (_HOUR, _DAY),
    "appointment_notice": (15 * _MINUTE, 7 * _DAY),
    # A horizon of many weeks makes reading free times dear.
    "appointment_horizon": (7 * _DAY, 60 * _DAY),
    # Each sends mails to the holder and to an agent.
    "appointment_changes_a_day": (2, 50),
    # So long the mails about a booking wait for the room.
    "meeting_room_wait": (_MINUTE, _HOUR),
    "appointment_reminders": (15 * _MINUTE, 7 * _DAY),
    "result_expected": (_HOUR, 2 * _DAY),
    "activation_code_reminder": (_HOUR, 14 * _DAY),
    "contact_kept": (_HOUR, 30 * _DAY),
    "failed_appointments": (1, 10),
    "no_show_pause": (_HOUR, 14 * _DAY),
    "activation_code_lifetime": (_DAY, 30 * _DAY),
    # Each costs postage, and is a try to get at somebody's mail.
    "letters": (1, 10),
    "letters_period": (_DAY, 30 * _DAY),
    "letter_gap": (_HOUR, 7 * _DAY),
    # Shorter, and a provider's weekend is a failure; the most is how long personal data are kept.
    "letter_acknowledged": (3 * _DAY, 7 * _DAY),
    "letter_code_days": (10, 30),
    "activation_code_tries": (1, 20),
    "activation_code_tries_period": _PERIOD,
    "invitation_lifetime": (4 * _DAY, 60 * _DAY),
    "invitation_reminder": (_HOUR, 3 * _DAY),
    # The longest that an address without an account is kept after an invitation has ended.
    "invitation_kept": (_DAY, 90 * _DAY),
    # Each is a mail to somebody who has not asked for it.
    "invitations_a_day": (1, 1_000),
    "acceptances_per_address": (3, 1_000),
    "acceptances_per_address_period": _PERIOD,
    "registration_lifetime": (_DAY, 60 * _DAY),
    "registration_answer_days": (1, 10),
    "registration_rejected_kept": (_DAY, 90 * _DAY),
    # Each judges and seals up to ten passwords.
    "registration_saves": (10, 1_000),
    "registration_saves_period": _PERIOD,
    "registrations_per_address": (1, 1_000),
    "registrations_per_address_period": _PERIOD,
    # Each is a mail to somebody who may not have asked for it.
    # None, and strangers keep the owner of a mailbox from registering; many, and they flood it.
    "registrations_first": (1, 5),
    "registrations_per_mailbox": (1, 20),
    "form_lifetime": (10 * _MINUTE, _DAY),
    "form_least": (_SECOND, _MINUTE),
    # Two to this power hashes on average: more keeps a phone busy for minutes.
    "form_work_bits": (8, 24),
    "renewal_notice": (_DAY, 90 * _DAY),
    "short_renewal_warned": (_DAY, 90 * _DAY),
    "short_renewal_confirmed": (_HOUR, 30 * _DAY),
    "suspension_limit": (_DAY, 365 * _DAY),
    "revocation_reminders": (_HOUR, 365 * _DAY),
    "invoice_clearing": (_DAY, 30 * _DAY),
    "taken_back_notice": (3 * _DAY, 90 * _DAY),
    # Longer than the checks of a lost event need; a year is no credit any more.
    "invoice_due": (_DAY, 365 * _DAY),
    "invoice_reminders": (_DAY, 365 * _DAY),
    # Of an organization, in minor units; an operator sets another one for each.
    "credit_limit": (1, 99_999_999_999),
    # As long as a quote is good, its prices are promised.
    "quote_lifetime": (_DAY, 365 * _DAY),
    "quotes_a_day": (1, 1_000),
    "business_day_ends": (1, 23),
    "quiet_from": (13, 23),
    "quiet_until": (1, 12),
    # The payment provider's own bounds, with room to open a page late.
    "checkout_lifetime": (_HOUR, timedelta(hours=23, minutes=30)),
    "order_units": (1, 200),
    "open_orders_per_account": (1, 100),
    # Each offers up to a hundred credentials by mail.
    "campaigns_a_day": (1, 1_000),
    "campaign_accounts": (1, 100),
    # One transaction makes a row for each.
    "campaign_organizations": (1, 50),
    # A report reads every sponsorship of its campaign.
    "campaign_credentials": (1, 5_000),
    # Each is a year that a partner pays for.
    "sponsored_renewals_a_day": (1, 2_000),
    # One transaction has at most 100 items: two, and three for each sponsorship.
    "sponsorship_chunk": (1, 30),
    "sponsorship_reminder": (_DAY, 60 * _DAY),
    # Business days, as people are told.
    "delivery_from_days": (1, 30),
    "delivery_to_days": (1, 60),
    # One transaction has at most 100 items; six for each credential that an order changes.
    "order_credentials": (1, 12),
    # Nobody is known who could be asked about a larger order.
    "guest_order_units": (1, 20),
    # Each opens a payment page.
    "guest_orders_per_address": (1, 1_000),
    "guest_orders_per_address_period": _PERIOD,
    "guest_orders_per_mailbox": (1, 50),
    # The data of somebody who has bought nothing.
    "guest_data_kept": (_DAY, 90 * _DAY),
    # Each asks the key service, and kills a key that somebody may have been given.
    "key_resends_a_day": (1, 100),
    # Never longer than the calendar year that was paid for.
    "license_key_lifetime": (90 * _DAY, 366 * _DAY),
    "license_key_reminders": (_DAY, 300 * _DAY),
    "license_key_lapse_notice": (_DAY, 60 * _DAY),
    # Shorter, and an outage of the mail service that heals by itself is an alarm.
    "license_key_mail_expected": (_HOUR, 3 * _DAY),
    # Three, and four for each license key.
    "fulfilment_chunk": (1, 24),
    # Each is a transaction of a worker that has half a minute.
    "queue_steps": (1, 200),
    "low_stock": (1, 10_000),
    # Each is a transaction of a function that has a quarter of an hour.
    "shipping_list_lines": (1, 2_000),
    # Longer than any worker may run.
    "due_lease": (15 * _MINUTE, _DAY),
    "outbox_patience": (_MINUTE, _HOUR),
    # Longer than a worker may run, shorter than a queue hides its message.
    "outbox_lease": (timedelta(seconds=35), timedelta(seconds=85)),
    "outbox_attempts": (1, 20),
    "outbox_kept": (_DAY, 365 * _DAY),
    "dead_secret_kept": (_DAY, 30 * _DAY),
    # Addresses of paid orders: as long as the deployment's country wants books to be kept.
    "order_data_kept": (365 * _DAY, 15 * 366 * _DAY),
    "idempotency_kept": (_DAY, 30 * _DAY),
    # S36: five minutes both ways.
    "webhook_tolerance": (30 * _SECOND, 300 * _SECOND),
    # A mail about an order comes within minutes.
    "document_patience": (_SECOND, 10 * _MINUTE),
    # The bucket's rule deletes the files after the greatest value.
    "documents_kept": (_DAY, 90 * _DAY),
    "signed_order_pages": (1, 200),
    "signed_order_upload": (_MINUTE, _HOUR),
    "signed_orders_a_day": (1, 100),
}


def overridden(policy: Policy, override: str) -> Policy:
    """`policy` with the values named in a JSON object; periods in seconds.

    Raises ValueError for an unknown name or a value that isn't a positive number (or a list of
    them, where there are several; or one of the words, where it takes one).
    """
    changes: dict[str, Any] = {}
    known = {field.name: getattr(policy, field.name) for field in fields(policy)}
    for name, value in json.loads(override or "{}").items():
        if name not in known:
            raise ValueError(f"the policy has no {name!r}")
        changes[name] = _changed(name, known[name], value)
    return replace(policy, **changes)


def _changed(name: str, known: object, value: object) -> Any:
    if isinstance(known, tuple):
        if not isinstance(value, list) or not value:
            raise ValueError(f"the policy's {name!r} must be a list of positive whole numbers")
        return tuple(_changed(name, known[0], one) for one in value)
    if isinstance(known, LetterCodeFrom):
        return LetterCodeFrom(str(value))
    if type(value) is not int or value <= 0:
        raise ValueError(f"the policy's {name!r} must be a positive whole number")
    return timedelta(seconds=value) if isinstance(known, timedelta) else value
