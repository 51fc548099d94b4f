"""The judgment of one credential's life."""

from __future__ import annotations

from collections.abc import Iterator

from .answers import answers
from .dates import Standing
from .ends import ends
from .foretold import foretold
from .record import Complaint, Fault, Life, Watch


def judge(life: Life, watch: Watch) -> list[Complaint]:
    """Every breach of the rules, in no particular order."""
    found = [*ends(life, watch), *foretold(life, watch), *answers(life, watch)]
    found += _expiry(life)
    return [Complaint(life=life.id, fault=fault, about=about) for fault, about in found]


def _expiry(life: Life) -> Iterator[tuple[Fault, str]]:
    standing = Standing(expires=life.first_expiry)
    for act in life.acts:
        standing = standing.after(act)
    if life.expires_at != standing.expires:
        yield Fault.EXPIRY, f"{life.expires_at}, not {standing.expires}"
