"""Postal addresses in bodies."""

from __future__ import annotations

from keyfob.domain.orders.address import Address
from keyfob.http.fields import Country, RequiredText, Text
from keyfob.http.resolver import Model


class PostalAddress(Model):
    """A postal address; `country` is ISO 3166 alpha-2."""

    name: RequiredText
    line1: RequiredText
    line2: Text = ""
    city: RequiredText
    region: Text = ""
    postal_code: Text = ""
    country: Country

    def address(self) -> Address:
        """As a domain object."""
        return Address(**self.model_dump())
