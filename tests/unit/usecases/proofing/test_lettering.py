"""Requesting a letter: its address, its code, its limits, tabs, outages (C2, C5, S28, S31)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.errors import InvalidInput
from keyfob.domain.proofing.agent import Period
from keyfob.domain.proofing.bureau import Person
from keyfob.domain.proofing.case import Case, Change, Method, State
from keyfob.storage.proofing.calendar import QuarterRow
from keyfob.storage.proofing.letters import LetterStore, StoredLetter
from keyfob.usecases.proofing.lettering import Lettering
from keyfob.wiring.instant_proofing import bureau_of, lettering_of
from keyfob.wiring.keys import letter_seal_of
from keyfob.wiring.proofing import case_jobs_of
from tests.support.fake_bureau import AMBIGUOUS, CONFIRMED, UNKNOWN, FakeBureau
from tests.support.faults import first
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld
from tests.unit.usecases.proofing.test_asking import PERSON, WRONG, answer, identify


@pytest.fixture
def bureau(proofing_world: ProofingWorld) -> FakeBureau:
    """The bureau that the use cases ask."""
    fake = FakeBureau()
    proofing_world.base._outside[bureau_of] = fake
    # The key service's own ciphertexts don't show what is in them; these do.
    proofing_world.base._outside[letter_seal_of] = lambda _letter, content: content.encode()
    return fake


@pytest.fixture
def world(proofing_world: ProofingWorld, bureau: FakeBureau) -> ProofingWorld:
    """Ada was located, and answered wrongly."""
    proofing_world.chosen(Method.INSTANT)
    identify(proofing_world)
    answer(proofing_world, WRONG)
    bureau.asked.clear()
    return proofing_world


def lettering(world: ProofingWorld) -> Lettering:
    return lettering_of(world.base)


def request(world: ProofingWorld, person: Person | None = None) -> Case:
    return lettering(world).request(world.case.id, person, world.by)


def waiting(world: ProofingWorld) -> list[StoredLetter]:
    return LetterStore(world.base.database).waiting()


def content(letter: StoredLetter) -> dict[str, Any]:
    assert letter.sealed
    found: dict[str, Any] = json.loads(letter.sealed)
    return found


def test_a_letter_goes_to_the_confirmed_address_and_no_typed_one_C2(world: ProofingWorld) -> None:
    case = request(world)
    assert case.state is State.LETTER_REQUESTED
    [letter] = waiting(world)
    assert letter.id == (case.letter and case.letter.id)
    assert letter.account == world.by.account
    code = content(letter).pop("code")
    assert content(letter) == {
        "name": "Ada Byron",
        "street": CONFIRMED.street,
        "city": CONFIRMED.city,
        "state": CONFIRMED.state,
        "postal_code": CONFIRMED.postal_code,
        "code": code,
    }
    done = world.activation.activate(world.credential.id, code, world.by)
    assert (str(done.state), done.level) == ("active", 3)
    assert world.case.method is Method.INSTANT


def test_a_letters_code_is_another_holders_wrong_code_S28(world: ProofingWorld) -> None:
    request(world)
    code = content(waiting(world)[0])["code"]
    other = ProofingWorld(type(world.credentials)(world.credentials.orders, world.client))
    other.chosen(Method.INSTANT)
    identify(other)
    answer(other, WRONG)
    request(other)
    refused = refusal_of(lambda: other.activation.activate(other.credential.id, code, other.by))
    assert refused == "wrong_activation_code"


def test_two_tabs_that_ask_at_once_get_one_letter_S42(world: ProofingWorld) -> None:
    world.client.next("transact_write_items", first(lambda: request(world)))
    assert request(world).state is State.LETTER_REQUESTED
    assert request(world).version == world.case.version
    assert len(waiting(world)) == len(world.case.letters) == 1


def test_an_outage_costs_nothing_S50(world: ProofingWorld, bureau: FakeBureau) -> None:
    bureau.down = True
    for _ in range(8):
        assert refusal_of(lambda: request(world)) == "bureau_unavailable"
    bureau.down = False
    assert (world.case.letters, waiting(world)) == ((), [])
    assert request(world).state is State.LETTER_REQUESTED


def test_an_address_that_is_not_confirmed_gets_no_letter_C2(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    bureau.confirmed = None
    world.clock.advance(hours=6)
    for _ in range(5):
        assert refusal_of(lambda: request(world)) == "address_not_confirmed"
    assert refusal_of(lambda: request(world)) == "too_many_tries", "each call costs money"
    assert bureau.asked == ["address"] * 5
    assert waiting(world) == []


def lost(world: ProofingWorld) -> None:
    """A letter is requested that nobody acknowledges."""
    request(world)
    world.clock.advance(days=7)
    by = Actor(kind="system", id="clock")
    assert case_jobs_of(world.base).perform(world.by.account, by=by) is Change.LETTER_LOST


def test_a_letter_that_is_given_up_goes_with_its_sealed_data_and_costs_nothing_C2(
    world: ProofingWorld,
) -> None:
    lost(world)
    assert waiting(world) == []
    assert (world.case.state, world.case.letters) == (State.WRONG_ANSWERS, ())
    assert request(world, PERSON).state is State.LETTER_REQUESTED


def test_another_letter_takes_the_data_again_asks_nothing_and_is_no_attempt_C2(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    lost(world)
    before = world.case.attempts
    assert refusal_of(lambda: request(world)) == "person_required"
    bureau.asked.clear()
    typed = replace(PERSON, street="1 Elsewhere", city="Nowhere", postal_code="10001")
    assert request(world, typed).attempts == before
    assert bureau.asked == ["begin", "address"]
    assert content(waiting(world)[0])["street"] == CONFIRMED.street


def test_another_letter_to_nobody_or_without_all_digits_is_refused_C2(
    world: ProofingWorld,
) -> None:
    lost(world)
    unknown = replace(PERSON, ssn=UNKNOWN)
    assert refusal_of(lambda: request(world, unknown)) == "address_not_confirmed"
    assert world.case.state is State.WRONG_ANSWERS
    with pytest.raises(InvalidInput) as refused:
        request(world, replace(PERSON, ssn=AMBIGUOUS))
    assert list(refused.value.fields) == ["person.ssn"]
    assert request(world, replace(PERSON, ssn=f"12345{AMBIGUOUS}")).letter


def test_looking_for_a_person_by_letters_is_limited_like_any_other_way_S62(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    lost(world)
    unknown = replace(PERSON, ssn=UNKNOWN)
    refusals = [refusal_of(lambda: request(world, unknown)) for _ in range(6)]
    assert refusals == [*["address_not_confirmed"] * 5, "too_many_tries"]
    assert bureau.asked.count("begin") == 5


def withdrawn(world: ProofingWorld) -> None:
    world.cases.withdraw(world.case.id, world.proof, world.by)


def revoked(world: ProofingWorld) -> None:
    world.credentials.management.revoke(world.credential.id, world.proof, world.by, confirmed=True)


def replaced(world: ProofingWorld) -> None:
    revoked(world)
    world.credentials.credential(
        id="crd_22222222222222222222",
        state=CredentialState.PENDING_ACTIVATION,
        activated_at=None,
        proofing=True,
    )


def proofed_otherwise(world: ProofingWorld) -> None:
    world.credentials.changed(proofing=False)


@pytest.mark.parametrize(
    "before", [withdrawn, revoked, replaced, proofed_otherwise, ProofingWorld.choose]
)
def test_a_case_that_went_elsewhere_leads_to_no_letter_C2(
    world: ProofingWorld, bureau: FakeBureau, before: Callable[[ProofingWorld], object]
) -> None:
    before(world)
    assert refusal_of(lambda: request(world)) == "not_this_step"
    assert (bureau.asked, waiting(world)) == ([], [])
    assert world.case.state in (State.WRONG_ANSWERS, State.WITHDRAWN, State.TO_BOOK)
    if world.case.state is not State.WRONG_ANSWERS:
        assert world.case.located is None, "the bureau's reference is needed no more"


def test_withdrawing_and_choosing_again_gains_no_letter_C2(world: ProofingWorld) -> None:
    request(world)
    withdrawn(world)
    world.chosen(Method.INSTANT)
    assert len(world.case.letters) == 1


def test_a_letters_code_frees_the_time_of_a_meeting_C2(world: ProofingWorld) -> None:
    agent = world.agent()
    request(world)
    code = content(waiting(world)[0])["code"]
    world.choose()
    start = world.hour(48)
    world.book(start)
    world.activation.activate(world.credential.id, code, world.by)
    taken = world.calendar.of_agent(agent.id, _around(start))
    assert list(taken) == []


def test_a_letters_code_is_good_days_after_a_meeting_without_a_result_C2(
    world: ProofingWorld,
) -> None:
    world.agent()
    request(world)
    code = content(waiting(world)[0])["code"]
    world.choose()
    world.book(world.hour(48))
    # Two days after the meeting its quarters have expired.
    world.clock.advance(days=5)
    table = world.base.database._table(QuarterRow)
    for item in list(world.base.database.scan(QuarterRow)):
        if item["pk"]["S"].startswith("WEEK#"):
            key = {name: item[name] for name in ("pk", "sk")}
            world.client.delete_item(TableName=table, Key=key)
    done = world.activation.activate(world.credential.id, code, world.by)
    assert str(done.state) == "active"


def test_only_a_keyed_hash_of_the_code_and_nothing_of_the_address_leaves_the_letter_S31_S17(
    world: ProofingWorld,
) -> None:
    world.base._outside[letter_seal_of] = lambda letter, _content: f"sealed {letter}".encode()
    code = "AB3DE-FGH7J-KMN0P"
    writes = lettering(world)
    writes._new_code = lambda: code
    writes.request(world.case.id, None, world.by)
    rows = repr(list(world.client._client._tables.tables.values()))
    for secret in (code, code.replace("-", ""), CONFIRMED.street, CONFIRMED.postal_code):
        assert secret not in rows, secret


def _around(start: datetime) -> Period:
    return Period(begins=start - timedelta(days=1), ends=start + timedelta(days=1))
