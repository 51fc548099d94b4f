"""Every kind of message and effect, each declared once. Pure.

To add one: a member of `Kind`, and a template of its name (`usecases/messages/templates/`). The
code that makes the message supplies the facts declared here (`facts.py`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from keyfob.domain.messages.declared import (
    Declared,
    Invitation,
    MessageChannel,
    MessageClass,
    Recipient,
    Truth,
)
from keyfob.domain.messages.facts import (
    AboutAccountFacts,
    AcceptedFacts,
    AccessFacts,
    AppointmentFacts,
    ApprovedForFacts,
    AtFacts,
    CodeFacts,
    ConnectionFacts,
    CredentialFacts,
    DisputeFacts,
    ForetoldFacts,
    FormerFacts,
    GivenBackFacts,
    HeldFacts,
    InvitedFacts,
    KeyReminderFacts,
    LetterFacts,
    LicenseKeyFacts,
    NoFacts,
    OfferFacts,
    OfferReminderFacts,
    PhoneFacts,
    ProofedFacts,
    ReaddressedFacts,
    RecoveredFacts,
    RecoveryCodeFacts,
    RefundRequestFacts,
    RoomFacts,
    ShipmentEndedFacts,
    ShipmentFacts,
    SignedFileFacts,
    SignedOrderFacts,
    SubscriptionFacts,
    SupplyFacts,
    TokenFacts,
    TransferFacts,
    UntilFacts,
    WelcomeFacts,
)

_SECURITY, _TRANSACTION, _REMINDER = MessageClass
_TEXT, _EFFECT = MessageChannel.TEXT, MessageChannel.EFFECT
_PURCHASER, _HOLDER, _ACCOUNT = Recipient.PURCHASER, Recipient.HOLDER, Recipient.ACCOUNT


def _of_order(*states: str, facts: type = NoFacts) -> Declared:
    return Declared(
        class_=_TRANSACTION,
        to=_PURCHASER,
        facts=facts,
        truth=Truth.ORDER,
        states=frozenset(states),
    )


def _of_supply(*states: str, to: Recipient = _PURCHASER) -> Declared:
    return Declared(
        class_=_TRANSACTION,
        to=to,
        facts=SupplyFacts,
        truth=Truth.SUPPLY,
        states=frozenset(states),
    )


def _of_shipment(to: Recipient) -> Declared:
    return Declared(class_=_TRANSACTION, to=to, facts=ShipmentFacts, truth=Truth.SHIPMENT)


def _of_credential(class_: MessageClass, facts: type = CredentialFacts) -> Declared:
    return Declared(class_=class_, facts=facts, truth=Truth.DEADLINE)


def _foretold(class_: MessageClass, comes: str = "") -> Declared:
    return Declared(class_=class_, facts=ForetoldFacts, truth=Truth.FORETOLD, comes=comes)


def _of_connection(to: Recipient, truth: Truth = Truth.CONNECTION) -> Declared:
    return Declared(class_=_SECURITY, to=to, facts=ConnectionFacts, truth=truth)


def _of_appointment(
    to: Recipient, truth: Truth = Truth.FACTS, invites: Invitation | None = None
) -> Declared:
    return Declared(
        class_=_TRANSACTION, to=to, facts=AppointmentFacts, truth=truth, invites=invites
    )


def _booked(to: Recipient) -> Declared:
    return _of_appointment(to, Truth.APPOINTMENT, Invitation.REQUEST)


def _canceled(to: Recipient) -> Declared:
    return _of_appointment(to, invites=Invitation.CANCEL)


def _of_account(facts: type, secret: str = "") -> Declared:
    truth = Truth.SECRET if secret else Truth.FACTS
    return Declared(class_=_SECURITY, to=_ACCOUNT, facts=facts, truth=truth, secret=secret)


def _of_hold(facts: type = AboutAccountFacts, secret: str = "") -> Declared:
    return Declared(
        class_=_SECURITY,
        to=Recipient.ACCOUNT_AND_ADMINISTRATORS,
        facts=facts,
        truth=Truth.HOLD,
        secret=secret,
    )


def _of_access(to: Recipient) -> Declared:
    return Declared(class_=_TRANSACTION, to=to, facts=AccessFacts, truth=Truth.ACCESS)


def _text_to(phones: Recipient) -> Declared:
    return Declared(class_=_SECURITY, channel=_TEXT, to=phones)


def _of_registration(facts: type, state: str, secret: str = "") -> Declared:
    return Declared(
        class_=_TRANSACTION,
        to=Recipient.REGISTRANT,
        facts=facts,
        truth=Truth.REGISTRATION,
        states=frozenset({state}),
        secret=secret,
    )


def _of_sponsorship(class_: MessageClass, facts: type, state: str, comes: str = "") -> Declared:
    return Declared(
        class_=class_,
        facts=facts,
        truth=Truth.SPONSORSHIP,
        states=frozenset({state}),
        comes=comes,
    )


_CALL = Declared(channel=_EFFECT, to=Recipient.SERVICE)
_ROOM_CALL = Declared(channel=_EFFECT, to=Recipient.SERVICE, facts=RoomFacts)


class Kind(StrEnum):
    """A kind of message or effect; `declared` holds its properties."""

    declared: Declared

    def __new__(cls, name: str, declared: Declared) -> Self:
        """A member whose value is its name in rows."""
        made = str.__new__(cls, name)
        made._value_ = name
        made.declared = declared
        return made

    ORDER_CONFIRMATION = "order_confirmation", _of_order("paid", "fulfilled")
    ORDER_CANCELED = "order_canceled", _of_order("canceled")
    ORDER_EXPIRED = "order_expired", _of_order("expired")
    ORDER_REFUSED = "order_refused", _of_order("canceled")
    ORDER_REFUNDED = "order_refunded", _of_order("canceled", "expired", "held")
    ORDER_GIVEN_BACK = "order_given_back", _of_order("paid", "fulfilled", facts=GivenBackFacts)
    PAYMENT_DISPUTED = "payment_disputed", _of_order("paid", "fulfilled", facts=DisputeFacts)
    DISPUTE_WON = "dispute_won", _of_order("paid", "fulfilled", facts=DisputeFacts)
    DISPUTE_LOST = "dispute_lost", _of_order("paid", "fulfilled", facts=DisputeFacts)
    RENEWAL_REFUSED = "renewal_refused", _of_order("held")
    ADDED_TOKEN_REFUSED = "added_token_refused", _of_order("held")
    UPGRADE_REFUSED = "upgrade_refused", _of_order("held")
    INVOICE_ISSUED = "invoice_issued", _of_order("awaiting_payment")
    INVOICE_OVERDUE = "invoice_overdue", _of_order("awaiting_payment")
    ORDER_BACK_ORDERED = "order_back_ordered", _of_supply("back_ordered")
    ORDER_TOKENS_RESERVED = "order_tokens_reserved", _of_supply("reserved", "shipped")
    TOKEN_BACK_ORDERED = "token_back_ordered", _of_supply("back_ordered", to=_HOLDER)
    TOKEN_RESERVED = "token_reserved", _of_supply("reserved", "shipped", to=_HOLDER)
    LINES_REFUSED = "lines_refused", _of_order("paid", "fulfilled", "held")
    SHIPMENT_ENDED = (
        "shipment_ended",
        Declared(class_=_TRANSACTION, to=_PURCHASER, facts=ShipmentEndedFacts),
    )
    TOKEN_NOT_ARRIVED = (
        "token_not_arrived",
        Declared(class_=_TRANSACTION, to=_HOLDER, facts=ShipmentEndedFacts),
    )
    ORDER_SHIPPED = "order_shipped", _of_shipment(_PURCHASER)
    TOKEN_SHIPPED = "token_shipped", _of_shipment(_HOLDER)
    REPLACEMENT_SHIPPED = "replacement_shipped", _of_shipment(_HOLDER)
    LICENSE_KEY = (
        "license_key",
        Declared(
            class_=_TRANSACTION, to=_PURCHASER, facts=LicenseKeyFacts, truth=Truth.LICENSE_KEY
        ),
    )
    KEY_FOR_HOLDER = (
        "key_for_holder",
        Declared(
            class_=_TRANSACTION, to=_HOLDER, facts=LicenseKeyFacts, truth=Truth.KEY_FOR_HOLDER
        ),
    )

    SIGNED_ORDER_REFUSED = (
        "signed_order_refused",
        Declared(class_=_TRANSACTION, to=_PURCHASER, facts=SignedOrderFacts),
    )
    LICENSE_KEY_LAPSED = (
        "license_key_lapsed",
        Declared(
            class_=_TRANSACTION, to=_PURCHASER, facts=KeyReminderFacts, truth=Truth.LAPSED_KEY
        ),
    )
    LICENSE_KEY_REMINDER = (
        "license_key_reminder",
        Declared(
            class_=_REMINDER,
            to=_PURCHASER,
            facts=KeyReminderFacts,
            truth=Truth.UNREDEEMED,
            comes="lapses",
        ),
    )
    SPONSORSHIP_OFFERED = (
        "sponsorship_offered",
        _of_sponsorship(_TRANSACTION, OfferFacts, "offered"),
    )
    SPONSORSHIP_REMINDER = (
        "sponsorship_reminder",
        _of_sponsorship(_REMINDER, OfferReminderFacts, "offered", "until"),
    )
    SPONSORSHIP_LAPSED = (
        "sponsorship_lapsed",
        _of_sponsorship(_TRANSACTION, OfferFacts, "lapsed"),
    )
    SPONSORSHIP_ACCEPTED = (
        "sponsorship_accepted",
        _of_sponsorship(_SECURITY, AcceptedFacts, "accepted"),
    )

    CREDENTIAL_APPROVED = "credential_approved", _of_credential(_TRANSACTION)
    CREDENTIAL_APPROVED_FOR = (
        "credential_approved_for",
        Declared(
            class_=_SECURITY,
            to=Recipient.PARTNER_ADMINISTRATORS,
            facts=ApprovedForFacts,
            truth=Truth.HOLD,
        ),
    )
    CREDENTIAL_ACTIVATED = "credential_activated", _of_credential(_TRANSACTION)
    CREDENTIAL_UNPROOFED = "credential_unproofed", _of_credential(_SECURITY)
    CREDENTIAL_RENEWED = "credential_renewed", _of_credential(_TRANSACTION)
    RENEWAL_TAKEN_BACK = "renewal_taken_back", _of_credential(_TRANSACTION)
    UPGRADE_TAKEN_BACK = "upgrade_taken_back", _of_credential(_TRANSACTION)
    CREDENTIAL_SUSPENDED = "credential_suspended", _of_credential(_SECURITY)
    CREDENTIAL_CAUSE_LIFTED = "credential_cause_lifted", _of_credential(_SECURITY)
    CREDENTIAL_REENABLED = "credential_reenabled", _of_credential(_SECURITY)
    CREDENTIAL_REVOKED = "credential_revoked", _of_credential(_SECURITY)
    CREDENTIAL_LAPSED = "credential_lapsed", _of_credential(_SECURITY)
    UPGRADE_UNUSED = "upgrade_unused", Declared(class_=_TRANSACTION, facts=AtFacts)
    RENEWAL_NOTICE = "renewal_notice", _foretold(_REMINDER, "until")
    CREDENTIAL_EXPIRED = "credential_expired", _foretold(_TRANSACTION)
    REVOCATION_REMINDER = (
        "revocation_reminder",
        _foretold(_REMINDER, "revokes"),
    )
    TOKEN_REGISTERED = "token_registered", _of_credential(_SECURITY, TokenFacts)
    TOKEN_LOCKED = "token_locked", _of_credential(_SECURITY, TokenFacts)
    TOKEN_BLOCKED = "token_blocked", _of_credential(_SECURITY)
    TOKEN_RESYNCHRONIZED = "token_resynchronized", _of_credential(_SECURITY, TokenFacts)
    TOKEN_RESET = "token_reset", _of_credential(_SECURITY)
    TOKEN_REVOKED = "token_revoked", _of_credential(_SECURITY, TokenFacts)
    PHONE_ADDED = "phone_added", _of_credential(_SECURITY, PhoneFacts)
    PHONE_BLOCKED = "phone_blocked", _of_credential(_SECURITY, PhoneFacts)
    PHONE_FREED = "phone_freed", _of_credential(_SECURITY, PhoneFacts)
    PHONE_REMOVED = "phone_removed", _of_credential(_SECURITY, PhoneFacts)
    PHONE_ADDED_TEXT = "phone_added_text", _text_to(Recipient.OTHER_PHONES)
    PHONE_REMOVED_TEXT = "phone_removed_text", _text_to(Recipient.REMOVED_PHONE)

    BINDING_HELD = "binding_held", _of_hold(HeldFacts, "token")
    BINDING_HELD_TEXT = "binding_held_text", _text_to(Recipient.KNOWN_PHONES)
    CREDENTIAL_REOPENED = "credential_reopened", _of_hold()
    BINDING_RELEASED_TEXT = "binding_released_text", _text_to(Recipient.KNOWN_PHONES)
    ACCOUNT_FROZEN = "account_frozen", _of_hold()
    ACCOUNT_THAWED = "account_thawed", _of_hold()

    ADMINISTRATOR_WELCOME = (
        "administrator_welcome",
        Declared(class_=_SECURITY, to=_ACCOUNT, facts=WelcomeFacts, truth=Truth.HOLD),
    )
    ACCOUNT_MADE = (
        "account_made",
        Declared(class_=_TRANSACTION, to=_ACCOUNT, facts=AboutAccountFacts, truth=Truth.HOLD),
    )
    ACCOUNT_RENAMED = "account_renamed", _of_account(AtFacts)
    EMAIL_CHANGED = "email_changed", _of_account(ReaddressedFacts)
    EMAIL_CHANGED_FROM = (
        "email_changed_from",
        Declared(
            class_=_SECURITY,
            to=Recipient.FORMER_ADDRESS,
            facts=FormerFacts,
            truth=Truth.FORMER,
        ),
    )
    ROLES_CHANGED = "roles_changed", _of_account(AtFacts)
    ACCOUNT_DEACTIVATED = "account_deactivated", _of_account(AtFacts)
    ACCOUNT_REACTIVATED = "account_reactivated", _of_account(AtFacts)

    PASSWORD_CHANGED = "password_changed", _of_account(AtFacts)
    TEMPORARY_PASSWORD = "temporary_password", _of_account(UntilFacts, "password")
    RECOVERY_CODE = "recovery_code", _of_account(RecoveryCodeFacts, "code")
    PASSWORD_RECOVERED = "password_recovered", _of_account(RecoveredFacts)
    PASSWORD_RECOVERED_TEXT = "password_recovered_text", _text_to(Recipient.PHONES)

    FIRST_LOGIN = (
        "first_login",
        Declared(class_=_TRANSACTION, to=_ACCOUNT, facts=AtFacts, truth=Truth.HOLD),
    )
    USER_ID_REMINDER = (
        "user_id_reminder",
        Declared(class_=_SECURITY, to=_ACCOUNT, facts=RecoveredFacts, truth=Truth.HOLD),
    )

    CONNECTION_REQUESTED = (
        "connection_requested",
        _of_connection(Recipient.PARENT, Truth.CONNECTION_REQUEST),
    )
    CONNECTED = "connected", _of_connection(Recipient.BOTH)
    DISCONNECTED = "disconnected", _of_connection(Recipient.BOTH)

    ACCESS_REQUESTED = "access_requested", _of_access(Recipient.APPLICATION_ADMINISTRATORS)
    ACCESS_APPROVED = "access_approved", _of_access(_ACCOUNT)
    ACCESS_DENIED = "access_denied", _of_access(_ACCOUNT)
    ACCESS_REMOVED = "access_removed", _of_access(_ACCOUNT)
    SUBSCRIPTION_ENDED = (
        "subscription_ended",
        Declared(class_=_TRANSACTION, to=Recipient.ADMINISTRATORS, facts=SubscriptionFacts),
    )

    INVITED = (
        "invited",
        Declared(
            class_=_TRANSACTION,
            to=Recipient.INVITED,
            facts=InvitedFacts,
            truth=Truth.INVITATION,
            secret="token",  # noqa: S106
        ),
    )
    INVITATION_REMINDER = (
        "invitation_reminder",
        Declared(
            class_=_REMINDER,
            to=Recipient.INVITED,
            facts=InvitedFacts,
            truth=Truth.INVITATION,
            secret="token",  # noqa: S106
            comes="until",
        ),
    )

    REGISTRATION_BEGUN = (
        "registration_begun",
        _of_registration(UntilFacts, "draft", secret="token"),  # noqa: S106
    )
    REGISTRATION_SUBMITTED = "registration_submitted", _of_registration(UntilFacts, "submitted")
    REGISTRATION_REJECTED = "registration_rejected", _of_registration(AtFacts, "rejected")

    APPOINTMENT_BOOKED = "appointment_booked", _booked(_HOLDER)
    APPOINTMENT_MOVED = "appointment_moved", _booked(_HOLDER)
    APPOINTMENT_REASSIGNED = "appointment_reassigned", _booked(_HOLDER)
    APPOINTMENT_TO_MOVE = "appointment_to_move", _of_appointment(_HOLDER, Truth.APPOINTMENT)
    APPOINTMENT_STANDS = "appointment_stands", _of_appointment(_HOLDER, Truth.APPOINTMENT)
    APPOINTMENT_CANCELED = "appointment_canceled", _canceled(_HOLDER)
    APPOINTMENT_MISSED = "appointment_missed", _of_appointment(_HOLDER)
    APPOINTMENT_DISPUTED = "appointment_disputed", _of_appointment(_HOLDER)
    APPOINTMENT_NOT_HELD = "appointment_not_held", _of_appointment(_HOLDER)
    APPOINTMENT_REMINDER = (
        "appointment_reminder",
        Declared(class_=_REMINDER, facts=AppointmentFacts, truth=Truth.APPOINTMENT, comes="start"),
    )
    RESULT_MISSING = "result_missing", _of_appointment(Recipient.AGENT, Truth.APPOINTMENT)
    AGENT_BOOKED = "agent_booked", _booked(Recipient.AGENT)
    AGENT_CANCELED = "agent_canceled", _canceled(Recipient.AGENT)
    PROOFING_FAILED = "proofing_failed", _of_appointment(_HOLDER)
    NAME_IN_QUESTION = (
        "name_in_question",
        Declared(class_=_TRANSACTION, facts=UntilFacts),
    )
    NAME_CORRECTED = "name_corrected", Declared(class_=_SECURITY, facts=AtFacts)
    NAME_KEPT = "name_kept", Declared(class_=_TRANSACTION, facts=AtFacts)
    PROOFING_REOPENED = (
        "proofing_reopened",
        Declared(class_=_TRANSACTION, to=_HOLDER, facts=AtFacts),
    )
    PROOFED = (
        "proofed",
        Declared(class_=_SECURITY, facts=ProofedFacts, truth=Truth.SECRET, secret="token"),  # noqa: S106
    )
    PROOFING_PASSED = (
        "proofing_passed",
        Declared(class_=_TRANSACTION, facts=CodeFacts, truth=Truth.CODE),
    )
    CODE_REMINDER = (
        "code_reminder",
        Declared(class_=_REMINDER, facts=CodeFacts, truth=Truth.CODE, comes="until"),
    )

    LETTER_SENT = (
        "letter_sent",
        Declared(class_=_TRANSACTION, facts=LetterFacts, truth=Truth.CODE),
    )
    LETTER_REMINDER = (
        "letter_reminder",
        Declared(class_=_REMINDER, facts=LetterFacts, truth=Truth.CODE, comes="until"),
    )
    LETTER_LOST = "letter_lost", Declared(class_=_TRANSACTION, facts=AtFacts)

    EXPIRE_CHECKOUT = "expire_checkout", _CALL
    SEND_INVOICE = "send_invoice", _CALL
    CLOSE_INVOICE = "close_invoice", _CALL
    RECORD_TRANSFER = (
        "record_transfer",
        Declared(channel=_EFFECT, to=Recipient.SERVICE, facts=TransferFacts),
    )
    REFUND_PAYMENT = "refund_payment", _CALL
    REFUND_REQUESTED = (
        "refund_requested",
        Declared(channel=_EFFECT, to=Recipient.SERVICE, facts=RefundRequestFacts),
    )
    DELETE_SIGNED_ORDER = (
        "delete_signed_order",
        Declared(channel=_EFFECT, to=Recipient.SERVICE, facts=SignedFileFacts),
    )
    RESET_PASSWORD = "reset_password", _CALL
    DELETE_LOGIN = "delete_login", _CALL
    WRITE_EXPORT = "write_export", _CALL
    OPEN_ROOM = "open_room", _ROOM_CALL
    MOVE_ROOM = "move_room", _ROOM_CALL
    CLOSE_ROOM = "close_room", _ROOM_CALL
