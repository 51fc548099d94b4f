"""The tax of a cart by the country of its billing address, and VAT ids. Pure.

A product has a rate of its own. A country's rule, which operators enter, may give another one, and
may say that a business with a VAT id owes the tax itself (reverse charge).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.disclaimer import in_language

BASIS_POINTS = 10_000
# Two letters of the country, then what it likes: the common form of all member states.
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}", re.ASCII)
_NO_SIGN = re.compile(r"[ .\-]")
# Countries whose ids begin otherwise than their ISO 3166 code.
_PREFIXES: Mapping[str, frozenset[str]] = {
    "GR": frozenset({"EL"}),
    "GB": frozenset({"GB", "XI"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """The tax for billing addresses in a country (ISO 3166 alpha-2).

    `rate` is in basis points (1 % is 100); None: each product's own. With `reverse_charge` a buyer
    with a VAT id pays none, and `notes` (by language) say so on each document.
    """

    country: str
    rate: int | None = None
    reverse_charge: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, object]:
        """Its values for the audit trail."""
        notes = {f"note_{language}": text for language, text in sorted(self.notes.items())}
        return {"rate": self.rate, "reverse_charge": self.reverse_charge, **notes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxation:
    """How a cart is taxed: a `rate` for every product or None, and the text of its documents."""

    rate: int | None = None
    note: str = ""

    def rate_of(self, products_rate: int) -> int:
        """The rate of a product, in basis points."""
        return products_rate if self.rate is None else self.rate


def taxation(rule: TaxRule | None, vat_id: str, language: str) -> Taxation:
    """The taxation by this rule for a buyer with this VAT id, if any."""
    if rule is None:
        return Taxation()
    if rule.reverse_charge and vat_id:
        return Taxation(rate=0, note=in_language(rule.notes, language)[1])
    return Taxation(rate=rule.rate)


def tax_on(net: int, rate: int) -> int:
    """The tax on `net`, in minor units, half a unit rounded up; `rate` in basis points."""
    return (net * rate * 2 + BASIS_POINTS) // (2 * BASIS_POINTS)


def normalized_vat_id(typed: str) -> str | None:
    """The VAT id in typed text, without blanks, dots and dashes; None if it can't be one.

    Its form only: no register is asked.
    """
    candidate = _NO_SIGN.sub("", typed.strip()).upper()
    return candidate if _VAT_ID.fullmatch(candidate) else None


def require_vat_id_of(country: str, vat_id: str) -> None:
    """Refuse a VAT id of another country than the billing address's.

    Raises:
        InvalidInput.
    """
    if vat_id and vat_id[:2] not in _PREFIXES.get(country, frozenset({country})):
        problem = f"must be a VAT id of {country}, the country of the billing address"
        raise InvalidInput(fields={"vat_id": problem})
