"""The words of a letter with an activation code, in its reader's language (C2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keyfob.domain.proofing.letter_content import Content
from keyfob.usecases.messages.words import Words

_TEMPLATE = "_letter"


class Unprintable(Exception):
    """A letter that can't be typeset."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LetterText:
    """A letter: lines of the address, paragraphs before and after the code."""

    language: str
    sender: str
    title: str
    address: tuple[str, ...]
    before: tuple[str, ...]
    code: str
    after: tuple[str, ...]


Typesetting = Callable[[LetterText], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every letter says of its sender: name, address of the portal, support contact."""

    sender: str
    portal: str
    support: str


def worded(content: Content, language: str, head: Letterhead) -> LetterText:
    """The letter in this language (BCP 47), or in English."""
    words = Words(language, "UTC")
    values = {"us": head.sender, "portal": head.portal, "support": head.support}
    title, before, *after = (
        " ".join(one.split())
        for one in words.source(_TEMPLATE, values, html=False).split("\n\n")
        if one.strip()
    )
    return LetterText(
        language=words.language,
        sender=head.sender,
        title=title,
        address=(
            content.name,
            content.street,
            f"{content.city} {content.state} {content.postal_code}",
        ),
        before=(before,),
        code=content.code,
        after=tuple(after),
    )
