"""Values of the domain with defaults, so that a test names only the relevant ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.inventory.token import Algorithm, SealedSeed, TokenType
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.guest import Guest, digest_of
from keyfob.domain.orders.invoice import Invoice, InvoiceStatus
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Checkout, Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.permission import TO_BIND, TO_CONNECT, TO_END, SessionProof
from keyfob.domain.sessions.session import Session, hashed
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.holds.first_binding import Binder
from keyfob.usecases.orders.pricing import Cart, Item
from tests.support.fakes import START, unique

ACTOR = Actor(kind="account", id="acc_ada", address="198.18.0.1", correlation="req-1")
CLIENT = Client(address="198.18.0.1", correlation="req-1")
REASON = "Called back at the number on file"
PAGE = Checkout(id="cs_test_1", url="https://pay.example/cs_test_1")
ADDRESS = Address(
    name="Ada Byron",
    line1="1 Main Street",
    line2="",
    city="Springfield",
    region="NY",
    postal_code="12345",
    country="US",
)
PORTAL = Application(id="portal", name="Portal", level=2, hardware_only=False)
VAULT = Application(id="vault", name="Vault", level=2, hardware_only=True)
PARTNER = Partner(id="northwind", name="Northwind", applications=(PORTAL, VAULT))
ORGANIZATION = Organization(
    id="acme", name="Acme Parts", country="US", time_zone="America/New_York"
)


def a_product(**changes: Any) -> Product:
    """A hardware token without proofing for USD 85.00 and 8.25 % tax."""
    values: dict[str, Any] = {
        "id": "hardware-token",
        "partner": PARTNER.id,
        "name": "Hardware token, 1 year",
        "description": "Shows a code.",
        "kind": ProductKind.HARDWARE_TOKEN,
        "proofing": False,
        "price": 8_500,
        "currency": "USD",
        "tax_rate": 825,
        "period": "P1Y",
    }
    return Product(**{**values, **changes})


def a_line(**changes: Any) -> Line:
    """Two hardware tokens."""
    values: dict[str, Any] = {
        "product": "hardware-token",
        "name": "Hardware token, 1 year",
        "kind": ProductKind.HARDWARE_TOKEN,
        "proofing": False,
        "quantity": 2,
        "unit_price": 8_500,
        "tax": 1_403,
    }
    return Line(**{**values, **changes})


def a_guest(**changes: Any) -> Guest:
    """A purchaser without an account."""
    values: dict[str, Any] = {
        "name": "Gil Guest",
        "email": "gil@shop.example",
        "organization": "Guest Parts",
        "language": "en",
        "token": digest_of("the token"),
        "erased_unpaid": START + timedelta(days=31),
        "erased_paid": START + timedelta(days=3654),
    }
    return Guest(**{**values, **changes})


def an_order(**changes: Any) -> Order:
    """An order of two hardware tokens, awaiting payment, its page open."""
    values: dict[str, Any] = {
        "number": "SO-10001",
        "reference": "ord_1",
        "account": "acc_ada",
        "organization": "acme",
        "partner": PARTNER.id,
        "lines": (a_line(),),
        "currency": "USD",
        "po_number": "PO-7",
        "shipping": ADDRESS,
        "billing": ADDRESS,
        "placed_at": START,
        "checkout_ends": START + timedelta(hours=23),
        "checkout": PAGE,
    }
    return Order(**{**values, **changes})


def an_invoice(order: Order | None = None, **changes: Any) -> Invoice:
    """An open invoice over all of the order, due in 30 days."""
    order = order or an_order()
    values: dict[str, Any] = {
        "id": "in_1",
        "number": "KEY-0001",
        "url": "https://pay.example/in_1",
        "due_at": START + timedelta(days=30),
        "status": InvoiceStatus.OPEN,
        "currency": order.currency,
        "total": order.total,
    }
    return Invoice(**{**values, **changes})


def an_invoice_order(**changes: Any) -> Order:
    """An order by invoice that awaits its payment."""
    usual = {"method": PaymentMethod.INVOICE, "checkout": None, "invoice": an_invoice()}
    return an_order(**{**usual, "checkout_ends": START + timedelta(days=30), **changes})


def an_order_in(state: State) -> Order:
    """An order in this state, with everything that belongs to it."""
    paid = {"payment": "pi_1", "paid_at": START}
    return {
        State.AWAITING_PAYMENT: an_order(),
        State.PAID: an_order(state=State.PAID, **paid),
        State.FULFILLED: an_order(state=State.FULFILLED, minted=2, **paid),
        State.CANCELED: an_order(state=State.CANCELED),
        State.EXPIRED: an_order(state=State.EXPIRED),
        State.HELD: an_order(state=State.HELD, **paid),
    }[state]


def a_payment(order: Order | None = None, **changes: Any) -> Payment:
    """A payment of the order's amount, made on its page."""
    order = order or an_order()
    values: dict[str, Any] = {"id": "pi_1", "amount": order.total, "currency": order.currency}
    return Payment(**{**values, **changes})


def an_account(**changes: Any) -> Account:
    """A person of Acme with access to both applications."""
    user_id = unique("person")
    values: dict[str, Any] = {
        "id": f"acc_{user_id}",
        "user_id": user_id,
        "organization": ORGANIZATION.id,
        "email": f"{user_id}@acme.example",
        "first_name": "Ada",
        "last_name": "Byron",
        "applications": ("portal", "vault"),
    }
    return Account(**{**values, **changes})


def a_cart(**changes: Any) -> Cart:
    """Two hardware tokens, disclaimer accepted."""
    values: dict[str, Any] = {
        "partner": PARTNER.id,
        "items": (Item(product="hardware-token", quantity=2),),
        "po_number": "PO-7",
        "shipping": ADDRESS,
        "billing": ADDRESS,
        "disclaimer_accepted": True,
    }
    return Cart(**{**values, **changes})


def a_record(account: str, **changes: Any) -> IdempotencyRecord:
    """A request with a key of its own."""
    return IdempotencyRecord(
        **{"account": account, "key": unique("key-"), "body": "body-1", **changes}
    )


def a_session(secret: str = "secret", **changes: Any) -> Session:
    """A session of strength 1, begun just now."""
    values: dict[str, Any] = {
        "id": "session1",
        "secret_hash": hashed(secret),
        "strength": 1,
        "created": START,
        "seen": START,
        "expires": START + timedelta(hours=12),
    }
    return Session(**{**values, **changes})


def a_hardware_token(**changes: Any) -> HardwareToken:
    """A time-based token of 8 digits, registered a minute ago with the codes before this one."""
    values: dict[str, Any] = {
        "serial": "FT-0001",
        "type": TokenType.TOTP,
        "algorithm": Algorithm.SHA1,
        "digits": 8,
        "period": 30,
        "sealed": SealedSeed(data_key="2026Q4", content=b"sealed"),
        "last": int(START.timestamp()) // 30 - 2,
    }
    return HardwareToken(**{**values, **changes})


def a_credential(**changes: Any) -> Credential:
    """Ada's, level 2, paid and activated just now, without a token."""
    values: dict[str, Any] = {
        "id": "crd_00000000000000000001",
        "account": "acc_ada",
        "organization": ORGANIZATION.id,
        "order": "SO-10001",
        "unit": 0,
        "kind": ProductKind.HARDWARE_TOKEN,
        "proofing": False,
        "legal_name": "Ada Byron",
        "country": "US",
        "paid_at": START,
        "expires_at": START.replace(year=START.year + 1),
        "state": CredentialState.ACTIVE,
        "activated_at": START,
    }
    return Credential(**{**values, **changes})


def to_bind(session: Session) -> SessionProof:
    """A session on a route that binds an authenticator."""
    return SessionProof(session=session, needed=TO_BIND.proof)


def by_code(session: Session) -> SessionProof:
    """A session on a route that always takes a code."""
    return SessionProof(session=session, needed=TO_CONNECT.proof)


def to_end(session: Session) -> SessionProof:
    """A session on a route that ends something."""
    return SessionProof(session=session, needed=TO_END.proof)


def by_password(now: datetime) -> SessionProof:
    """A password typed just now, on a route that ends something."""
    return to_end(a_session(created=now, seen=now))


def a_binder(by: Actor, session: Session) -> Binder:
    """Somebody who binds an authenticator in this session, without a release code."""
    return Binder(proof=to_bind(session), by=by)
