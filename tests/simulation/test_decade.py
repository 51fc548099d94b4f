"""A decade of ten thousand credentials, in which everything goes wrong that may (S44, S46)."""

from __future__ import annotations

import os

from tests.simulation.decade import Simulation

DECADE = 3_650
# Another world: SIMULATION_SEED=7 make test-simulation
SEED = int(os.environ.get("SIMULATION_SEED", "1"))


def test_every_message_and_every_end_is_as_the_rules_say_B7_F5_F6_F7_S42_S44_S46() -> None:
    outcome = Simulation(SEED, credentials=10_000, days=DECADE, outages=30).outcome()

    shown = "\n".join(str(one) for one in outcome.complaints[:20])
    assert not outcome.complaints, f"seed {SEED}: {outcome.faults}\n{shown}"
    assert len(outcome.lives) == 10_000


def test_what_may_go_wrong_did() -> None:
    happened = Simulation(SEED, credentials=500, days=DECADE, outages=30).outcome().happened
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
        "lift by system",
        "lift refused: IllegalTransition",
        "lift refused: SuspendedByOthers",
        "revoke by holder",
    ):
        assert happened[what] >= 3, what
