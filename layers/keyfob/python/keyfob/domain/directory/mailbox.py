"""E-mail addresses that SES can send to. Pure.

SES takes 7-bit ASCII: no internationalized local part (SMTPUTF8, RFC 6531), and an
internationalized domain in Punycode (RFC 5891) only.
"""

from __future__ import annotations

import re

import idna

from keyfob.domain.text import trimmed

# RFC 5321, section 4.5.3.1, and the longest path without its brackets.
_LONGEST_LOCAL = 64
_LONGEST = 254
# A dot-atom (RFC 5322, section 3.2.3); quoted local parts are given to nobody.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
# A host's name of two labels or more; the last one is no number and no single letter.
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?![0-9]+$)(?=..){_LABEL}")


def normalized_email(typed: str) -> str | None:
    """The address in typed text, its domain in lower case and Punycode; None if it can't be one."""
    local, _, name = trimmed(typed).rpartition("@")
    domain = _ascii(name)
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= _LONGEST else None


def _ascii(domain: str) -> str:
    """The domain in lower case and Punycode; empty if it can't be written so."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""
