"""Letters on their way: requested ones, a bucket in this process, and the jobs over real tables."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.proofing.case import Case, Method
from keyfob.storage.proofing.letters import LetterStore
from keyfob.usecases.proofing.acknowledging import Acknowledging, Result
from keyfob.usecases.proofing.dispatching import Dispatched, Dispatching
from keyfob.usecases.proofing.letter_text import Letterhead, LetterText
from keyfob.wiring.instant_proofing import asking_of, bureau_of, lettering_of
from keyfob.wiring.keys import letter_seal_of
from keyfob.wiring.proofing import case_changes_of
from tests.support.fake_bureau import ANSWERS, FakeBureau
from tests.support.proofing_world import ProofingWorld

HEAD = Letterhead(sender="Keyfob", portal="https://portal.example", support="help@keyfob.example")
PROVIDER = Actor(kind="system", id="letters")
_numbers = itertools.count()


class Killed(BaseException):
    """The process is gone."""


@dataclass
class FakeLetterFiles:
    """The bucket; `dies_at` kills the process at its n-th write, before or after it."""

    objects: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    dies_at: int = 0
    after: bool = False
    _writes: int = 0

    def put_letter(self, batch: str, letter: str, pdf: bytes) -> None:
        self._put(f"batches/{batch}/{letter}.pdf", pdf)

    def put_manifest(self, batch: str, manifest: Mapping[str, Any]) -> None:
        key = f"batches/{batch}/manifest.json"
        self._put(key, self.objects.get(key) or json.dumps(manifest).encode())

    def remove_letters(self, batch: str, letters: Sequence[str]) -> None:
        for letter in letters:
            self.objects.pop(f"batches/{batch}/{letter}.pdf", None)

    def acknowledgment(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def _put(self, key: str, content: bytes) -> None:
        self._writes += 1
        dies = self._writes == self.dies_at
        if dies and not self.after:
            raise Killed
        self.objects[key] = content
        self.puts.append(key)
        if dies:
            raise Killed

    def manifests(self) -> list[dict[str, Any]]:
        """Every batch that the provider has."""
        return [
            json.loads(content)
            for key, content in sorted(self.objects.items())
            if key.endswith("manifest.json")
        ]

    def letters(self) -> dict[str, bytes]:
        """The letters' files, by the letter's id."""
        return {
            key.rpartition("/")[2].removesuffix(".pdf"): content
            for key, content in self.objects.items()
            if key.endswith(".pdf")
        }


class LetterWorld:
    """Holders who ask for letters, and the job that hands these over."""

    def __init__(self, first: ProofingWorld) -> None:
        self.first, self.base, self.clock, self.client = (
            first,
            first.base,
            first.clock,
            first.client,
        )
        self.base._outside[bureau_of] = FakeBureau()
        self.base._outside[letter_seal_of] = lambda _letter, content: content.encode()
        self.files = FakeLetterFiles()
        self.store = LetterStore(self.base.database)
        self.typeset: list[LetterText] = []

    def holder(self) -> ProofingWorld:
        """Another holder, who answered wrongly."""
        from tests.unit.usecases.proofing.test_asking import PERSON, WRONG

        one = ProofingWorld(
            type(self.first.credentials)(self.first.credentials.orders, self.client)
        )
        one.base._outside.update(self.base._outside)
        one.chosen(Method.INSTANT)
        born = date(1950, 1, 1) + timedelta(days=next(_numbers))
        asking_of(one.base).identify(one.case.id, replace(PERSON, born=born), one.by)
        asking_of(one.base).answer(one.case.id, {**ANSWERS, "q1": WRONG["q1"]}, one.by)
        return one

    def asks(self, one: ProofingWorld) -> Case:
        """The holder asks for a letter."""
        return lettering_of(one.base).request(one.case.id, None, one.by)

    def asked(self) -> ProofingWorld:
        """Another holder, who has asked for a letter."""
        one = self.holder()
        self.asks(one)
        return one

    @property
    def dispatching(self) -> Dispatching:
        """The job."""
        return Dispatching(
            store=self.store,
            cases=self.first.store,
            directory=self.first.cases._directory,
            files=self.files,
            unseal=lambda _letter, sealed: sealed.decode(),
            typesetting=self._typesetting,
            head=HEAD,
            transactions=self.base.transactions,
            clock=self.base.clock,
            policy=self.base.policy,
        )

    def run(self) -> Dispatched:
        """One run of the job."""
        return self.dispatching.run()

    @property
    def acknowledging(self) -> Acknowledging:
        """What takes acknowledgments."""
        return Acknowledging(
            store=self.store,
            cases=self.first.store,
            files=self.files,
            changes=case_changes_of(self.base),
            transactions=self.base.transactions,
            clock=self.base.clock,
            policy=self.base.policy,
        )

    def acknowledge(self, batch: str, letters: Sequence[str], mailed_on: str = "") -> Result:
        """The provider says that it mailed these letters, today unless told otherwise."""
        document = {"mailed_on": mailed_on or str(self.clock().date()), "letters": list(letters)}
        return self.acknowledge_raw(batch, json.dumps(document).encode())

    def acknowledge_raw(self, batch: str, content: bytes) -> Result:
        """The provider puts this file."""
        key = f"acknowledged/{batch}.json"
        self.files.objects[key] = content
        return self.acknowledging.take(batch, key, by=PROVIDER)

    def letter(self, one: ProofingWorld) -> str:
        """The id of the holder's letter."""
        assert one.case.letter
        return one.case.letter.id

    def _typesetting(self, text: LetterText) -> bytes:
        self.typeset.append(text)
        return "\n".join((*text.address, text.code)).encode()


@pytest.fixture
def letter_world(proofing_world: ProofingWorld) -> LetterWorld:
    """Nobody has asked for a letter yet."""
    return LetterWorld(proofing_world)
