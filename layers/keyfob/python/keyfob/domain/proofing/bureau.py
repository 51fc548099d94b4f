"""The credit bureau, as instant proofing sees it (C2). Pure.

    begin ──▶ Located ──answer──▶ Passed
      │         │                 Failed: wrong answers of a person that was located
      │         ├── its questions can be asked for again, by the reference
      │         └── so can the person's address, whatever the answers were
      ├─────▶ NeedsFullSsn ──begin with nine digits──▶ …
      ├─────▶ NotLocated
      └─────▶ Blocked: the person has frozen the file, or is flagged; looks like not located

Nothing of the person stays with us: only the reference leads back to the bureau's session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person:
    """The personal data that a bureau is asked about; they are sent, and never stored or logged.

    `ssn` is the last four or all nine digits of the social security number. The address is in the
    United States: `state` is its two-letter code, `postal_code` has five digits.
    """

    legal_name: str
    born: date
    ssn: str
    street: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Question:
    """A multiple-choice question; one choice is usually that none of the others is right."""

    id: str
    text: str
    choices: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address:
    """The address in the United States that the bureau confirms, and that nobody typed.

    `state` is its two-letter code; `postal_code` has five digits, or nine (`12345-6789`).
    """

    street: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The person was found; the session's questions wait under this reference."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsFullSsn:
    """Four digits don't tell this person from others: ask again with all nine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLocated:
    """No such person, too few questions (a thin file), or a file that is frozen or flagged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Enough answers were right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Too few answers were right; which ones is told to nobody."""


Begun = Located | NeedsFullSsn | NotLocated
Answered = Passed | Failed


class Bureau(Protocol):
    """A credit bureau. Every call is given up in time; a call that was given up is no attempt.

    Each method raises `BureauUnavailable` if no usable answer comes: none, an error, one that makes
    no sense, or while the circuit is open.
    """

    def begin(self, person: Person, reference: str) -> Begun:
        """Look for the person; repeating it with the same `reference` begins nothing new."""

    def questions(self, reference: str) -> Sequence[Question]:
        """The questions of this session, the same each time."""

    def answer(self, reference: str, answers: Mapping[str, str]) -> Answered:
        """Answer them all: the chosen text by question id. Only the first answer counts."""

    def address(self, reference: str) -> Address | None:
        """The confirmed address of the person located in this session; None if there is none.

        The session's time for answers doesn't limit it.
        """
