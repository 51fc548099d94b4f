"""Keys by which an account is found: by the beginning of name, e-mail address or user id. Pure."""

from __future__ import annotations

import unicodedata

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.organization import Organization

# Longer beginnings find nothing more.
LONGEST = 64
_MOST_WORDS = 4


def searchable(typed: str) -> str:
    """The text without case, accents and surplus blanks: `Łukasz  ÅBERG` is `łukasz aberg`."""
    decomposed = unicodedata.normalize("NFKD", typed).casefold()
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return " ".join(bare.split())[:LONGEST]


def by_name(account: Account) -> str:
    """Last name first, then the account's id, which keeps namesakes apart."""
    name = searchable(f"{account.last_name} {account.first_name} {account.middle_name}")
    return f"{name}#{account.id}"


def by_email(account: Account) -> str:
    """The address, then the account's id: one person's accounts may share it."""
    return f"{searchable(account.email)}#{account.id}"


def organization_by_name(organization: Organization) -> str:
    """The name, then the organization's id, which keeps namesakes apart."""
    return f"{searchable(organization.name)}#{organization.id}"


def initials(by: str) -> str:
    """The first two characters of such a key: its part of the list of all names."""
    return by[:2]


def beginnings(typed: str) -> list[str]:
    """What the key of a name may begin with that somebody typed, last name first or not.

    Any of the first four words may be where the last name begins. Of fewer than two characters
    there is none.
    """
    words = searchable(typed).split(" ")
    turned = (" ".join([*words[at:], *words[:at]]) for at in range(min(len(words), _MOST_WORDS)))
    return [one for one in dict.fromkeys(turned) if len(one) > 1]


def mailbox(email: str) -> str:
    """The mailbox of an address: without case, as people know it."""
    return email.casefold()
