"""A credit bureau in this process: people by the last four digits of their number (C2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keyfob.domain.proofing.bureau import (
    Address,
    Answered,
    Begun,
    Failed,
    Located,
    NeedsFullSsn,
    NotLocated,
    Passed,
    Person,
    Question,
)
from keyfob.domain.proofing.errors import BureauUnavailable

LOCATED, AMBIGUOUS, UNKNOWN = "1111", "2222", "3333"
CONFIRMED = Address(street="9 Ledger Row", city="Dallas", state="TX", postal_code="75201")
RIGHT, WRONG = "Elm Street", "None of these"
QUESTIONS = (
    Question(id="q1", text="In which street did you live?", choices=("Oak Street", RIGHT, WRONG)),
    Question(id="q2", text="And before that?", choices=(RIGHT, "Main Street", WRONG)),
)
ANSWERS = {one.id: RIGHT for one in QUESTIONS}


@dataclass
class FakeBureau:
    """Answers as the Protocol says; `down` makes it unavailable. `asked` lists its calls."""

    down: bool = False
    confirmed: Address | None = CONFIRMED
    asked: list[str] = field(default_factory=list)
    _sessions: dict[str, Begun] = field(default_factory=dict)
    _answered: dict[str, Answered] = field(default_factory=dict)

    def begin(self, person: Person, reference: str) -> Begun:
        self._ask("begin")
        if reference not in self._sessions:
            self._sessions[reference] = self._found(person, reference)
        return self._sessions[reference]

    def questions(self, reference: str) -> Sequence[Question]:
        self._ask("questions")
        assert reference in {
            one.reference for one in self._sessions.values() if isinstance(one, Located)
        }
        return QUESTIONS

    def answer(self, reference: str, answers: Mapping[str, str]) -> Answered:
        self._ask("answer")
        outcome: Answered = Passed() if dict(answers) == ANSWERS else Failed()
        return self._answered.setdefault(reference, outcome)

    def address(self, reference: str) -> Address | None:
        self._ask("address")
        assert reference in {
            one.reference for one in self._sessions.values() if isinstance(one, Located)
        }
        return self.confirmed

    def _found(self, person: Person, reference: str) -> Begun:
        if person.ssn.endswith(UNKNOWN):
            return NotLocated()
        if person.ssn == AMBIGUOUS:
            return NeedsFullSsn()
        return Located(reference=f"session of {reference}")

    def _ask(self, what: str) -> None:
        if self.down:
            raise BureauUnavailable
        self.asked.append(what)
