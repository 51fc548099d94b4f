"""A captured text or call, as its receiver gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

# 3GPP TS 23.038, section 6.2.1: the 7-bit alphabet, and its characters that take two places.
_ONE_PLACE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneMessage:
    """A text, or the speech of a call (SSML)."""

    id: str
    at: datetime
    kind: Literal["text", "call"]
    to: tuple[str, ...]
    sender: str
    body: str
    voice: str

    @property
    def text(self) -> str:
        """The read or spoken words."""
        return spoken(self.body) if self.kind == "call" else self.body

    @property
    def segments(self) -> int:
        """The number of SMS segments of a text; 0 for a call."""
        return segments(self.body) if self.kind == "text" else 0

    def summary(self) -> dict[str, Any]:
        """The text or call for programs."""
        shared = {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "to": list(self.to),
            "from": self.sender,
            "text": self.text,
        }
        if self.kind == "call":
            return {**shared, "ssml": self.body, "voice": self.voice}
        return {**shared, "characters": len(self.body), "segments": self.segments}


def segments(text: str) -> int:
    """The number of SMS segments: 160 places, or 70 of 16 bits, or a little less in several."""
    if set(text) <= _ONE_PLACE | _TWO_PLACES:
        return _parts(len(text) + sum(one in _TWO_PLACES for one in text), alone=160, joined=153)
    return _parts(len(text.encode("utf-16-le")) // 2, alone=70, joined=67)


def spoken(ssml: str) -> str:
    """The words of SSML; raises ValueError when it isn't SSML."""
    try:
        # The parser's error about entities is a ValueError.
        speak: Element = fromstring(ssml)
    except ParseError as broken:
        raise ValueError(f"not well-formed: {broken}") from broken
    if speak.tag != "speak":
        raise ValueError(f"the outermost element must be speak, not {speak.tag}")
    return " ".join(" ".join(speak.itertext()).split())


def _parts(places: int, *, alone: int, joined: int) -> int:
    return 1 if places <= alone else -(-places // joined)
