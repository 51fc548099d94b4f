"""Organizations. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A supplier; its country, subdivision and time zone determine business days and hours.

    `subdivision` is the part of ISO 3166-2 after the country: `BY` of `DE-BY`. `address` is its
    postal address, one line each; `registers` its numbers in registers, by the register's name
    (`duns`, `cage`, `vat`). With an identity provider of its own it needs no purchase (A9).
    """

    id: str
    name: str
    country: str
    time_zone: str
    subdivision: str | None = None
    address: tuple[str, ...] = ()
    registers: Mapping[str, str] = field(default_factory=dict)
    identity_provider: bool = False
    website: str = ""
