"""Asking the credit bureau: attempts, lapses, tabs, outages (C2, S31, S32, S50)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.proofing.bureau import Person
from keyfob.domain.proofing.case import Method, State
from keyfob.domain.proofing.errors import BureauUnavailable, WrongActivationCode
from keyfob.usecases.proofing.asking import Asking
from keyfob.wiring.instant_proofing import asking_of, bureau_of
from tests.support.fake_bureau import AMBIGUOUS, ANSWERS, LOCATED, UNKNOWN, FakeBureau
from tests.support.faults import first
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld

PERSON = Person(
    legal_name="Ada Byron",
    born=date(1985, 12, 10),
    ssn=LOCATED,
    street="1 Elm Street",
    city="Austin",
    state="TX",
    postal_code="78701",
)
WRONG = {**ANSWERS, "q1": "Oak Street"}


@pytest.fixture
def bureau(proofing_world: ProofingWorld) -> FakeBureau:
    """The bureau that the use cases ask."""
    fake = FakeBureau()
    proofing_world.base._outside[bureau_of] = fake
    return fake


@pytest.fixture
def world(proofing_world: ProofingWorld, bureau: FakeBureau) -> ProofingWorld:
    """Ada has chosen to be asked questions."""
    proofing_world.chosen(Method.INSTANT)
    return proofing_world


def asking(world: ProofingWorld) -> Asking:
    return asking_of(world.base)


def identify(world: ProofingWorld, **changes: Any) -> State:
    person = replace(PERSON, **changes)
    return asking(world).identify(world.case.id, person, world.by).state


def answer(world: ProofingWorld, answers: dict[str, str] | None = None) -> State:
    return asking(world).answer(world.case.id, answers or ANSWERS, world.by).state


def activate(world: ProofingWorld) -> tuple[str, int]:
    done = world.activation.activate(world.credential.id, None, world.by)
    return str(done.state), done.level


def test_right_answers_proof_at_once_and_the_credential_activates_at_level_3_C1_C2(
    world: ProofingWorld,
) -> None:
    assert refusal_of(lambda: activate(world)) == "proofing_required"
    assert identify(world) is State.QUESTIONS
    assert answer(world) is State.PROOFED
    assert (world.case.method, world.case.agent) == (Method.INSTANT, None)
    assert activate(world) == ("active", 3)


def test_a_withdrawal_at_the_moment_of_the_activation_is_noticed_S46(world: ProofingWorld) -> None:
    identify(world)
    answer(world)
    # A proofed case can't be withdrawn; the next one takes its place only after a revocation.
    assert refusal_of(lambda: world.cases.withdraw(world.case.id, world.proof, world.by)) == (
        "not_this_step"
    )


def test_the_proof_for_a_revoked_credential_activates_no_other_one_C1_D4(
    world: ProofingWorld,
) -> None:
    identify(world)
    answer(world)
    activate(world)
    ended = world.credential
    world.credentials.management.revoke(ended.id, world.proof, world.by, confirmed=True)
    world.credential = world.credentials.credential(
        id="crd_22222222222222222222",
        state=CredentialState.PENDING_ACTIVATION,
        activated_at=None,
        proofing=True,
    )
    assert world.case.credential == ended.id
    assert refusal_of(lambda: activate(world)) == "proofing_required"
    code = "00000-00000-00000"
    with pytest.raises(WrongActivationCode):
        world.activation.activate(world.credential.id, code, world.by)


def test_wrong_answers_leave_only_a_meeting_S32(world: ProofingWorld) -> None:
    identify(world)
    assert answer(world, WRONG) is State.WRONG_ANSWERS
    assert refusal_of(lambda: identify(world)) == "not_this_step"
    assert refusal_of(lambda: activate(world)) == "proofing_required"
    assert world.choose().state is State.TO_BOOK


def test_withdrawing_after_wrong_answers_gains_no_questions_S32(world: ProofingWorld) -> None:
    identify(world)
    answer(world, WRONG)
    world.cases.withdraw(world.case.id, world.proof, world.by)
    world.chosen(Method.INSTANT)
    assert refusal_of(lambda: identify(world)) == "attempts_used_up"


def test_who_is_not_located_may_try_corrected_data_three_times_in_all_C2(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    for _ in range(3):
        assert identify(world, ssn=UNKNOWN) is State.NOT_LOCATED
    assert refusal_of(lambda: identify(world)) == "attempts_used_up"
    assert bureau.asked == ["begin"] * 3
    assert world.choose().state is State.TO_BOOK


def test_four_digits_that_are_not_enough_take_all_nine_C2(world: ProofingWorld) -> None:
    assert identify(world, ssn=AMBIGUOUS) is State.FULL_SSN
    assert refusal_of(lambda: identify(world, ssn=AMBIGUOUS)) == "not_this_step"
    assert identify(world, ssn=f"12345{AMBIGUOUS}") is State.QUESTIONS
    assert world.case.attempts == 2


def test_questions_lapse_after_five_minutes_and_it_was_an_attempt_S32(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    identify(world)
    world.clock.advance(minutes=5)
    for late in (lambda: answer(world), lambda: asking(world).questions(world.case.id, world.by)):
        assert refusal_of(late) == "questions_lapsed"
    assert bureau.asked == ["begin"], "nobody is asked in vain"
    assert identify(world) is State.QUESTIONS
    assert world.case.attempts == 2


def test_every_tab_has_the_same_questions_and_one_answer_counts_S32(world: ProofingWorld) -> None:
    identify(world)
    _, mine = asking(world).questions(world.case.id, world.by)
    _, theirs = asking(world).questions(world.case.id, world.by)
    assert mine == theirs
    world.client.next("transact_write_items", first(lambda: answer(world)))
    # The wrong ones came to the bureau first: there is no second try in another tab.
    assert refusal_of(lambda: answer(world, WRONG)) == "not_this_step"
    assert world.case.state is State.WRONG_ANSWERS


def test_two_tabs_that_send_the_person_at_once_make_one_attempt_S32(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    world.client.next("transact_write_items", first(lambda: identify(world)))
    assert identify(world) is State.QUESTIONS
    assert world.case.attempts == 1
    assert len(bureau._sessions) == 1, "the bureau takes both for one"


def test_an_outage_is_no_attempt_and_counts_against_nobody_S50(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    bureau.down = True
    for _ in range(8):
        with pytest.raises(BureauUnavailable):
            identify(world)
    assert world.case.attempts == 0
    bureau.down = False
    assert identify(world) is State.QUESTIONS
    bureau.down = True
    with pytest.raises(BureauUnavailable):
        answer(world)
    bureau.down = False
    assert answer(world) is State.PROOFED


def test_five_attempts_about_one_person_are_enough_whoever_asks_S62(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    for _ in range(5):
        other = ProofingWorld(type(world.credentials)(world.credentials.orders, world.client))
        other.chosen(Method.INSTANT)
        identify(other, ssn=UNKNOWN)
    assert refusal_of(lambda: identify(world, ssn=UNKNOWN)) == "too_many_tries"
    assert identify(world) is State.QUESTIONS, "another person is asked about"
    assert bureau.asked.count("begin") == 6


def test_looks_at_the_questions_are_limited_before_the_bureau_is_asked_S62(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    identify(world)
    for _ in range(20):
        asking(world).questions(world.case.id, world.by)
    refused = refusal_of(lambda: asking(world).questions(world.case.id, world.by))
    assert (refused, bureau.asked.count("questions")) == ("too_many_tries", 20)


def test_outside_the_united_states_it_is_not_offered_C2(proofing_world: ProofingWorld) -> None:
    proofing_world.credentials.changed(country="IN")
    chosen = refusal_of(lambda: proofing_world.chosen(Method.INSTANT))
    assert chosen == "instant_proofing_not_offered"


def test_a_stranger_with_a_password_is_not_asked_about_under_another_name_C2(
    proofing_world: ProofingWorld, bureau: FakeBureau
) -> None:
    proofing_world.credentials.changed(legal_name="Eve Stranger")
    refused = refusal_of(lambda: proofing_world.chosen(Method.INSTANT))
    assert (refused, bureau.asked) == ("name_differs", [])
    assert proofing_world.chosen(Method.LIVE).state is State.TO_BOOK


@pytest.mark.parametrize("state", ["person", "questions", "not_located"])
def test_a_meeting_can_be_chosen_from_every_state_of_it_C2(
    world: ProofingWorld, state: str
) -> None:
    if state == "questions":
        identify(world)
    if state == "not_located":
        identify(world, ssn=UNKNOWN)
    assert world.case.state == state
    assert world.choose().state is State.TO_BOOK
    assert (world.case.session, world.case.answers_until) == (None, None)
    assert refusal_of(lambda: answer(world)) == "not_this_step"


def test_nobody_is_asked_for_a_revoked_credential_F3(
    world: ProofingWorld, bureau: FakeBureau
) -> None:
    case = world.case
    world.credentials.management.revoke(world.credential.id, world.proof, world.by, confirmed=True)
    refused = refusal_of(lambda: asking(world).identify(case.id, PERSON, world.by))
    assert (refused, bureau.asked) == ("not_this_step", [])


def test_nothing_of_the_person_stands_in_a_table_S31(world: ProofingWorld) -> None:
    identify(world, ssn="123454321")
    answer(world)
    rows = repr(list(world.client._client._tables.tables.values()))
    for secret in ("123454321", "4321", "1985-12-10", "1 Elm Street", "78701", "Elm Street"):
        assert secret not in rows, secret
