"""Things that were found or read, as operators are shown them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from keyfob.domain.audit.entry import Recorded
from keyfob.domain.audit.sentences import sentence
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Partner
from keyfob.domain.orders.given_back import Dispute, Refund
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.license_key import LicenseKey
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.undoing import card_payments, unassigned
from keyfob.http.credential_view import CredentialView
from keyfob.storage.inventory.store import Stored
from keyfob.storage.messages.store import Progress
from keyfob.usecases.finding.reading import Person
from keyfob.usecases.finding.searching import Found, Kind
from operations.views import (
    AccountRecord,
    AddressView,
    ApplicationView,
    CredentialRecord,
    EntryView,
    FoundView,
    GivenBackView,
    GuestView,
    History,
    InvoiceRecord,
    LicenseKeyRecord,
    LineView,
    MessageRecord,
    OrderRecord,
    OrganizationRecord,
    PartnerRecord,
    ProductRecord,
    ReferenceView,
    ShipmentView,
    TakenView,
    TermsView,
    TokenRecord,
)

# Of license keys and links: no operator needs them.
_HASH = re.compile(r"[0-9a-f]{64}")
# Where a thing of each kind is read.
PLACES = {
    Kind.ACCOUNT: "accounts",
    Kind.ORGANIZATION: "organizations",
    Kind.PARTNER: "partners",
    Kind.ORDER: "orders",
    Kind.LICENSE_KEY: "license-keys",
    Kind.CREDENTIAL: "credentials",
    Kind.TOKEN: "tokens",
    Kind.MESSAGE: "messages",
}


def found_view(one: Found) -> FoundView:
    """The thing with its place."""
    return FoundView(kind=one.kind, id=one.id, title=one.title, read=place(one.kind, one.id))


def place(kind: Kind, thing: str) -> str:
    """The path at which a thing is read."""
    return f"/operator/{PLACES[kind]}/{thing}"


def entry_view(recorded: Recorded, *, own: str = "") -> EntryView:
    """The entry; `own` is the account that it is about."""
    entry = recorded.entry
    return EntryView(
        at=entry.at,
        what=sentence(entry, own=own),
        action=entry.action,
        by=f"{entry.actor.kind} {entry.actor.id}",
        facts=dict(entry.facts),
        address=entry.actor.address or None,
        correlation=entry.actor.correlation or None,
    )


def account_record(
    person: Person, status: Callable[[Credential], str], history: History
) -> AccountRecord:
    """The account; `status` is a credential's."""
    account, sessions = person.account, person.sessions
    return AccountRecord(
        id=account.id,
        user_id=account.user_id,
        organization=account.organization,
        email=account.email,
        first_name=account.first_name,
        middle_name=account.middle_name,
        last_name=account.last_name,
        language=account.language,
        active=account.active,
        frozen=sessions.frozen if sessions else False,
        roles=[str(one) for one in sessions.roles] if sessions else [],
        partner=sessions.partner if sessions else None,
        parent=sessions.parent if sessions else None,
        applications=list(account.applications),
        credentials=[
            _reference(Kind.CREDENTIAL, one.id, status(one)) for one in person.credentials
        ],
        orders=[_reference(Kind.ORDER, one.number, one.state) for one in person.orders],
        acts=[entry_view(one, own=account.id) for one in person.acts],
        history=history,
    )


def _reference(kind: Kind, thing: str, state: str) -> ReferenceView:
    return ReferenceView(id=thing, state=state, read=place(kind, thing))


def organization_record(
    one: Organization, administrators: list[str], history: History
) -> OrganizationRecord:
    """The organization."""
    return OrganizationRecord(
        id=one.id,
        name=one.name,
        country=one.country,
        subdivision=one.subdivision,
        time_zone=one.time_zone,
        address=list(one.address),
        registers=dict(one.registers),
        identity_provider=one.identity_provider,
        administrators=administrators,
        history=history,
    )


def partner_record(partner: Partner, history: History) -> PartnerRecord:
    """The partner."""
    applications = [
        ApplicationView(
            id=one.id,
            name=one.name,
            level=one.level,
            hardware_only=one.hardware_only,
            public=one.public,
            terms=TermsView(**asdict(one.terms)) if one.terms else None,
        )
        for one in partner.applications
    ]
    return PartnerRecord(
        id=partner.id,
        name=partner.name,
        approves_credentials=partner.approves_credentials,
        proofing_questions=partner.proofing_questions,
        applications=applications,
        history=history,
    )


def product_record(product: Product, history: History) -> ProductRecord:
    """The product."""
    return ProductRecord(
        partner=product.partner,
        id=product.id,
        version=product.version,
        name=product.name,
        description=product.description,
        kind=product.kind,
        proofing=product.proofing,
        price=product.price,
        currency=product.currency,
        tax_rate=product.tax_rate,
        period=product.period,
        on_sale=product.on_sale,
        history=history,
    )


def order_record(order: Order, now: datetime, history: History) -> OrderRecord:
    """The order."""
    return OrderRecord(
        number=order.number,
        state=order.state,
        account=order.account,
        organization=order.organization,
        guest=_guest(order.guest) if order.guest else None,
        partner=order.partner,
        currency=order.currency,
        total=order.total,
        lines=[
            LineView(
                product=one.product,
                name=one.name,
                quantity=one.quantity,
                net=one.net,
                tax=one.tax,
                holder=one.holder,
                credential=one.credential,
                version=one.version,
                tax_rate=one.tax_rate,
                refused=place in order.refused,
            )
            for place, one in enumerate(order.lines)
        ],
        po_number=order.po_number,
        disclaimer_version=order.disclaimer,
        vat_id=order.vat_id,
        tax_note=order.tax_note,
        shipping=AddressView(**asdict(order.shipping)),
        billing=AddressView(**asdict(order.billing)),
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        method=str(order.method),
        payment=order.payment,
        payments=[*card_payments(order)],
        invoice=_invoice(order, now),
        refund=order.refund,
        minted=order.minted,
        shipments=[
            ShipmentView(unit=one.unit + 1, serial=one.serial, tracking=one.tracking, at=one.at)
            for one in order.shipments
        ],
        given_back=_given_back(order),
        history=history,
    )


def _guest(guest: Guest) -> GuestView:
    return GuestView(
        name=guest.name,
        email=guest.email,
        organization=guest.organization,
        language=guest.language,
    )


def _given_back(order: Order) -> GivenBackView:
    mirror = order.given_back

    def taken(one: Refund | Dispute) -> TakenView:
        pieces = mirror.assigned.get(one.id)
        return TakenView(
            id=one.id,
            status=one.status,
            amount=one.amount,
            pieces=None if pieces is None else [piece + 1 for piece in pieces],
        )

    return GivenBackView(
        refunded=mirror.amount,
        requested=sum(one.amount for one in mirror.requested),
        undone=[piece + 1 for piece in sorted(mirror.undone)],
        unassigned=sorted(unassigned(order)),
        refunds=[taken(one) for one in mirror.refunds],
        disputes=[taken(one) for one in mirror.disputes],
    )


def _invoice(order: Order, now: datetime) -> InvoiceRecord | None:
    found = order.invoice
    if found is None:
        return None
    return InvoiceRecord(
        id=found.id,
        number=found.number,
        url=found.url,
        state=str(found.state(now)),
        due_at=found.due_at,
        paid=found.paid,
        remaining=found.remaining,
        surplus=found.surplus,
    )


def license_key_record(key: LicenseKey, history: History) -> LicenseKeyRecord:
    """The license key."""
    return LicenseKeyRecord(
        order=key.order,
        unit=key.unit + 1,
        kind=key.kind,
        proofing=key.proofing,
        state=key.state,
        holder=key.holder,
        paid_at=key.paid_at,
        history=history,
    )


def credential_record(
    credential: Credential, view: CredentialView, history: History
) -> CredentialRecord:
    """The credential."""
    return CredentialRecord(
        account=credential.account,
        organization=credential.organization,
        serial=credential.token.serial if credential.token else None,
        credential=view,
        history=history,
    )


def token_record(token: Stored, *, usable: bool, history: History) -> TokenRecord:
    """The token."""
    row = token.row
    _, account, credential = (token.holder or "##").split("#")
    return TokenRecord(
        serial=token.serial,
        type=row.type,
        algorithm=row.algorithm,
        digits=int(row.digits),
        period=None if row.period is None else int(row.period),
        batch=token.owner.partition("#")[0],
        usable=usable,
        state=token.state or "free",
        order=token.order,
        unit=None if token.unit is None else token.unit + 1,
        account=account or None,
        credential=credential or None,
        history=history,
    )


def message_record(one: Progress) -> MessageRecord:
    """The message; its history is in its row, since it has no chain of entries."""
    told = [f"The message was queued at {one.created_at.isoformat()}."]
    if one.finished_at:
        ends = {"done": "was sent", "moot": "was found obsolete", "dead": "was given up"}
        told.append(f"It {ends.get(one.state, 'ended')} at {one.finished_at.isoformat()}.")
    if one.secret_erased:
        told.append("Its secret was erased, so that it can't be sent any more.")
    return MessageRecord(
        id=one.id,
        kind=one.kind,
        subject=_HASH.sub("…", one.subject),
        recipient=one.recipient,
        state=one.state,
        attempts=one.attempts,
        queued_at=one.created_at,
        finished_at=one.finished_at,
        secret_erased=one.secret_erased,
        history=told,
    )
