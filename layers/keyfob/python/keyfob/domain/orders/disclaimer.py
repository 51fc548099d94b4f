"""Disclaimers: texts that a buyer accepts with an order, each with a version (B3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyfob.domain.audit.entry import Facts
from keyfob.domain.orders.errors import DisclaimerChanged

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclaimer:
    """A disclaimer of one partner's catalog, or of every catalog that has none of its own.

    `texts` has the text by language (two letters), at least in English.
    """

    partner: str | None
    version: str
    texts: Mapping[str, str]

    @property
    def facts(self) -> Facts:
        """Its values for the audit trail; the texts themselves are kept with the version."""
        return {"version": self.version, "languages": ", ".join(sorted(self.texts))}


def in_language(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The language and the text of the one that fits best: this one, English, any."""
    for wanted in (language, DEFAULT_LANGUAGE, *sorted(texts)):
        if wanted in texts:
            return wanted, texts[wanted]
    return language, ""


def require_current(current: Disclaimer | None, accepted: str) -> None:
    """Refuse an order whose buyer has accepted another version than the one in force.

    Raises:
        DisclaimerChanged: the buyer must read it anew.
    """
    if accepted != (current.version if current else ""):
        raise DisclaimerChanged
