"""Pricing a cart: the order that it would become, or the reason why it can't be bought (B1, B2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain import ids, money
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.disclaimer import require_current
from keyfob.domain.orders.errors import (
    AmountNotPayable,
    DisclaimerNotAccepted,
    NotForGuests,
    UnknownProduct,
)
from keyfob.domain.orders.guest import Guest
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product import Product, offered
from keyfob.domain.orders.product_kind import FOR_CREDENTIAL, ProductKind
from keyfob.domain.orders.tax import Taxation, require_vat_id_of, tax_on, taxation
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.sales_terms import SalesTermsStore
from keyfob.usecases.orders.existing_credentials import ExistingCredentials
from keyfob.usecases.orders.holders import Holders, require_fitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A `quantity` of a product, and the credential that is renewed or gets a token, if any.

    `holder` is the account that it is for; None: the purchaser, who may give keys to anybody.
    """

    product: str
    quantity: int = 1
    credential: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """The items that a person wants to buy.

    `confirmed`: an invoice that can't clear before the revocation is wanted all the same. `quote`:
    the number of a quote, whose prices count.
    """

    partner: str
    items: tuple[Item, ...]
    po_number: str
    shipping: Address
    billing: Address
    disclaimer_accepted: bool
    disclaimer_version: str = ""
    vat_id: str = ""
    method: PaymentMethod = PaymentMethod.CARD
    short_renewal_accepted: bool = False
    confirmed: bool = False
    quote: str | None = None


Wanted = Sequence[tuple[Product, Item]]
NO_HOLDERS: Mapping[str, Account] = {}


class Pricing:
    """Turns carts into orders, which nobody has placed yet."""

    def __init__(
        self,
        *,
        directory: Directory,
        holders: Holders,
        existing: ExistingCredentials,
        catalog: Catalog,
        terms: SalesTermsStore,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._terms = terms
        self._holders = holders
        self._existing = existing
        self._catalog = catalog
        self._policy = policy

    def offered(self, partner: str) -> list[Product]:
        """The products in this partner's catalog.

        Raises:
            NotFound: there is no such partner.
        """
        found = self._directory.partner(partner)
        if found is None:
            raise NotFound
        return offered(self._catalog.of_partner(partner), found.applications)

    def priced(
        self, account: str, cart: Cart, now: datetime, holders: Mapping[str, Account] = NO_HOLDERS
    ) -> Order:
        """The order for this cart, without its number as long as it may be refused.

        `holders` has the accounts that its items name, by their ids.

        Raises:
            InvalidInput: an empty or oversized cart, an unknown product, no accepted disclaimer, a
                renewal, an upgrade or an added token for a credential that can't have it.
            NoFittingApplication: the account has no use for what is bought for it (B2).
            DisclaimerChanged: another version than the accepted one is in force.
        """
        if not cart.disclaimer_accepted:
            raise DisclaimerNotAccepted
        wanted = self._wanted(cart, most=self._policy.order_units)
        purchaser = self._directory.account(account)
        self._require_use(cart.partner, wanted, purchaser, holders)
        credentials = self._credentials(account, wanted)
        if purchaser is None:
            raise NotFound
        order = self._order(cart, wanted, credentials, now, purchaser.language)
        return replace(order, account=account, organization=purchaser.organization)

    def for_guest(self, cart: Cart, guest: Guest, now: datetime) -> Order:
        """The order for a guest's cart, likewise without its number; nobody's access is checked.

        Raises:
            InvalidInput: an empty or oversized cart, an unknown product, no accepted disclaimer.
            NotForGuests: a product for an existing credential, or for a named account (B8).
        """
        if not cart.disclaimer_accepted:
            raise DisclaimerNotAccepted
        wanted = self._wanted(cart, most=self._policy.guest_order_units)
        if any(product.kind in FOR_CREDENTIAL or item.holder for product, item in wanted):
            raise NotForGuests
        order = self._order(cart, wanted, [None] * len(wanted), now, guest.language)
        return replace(order, guest=guest)

    def _order(
        self,
        cart: Cart,
        wanted: Wanted,
        credentials: Sequence[Credential | None],
        now: datetime,
        language: str,
    ) -> Order:
        require_current(self._terms.disclaimer(cart.partner), cart.disclaimer_version)
        country = cart.billing.country
        require_vat_id_of(country, cart.vat_id)
        taxed = taxation(self._terms.tax_rule(country), cart.vat_id, language)
        return Order(
            number="",
            reference=ids.new_id("ord"),
            account="",
            organization="",
            partner=cart.partner,
            lines=tuple(
                _line(product, item, live, taxed)
                for (product, item), live in zip(wanted, credentials, strict=True)
            ),
            method=cart.method,
            currency=wanted[0][0].currency,
            po_number=cart.po_number,
            shipping=cart.shipping,
            billing=cart.billing,
            placed_at=now,
            checkout_ends=now + self._policy.checkout_lifetime,
            disclaimer=cart.disclaimer_version,
            vat_id=cart.vat_id,
            tax_note=taxed.note,
        )

    def _wanted(self, cart: Cart, *, most: int) -> Wanted:
        catalog = {product.id: product for product in self._offered_or_refused(cart.partner)}
        if any(item.product not in catalog for item in cart.items):
            raise UnknownProduct
        wanted = [(catalog[item.product], item) for item in cart.items]
        quantities = [item.quantity for item in cart.items]
        if min(quantities, default=0) < 1 or sum(quantities) > most:
            raise InvalidInput(fields={"items": f"1 to {most} credentials"})
        if len({product.currency for product, _ in wanted}) > 1:
            raise InvalidInput(fields={"items": "the products have different currencies"})
        _require_single(wanted, most=self._policy.order_credentials)
        return wanted

    def _require_use(
        self,
        partner: str,
        wanted: Wanted,
        purchaser: Account | None,
        holders: Mapping[str, Account],
    ) -> None:
        buyer = self._directory.partner(partner)
        usable: dict[str | None, list[Application]] = {}
        for place, (product, item) in enumerate(wanted):
            if item.holder not in usable:
                account = holders[item.holder] if item.holder else purchaser
                usable[item.holder] = self._holders.usable(account, buyer)
            field = "for" if item.holder else "product"
            require_fitting(product, usable[item.holder], f"items.{place}.{field}")

    def _credentials(self, account: str, wanted: Wanted) -> list[Credential | None]:
        """The credential that each item is for; None for new credentials."""
        found: list[Credential | None] = []
        for place, (product, item) in enumerate(wanted):
            if product.kind not in FOR_CREDENTIAL:
                found.append(None)
                continue
            live = (
                self._existing.of_holder(product, item.holder, item.credential, place)
                if item.holder
                else self._existing.own(product, account, item.credential or "", place)
            )
            if any(live.id == one.id for one in found if one):
                problem = "this credential has another item; order one after the other"
                raise InvalidInput(fields={f"items.{place}": problem})
            found.append(live)
        return found

    def _offered_or_refused(self, partner: str) -> list[Product]:
        try:
            return self.offered(partner)
        except NotFound as unknown:
            raise InvalidInput(fields={"partner": "there is no such partner"}) from unknown


def require_payable(order: Order) -> None:
    """Refuse a total that the payment provider doesn't charge.

    Raises:
        AmountNotPayable: it is too small or too large.
    """
    if not money.is_payable(order.total, order.currency):
        least, most = (
            money.written(bound, order.currency)
            for bound in (money.LEAST[order.currency], money.MOST)
        )
        problem = f"the total with tax must be between {least} and {most}"
        raise AmountNotPayable(fields={"items": problem})


def _require_single(wanted: Wanted, *, most: int) -> None:
    """Refuse several of what can be had once, and more credentials than a transaction changes."""
    changed = 0
    for place, (product, item) in enumerate(wanted):
        for_credential = product.kind in FOR_CREDENTIAL
        changed += for_credential
        if item.credential and not for_credential:
            problem = "only a renewal, an added token and an upgrade name a credential"
            raise InvalidInput(fields={"items": problem})
        if item.quantity > 1 and (for_credential or item.holder):
            problem = "one for each credential" if for_credential else "one for each account"
            raise InvalidInput(fields={f"items.{place}.quantity": problem})
    if changed > most:
        problem = f"at most {most} renewals, upgrades and added tokens in an order"
        raise InvalidInput(fields={"items": problem})


def _line(product: Product, item: Item, live: Credential | None, taxed: Taxation) -> Line:
    rate = taxed.rate_of(product.tax_rate)
    renewed = live if product.kind is ProductKind.RENEWAL else None
    return Line(
        product=product.id,
        name=product.name,
        kind=product.kind,
        proofing=product.proofing,
        quantity=item.quantity,
        unit_price=product.price,
        tax=tax_on(product.price * item.quantity, rate),
        credential=live.id if live else None,
        renewed_until=one_year_after(renewed.expires_at) if renewed else None,
        upgrade_included=product.upgrade_included,
        model=product.model,
        holder=item.holder,
        version=product.version,
        description=product.description,
        period=product.period,
        tax_rate=rate,
    )
