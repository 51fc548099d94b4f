"""The story in a picture of a life: stretches of one state, days on which mails came. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from local.chronicle import Letter, Life

_DAY = timedelta(days=1)
_AT_ONCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A period in which the credential was in one state."""

    state: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A message: `kind` gives its shape, `sign` is the text inside, `title` the full text."""

    kind: str
    sign: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Marks that stand together; a flag without marks is an averted event."""

    at: datetime
    caption: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    kind: str
    caption: str
    event: str


# By the beginning of the subject: a reader of a mail sees no other name for it.
TELLING: Mapping[str, _Telling] = {
    "Renew your credential": _Telling(
        kind="notice", caption="asked to renew", event="credential.renewal_noticed"
    ),
    "Your credential has expired": _Telling(
        kind="expired", caption="expired", event="credential.expired"
    ),
    "Your credential will be revoked": _Telling(
        kind="reminder", caption="{days} days left", event="credential.reminded"
    ),
    "Your credential was revoked automatically": _Telling(
        kind="revoked", caption="revoked", event="credential.lapsed"
    ),
    "Your credential was revoked": _Telling(
        kind="revoked", caption="revoked", event="credential.revoked"
    ),
    "Your credential is renewed": _Telling(
        kind="renewed", caption="renewed", event="credential.renewed"
    ),
    "Your credential was suspended": _Telling(
        kind="suspended", caption="suspended", event="credential.suspended"
    ),
    "Your credential was re-enabled": _Telling(
        kind="reenabled", caption="re-enabled", event="credential.reenabled"
    ),
    "Your credential is activated": _Telling(
        kind="other", caption="activated", event="credential.activated"
    ),
}


def _telling_of(subject: str) -> _Telling | None:
    return next((one for begins, one in TELLING.items() if subject.startswith(begins)), None)


_BECOMES = {
    "credential.redeemed": "pending",
    "credential.activated": "active",
    "credential.suspended": "suspended",
    "credential.reenabled": "active",
    "credential.revoked": "",
    "credential.lapsed": "",
}


def stretches(life: Life, until: datetime) -> list[Stretch]:
    """The consecutive states, up to `until` or the credential's end."""
    turns = [*_turns(life), (until, "")]
    found = []
    for (start, state), (end, _) in pairwise(turns):
        if not state:
            break
        if end > start:
            found.append(Stretch(state=state, start=start, end=end))
    return found


def ended_at(life: Life) -> datetime | None:
    """The instant of the credential's revocation, if any."""
    return next((one.at for one in life.events if _BECOMES.get(one.what) == ""), None)


def flags(life: Life, until: datetime) -> list[Flag]:
    """One flag for each day with mails, in the recipient's time zone, and each averted event.

    Every mail has its mark.
    """
    by_day = groupby(life.letters, key=lambda one: one.at.astimezone(life.zone).date())
    told = [_flag(life, list(letters)) for _, letters in by_day]
    return sorted([*told, *_averted(life, until)], key=lambda one: one.at)


def written(at: datetime, life: Life) -> str:
    """An instant in this person's local time."""
    there = at.astimezone(life.zone)
    return f"{there:%A}, {there.day} {there:%B %Y, %H:%M %Z}"


def day(at: datetime, life: Life) -> str:
    """The local date of an instant for this person."""
    there = at.astimezone(life.zone)
    return f"{there.day} {there:%b %Y}"


def kept(life: Life, letter: Letter) -> str:
    """A note that a mail waited, and since when; empty if it was sent at once."""
    decided = _decided(life, letter)
    if decided is None or letter.at - decided <= _AT_ONCE:
        return ""
    return f"decided {written(decided, life)}, kept until then"


def _turns(life: Life) -> Iterator[tuple[datetime, str]]:
    state = ""
    for event in life.events:
        before = state
        if event.what in _BECOMES:
            state = _BECOMES[event.what]
            yield event.at, state
        elif event.what == "credential.expired" and before != "suspended":
            state = "expired"
            # The clock recorded the expiry a little later than it happened.
            yield min(life.view(event.at).expires_at, event.at), state
        elif event.what == "credential.renewed" and before == "expired":
            state = "active"
            yield event.at, state


def _flag(life: Life, letters: list[Letter]) -> Flag:
    kinds = [_telling_of(one.subject) for one in letters]
    captions = [
        telling.caption.format(days=_days_left(life, letter))
        for telling, letter in zip(kinds, letters, strict=True)
        if telling
    ]
    what = ", ".join(captions) or f"{len(letters)} mail{'s' * (len(letters) > 1)}"
    return Flag(
        at=letters[0].at,
        caption=f"{what} · {day(letters[0].at, life)}",
        marks=tuple(_mark(life, one) for one in letters),
    )


def _mark(life: Life, letter: Letter) -> Mark:
    telling = _telling_of(letter.subject)
    lines = [f"“{letter.subject}”", f"arrived {written(letter.at, life)}", kept(life, letter)]
    kind = telling.kind if telling else "other"
    sign = str(_days_left(life, letter)) if kind == "reminder" else ""
    return Mark(kind=kind, sign=sign, title="\n".join(filter(None, lines)))


def _decided(life: Life, letter: Letter) -> datetime | None:
    """The instant of the mail's event, by the history."""
    telling = _telling_of(letter.subject)
    if telling is None:
        return None
    earlier = [one.at for one in life.events if one.what == telling.event and one.at <= letter.at]
    return earlier[-1] if earlier else None


def _days_left(life: Life, letter: Letter) -> int | None:
    revokes = life.view(letter.at).revokes_at
    return math.ceil((revokes - letter.at) / _DAY) if revokes else None


def _averted(life: Life, until: datetime) -> Iterator[Flag]:
    """The revocations that the API announced and that never came."""
    ended = ended_at(life)
    announced = {one.revokes_at for one in life.views if one.revokes_at}
    for at in sorted(announced):
        if at <= until and not (ended and ended <= at + _DAY):
            caption = f"not revoked after all · {day(at, life)}"
            yield Flag(at=at, caption=caption, marks=())
