"""A guest's order: placed without an account, read by its token (B8).

    address counted → replay? → form judged, mailbox counted → order ⊕ record ⊕ used form ⊕ entry
    → payment page

The form is the request's idempotency key: sent again with the same content it gives the same order
and the same token, which the key service derives from both. Only the token's hash is kept. Nothing
is mailed before the payment, and nothing is looked up by the guest's address or organization: no
answer can depend on whether they are known.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound, Unavailable
from keyfob.domain.limits import Limit, Quota, a_day
from keyfob.domain.orders import decisions
from keyfob.domain.orders.guest import (
    MAILBOX_PURPOSE,
    TOKEN_PURPOSE,
    Guest,
    digest_of,
    kept_until,
)
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import (
    FormExpired,
    FormInvalid,
    FormTooFast,
    FormTrapped,
    FormUsed,
    WorkInsufficient,
)
from keyfob.domain.registrations.form import Form, SentForm
from keyfob.domain.sessions.client import Client
from keyfob.storage import idempotency
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.orders.store import OrderIdempotencyRow, OrderStore
from keyfob.storage.transaction import TransactionPart, Transactions, joined
from keyfob.usecases.forms.bot_check import BotCheck
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.pricing import Cart, Pricing, require_payable
from keyfob.usecases.orders.service import OrderService

# Compared in the place of an order that no guest has placed, so that the work is the same.
_NOBODYS = digest_of("")
# Nothing costly was done for these. Any other refusal counts: who has one good form could have the
# key service hash without end, for carts or mailboxes that are refused (S62).
_UNCOUNTED = (
    FormExpired,
    FormInvalid,
    FormTooFast,
    FormTrapped,
    FormUsed,
    Unavailable,
    WorkInsufficient,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The person who orders, as typed; `language` is that of mails (BCP 47)."""

    name: str
    email: str
    organization: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A guest's order as it was sent; `body` is a hash of the whole request."""

    visitor: Visitor
    cart: Cart
    form: SentForm
    body: str

    @property
    def record(self) -> IdempotencyRecord:
        """The request's idempotency record."""
        return IdempotencyRecord(account="guest", key=self.form.text, body=self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A guest's order, and its token."""

    order: Order
    token: str


class GuestOrders:
    """The use cases of people who buy without an account."""

    def __init__(
        self,
        *,
        bot_check: BotCheck,
        pricing: Pricing,
        orders: OrderStore,
        service: OrderService,
        checkouts: Checkouts,
        limits: Limits,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._bot_check = bot_check
        self._pricing = pricing
        self._orders = orders
        self._service = service
        self._checkouts = checkouts
        self._limits = limits
        self._mac = mac
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def form(self) -> Form:
        """A form to order with. Changes nothing.

        Raises:
            KeysUnavailable: the key service did not answer.
        """
        return self._bot_check.form()

    def place(self, request: Request, client: Client) -> Placed:
        """Place the order and open its payment page; idempotent by its form.

        Raises:
            TooManyTries: from this address, or for this mailbox.
            FormInvalid, FormTooFast, FormExpired, FormUsed, FormTrapped, WorkInsufficient.
            InvalidInput, NotForGuests, AmountNotPayable: the cart can't be bought.
            IdempotencyKeyReused: the form was sent before with another body.
            PaymentRefused: the provider takes no payment for this order, which has ended.
            PaymentUnavailable: the order is stored; the same request again opens its page.
            KeysUnavailable: the key service did not answer.
        """
        by = guest(client)
        address = [self._of_address(client)]
        with self._limits.request(address, self._clock(), failed=_UNCOUNTED):
            placed = self._earlier(request) or self._new(request, by)
        # Outside: an order that was placed counts, whether or not its page could be opened.
        return replace(placed, order=self._checkouts.open(placed.order, by=by))

    def get(self, number: str, token: str) -> Order:
        """The guest's order that this token is for.

        Raises:
            NotFound: unknown, an account's, or another token's: the same answer, the same work.
        """
        order = self._orders.get(number)
        known = order.guest.token if order and order.guest else _NOBODYS
        is_shown = hmac.compare_digest(digest_of(token), known)
        if not is_shown or order is None or order.guest is None:
            raise NotFound
        return order

    def cancel(self, number: str, token: str, client: Client) -> Order:
        """Cancel an unpaid order; an effect closes its payment page.

        Raises:
            NotFound: as `get`. IllegalTransition: it is paid.
        """
        self.get(number, token)
        return self._service.decide(number, decisions.cancel, by=guest(client))

    def _earlier(self, request: Request) -> Placed | None:
        """The order that the same request placed before."""
        number = self._orders.idempotent_result(request.record)
        if number is None:
            return None
        return Placed(order=self._service.get(number), token=self._token(request))

    def _new(self, request: Request, by: Actor) -> Placed:
        # Judged before the mailbox is counted: a program must not use up a person's limit.
        self._bot_check.require_person(request.form)

        def attempt() -> Placed:
            return self._earlier(request) or self._commit(request, by)

        with self._limits.request([self._of_mailbox(request.visitor)], self._clock()):
            return self._transactions.retry_on_conflict(attempt)

    def _commit(self, request: Request, by: Actor) -> Placed:
        used = self._bot_check.require_person(request.form)
        now, token = in_seconds(self._clock), self._token(request)
        ends = now + self._policy.checkout_lifetime
        unpaid, paid = kept_until(ends, self._policy)
        who = request.visitor
        guest = Guest(
            name=who.name,
            email=who.email,
            organization=who.organization,
            language=who.language,
            token=digest_of(token),
            erased_unpaid=unpaid,
            erased_paid=paid,
        )
        priced = self._pricing.for_guest(request.cart, guest, now)
        require_payable(priced)
        order = replace(priced, number=self._orders.next_number())
        kept = now + self._policy.idempotency_kept
        receipt = idempotency.put(OrderIdempotencyRow, request.record, order.number, until=kept)
        part = joined(TransactionPart(writes=[receipt]), used)
        return Placed(order=self._service.place(order, by=by, part=part), token=token)

    def _token(self, request: Request) -> str:
        """256 bits that only the key service can derive from this request."""
        return self._mac(TOKEN_PURPOSE, f"{request.form.text}\n{request.body}")

    def _of_address(self, client: Client) -> Quota:
        limit = Limit(
            name="guest-order-address",
            tries=self._policy.guest_orders_per_address,
            period=self._policy.guest_orders_per_address_period,
        )
        return Quota(limit=limit, subject=client.network)

    def _of_mailbox(self, who: Visitor) -> Quota:
        limit = a_day("guest-order-mailbox", self._policy.guest_orders_per_mailbox)
        return Quota(limit=limit, subject=self._mac(MAILBOX_PURPOSE, who.email.casefold()))


def guest(client: Client) -> Actor:
    """Somebody who buys without an account."""
    return Actor(kind="guest", id="guest", address=client.address, correlation=client.correlation)
