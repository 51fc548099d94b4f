"""The products of a partner for one person: each is offered, or the reason why not is said (B1)."""

from __future__ import annotations

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.offer import Offer, judged
from keyfob.domain.orders.product_kind import FOR_CREDENTIAL
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.usecases.orders.existing_credentials import ExistingCredentials
from keyfob.usecases.orders.holders import Holders


class Offering:
    """Judges catalogs."""

    def __init__(
        self,
        *,
        directory: Directory,
        catalog: Catalog,
        holders: Holders,
        existing: ExistingCredentials,
    ) -> None:
        self._directory = directory
        self._catalog = catalog
        self._holders = holders
        self._existing = existing

    def of(self, account_id: str, partner_id: str) -> list[Offer]:
        """Every product on sale, offered ones first, then the cheapest.

        Raises:
            NotFound: there is no such partner.
        """
        partner = self._directory.partner(partner_id)
        if partner is None:
            raise NotFound
        usable = self._holders.usable(self._directory.account(account_id), partner)
        live, takes = self._existing.judge(account_id)
        offers = [
            judged(
                product,
                usable,
                holds=live is not None,
                takes=product.kind in FOR_CREDENTIAL and takes(product),
            )
            for product in self._catalog.of_partner(partner_id)
            if product.on_sale
        ]
        return sorted(
            offers, key=lambda one: (one.why_not is not None, one.product.price, one.product.id)
        )
