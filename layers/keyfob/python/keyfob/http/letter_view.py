"""A letter with an activation code, as its holder sees it (C2, C5)."""

from __future__ import annotations

from datetime import date, datetime

from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.case import Case
from keyfob.http.resolver import Model


class LetterView(Model):
    """The last letter, and whether one can be requested.

    Only if `available` a letter can be had now; `available_from` says when a used-up limit allows
    the next one. After the mailing, `mailed_on`, the code is good to the end of `code_last_day`.
    """

    available: bool
    available_from: datetime | None
    requested_at: datetime | None
    mailed_on: date | None
    code_last_day: date | None


def letter_view(case: Case, now: datetime, policy: Policy, *, sends: bool) -> LetterView:
    """The view; `sends`: whether the deployment sends letters."""
    offer = letters.offer(case, now, policy) if sends else None
    letter = case.letter
    return LetterView(
        available=offer is not None and offer.now,
        available_from=offer.available_from if offer and not offer.now else None,
        requested_at=letter.requested_at if letter else None,
        mailed_on=letter.mailed_on if letter else None,
        code_last_day=letters.last_day(case),
    )
