"""The operator's requests about the terms of the sale: disclaimers and taxes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from keyfob.domain.orders.disclaimer import DEFAULT_LANGUAGE, Disclaimer
from keyfob.domain.orders.tax import BASIS_POINTS, TaxRule
from keyfob.domain.text import text
from keyfob.http.fields import Country, Id, Language, Text, Version, read_by
from operations.forms import Act

LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=10_000),
    read_by(text, "must be lines of visible characters, without control characters"),
]


class PutDisclaimerRequest(Act):
    """Bring a version of the disclaimer into force, for a `partner` or for `every_partner` (B3).

    A partner's own wins. `texts` has the text by language, at least in English. Orders keep the
    version that they accepted.
    """

    operation: Literal["put_disclaimer"]
    partner: Id | None = None
    every_partner: bool = False
    version: Version
    texts: dict[Language, LongText] = Field(min_length=1, max_length=10)

    @field_validator("texts")
    @classmethod
    def _in_english(cls, value: dict[str, str]) -> dict[str, str]:
        if DEFAULT_LANGUAGE not in value:
            raise ValueError("give the text in English, too")
        return value

    @model_validator(mode="after")
    def _one_choice(self) -> PutDisclaimerRequest:
        if (self.partner is None) is not self.every_partner:
            raise ValueError("name either a partner or every_partner")
        return self

    def disclaimer(self) -> Disclaimer:
        """As a domain object."""
        return Disclaimer(partner=self.partner, version=self.version, texts=self.texts)


class PutTaxRuleRequest(Act):
    """Set the tax for billing addresses in a country (B1); the rate in basis points.

    Without a `rate` each product's own counts. With `reverse_charge` a buyer with a VAT id pays no
    tax, and `notes` (by language) say so on the order's documents.
    """

    operation: Literal["put_tax_rule"]
    country: Country
    rate: int | None = Field(None, ge=0, le=BASIS_POINTS)
    reverse_charge: bool = False
    notes: dict[Language, Text] = Field({}, max_length=10)

    @field_validator("notes")
    @classmethod
    def _in_english(cls, value: dict[str, str]) -> dict[str, str]:
        if value and DEFAULT_LANGUAGE not in value:
            raise ValueError("give the note in English, too")
        return value

    def rule(self) -> TaxRule:
        """As a domain object."""
        return TaxRule(
            country=self.country,
            rate=self.rate,
            reverse_charge=self.reverse_charge,
            notes=self.notes,
        )
