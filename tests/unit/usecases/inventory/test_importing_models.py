"""The model of a batch, and the stock that grows with it (G1, B5)."""

from __future__ import annotations

import pytest

from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.inventory.report import Outcome
from keyfob.storage.orders.stock import Stocks
from tests.support.import_world import ImportWorld
from tests.unit.usecases.inventory.test_importing import Killed, killed_at, table
from tests.unit.usecases.inventory.test_withdrawing import withdraw


def free(world: ImportWorld, model: str = DEFAULT_MODEL) -> int:
    return Stocks(world.database).get(model).free


def test_a_complete_batch_adds_its_tokens_to_the_stock_of_its_model_once_B5(
    import_world: ImportWorld,
) -> None:
    for _ in range(2):
        import_world.drop("model=c200/a.csv", table(1, 2, 3))
    assert (free(import_world, "c200"), free(import_world)) == (3, 0)
    token = import_world.token("FT-00001")
    assert token.model == "c200"


def test_tokens_that_came_with_another_batch_are_added_once_B5(import_world: ImportWorld) -> None:
    import_world.drop("a.csv", table(1, 2))
    import_world.drop("model=c200/b.csv", table(1, 2, 3))
    assert (free(import_world), free(import_world, "c200")) == (2, 1)
    assert import_world.token("FT-00001").model == DEFAULT_MODEL, "it stays what it was"


@pytest.mark.parametrize("landed", [False, True])
def test_an_import_that_is_killed_at_its_end_adds_its_tokens_once_S46(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 3, landed=landed, error=Killed)
        with pytest.raises(Killed):
            import_world.drop("a.csv", table(1, 2))
    assert free(import_world) == (2 if landed else 0)
    import_world.drop("a.csv", table(1, 2))
    assert free(import_world) == 2


def test_a_withdrawn_token_leaves_the_stock_and_returns_with_another_file_S64(
    import_world: ImportWorld,
) -> None:
    import_world.drop("a.csv", table(1, 2))
    for _ in range(2):
        withdraw(import_world, "FT-00001")
    assert free(import_world) == 1
    import_world.drop("model=c200/b.csv", table(1))
    assert (free(import_world), free(import_world, "c200")) == (1, 1)
    assert import_world.token("FT-00001").model == "c200"


def test_a_folder_that_names_no_model_refuses_the_file_and_adds_nothing_G1(
    import_world: ImportWorld,
) -> None:
    report = import_world.drop("model=C 200/a.csv", table(1))
    assert report.outcome is Outcome.REFUSED
    assert report.reasons[0].text.startswith("the folder model=… must be the id of a model")
    assert import_world.drop("model=c200/a.csv", table(1)).outcome is Outcome.IMPORTED
    assert free(import_world, "c200") == 1, "dropped again in the right folder"
