"""The existing credentials that a cart's items are for: own or a colleague's (B2, S23)."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.credentials.purchases import Purchases

# Unknown, somebody else's, revoked or unfit: the same answer (S23).
_NOT_YOURS = {
    ProductKind.RENEWAL: "is no credential of yours that this renewal is for",
    ProductKind.ADDED_TOKEN: "is no credential of yours that this partner adds a token to",
    ProductKind.UPGRADE: "is no credential of yours that this partner upgrades",
}
_NOT_THEIRS = {
    ProductKind.RENEWAL: "has no credential that this renewal is for",
    ProductKind.ADDED_TOKEN: "has no credential that this partner adds a token to",
    ProductKind.UPGRADE: "has no credential that this partner upgrades",
}


class ExistingCredentials:
    """Finds the credentials of renewals, added tokens and upgrades."""

    def __init__(self, *, directory: Directory, orders: OrderStore, purchases: Purchases) -> None:
        self._directory = directory
        self._orders = orders
        self._purchases = purchases

    def own(self, product: Product, account: str, named: str, place: int) -> Credential:
        """The purchaser's credential that the item at this place names.

        Raises:
            InvalidInput: it can't have this product, for whatever reason.
        """
        problem = {f"items.{place}.credential": _NOT_YOURS[product.kind]}
        return self._found(product, account, named, problem)

    def of_holder(
        self, product: Product, account: str, named: str | None, place: int
    ) -> Credential:
        """The credential of the account that the item is for; the item may leave out its id.

        Raises:
            InvalidInput: it can't have this product, for whatever reason.
        """
        problem = {f"items.{place}.for": _NOT_THEIRS[product.kind]}
        return self._found(product, account, named, problem)

    def judge(self, account: str) -> tuple[Credential | None, Callable[[Product], bool]]:
        """The account's live credential, and whether it can have a product for credentials now."""
        live = self._purchases.living(account)

        def takes(product: Product) -> bool:
            open_to = live is not None and self._purchases.takes(product.kind, live)
            return live is not None and open_to and self._suits(product, live)

        return live, takes

    def _found(
        self, product: Product, account: str, named: str | None, problem: dict[str, str]
    ) -> Credential:
        live = self._purchases.open_to(product.kind, account, named)
        if live is None or not self._suits(product, live):
            raise InvalidInput(fields=problem)
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
