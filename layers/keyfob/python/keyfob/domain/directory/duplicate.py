"""Organizations that may be one and the same (A3): shown to operators, never decided. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.directory.member import searchable
from keyfob.domain.directory.organization import Organization

# Anybody has an address there: it says nothing about the organization.
OPEN_TO_ALL = frozenset(
    {
        "aol.com",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "me.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
    }
)
_NO_SIGN = re.compile(r"[\W_]+")


class Alike(StrEnum):
    """What two organizations have in common."""

    NAME = "name"
    REGISTER = "register"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """An organization that another one may be."""

    organization: str
    alike: Alike


def traces(organization: Organization, domains: Iterable[str]) -> Iterator[tuple[Alike, str]]:
    """What the organization is recognized by: the kind, and the key of its rows.

    Name with country, numbers in registers, mail domains; without case, accents and signs.
    """
    name = _NO_SIGN.sub("", searchable(organization.name))
    if name:
        yield Alike.NAME, f"NAME#{organization.country}#{name}"
    for register, number in sorted(organization.registers.items()):
        plain = _NO_SIGN.sub("", searchable(number))
        if plain:
            yield Alike.REGISTER, f"REGISTER#{register}#{plain}"
    for domain in sorted(set(domains)):
        yield Alike.DOMAIN, f"DOMAIN#{domain}"


def domains_of(emails: Iterable[str]) -> frozenset[str]:
    """The mail domains of these addresses that belong to an organization."""
    found = {email.rpartition("@")[2].lower() for email in emails}
    return frozenset(found - OPEN_TO_ALL - {""})
