"""Headers of mails with typed text: names of people, subjects (RFC 5322, RFC 2047).

The standard library's own writer loses the quotes of a name that it folds, so that a comma in it
begins another address (CPython issue 80222), and adds spaces to a text outside ASCII. Here a text
that isn't plain, or doesn't fit into a line, is encoded words: they have no specials.
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import (
    BaseHeader,
    HeaderRegistry,
    UniqueSingleAddressHeader,
    UniqueUnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy

_LINE = 78  # RFC 5322, section 2.1.1


class _OneAddress(UniqueSingleAddressHeader, BaseHeader):  # type: ignore[misc]
    """A display name and one address."""

    def fold(self, *, policy: Policy) -> str:
        (one,) = self.addresses
        place = f"<{one.addr_spec}>"
        if _is_plain(one.display_name) and _fits(f"{self.name}: {one}"):
            return f"{self.name}: {one}{policy.linesep}"
        lines = _encoded(self.name, one.display_name)
        if _fits(f"{lines[-1]} {place}"):
            return _folded([*lines[:-1], f"{lines[-1]} {place}"], policy)
        return _folded([*lines, f" {place}"], policy)


class _Text(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]
    """A text of one line."""

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        if _is_plain(text) and _fits(f"{self.name}: {text}"):
            return f"{self.name}: {text}{policy.linesep}"
        return _folded(_encoded(self.name, text), policy)


def mail_policy() -> EmailPolicy[EmailMessage]:
    """The standard library's policy, with `From`, `To` and `Subject` written exactly."""
    registry = HeaderRegistry()
    registry.map_to_type("from", _OneAddress)
    registry.map_to_type("to", _OneAddress)
    registry.map_to_type("subject", _Text)
    return EmailPolicy(header_factory=registry)


def _is_plain(text: str) -> bool:
    """Whether a reader shows this text as it is; `=?` may begin an encoded word."""
    return text.isascii() and text.isprintable() and "=?" not in text


def _fits(line: str) -> bool:
    return len(line) <= _LINE


def _encoded(name: str, text: str) -> list[str]:
    """The header's lines, each an encoded word."""
    words = Header(text, charset="utf-8", maxlinelen=_LINE, header_name=name).encode(linesep="\n")
    return f"{name}: {words}".split("\n")


def _folded(lines: list[str], policy: Policy) -> str:
    return "".join(f"{line}{policy.linesep}" for line in lines)
