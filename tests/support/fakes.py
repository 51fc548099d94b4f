"""In-memory stand-ins for outside parties. The contract suite holds each to its real adapter."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keyfob.domain.errors import KeysUnavailable, NotFound, Unavailable
from keyfob.domain.messages.errors import MailUnavailable
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused
from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.order import Checkout, Order
from keyfob.domain.orders.provider import CheckoutStatus
from keyfob.domain.phones.errors import PhoneUnavailable, PhoneUnreachable
from keyfob.domain.phones.wording import Call
from keyfob.domain.sessions.errors import IdentityUnavailable, PasswordStoreLocked
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.messages.store import Lease
from keyfob.usecases.audit.documents import DocumentExists
from tests.support.fake_invoices import FakeInvoices

START = datetime(2026, 11, 22, 7, 0, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that moves only when a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Move on by a `timedelta`'s arguments."""
        self.now += timedelta(**by)
        return self.now


# In minor units. The least of every other currency is fifty.
_LEAST = {"DKK": 250, "GBP": 30, "KRW": 1_000, "MXN": 1_000, "NOK": 300, "PLN": 200, "SEK": 300}


def _is_chargeable(order: Order) -> bool:
    names = all(0 < len(line.name) <= 250 for line in order.lines)
    return names and _LEAST.get(order.currency, 50) <= order.total <= 99_999_999


# Against these, a disputed payment can't be refunded: the bank may give the money back.
_AGAINST_REFUNDS = frozenset({"needs_response", "under_review", "lost"})


def _a_refund(refund: str, payment: str, amount: int) -> Refund:
    return Refund(id=refund, payment=payment, amount=amount, status="succeeded")


@dataclass(frozen=True, kw_only=True)
class CreditNote:
    """A credit note for a paid invoice; `by_bank` of its amount goes back by hand."""

    id: str
    amount: int
    by_bank: int
    request: str


@dataclass
class FakePayments(FakeInvoices):
    """A `PaymentProvider`, the buyer's acts on its page, and their bank's.

    `silent` leaves every call without an answer; `failing` answers the next opening with a failure,
    which is remembered for that attempt. `refusing` refuses every opening, like an amount or a name
    out of bounds.
    """

    given_back: dict[str, Refund] = field(default_factory=dict)
    notes: dict[str, list[CreditNote]] = field(default_factory=lambda: defaultdict(list))
    disputed: dict[str, Dispute] = field(default_factory=dict)
    pages: dict[str, CheckoutStatus] = field(default_factory=dict)
    _asked: dict[str, tuple[int, str]] = field(default_factory=dict)
    _opened: dict[tuple[str, int], tuple[Any, str | None]] = field(default_factory=dict)

    def open_checkout(self, order: Order) -> Checkout:
        self.answered()
        if self.refusing or not _is_chargeable(order):
            raise PaymentRefused
        attempt, content = (order.reference, order.attempt), (order.lines, order.currency)
        if attempt not in self._opened:
            self._opened[attempt] = content, None if self.failing else self._new_page(order)
            self.failing = False
        first, page = self._opened[attempt]
        if page is None or first != content:
            raise PaymentFailed
        return Checkout(id=page, url=f"https://pay.example/{page}")

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        self.answered()
        if checkout_id not in self.pages:
            raise NotFound
        return self.pages[checkout_id]

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        page = self.checkout(checkout_id)
        if not page.payment:
            self.pages[checkout_id] = replace(page, closed=True)
        return self.pages[checkout_id]

    def refund(self, order: Order, *, attempt: int) -> str:
        self.answered()
        payment, refund = order.payment or "", f"re_{order.reference}"
        if left := self._left(payment):
            self.given_back[refund] = _a_refund(refund, payment, left)
        return refund

    def refunds(self, payment: str) -> list[Refund]:
        self.answered()
        return [one for one in self.given_back.values() if one.payment == payment]

    def refund_amounts(self) -> list[int]:
        """The amounts of all refunds, in minor units."""
        return [one.amount for one in self.given_back.values()]

    def disputes(self, payment: str) -> list[Dispute]:
        self.answered()
        return [one for one in self.disputed.values() if one.payment == payment]

    def refund_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        self.answered()
        payment, known = request.payment, self.refunds(request.payment)
        if any(one.request == request.id for one in known):
            return
        disputed = any(one.status in _AGAINST_REFUNDS for one in self.disputes(payment))
        if disputed or request.amount > self._left(payment):
            raise PaymentRefused
        self.given_back_by_hand(payment, request.amount, request=request.id)

    def refunds_by_bank(self, invoice_id: str) -> list[Refund]:
        self.answered()
        return [
            Refund(
                id=one.id, payment="", amount=one.by_bank, status="succeeded", request=one.request
            )
            for one in self.notes[invoice_id]
            if one.by_bank
        ]

    def credit_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        self.answered()
        bill = self._of(order)
        if any(one.request == request.id for one in self.notes[bill.id]):
            return
        credited = sum(one.amount for one in self.notes[bill.id])
        if credited + request.amount > bill.total - bill.credited:
            raise PaymentRefused
        for payment, amount in request.parts.items():
            part = RefundRequest(id=request.id, payment=payment, pieces=(), amount=amount)
            with suppress(PaymentRefused):
                self.refund_request(order, part, attempt=attempt)
        made = [one for one in self.given_back.values() if one.request == request.id]
        if request.parts and not made:
            raise PaymentRefused
        back = sum(one.amount for one in made if one.stands)
        self.credited_by_hand(bill.id, request.amount, request.amount - back, request=request.id)

    def credited_by_hand(
        self, invoice_id: str, amount: int, by_bank: int, *, request: str = ""
    ) -> str:
        """Somebody makes a credit note for a paid invoice; returns its id."""
        note = CreditNote(
            id=f"cn_{invoice_id}_{len(self.notes[invoice_id]) + 1}",
            amount=amount,
            by_bank=by_bank,
            request=request,
        )
        self.notes[invoice_id].append(note)
        return note.id

    def given_back_by_hand(
        self,
        payment: str,
        amount: int | None = None,
        *,
        status: str = "succeeded",
        request: str = "",
    ) -> str:
        """Somebody refunds all or a part in the provider's dashboard; returns the refund's id."""
        refund = f"re_{len(self.given_back) + 1}"
        made = _a_refund(refund, payment, self._left(payment) if amount is None else amount)
        self.given_back[refund] = replace(made, status=status, request=request)
        return refund

    def refund_becomes(self, refund: str, status: str) -> None:
        """The refund succeeds or fails."""
        self.given_back[refund] = replace(self.given_back[refund], status=status)

    def bank_disputes(
        self, payment: str, amount: int | None = None, *, status: str = "needs_response"
    ) -> str:
        """The buyer's bank opens a dispute, of all by default; returns its id."""
        dispute = f"dp_{len(self.disputed) + 1}"
        total = self._paid(payment)
        self.disputed[dispute] = Dispute(
            id=dispute, payment=payment, amount=amount or total, status=status
        )
        return dispute

    def dispute_becomes(self, dispute: str, status: str) -> None:
        """The bank decides, or asks for something else."""
        self.disputed[dispute] = replace(self.disputed[dispute], status=status)

    def _paid(self, payment: str) -> int:
        found = (one.payment for one in self.pages.values() if one.payment)
        amounts = {one.id: one.amount for one in found}
        for bill in self.bills.values():
            amounts |= {one.id: one.amount for one in bill.invoice.payments}
        return amounts.get(payment, 0)

    def _left(self, payment: str) -> int:
        back = [one for one in self.given_back.values() if one.payment == payment and one.stands]
        return self._paid(payment) - sum(one.amount for one in back)

    def buyer_pays(
        self, checkout_id: str, *, amount: int | None = None, currency: str = ""
    ) -> None:
        """The buyer pays on the page, by default the requested amount."""
        page, (total, usual) = self.pages[checkout_id], self._asked[checkout_id]
        assert not page.closed, "nobody can pay on a closed page"
        payment = Payment(
            id=f"pi_{checkout_id}",
            amount=total if amount is None else amount,
            currency=currency or usual,
        )
        self.pages[checkout_id] = replace(page, payment=payment)

    def _new_page(self, order: Order) -> str:
        page = f"cs_test_{len(self.pages) + 1}"
        self._asked[page] = order.total, order.currency
        self.pages[page] = CheckoutStatus(
            id=page,
            order=order.number,
            reference=order.reference,
            payment=None,
            closed=False,
        )
        return page


@dataclass
class FakePasswords:
    """An `Identity` and `PasswordStore`; `calls` records its calls.

    `locked` refuses to check anything for a minute, as Cognito does after wrong passwords.
    """

    silent: bool = False
    locked: bool = False
    calls: list[str] = field(default_factory=list)
    before_answer: Callable[[], None] | None = None
    _passwords: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def check(self, account: str, password: str) -> PasswordCheck:
        self._asked("check")
        if self.locked:
            raise PasswordStoreLocked(retry_after=timedelta(minutes=1))
        known, permanent = self._passwords.get(account, (None, False))
        if known != password:
            return PasswordCheck.WRONG
        return PasswordCheck.RIGHT if permanent else PasswordCheck.MUST_CHANGE

    def set_password(self, account: str, password: str) -> None:
        self._asked("set_password")
        self._set(account, password, permanent=True)

    def set_temporary(self, account: str, password: str) -> None:
        self._asked("set_temporary")
        self._passwords[account] = (password, False)

    def create(self, account: str, temporary_password: str) -> None:
        self._asked("create")
        self._passwords.setdefault(account, (temporary_password, False))

    def _set(self, account: str, password: str, *, permanent: bool) -> None:
        if account not in self._passwords:
            raise IdentityUnavailable
        self._passwords[account] = (password, permanent)

    def _asked(self, what: str) -> None:
        self.calls.append(what)
        if self.before_answer:
            self.before_answer()
        if self.silent:
            raise IdentityUnavailable


def fake_mac(purpose: str, value: str) -> str:
    """A `Mac` under a publicly known key."""
    return hmac.new(b"test", f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()


def fake_seal(message_id: str, secret: str) -> bytes:
    """A `Seal`: bound to its row, and not readable at a glance."""
    bound = hmac.new(b"seal", f"{message_id}:{secret}".encode(), hashlib.sha256).digest()
    return bound + bytes(byte ^ 0xA5 for byte in secret.encode())


def fake_unseal(message_id: str, sealed: bytes) -> str:
    """An `Unseal` of what `fake_seal` made; ValueError for another row's or an altered one."""
    secret = bytes(byte ^ 0xA5 for byte in sealed[32:]).decode("utf-8", "replace")
    if fake_seal(message_id, secret) != sealed:
        raise ValueError(f"the seal of {message_id} is broken")
    return secret


class FakeSignature:
    """A `Signature` with a publicly known key."""

    def sign(self, content: bytes) -> str:
        return hmac.new(b"sign", content, hashlib.sha256).hexdigest()

    def verify(self, content: bytes, signature: str) -> bool:
        return self.sign(content) == signature


class FakeSigningKey:
    """A `SigningKey` in memory; it counts its signatures and how often its public half was asked.

    `silent` leaves every call without an answer.
    """

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.signed = self.shown = 0
        self.silent = False

    def sign(self, content: bytes) -> bytes:
        self._answer()
        self.signed += 1
        return self._key.sign(content, ec.ECDSA(hashes.SHA256()))

    def public_key(self) -> bytes:
        self._answer()
        self.shown += 1
        form = PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(Encoding.DER, form)

    def _answer(self) -> None:
        if self.silent:
            raise KeysUnavailable


class FakeVault:
    """A `Vault` in memory; tests tamper with `documents` and count what was read."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.tried: list[str] = []
        self.reads = 0

    def last(self, *, after: str = "") -> tuple[str, bytes] | None:
        return max(self._after(after), default=None)

    def add(self, name: str, content: bytes) -> None:
        if name in self.documents:
            raise DocumentExists(name)
        self.documents[name] = content

    def get(self, name: str) -> bytes | None:
        return self.documents.get(name)

    def all(self, *, after: str = "") -> Iterator[tuple[str, bytes]]:
        yield from map(self._read, sorted(self._after(after)))

    def of(self, name: str) -> Iterator[bytes]:
        if name in self.documents:
            yield self._read((name, self.documents[name]))[1]

    def covered(self, *, after: str = "") -> list[str]:
        return sorted(name for name in self.tried if name > after)

    def _after(self, after: str) -> list[tuple[str, bytes]]:
        return [one for one in self.documents.items() if one[0] > after]

    def _read(self, document: tuple[str, bytes]) -> tuple[str, bytes]:
        self.reads += 1
        return document


class FakeQueue:
    """A queue; `full` makes it refuse."""

    def __init__(self) -> None:
        self.bodies: list[Mapping[str, Any]] = []
        self.full = False

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        if self.full:
            raise Unavailable
        self.bodies.extend(bodies)

    @property
    def due(self) -> list[str]:
        """The ids that were queued, in order."""
        return [str(body["due"]) for body in self.bodies]


class FakeMail:
    """A `MailTransport` that keeps its mails."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.silent = False

    def send(self, mail: EmailMessage, *, to: str) -> None:
        if self.silent:
            raise MailUnavailable
        self.sent.append(mail)


@dataclass
class FakePhoneMessages:
    """A `PhoneMessages` that keeps accepted messages; `asked` counts all calls.

    `failing` answers with a failure, `silent` not at all, `rejecting` that a number has opted out.
    """

    failing: bool = False
    silent: bool = False
    rejecting: bool = False
    asked: int = 0
    before_answer: Callable[[], None] | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, Call]] = field(default_factory=list)

    def text(self, number: str, body: str) -> None:
        self._answer(number, body)
        self.texts.append((number, body))

    def call(self, number: str, call: Call) -> None:
        self._answer(number, call.ssml)
        self.calls.append((number, call))

    def _answer(self, number: str, said: str) -> None:
        self.asked += 1
        if self.before_answer:
            self.before_answer()
        if self.rejecting or not number.startswith("+"):
            raise PhoneUnreachable
        if self.failing or self.silent or not said.strip():
            raise PhoneUnavailable


Fault = Callable[[Callable[..., Any], dict[str, Any]], Any]


class Meddler:
    """A botocore client that records calls and lets a test interfere.

    A fault gets the real operation and its request, and does with them what it likes.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def next(self, operation: str, *faults: Fault) -> None:
        """Let these faults have the operation's next calls, one each."""
        self._faults[operation].extend(faults)

    def forget(self, operation: str) -> None:
        """Faults that had no call are had by none."""
        self._faults[operation].clear()

    def requests(self, operation: str) -> list[dict[str, Any]]:
        """The requests of this operation."""
        return [request for name, request in self.calls if name == operation]

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name.startswith("_") or not callable(operation):
            return operation

        def call(**request: Any) -> Any:
            self.calls.append((name, request))
            waiting = self._faults[name]
            return waiting.popleft()(operation, request) if waiting else operation(**request)

        return call


class Counts:
    """Metrics: how often each was counted."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = defaultdict(float)

    def __call__(self, name: str, value: float = 1) -> None:
        self.seen[name] += value


_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}{next(_numbers)}"


class FakeTexts:
    """Sends no text but records it; `answer`: whether the number was reachable."""

    def __init__(self) -> None:
        self.told: list[Message] = []
        self.answer = True

    def tell(self, lease: Lease) -> bool:
        self.told.append(lease.message)
        return self.answer
