"""A credential that lost its level with its last authenticator is proofed anew (D4, C5)."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.credential import LEVEL_OTP, LEVEL_PROOFED, TOKEN
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.proofing.case import Method, State
from keyfob.domain.sessions import session as sessions_of
from keyfob.domain.sessions.permission import FOR_OTHERS, Proof, SessionProof
from keyfob.storage.proofing.store import CaseRow
from keyfob.wiring.instant_proofing import bureau_of
from tests.support.builders import a_hardware_token
from tests.support.fake_bureau import FakeBureau
from tests.support.faults import first
from tests.support.order_world import actor
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld
from tests.unit.usecases.proofing.test_asking import answer, identify


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada was proofed, lost her token, and has registered another one."""
    proofing_world.base._outside[bureau_of] = FakeBureau()
    proofing_world.chosen(Method.INSTANT)
    identify(proofing_world)
    answer(proofing_world)
    proofing_world.activation.activate(proofing_world.credential.id, None, proofing_world.by)
    proofing_world.credentials.changed(token=a_hardware_token(), level=LEVEL_OTP, replacing=False)
    return proofing_world


def coded(world: ProofingWorld, needed: Proof = Proof.RECENT_CODE_IF_POSSIBLE) -> SessionProof:
    now = world.clock()
    session = sessions_of.elevated(
        world.proof.session, world.credentials.live, "coded", now, by=TOKEN
    )
    return SessionProof(session=session, needed=needed)


def choose(world: ProofingWorld, method: Method) -> State:
    return world.cases.choose(world.credential.id, method, coded(world), world.by).state


def test_the_old_proof_raises_nothing_again_D4(world: ProofingWorld) -> None:
    world.activation.activate(world.credential.id, None, world.by)
    assert world.credentials.live.level == LEVEL_OTP


def test_it_begins_with_a_code_not_with_a_password_S58(world: ProofingWorld) -> None:
    before = world.case
    assert refusal_of(lambda: world.chosen(Method.LIVE)) == "elevation_required"
    assert world.case == before


def test_right_answers_raise_the_credential_in_use_at_once_D4(world: ProofingWorld) -> None:
    before = world.case.id
    assert choose(world, Method.INSTANT) is State.PERSON
    assert (world.case.id != before, world.case.attempts) == (True, 0), "counted anew"
    assert world.credentials.live.level == LEVEL_OTP
    identify(world)
    answer(world)
    live = world.credentials.live
    assert (live.state, live.level) == (CredentialState.ACTIVE, LEVEL_PROOFED)
    assert world.credentials.trail(live.subject)[-1] == "credential.proofed"


def test_a_lost_token_at_the_moment_of_the_right_answers_raises_nothing_D4_S46(
    world: ProofingWorld,
) -> None:
    choose(world, Method.INSTANT)
    identify(world)
    world.client.next(
        "transact_write_items",
        first(lambda: world.credentials.changed(token=None, replacing=True)),
    )
    # Decided again on the credential as it is: a password may bind the next token.
    assert refusal_of(lambda: answer(world)) == "not_this_step"
    assert (world.credentials.live.level, world.case.state) == (LEVEL_OTP, State.QUESTIONS)


def test_an_agents_code_raises_it_D4_C5(
    world: ProofingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = world.agent()
    choose(world, Method.LIVE)
    start = world.hour(24)
    booked = world.book(start).appointment
    assert booked
    world.clock.advance(seconds=(start - world.clock()).total_seconds())
    agents = SessionProof(session=coded(world).session, needed=FOR_OTHERS.proof)
    # That the agent has given a code is shown over the API.
    monkeypatch.setattr(world.desk, "_require", lambda _proof, _by: world.clock())
    handed = world.desk.passed(booked.id, {}, agents, actor(agent))
    done = world.activation.activate(world.credential.id, handed.code, world.by)
    assert (done.level, world.case.state) == (LEVEL_PROOFED, State.PROOFED)


def test_a_credential_at_its_level_opens_no_case_D4(world: ProofingWorld) -> None:
    world.credentials.changed(level=LEVEL_PROOFED)
    assert refusal_of(lambda: choose(world, Method.LIVE)) == "no_proofing_needed"


def test_the_earlier_proofing_stays_on_record_with_its_method_D4_S35(world: ProofingWorld) -> None:
    before = world.case
    choose(world, Method.LIVE)
    kept = world.credentials.database.query(CaseRow, key=("pk", f"CASE#{world.by.account}"))
    [past] = [item for item in kept if item["sk"]["S"] == f"PAST#{before.id}"]
    assert (past["method"]["S"], past["state"]["S"]) == ("instant", "proofed")
