"""Whether a legal name is that of an account's person (004). Pure.

Who has only somebody's password could redeem a key there under another name and be proofed as
themselves. A bureau knows nothing of accounts, so that the names are compared before it is asked;
an agent sees both.
"""

from __future__ import annotations

import re
import unicodedata

from keyfob.domain.directory.account import Account

_BETWEEN = re.compile(r"[\s\-'\u2019.]+")


def is_named(account: Account, legal_name: str) -> bool:
    """Whether every word of the account's first and last name is one of the legal name's.

    Case, accents and punctuation don't count; further words, such as middle names, may stand there.
    """
    known = _words(legal_name)
    return _words(account.first_name) <= known and _words(account.last_name) <= known


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return {word for word in _BETWEEN.split(kept) if word}
