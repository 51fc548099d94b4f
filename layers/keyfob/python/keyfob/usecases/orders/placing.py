"""Placing an order and canceling it.

1. price the cart from the catalog, take a number
2. commit order + idempotency record + audit entry                    (killed: nothing happened)
3. open the payment page at the provider, idempotent by order        (killed: the same request
4. commit the page's id and address                                   or the clock goes on here)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain import ids, money
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders import order as decisions
from keyfob.domain.orders.errors import (
    AmountNotPayable,
    DisclaimerNotAccepted,
    NoFittingApplication,
    TooManyOpenOrders,
    UnknownProduct,
)
from keyfob.domain.orders.order import Address, Line, Order
from keyfob.domain.orders.product import Product, offered
from keyfob.domain.orders.product_kind import FOR_CREDENTIAL, ProductKind
from keyfob.domain.policy import Policy
from keyfob.storage import idempotency
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.orders import store as rows
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderIdempotencyRow, OrderStore
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.credentials.purchases import Purchases
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.service import OrderService

_NUMBER = re.compile(r"SO-[0-9]{1,12}", re.ASCII)

_OF_ITS_OWN = {
    ProductKind.RENEWAL: "a renewal is an order of its own, for one year",
    ProductKind.ADDED_TOKEN: "an added token is an order of its own",
    ProductKind.UPGRADE: "an upgrade is an order of its own",
}
# Unknown, somebody else's, revoked or unfit: the same answer (S23).
_NOT_YOURS = {
    ProductKind.RENEWAL: "is no credential of yours that this renewal is for",
    ProductKind.ADDED_TOKEN: "is no credential of yours that this partner adds a token to",
    ProductKind.UPGRADE: "is no credential of yours that this partner upgrades",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A `quantity` of a product, and the credential that is renewed or gets a token, if any."""

    product: str
    quantity: int = 1
    credential: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """The items that a person wants to buy."""

    partner: str
    items: tuple[Item, ...]
    po_number: str
    shipping: Address
    billing: Address
    disclaimer_accepted: bool
    short_renewal_accepted: bool = False


class Placing:
    """The use cases of people who buy for themselves."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        catalog: Catalog,
        orders: OrderStore,
        service: OrderService,
        purchases: Purchases,
        checkouts: Checkouts,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._access = access
        self._catalog = catalog
        self._orders = orders
        self._service = service
        self._purchases = purchases
        self._checkouts = checkouts
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def place(self, by: Actor, cart: Cart, record: IdempotencyRecord) -> Order:
        """Place the order and open its payment page; idempotent.

        Raises:
            InvalidInput: an empty or oversized cart, an unknown product, no accepted disclaimer, a
                renewal or an added token together with other items, or for what can't have it.
            NoFittingApplication: the account has no use for what it wants to buy (B2).
            AmountNotPayable: the payment provider doesn't charge such a total.
            ShortRenewalNotAccepted: a renewal would end almost at once.
            TooManyOpenOrders: the account has as many unpaid orders as it may have (S62).
            PaymentRefused: the provider takes no payment for this order, which has ended.
            IdempotencyKeyReused: this key was used with another body.
            PaymentUnavailable: the order is stored; the same request again opens its page.
        """
        order = self._transactions.retry_on_conflict(lambda: self._placed(by, cart, record))
        return self._checkouts.open(order, by=by)

    def cancel(self, by: Actor, number: str) -> Order:
        """Cancel an unpaid order; an effect closes its payment page.

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
            raise self._foreign.refused(
                "order", number, _NUMBER, otherwise="no order number", by=by
            )
        return order

    def offered(self, partner: str) -> list[Product]:
        """The products in this partner's catalog.

        Raises:
            NotFound: there is no such partner.
        """
        found = self._directory.partner(partner)
        if found is None:
            raise NotFound
        return offered(self._catalog.of_partner(partner), found.applications)

    def _placed(self, by: Actor, cart: Cart, record: IdempotencyRecord) -> Order:
        earlier = self._orders.idempotent_result(record)
        if earlier:
            return self._service.get(earlier)
        now = in_seconds(self._clock)
        priced = self._priced(by.account, cart, now)
        _require_payable(priced)
        decisions.require_accepted(priced, self._policy, accepted=cart.short_renewal_accepted)
        self._require_place(by.account)
        order = replace(priced, number=self._orders.next_number(), counted=True)
        kept_until = now + self._policy.idempotency_kept
        receipt_put = idempotency.put(OrderIdempotencyRow, record, order.number, until=kept_until)
        place = rows.take_place(by.account, self._policy.open_orders_per_account)
        part = TransactionPart(writes=[receipt_put, place])
        return self._service.place(order, by=by, part=part)

    def _require_place(self, account: str) -> None:
        """Refuse one order too many; who is overtaken after this fails on the place's condition."""
        if self._orders.open_orders(account) >= self._policy.open_orders_per_account:
            raise TooManyOpenOrders

    def _priced(self, account: str, cart: Cart, now: datetime) -> Order:
        """The order, without its number as long as it may be refused."""
        if not cart.disclaimer_accepted:
            raise DisclaimerNotAccepted
        lines = self._lines(account, cart)
        live = self._credential_for(account, lines)
        holder = self._directory.account(account)
        if holder is None:
            raise NotFound
        return Order(
            number="",
            reference=ids.new_id("ord"),
            account=account,
            organization=holder.organization,
            partner=cart.partner,
            lines=tuple(_line(product, item, live) for product, item in lines),
            currency=lines[0][0].currency,
            po_number=cart.po_number,
            shipping=cart.shipping,
            billing=cart.billing,
            placed_at=now,
            checkout_ends=now + self._policy.checkout_lifetime,
        )

    def _lines(self, account: str, cart: Cart) -> list[tuple[Product, Item]]:
        catalog = {product.id: product for product in self._offered_or_refused(cart.partner)}
        if any(item.product not in catalog for item in cart.items):
            raise UnknownProduct
        lines = [(catalog[item.product], item) for item in cart.items]
        quantities = [item.quantity for item in cart.items]
        if min(quantities, default=0) < 1 or sum(quantities) > self._policy.order_units:
            raise InvalidInput(fields={"items": f"1 to {self._policy.order_units} credentials"})
        if len({product.currency for product, _ in lines}) > 1:
            raise InvalidInput(fields={"items": "the products have different currencies"})
        self._require_use(account, cart.partner, [product for product, _ in lines])
        return lines

    def _credential_for(self, account: str, lines: list[tuple[Product, Item]]) -> Credential | None:
        """The credential that is renewed or gets a token; None for new credentials."""
        own = [(product, item) for product, item in lines if product.kind in FOR_CREDENTIAL]
        if any(item.credential for product, item in lines if product.kind not in FOR_CREDENTIAL):
            problem = "only a renewal, an added token and an upgrade name a credential"
            raise InvalidInput(fields={"items": problem})
        if not own:
            return None
        product, item = own[0]
        if len(lines) > 1 or item.quantity > 1:
            raise InvalidInput(fields={"items": _OF_ITS_OWN[product.kind]})
        live = self._purchases.open_to(product.kind, account, item.credential or "")
        if live is None or not self._suits(product, live):
            raise InvalidInput(fields={"items.0.credential": _NOT_YOURS[product.kind]})
        return live

    def _suits(self, product: Product, live: Credential) -> bool:
        bought = self._orders.get(live.order)
        if bought is None or not product.suits(
            live.kind, proofing=live.proofing, seller=bought.partner
        ):
            return False
        if bought.partner == product.partner:
            return True
        # A partner that approves credentials does so before it renews another's (F1).
        partner = self._directory.partner(product.partner)
        approves = partner is not None and partner.approves_credentials
        return not approves or self._purchases.is_approved(live, by=product.partner)

    def _offered_or_refused(self, partner: str) -> list[Product]:
        try:
            return self.offered(partner)
        except NotFound as unknown:
            raise InvalidInput(fields={"partner": "there is no such partner"}) from unknown

    def _require_use(self, account: str, partner: str, products: list[Product]) -> None:
        holder, buyer = self._directory.account(account), self._directory.partner(partner)
        applications = buyer.applications if buyer else ()
        usable = self._access.applications_of(holder) if holder else ()
        accessible = [one for one in applications if one.id in usable]
        for product in products:
            if not any(product.fits(application) for application in accessible):
                raise NoFittingApplication


def _require_payable(order: Order) -> None:
    if not money.is_payable(order.total, order.currency):
        least, most = (
            money.written(bound, order.currency)
            for bound in (money.LEAST[order.currency], money.MOST)
        )
        problem = f"the total with tax must be between {least} and {most}"
        raise AmountNotPayable(fields={"items": problem})


def _line(product: Product, item: Item, live: Credential | None) -> Line:
    renewed = live if product.kind is ProductKind.RENEWAL else None
    return Line(
        product=product.id,
        name=product.name,
        kind=product.kind,
        proofing=product.proofing,
        quantity=item.quantity,
        unit_price=product.price,
        tax=product.tax_on(product.price * item.quantity),
        credential=item.credential,
        renewed_until=one_year_after(renewed.expires_at) if renewed else None,
        upgrade_included=product.upgrade_included,
        model=product.model,
    )
