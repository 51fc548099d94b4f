"""Causes of a suspension (F5). Pure.

    holder, administrator      the 60 days run
    proofing, dispute:<id>,    causes of the system: the 60 days rest while one of them stands
    refund:<order>, operator

Each cause is added and lifted on its own; a credential is usable once none is left. They are kept
with the instant from which each counts, which moves when time has rested.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

Suspensions = Mapping[str, datetime]

# The holder says that somebody else was proofed.
PROOFING = "proofing"
# An operator has a reason, which the entry has.
OPERATOR = "operator"


class Suspender(StrEnum):
    """The author of a cause; the holder's and an administrator's start the 60 days (F5)."""

    HOLDER = "holder"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


def suspender_of(cause: str) -> Suspender:
    """The author of a cause; everything that people don't do themselves is the system's."""
    people = (Suspender.HOLDER, Suspender.ADMINISTRATOR)
    return next((one for one in people if one == cause), Suspender.SYSTEM)


def foremost(causes: Suspensions) -> Suspender | None:
    """Of all authors the one who decides what happens next; None without a cause."""
    authors = {suspender_of(cause) for cause in causes}
    decisive = (Suspender.SYSTEM, Suspender.ADMINISTRATOR, Suspender.HOLDER)
    return next((one for one in decisive if one in authors), None)


def runs_since(causes: Suspensions) -> datetime | None:
    """From when the 60 days count; None while they rest, or without a cause."""
    if foremost(causes) is Suspender.SYSTEM:
        return None
    return min(causes.values(), default=None)


def added(causes: Suspensions, cause: str, now: datetime) -> Suspensions:
    """The causes with this one; one that stands already stays as it is."""
    return {cause: now, **causes}


def lifted(causes: Suspensions, cause: str, now: datetime) -> Suspensions:
    """The causes without this one; if it was the system's last, the time that rested is added.

    Causes of the system that overlap rest once: what is left takes the earliest beginning.
    """
    left = {name: since for name, since in causes.items() if name != cause}
    if suspender_of(cause) is not Suspender.SYSTEM:
        return left
    rested = min(at for name, at in causes.items() if suspender_of(name) is Suspender.SYSTEM)
    if foremost(left) is Suspender.SYSTEM:
        return {
            name: rested if suspender_of(name) is Suspender.SYSTEM else since
            for name, since in left.items()
        }
    return {name: since + (now - max(since, rested)) for name, since in left.items()}
