"""The facts that messages and effects keep, as the code that makes them must supply them. Pure."""

# No `from __future__ import annotations`: it would hide which facts are required.
from typing import NotRequired, TypedDict


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


class SignedFileFacts(TypedDict):
    """The file of a signed purchase order, which is deleted."""

    file: str


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
