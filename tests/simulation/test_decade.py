"""A decade of many credentials with every kind of failure (S44, S46)."""

from __future__ import annotations

import os

import pytest

from tests.simulation.decade import Outcome, Simulation
from tests.support.effort import effort

# Another world: SIMULATION_SEED=7 make test-simulation
SEED = int(os.environ.get("SIMULATION_SEED", "1"))
CREDENTIALS = effort(1_000, 10_000)


@pytest.fixture(scope="module")
def decade() -> Outcome:
    """Ten years with some thirty outages of the sweep, the longest of three weeks."""
    return Simulation(SEED, credentials=CREDENTIALS, days=3_650, outages=30).outcome()


def test_every_message_and_every_end_is_as_the_rules_say_B7_F5_F6_F7_S42_S44_S46(
    decade: Outcome,
) -> None:
    shown = "\n".join(str(one) for one in decade.complaints[:20])
    assert not decade.complaints, f"seed {SEED}: {decade.faults}\n{shown}"
    assert len(decade.lives) == CREDENTIALS


def test_every_kind_of_failure_happened(decade: Outcome) -> None:
    for what in (
        "message lost",
        "message late",
        "message twice",
        "stream lost",
        "mail refused",
        "sender killed",
        "sender slow",
        "sweep killed",
        "worker killed before a write",
        "worker killed after a write",
        "worker overtaken",
        "renew by holder",
        "renew refused: IllegalTransition",
        "suspend by administrator",
        "lift by system",
        "lift refused: IllegalTransition",
        "lift refused: SuspendedByOthers",
        "revoke by holder",
    ):
        assert decade.happened[what] >= effort(2, 20), what
