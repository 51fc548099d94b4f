"""The catalog's rows in the `orders` table: `PARTNER#<id>` holds the partner's products."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.audit import facts
from keyfob.domain.audit.entry import Facts
from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, Put, Subject, Update, assign, differing


class ProductRow(AuditedRow):
    """`PARTNER#<partner>` / `PRODUCT#<id>`."""

    class Meta:
        table_name = "orders"

    name = UnicodeAttribute()
    description = UnicodeAttribute()
    kind = UnicodeAttribute()
    proofing = BooleanAttribute()
    price = NumberAttribute()
    currency = UnicodeAttribute()
    tax_rate = NumberAttribute()
    period = UnicodeAttribute()
    on_sale = BooleanAttribute()
    renews = UnicodeAttribute(null=True)
    any_partner = BooleanAttribute(null=True)
    upgrade_included = BooleanAttribute(null=True)
    model = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogChange:
    """A product that is added or changed: the write, and its values for the audit trail."""

    write: Put | Update
    facts: Facts

    @property
    def is_new(self) -> bool:
        """Whether the product is added."""
        return isinstance(self.write, Put)


class Catalog:
    """Reads products, and makes the writes that change them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_partner(self, partner: str) -> list[Product]:
        """Every product of a partner, on sale or not."""
        items = self._database.query(ProductRow, key=("pk", f"PARTNER#{partner}"))
        return [_product(ProductRow.from_raw_data(item)) for item in items]

    def product(self, partner: str, product: str) -> Product | None:
        """The partner's product with this id, on sale or not."""
        row = self._database.get(ProductRow, f"PARTNER#{partner}", f"PRODUCT#{product}")
        return _product(row) if row else None

    def put(self, product: Product) -> CatalogChange | None:
        """The change that puts this product into the catalog; None if it is there unchanged.

        Raises:
            InvalidInput: it changes kind, proofing or the kind that it renews; a product keeps
                these once it was sold. A renewal from before it named a kind gets one.
        """
        row = self._database.get(ProductRow, *_key(product))
        if row is None:
            return CatalogChange(write=_new(product), facts=facts.added(_attributes(product)))
        present = _product(row)
        kept = replace(present, renews=present.renews or product.renews)
        if _identity(kept) != _identity(product):
            raise InvalidInput(
                f"{product.id} keeps its kind, its proofing and the kind that it renews. "
                "Give the new product an id of its own."
            )
        before, after = _attributes(present), _attributes(product)
        new = differing(before, after)
        if not new:
            return None
        write = Update(
            row=ProductRow,
            key=_key(product),
            actions=assign(ProductRow, new),
            subject=Subject(id=subject(product), number=int(row.version), head=row.head),
        )
        return CatalogChange(write=write, facts=facts.changed(before, after))


def subject(product: Product) -> str:
    """The product's audit subject."""
    return f"PRODUCT#{product.partner}#{product.id}"


def _identity(product: Product) -> tuple[object, ...]:
    return product.kind, product.proofing, product.renews


def _new(product: Product) -> Put:
    row = ProductRow(*_key(product), **_attributes(product))
    return Put(row=row, subject=Subject(id=subject(product)))


def _attributes(product: Product) -> dict[str, Any]:
    attributes = asdict(product)
    # The row has its own version, which the transaction raises.
    del attributes["id"], attributes["partner"], attributes["version"]
    return attributes


def _key(product: Product) -> tuple[str, str]:
    return f"PARTNER#{product.partner}", f"PRODUCT#{product.id}"


def _product(row: ProductRow) -> Product:
    return Product(
        id=row.sk.removeprefix("PRODUCT#"),
        partner=row.pk.removeprefix("PARTNER#"),
        name=row.name,
        description=row.description,
        kind=ProductKind(row.kind),
        proofing=row.proofing,
        price=int(row.price),
        currency=row.currency,
        tax_rate=int(row.tax_rate),
        period=row.period,
        on_sale=row.on_sale,
        renews=ProductKind(row.renews) if row.renews else None,
        any_partner=row.any_partner is not False,
        upgrade_included=bool(row.upgrade_included),
        model=row.model or DEFAULT_MODEL,
        version=int(row.version),
    )
