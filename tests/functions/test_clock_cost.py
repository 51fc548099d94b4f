"""The clock's cost in round trips and units, for the longest possible rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import pytest

from keyfob.domain import due_index as index
from tests.support.clock_costs import TOLD, ClockCosts
from tests.support.deployment import Deployment

TELLING = ("notice", "expiry", "reminder")
TABLES = 5  # with a due index
READ = ["GetItem"] * 3  # account, organization, credential


@pytest.fixture
def costs(deployment: Deployment) -> Iterator[ClockCosts]:
    """Removes its rows: a mail that waits for its morning would be pending in other tests."""
    before = deployment.engine.snapshot(deployment.tables)
    yield ClockCosts(deployment.values, deployment.client("dynamodb"), deployment.clock.now)
    deployment.engine.restore(before)


@pytest.mark.parametrize("stage", TELLING)
def test_telling_takes_two_round_trips_and_at_most_1_read_and_14_write_units_F6_F7(
    costs: ClockCosts, stage: str
) -> None:
    charges = costs.due(stage)
    assert charges.calls == ["GetItem", "TransactWriteItems"]
    assert charges.read <= 1, charges.parts
    assert charges.write <= 14, charges.parts


def test_a_revocation_takes_six_round_trips_and_at_most_5_read_and_32_write_units_F6(
    costs: ClockCosts,
) -> None:
    charges = costs.due("revocation")
    reads = ["GetItem", "GetItem", "BatchGetItem", "GetItem", "GetItem"]
    assert charges.calls == [*reads, "TransactWriteItems"]
    assert charges.read <= 5, charges.parts
    assert charges.write <= 32, charges.parts


def test_an_obsolete_step_takes_two_round_trips_and_at_most_1_read_and_3_write_units_S44(
    costs: ClockCosts,
) -> None:
    charges = costs.due("moot")
    assert charges.calls == ["GetItem", "UpdateItem"]
    assert charges.read <= 1, charges.parts
    assert charges.write <= 3, charges.parts


def test_a_credential_that_is_gone_takes_one_round_trip_and_writes_nothing_S44(
    costs: ClockCosts,
) -> None:
    charges = costs.nobody()
    assert charges.calls == ["GetItem"]
    assert charges.write == 0


@pytest.mark.parametrize("stage", TOLD)
def test_a_mail_takes_five_or_six_round_trips_and_at_most_4_read_and_3_write_units(
    costs: ClockCosts, stage: str
) -> None:
    """The mail of a message that can't become obsolete is sent without reading the credential."""
    charges = costs.mail(stage)
    read = READ if stage in TELLING else READ[1:]
    assert charges.calls == ["GetItem", "UpdateItem", *read, "UpdateItem"]
    assert charges.read <= 4, charges.parts
    assert charges.write <= 3, charges.parts


def test_a_reminder_at_night_takes_six_round_trips_and_at_most_4_read_and_4_write_units(
    costs: ClockCosts,
) -> None:
    charges = costs.mail("reminder", by_night=True)
    assert charges.calls == ["GetItem", "UpdateItem", *READ, "UpdateItem"]
    assert charges.read <= 4, charges.parts
    assert charges.write <= 4, charges.parts


def test_an_idle_sweep_takes_a_query_of_half_a_unit_for_each_shard_of_each_table(
    costs: ClockCosts,
) -> None:
    charges = costs.sweep(0)
    assert charges.calls == ["Query"] * TABLES * index.SHARDS
    assert charges.read == TABLES * index.SHARDS / 2
    assert charges.write == 0


def test_a_due_row_adds_one_write_of_3_units_to_a_sweep_and_24_rows_one_read_unit_at_most(
    costs: ClockCosts,
) -> None:
    rows = 20
    charges = costs.sweep(rows)
    assert charges.calls.count("Query") == TABLES * index.SHARDS
    assert charges.calls.count("UpdateItem") == rows
    assert charges.write <= 3 * rows
    assert charges.read <= TABLES * index.SHARDS / 2 + ceil(rows / 24)
