"""How a proofing is named to people (S35)."""

from __future__ import annotations

import re
from pathlib import Path

from keyfob.domain.credentials.credential import LEVEL_PROOFED, State
from keyfob.domain.proofing import errors
from keyfob.domain.proofing.case import Method
from keyfob.usecases import messages
from keyfob.wiring.instant_proofing import asking_of, bureau_of
from tests.support.fake_bureau import ANSWERS, FakeBureau
from tests.support.proofing_world import ProofingWorld
from tests.unit.usecases.proofing.test_asking import PERSON

_NIST_S = re.compile(r"\bNIST\b|\bIAL\s?\d?\b|\b800-63", re.IGNORECASE)
_MESSAGES = Path(messages.__file__).parent
_API = Path(__file__).parents[4] / "docs" / "openapi.json"


def test_no_text_that_people_read_gives_proofing_a_level_of_nist_S35() -> None:
    texts = [*_MESSAGES.glob("templates/*"), *_MESSAGES.glob("locale/**/*.po"), _API]
    read = {one.name: one.read_text(encoding="utf-8") for one in texts}
    read |= {name: str(getattr(one, "detail", "")) for name, one in vars(errors).items()}
    assert {"openapi.json", "messages.po", "NotOffered"} <= read.keys()
    assert [name for name, text in read.items() if _NIST_S.search(text)] == []


def test_the_record_names_the_method_of_a_proofing_by_questions_S35(
    proofing_world: ProofingWorld,
) -> None:
    world = proofing_world
    world.base._outside[bureau_of] = FakeBureau()
    world.chosen(Method.INSTANT)
    asking = asking_of(world.base)
    asking.identify(world.case.id, PERSON, world.by)
    asking.answer(world.case.id, ANSWERS, world.by)
    done = world.activation.activate(world.credential.id, None, world.by)
    assert (done.state, done.level) == (State.ACTIVE, LEVEL_PROOFED)
    assert (world.case.method, world.case.agent) == (Method.INSTANT, None)
