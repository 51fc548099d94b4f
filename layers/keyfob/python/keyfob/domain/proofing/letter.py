"""An activation code by postal letter, to the address that the bureau confirmed (C2, C5). Pure.

    wrong_answers ──requested──▶ letter_requested ──mailed──▶ letter_sent ──code entered──▶ proofed
          ▲                            │                         │ ▲ │
          └── not acknowledged ────────┘                         │ └─┘ another letter
          └── the code expired ──────────────────────────────────┘

Four letters in 30 days, one a day; one that the provider never acknowledged is not counted. A
letter's code can be entered from the request on, since it may arrive before the acknowledgment, and
beside a meeting that was chosen meanwhile: of two codes the first that is used ends the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone

from keyfob.domain.policy import Policy
from keyfob.domain.proofing.case import (
    ActivationCode,
    Case,
    Change,
    CodeKind,
    Letter,
    State,
    Transition,
    changed,
)
from keyfob.domain.proofing.errors import LettersUsedUp, NoSuchStep

# The last day of a code ends when it has ended everywhere in the United States (American Samoa).
_LAST_ZONE = timezone(timedelta(hours=-11))
_DAY = timedelta(days=1)
_OFFERED = (State.WRONG_ANSWERS, State.LETTER_SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """When the next letter can be requested; `now` says whether that is already so."""

    now: bool
    available_from: datetime


def offer(case: Case, now: datetime, policy: Policy) -> Offer | None:
    """The next letter; None if the case leads to none."""
    if case.state_at(now) not in _OFFERED:
        return None
    opens = _opens(case, now, policy)
    return Offer(now=opens <= now, available_from=opens)


def require_offered(case: Case, now: datetime, policy: Policy) -> None:
    """Refuse a letter that can't be had.

    Raises:
        NoSuchStep: the case leads to none. LettersUsedUp.
    """
    found = offer(case, now, policy)
    if found is None:
        raise NoSuchStep
    if not found.now:
        raise LettersUsedUp(until=found.available_from)


def request(case: Case, letter: str, mac: str, now: datetime, policy: Policy) -> Transition:
    """Request a letter with this id and the code of this keyed hash; an earlier one's code dies.

    Raises:
        As `require_offered`.
    """
    require_offered(case, now, policy)
    asked = Letter(id=letter, requested_at=now)
    code = ActivationCode(mac=mac, until=given_up_at(asked, policy))
    requested = replace(
        case,
        state=State.LETTER_REQUESTED,
        letter=asked,
        letters=(*_counted(case, now, policy), now),
        codes={**case.codes, CodeKind.LETTER: code},
        located=None,
    )
    return changed(Change.LETTER_REQUESTED, requested)


def in_vain(case: Case) -> Transition:
    """Data that lead to no confirmed address: only the record changes.

    With it the case's version rises, so that corrected data are another search for the bureau.
    """
    return changed(Change.LETTER_IN_VAIN, case)


def awaits(case: Case, letter: str) -> bool:
    """Whether this letter is still to be printed or acknowledged."""
    own = case.letter
    return own is not None and own.id == letter and own.mailed_on is None and not case.is_over


def sent(case: Case, mailed_on: date, last_day: date, now: datetime, policy: Policy) -> Transition:
    """The provider mailed the letter; its code can be entered until its last day is over.

    Raises:
        NoSuchStep: no letter of this case waits for that.
    """
    letter, code = case.letter, case.codes.get(CodeKind.LETTER)
    if letter is None or code is None or not awaits(case, letter.id):
        raise NoSuchStep
    until = end_of(last_day)
    reminded = now >= until - policy.activation_code_reminder
    mailed = replace(
        case,
        # A meeting that was chosen meanwhile goes on.
        state=State.LETTER_SENT if case.state is State.LETTER_REQUESTED else case.state,
        letter=replace(letter, mailed_on=mailed_on, reminded=reminded),
        codes={**case.codes, CodeKind.LETTER: replace(code, until=until)},
    )
    return changed(Change.LETTER_SENT, mailed)


def reminded(case: Case) -> Transition:
    """The holder is reminded of the code's end, once."""
    letter = case.letter and replace(case.letter, reminded=True)
    return changed(Change.LETTER_REMINDED, replace(case, letter=letter))


def lost(case: Case) -> Transition:
    """Give up the letter that nobody acknowledged: its code dies, and it isn't counted.

    A case that is over only forgets it.
    """
    if case.letter is None:
        raise NoSuchStep
    requested_at = case.letter.requested_at
    forgotten = replace(
        case,
        letter=None,
        codes={kind: one for kind, one in case.codes.items() if kind is not CodeKind.LETTER},
    )
    if case.is_over:
        return changed(Change.LETTER_CLEARED, forgotten)
    back = State.WRONG_ANSWERS if case.state is State.LETTER_REQUESTED else case.state
    uncounted = tuple(one for one in case.letters if one != requested_at)
    return changed(Change.LETTER_LOST, replace(forgotten, state=back, letters=uncounted))


def given_up_at(letter: Letter, policy: Policy) -> datetime:
    """When a letter that nobody has acknowledged is given up, and its data erased everywhere."""
    return letter.requested_at + policy.letter_acknowledged


def end_of(last_day: date) -> datetime:
    """The instant at which this day has ended everywhere in the United States."""
    return datetime.combine(last_day + _DAY, time(), _LAST_ZONE).astimezone(UTC)


def last_day(case: Case) -> date | None:
    """The last day of the code of a letter that was mailed."""
    code = case.codes.get(CodeKind.LETTER)
    if code is None or case.letter is None or case.letter.mailed_on is None:
        return None
    return (code.until.astimezone(_LAST_ZONE) - _DAY).date()


def _counted(case: Case, now: datetime, policy: Policy) -> tuple[datetime, ...]:
    return tuple(one for one in case.letters if one > now - policy.letters_period)


def _opens(case: Case, now: datetime, policy: Policy) -> datetime:
    """When the next letter is within both limits."""
    counted = _counted(case, now, policy)
    if not counted:
        return now
    after_last = counted[-1] + policy.letter_gap
    if len(counted) < policy.letters:
        return max(now, after_last)
    return max(now, after_last, counted[-policy.letters] + policy.letters_period)
