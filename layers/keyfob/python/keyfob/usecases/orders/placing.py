"""Placing an order and canceling it.

1. price the cart from the catalog, take a number
2. commit order + idempotency record + audit entry                    (killed: nothing happened)
3. open the payment page or issue the invoice, idempotent by order   (killed: the same request
4. commit the page or the invoice                                     or the clock goes on here)
"""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.orders import decisions
from keyfob.domain.orders.errors import TooManyOpenOrders
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.short_renewal import require_accepted
from keyfob.domain.policy import Policy
from keyfob.storage import idempotency
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.orders import open_orders as rows
from keyfob.storage.orders.store import OrderIdempotencyRow, OrderStore
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.invoice_terms import InvoiceTerms
from keyfob.usecases.orders.invoices import Issuing
from keyfob.usecases.orders.pricing import Cart, Pricing, require_payable
from keyfob.usecases.orders.quotes import Quotes
from keyfob.usecases.orders.quoting import NamedHolders
from keyfob.usecases.orders.service import OrderService


class Placing:
    """The use cases of people who buy for themselves and for their colleagues."""

    def __init__(
        self,
        *,
        pricing: Pricing,
        named: NamedHolders,
        quotes: Quotes,
        orders: OrderStore,
        service: OrderService,
        checkouts: Checkouts,
        terms: InvoiceTerms,
        issuing: Issuing,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._pricing = pricing
        self._named = named
        self._quotes = quotes
        self._orders = orders
        self._service = service
        self._checkouts = checkouts
        self._terms = terms
        self._issuing = issuing
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def place(self, by: Actor, cart: Cart, record: IdempotencyRecord) -> Order:
        """Place the order and open its payment page, or issue its invoice; idempotent.

        Raises:
            InvalidInput: an empty or oversized cart, an unknown product, no accepted disclaimer, a
                renewal, an upgrade or an added token for a credential that can't have it.
            NotFound: an item is for no account of the purchaser's organization (S23).
            NoFittingApplication: an account has no use for what is bought for it (B2).
            AmountNotPayable: the payment provider doesn't charge such a total.
            ShortRenewalNotAccepted: a renewal would end almost at once.
            QuoteExpired, QuoteDiffers: its prices can't be the quote's that it names.
            InvoiceTooLate: an invoice for a renewal can't clear in time (F7).
            CreditLimitReached: the organization owes as much by invoices as it may.
            TooManyOpenOrders: the account has as many unpaid orders as it may have (S62).
            PaymentRefused: the provider takes no payment for this order, which has ended.
            IdempotencyKeyReused: this key was used with another body.
            PaymentUnavailable: the order is stored; the same request again goes on.
        """
        order = self._transactions.retry_on_conflict(lambda: self._placed(by, cart, record))
        if order.method is PaymentMethod.INVOICE:
            return self._issuing.issue(order, by=by)
        return self._checkouts.open(order, by=by)

    def cancel(self, by: Actor, number: str) -> Order:
        """Cancel an unpaid order; an effect closes its payment page or invoice.

        Raises:
            NotFound: unknown, or somebody else's.
            IllegalTransition: it is paid.
        """
        self.get(by, number)
        return self._service.decide(number, decisions.cancel, by=by)

    def get(self, by: Actor, number: str) -> Order:
        """This account's order; a request for another account's is audited.

        Raises:
            NotFound: unknown, or somebody else's: the same answer after the same work (S23).
        """
        order = self._orders.get(number)
        if order is None or order.account != by.account:
            raise self._foreign.order_refused(number, by)
        return order

    def _placed(self, by: Actor, cart: Cart, record: IdempotencyRecord) -> Order:
        earlier = self._orders.idempotent_result(record)
        if earlier:
            return self._service.get(earlier)
        now = in_seconds(self._clock)
        asked, holders = self._named.of(cart, by)
        priced = self._pricing.priced(by.account, asked, now, holders)
        if cart.quote:
            priced = self._quotes.applied(by, cart.quote, priced)
        require_payable(priced)
        require_accepted(priced, self._policy, accepted=cart.short_renewal_accepted)
        by_invoice = priced.method is PaymentMethod.INVOICE
        if by_invoice:
            priced = self._terms.due(priced, confirmed=cart.confirmed)
        self._require_place(by.account)
        credit = [self._terms.credit(priced)] if by_invoice else []
        order = replace(priced, number=self._orders.next_number(), counted=True)
        kept_until = now + self._policy.idempotency_kept
        receipt_put = idempotency.put(OrderIdempotencyRow, record, order.number, until=kept_until)
        place = rows.take_place(by.account, self._policy.open_orders_per_account)
        part = TransactionPart(writes=[receipt_put, place, *credit])
        return self._service.place(order, by=by, part=part)

    def _require_place(self, account: str) -> None:
        """Refuse one order too many; who is overtaken after this fails on the place's condition."""
        if self._orders.open_orders(account) >= self._policy.open_orders_per_account:
            raise TooManyOpenOrders
