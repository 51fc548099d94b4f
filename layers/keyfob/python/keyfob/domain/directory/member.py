"""Keys by which an account is found: by the beginning of name, e-mail address or user id. Pure."""

from __future__ import annotations

import unicodedata

from keyfob.domain.directory.account import Account

# Longer beginnings find nothing more.
LONGEST = 64


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


def mailbox(email: str) -> str:
    """The mailbox of an address: without case, as people know it."""
    return email.casefold()
