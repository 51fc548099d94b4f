"""The properties that a kind of message or effect declares. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.messages.facts import NoFacts


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
    to: Recipient = Recipient.HOLDER
    facts: type = NoFacts
    truth: Truth = Truth.FACTS
    states: frozenset[str] = frozenset()
    secret: str = ""
    comes: str = ""
    invites: Invitation | None = None
