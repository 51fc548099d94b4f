"""Postal addresses of orders. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is ISO 3166 alpha-2."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str


# In the place of an address that was erased.
NO_ADDRESS = Address(name="", line1="", line2="", city="", region="", postal_code="", country="")
