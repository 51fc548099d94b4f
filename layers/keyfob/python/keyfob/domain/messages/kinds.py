"""Every kind of message and effect, each declared once. Pure.

To add one: a member of `Kind`, and a template of its name (`usecases/messages/templates/`). The
code that makes the message supplies the facts declared here.
"""

# No `from __future__ import annotations`: it would hide which facts are required.
from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, Self, TypedDict


class MessageClass(StrEnum):
    """Why a message is sent: as a security notice, as the result of a request, or as a reminder.

    Only reminders keep quiet hours.
    """

    SECURITY = "security"
    TRANSACTION = "transaction"
    REMINDER = "reminder"


class MessageChannel(StrEnum):
    """The channel of a message; an effect is a service call that follows a commit."""

    MAIL = "mail"
    TEXT = "text"
    EFFECT = "effect"


class Invitation(StrEnum):
    """What a mail tells a calendar program (METHOD of RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Recipient(StrEnum):
    """The recipient; the message names an account, or the service that an effect calls."""

    PURCHASER = "purchaser"
    HOLDER = "holder"
    ACCOUNT = "account"
    FORMER_ADDRESS = "the account's former address"
    PARENT = "parent"
    BOTH = "both"  # child and parent
    AGENT = "agent"
    PHONES = "each confirmed phone"
    KNOWN_PHONES = "each phone known before the end"
    APPLICATION_ADMINISTRATORS = "the application's administrators in the organization"
    ADMINISTRATORS = "the organization's and the application's administrators"
    ACCOUNT_AND_ADMINISTRATORS = "account and its organization's administrators"
    PARTNER_ADMINISTRATORS = "the partner's administrators"
    OTHER_PHONES = "each other confirmed phone"
    REMOVED_PHONE = "the removed phone"
    INVITED = "invited address"
    REGISTRANT = "registrant"
    SERVICE = "service"


class Truth(StrEnum):
    """The content of a message, and the condition that keeps it true until it is sent."""

    FACTS = "facts"  # an event; the facts say all
    DEADLINE = "deadline"  # an event of a credential, and until when one can act
    APPOINTMENT = "appointment"  # an appointment, unless it has been moved or canceled since
    CODE = "code"  # an activation code, as long as it can be entered
    FORETOLD = "foretold"  # a milestone of a credential, unless averted
    ORDER = "order"  # an order, in one of certain states
    SHIPMENT = "shipment"  # a shipment that the order still has
    SUPPLY = "supply"  # units of an order, while their tokens are in a certain state
    LICENSE_KEY = "license_key"  # a license key that is still good
    UNREDEEMED = "unredeemed"  # the unit of a license key that is still good
    LAPSED_KEY = "lapsed_key"  # the unit of a license key that has lapsed
    KEY_FOR_HOLDER = "key_for_holder"  # a license key, while it is good for its holder
    SECRET = "secret"  # noqa: S105 - a secret, as long as it grants access
    ACCESS = "access"  # an account's access to an application, while it is as it was then
    HOLD = "hold"  # an account, by its name and user id; while its secret grants access
    FORMER = "former"  # an event; sealed with it are the address that it goes to, and a link
    CONNECTION = "connection"  # two accounts, by their user ids
    CONNECTION_REQUEST = "connection_request"  # the same, while the request can be confirmed
    INVITATION = "invitation"  # an invitation, while this sending of it can be accepted
    REGISTRATION = "registration"  # a registration, in one of certain states
    SPONSORSHIP = "sponsorship"  # a sponsorship, in one of certain states


class NoFacts(TypedDict):
    """No facts; the subject says all."""


class _Change(TypedDict):
    """A change of a credential; instants as ISO 8601.

    `suspended` by whom; `told` is its `told_at`: how far the clock has notified; `serial` the
    token's last characters; `phone` its masked number; `freed` when its block ends by itself.
    """

    at: str
    until: str
    revokes: str
    suspended: NotRequired[str]


class CredentialFacts(_Change):
    """A change of the credential as a whole."""

    told: NotRequired[str]
    serial: NotRequired[str]
    phone: NotRequired[str]
    freed: NotRequired[str]


class TokenFacts(_Change):
    """A change of a credential's token, which is named."""

    serial: str
    told: NotRequired[str]
    phone: NotRequired[str]
    freed: NotRequired[str]


class PhoneFacts(_Change):
    """A change of one of a credential's phones, which is named."""

    phone: str
    freed: NotRequired[str]
    serial: NotRequired[str]
    told: NotRequired[str]


class ForetoldFacts(_Change):
    """A coming change of a credential; `told` proves that no later one was announced."""

    told: str
    serial: NotRequired[str]
    phone: NotRequired[str]
    freed: NotRequired[str]


class ShipmentFacts(TypedDict):
    """The unit of the order (from 0), and the token that was sent for it."""

    unit: int
    serial: str
    tracking: str


class ShipmentEndedFacts(TypedDict):
    """A shipment that didn't arrive: the order's number, the token, `how` (lost, returned).

    `again`: 1 if another token is sent.
    """

    number: str
    serial: str
    how: str
    again: int


class SupplyFacts(TypedDict):
    """Units of the order (from 0, with commas), and the day on which tokens are expected."""

    units: str
    expected: NotRequired[str]


class GivenBackFacts(TypedDict):
    """Money that goes back, in minor units, and the pieces (from 1) that are undone by now."""

    amount: int
    undone: str


class DisputeFacts(TypedDict):
    """A dispute of an order's payment, by its id at the provider."""

    dispute: str


class RefundRequestFacts(TypedDict):
    """An operator's request for a refund, by its id in the order."""

    request: str


class LicenseKeyFacts(TypedDict):
    """The order, and the unit of it (from 0) that the key is for.

    `reissued`: 1 if it takes the place of another one, which is dead.
    """

    order: str
    unit: int
    reissued: NotRequired[int]


class TransferFacts(TypedDict):
    """A payment by bank: amount in minor units, day and reference."""

    amount: int
    on: str
    reference: str


class KeyReminderFacts(TypedDict):
    """The order, the unit of it (from 0) whose key nobody has redeemed, and the key's end."""

    order: str
    unit: int
    lapses: str


class ConnectionFacts(TypedDict):
    """A connection, its two account ids, the event's instant, and the request's expiry."""

    connection: str
    child: str
    parent: str
    at: str
    until: str


class AtFacts(TypedDict):
    """The event's instant."""

    at: str


class ReaddressedFacts(AtFacts):
    """Another address of an account, and from when on a password registers a first device."""

    held: NotRequired[str]


class FormerFacts(AtFacts):
    """The same for the former address, and until when the link in it freezes the account."""

    until: NotRequired[str]


class ProofedFacts(AtFacts):
    """A proofing: its instant, and until when its link can be used."""

    until: str


class UntilFacts(TypedDict):
    """The end of a secret's validity."""

    until: str


class RecoveryCodeFacts(TypedDict):
    """The request for a recovery code: instant, network address, and the code's expiry.

    `sealed_as`: the name under which the code is sealed, which several mails may bring.
    """

    at: str
    until: str
    address: str
    sealed_as: NotRequired[str]


class RecoveredFacts(TypedDict):
    """A password recovery, or a request for user ids: instant and network address."""

    at: str
    address: str


class AboutAccountFacts(TypedDict):
    """The account that the message is about, and the event's instant."""

    account: str
    at: str


class AccessFacts(AboutAccountFacts):
    """A change of an account's access to an application: the application's id and name."""

    application: str
    application_name: str


class SubscriptionFacts(AtFacts):
    """A change of a subscription, by the names of application and partner."""

    application_name: str
    partner: str


class ApprovedForFacts(AboutAccountFacts):
    """An operator's approval of the account's credential, for the partner of this name."""

    partner: str
    reason: str


class AppointmentFacts(TypedDict):
    """An appointment: its id, its number of changes, its start.

    `zone` (IANA) is the holder's; an agent reads the times in the zone of the agent's hours.
    """

    appointment: str
    number: int
    start: str
    zone: NotRequired[str]


class SignedOrderFacts(TypedDict):
    """A refused purchase order: its order's number, why, and an operator's reason."""

    order: str
    refused_for: str
    note: NotRequired[str]


class RoomFacts(TypedDict):
    """The meeting whose room is opened, moved or closed: appointment, number of changes, start.

    `closes`: not before this instant.
    """

    appointment: str
    number: int
    start: str
    closes: NotRequired[str]


class CodeFacts(TypedDict):
    """Until when the activation code can be entered, and the reader's zone (IANA).

    `case` is the one that the code is for.
    """

    case: str
    until: str
    zone: str


class LetterFacts(CodeFacts):
    """A letter's activation code: the day of its mailing, and its last day, both as ISO 8601."""

    mailed_on: str
    last_day: str


class HeldFacts(AboutAccountFacts):
    """A hold: the thing that ended, when the hold is over (`held`), and until when the link works.

    `ended` is credential, authenticator, connection or freeze.
    """

    ended: str
    held: str
    until: str


class WelcomeFacts(AboutAccountFacts):
    """A new administrator's account, and until when the one-time password can be used."""

    until: str


class InvitedFacts(TypedDict):
    """The number of an invitation's sending, and until when its link can be used.

    `sealed_as`: the name under which the link's token is sealed, which the reminder repeats.
    """

    number: int
    until: str
    sealed_as: str


class OfferFacts(TypedDict):
    """The campaign that offers a credential; it can't be accepted from `until` on, if ever."""

    campaign: str
    until: NotRequired[str]


class OfferReminderFacts(TypedDict):
    """The same, with the end that the reminder is about."""

    campaign: str
    until: str


class AcceptedFacts(TypedDict):
    """An accepted sponsorship's order; a token ships in `from_days` to `to_days` business days."""

    campaign: str
    order: str
    from_days: int
    to_days: int


_SECURITY, _TRANSACTION, _REMINDER = MessageClass
_TEXT, _EFFECT = MessageChannel.TEXT, MessageChannel.EFFECT
_PURCHASER, _HOLDER, _ACCOUNT = Recipient.PURCHASER, Recipient.HOLDER, Recipient.ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The properties of a kind.

    Attributes:
        class_: why it is sent; None for an effect.
        channel: how it goes out.
        to: its recipient.
        facts: the facts that its maker must supply.
        truth: its content, and the condition that keeps it true.
        states: the states of its order, its order's supplies, its registration or sponsorship in
            which it is true (`Truth.ORDER`, `Truth.SUPPLY`, `Truth.REGISTRATION`,
            `Truth.SPONSORSHIP`).
        secret: the template's name for the sealed secret.
        comes: the fact with the instant that it reminds of (`MessageClass.REMINDER`).
        invites: what it tells a calendar program about its appointment.
    """

    class_: MessageClass | None = None
    channel: MessageChannel = MessageChannel.MAIL
    to: Recipient = _HOLDER
    facts: type = NoFacts
    truth: Truth = Truth.FACTS
    states: frozenset[str] = frozenset()
    secret: str = ""
    comes: str = ""
    invites: Invitation | None = None


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
    RESET_PASSWORD = "reset_password", _CALL
    DELETE_LOGIN = "delete_login", _CALL
    WRITE_EXPORT = "write_export", _CALL
    OPEN_ROOM = "open_room", _ROOM_CALL
    MOVE_ROOM = "move_room", _ROOM_CALL
    CLOSE_ROOM = "close_room", _ROOM_CALL
