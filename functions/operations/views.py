"""Answers to operators: whole, but without secrets, their hashes and sealed values."""

from __future__ import annotations

from datetime import datetime

from keyfob.http.credential_view import CredentialView
from keyfob.http.resolver import Model


class FoundView(Model):
    """A thing that was found; `read` is the path at which it is read."""

    kind: str
    id: str
    title: str
    read: str


class FoundList(Model):
    """Everything that has the text as a name; ids before names."""

    found: list[FoundView]


class EntryView(Model):
    """An entry of the audit trail. `what` says it in a sentence; `facts` has the rest of it.

    `correlation` is the id of a request; of an operator's act the invocation's.
    """

    at: datetime
    what: str
    action: str
    by: str
    facts: dict[str, str | int]
    address: str | None
    correlation: str | None


class History(Model):
    """The history, newest first; `cursor` leads to the next page."""

    entries: list[EntryView]
    cursor: str | None = None


class ReferenceView(Model):
    """Something that belongs to the thing shown; `read` is the path at which it is read."""

    id: str
    state: str
    read: str


class AccountRecord(Model):
    """An account; `acts` are the newest ones of its own: sign-ins, sign-outs, refusals."""

    id: str
    user_id: str
    organization: str
    email: str
    first_name: str
    middle_name: str
    last_name: str
    language: str
    active: bool
    frozen: bool
    roles: list[str]
    partner: str | None
    parent: str | None
    applications: list[str]
    credentials: list[ReferenceView]
    orders: list[ReferenceView]
    acts: list[EntryView]
    history: History


class OrganizationRecord(Model):
    """An organization, with the accounts of its first administrators."""

    id: str
    name: str
    country: str
    subdivision: str | None
    time_zone: str
    address: list[str]
    registers: dict[str, str]
    identity_provider: bool
    administrators: list[str]
    history: History


class TermsView(Model):
    """An application's terms and conditions."""

    version: str
    text: str
    reacceptance: bool


class ApplicationView(Model):
    """An application."""

    id: str
    name: str
    level: int
    hardware_only: bool
    public: bool
    terms: TermsView | None


class PartnerRecord(Model):
    """A partner with its applications."""

    id: str
    name: str
    approves_credentials: bool
    proofing_questions: bool
    applications: list[ApplicationView]
    history: History


class ProductRecord(Model):
    """A product; `price` in minor units without tax, `tax_rate` in basis points.

    Its `version` is the number of its newest entry; orders name it.
    """

    partner: str
    id: str
    version: int
    name: str
    description: str
    kind: str
    proofing: bool
    price: int
    currency: str
    tax_rate: int
    period: str
    on_sale: bool
    history: History


class AddressView(Model):
    """A postal address."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str


class LineView(Model):
    """A line of an order; amounts in minor units.

    `holder` is the account that it is for, `credential` the one that it is for. `refused`: paid,
    but that credential could no longer have it.
    """

    product: str
    name: str
    quantity: int
    net: int
    tax: int
    holder: str | None
    credential: str | None
    version: int
    tax_rate: int | None
    refused: bool


class ShipmentView(Model):
    """A token that was shipped for a license key, from 1."""

    unit: int
    serial: str
    tracking: str
    at: datetime


class GuestView(Model):
    """A purchaser without an account; empty once erased."""

    name: str
    email: str
    organization: str
    language: str


class TakenView(Model):
    """A refund or dispute at Stripe; `pieces` (from 1) were assigned to it by an operator."""

    id: str
    status: str
    amount: int
    pieces: list[int] | None


class GivenBackView(Model):
    """Refunds and disputes of an order; pieces count from 1, amounts are in minor units.

    `requested`: the refunds that Stripe is still asked for. `unassigned`: the ids of refunds and
    lost disputes that wait for `assign_refund`.
    """

    refunded: int
    requested: int
    undone: list[int]
    unassigned: list[str]
    refunds: list[TakenView]
    disputes: list[TakenView]


class InvoiceRecord(Model):
    """An order's invoice as it was read last; `surplus` was paid beyond it."""

    id: str
    number: str
    url: str
    state: str
    due_at: datetime
    paid: int
    remaining: int
    surplus: int


class OrderRecord(Model):
    """An order; amounts in minor units. `payments`: by their ids at the payment provider.

    A guest's has neither account nor organization.
    """

    number: str
    state: str
    account: str
    organization: str
    guest: GuestView | None
    partner: str
    currency: str
    total: int
    lines: list[LineView]
    po_number: str
    disclaimer_version: str
    vat_id: str
    tax_note: str
    shipping: AddressView
    billing: AddressView
    placed_at: datetime
    paid_at: datetime | None
    method: str
    payment: str | None
    payments: list[str]
    invoice: InvoiceRecord | None
    refund: str | None
    minted: int
    shipments: list[ShipmentView]
    given_back: GivenBackView
    history: History


class LicenseKeyRecord(Model):
    """A license key; `unit` is its number in the order, from 1."""

    order: str
    unit: int
    kind: str
    proofing: bool
    state: str
    holder: str | None
    paid_at: datetime
    history: History


class CredentialRecord(Model):
    """A credential as its holder sees it, with its account and its token's whole serial number."""

    account: str
    organization: str
    serial: str | None
    credential: CredentialView
    history: History


class TokenRecord(Model):
    """A token of the inventory; it is usable once its batch is complete.

    `unit` is the license key's number in the order that it was shipped for, from 1; `credential`
    is or was registered with it.
    """

    serial: str
    type: str
    algorithm: str
    digits: int
    period: int | None
    batch: str
    usable: bool
    state: str
    order: str | None
    unit: int | None
    account: str | None
    credential: str | None
    history: History


class MessageRecord(Model):
    """How far a message or an outside call is; what it says isn't shown.

    `state` is pending, done, moot (obsolete) or dead.
    """

    id: str
    kind: str
    subject: str
    recipient: str
    state: str
    attempts: int
    queued_at: datetime
    finished_at: datetime | None
    secret_erased: bool
    history: list[str]
