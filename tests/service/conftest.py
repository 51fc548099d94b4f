"""The whole service in this process; no socket is opened here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from botocore.session import Session
from pytest_socket import disable_socket

from local.seed import seed
from tests.support.between import Between
from tests.support.deployment import FRONT, Deployment, deploy
from tests.support.dynamodb import Client, Engine
from tests.support.running.faults import Faults
from tests.support.running.fixtures import (
    browser,
    holder,
    lifecycle_control,
    lives,
    paused,
    relay,
    rows,
    ses,
    stripe,
    stripe_side,
    supply,
)
from tests.support.running.inside import Inside
from tests.support.running.reaching import reachable
from tests.support.running.service import Service

__all__ = [
    "browser",
    "holder",
    "lifecycle_control",
    "lives",
    "paused",
    "relay",
    "rows",
    "ses",
    "stripe",
    "stripe_side",
    "supply",
]

_HERE = Path(__file__).parent
_numbers = count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore the metrics library's warning about a request that counts nothing."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore:No application metrics"))


@pytest.fixture(scope="session")
def stack(deployment: Deployment) -> Iterator[Service]:
    """The service with the demo data, in the local stack's place."""
    made = Service(deployment)
    with reachable(made, deployment):
        seed(made)
    yield made
    made.front.close()


@pytest.fixture(scope="package", autouse=True)
def _reachable(stack: Service, deployment: Deployment) -> Iterator[None]:
    """The service answers while tests of this folder run: other suites have their own handlers."""
    with reachable(stack, deployment):
        yield


@pytest.fixture(scope="module", autouse=True)
def _granted(stack: Service) -> Iterator[None]:
    """No function requests more than its role grants (S52)."""
    stack.denied.clear()
    yield
    assert stack.denied == []


@pytest.fixture(scope="module")
def alone(
    aws: Session,
    hooks: Between,
    engine: Engine,
    dynamodb: Client,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """A new service for this module alone; the shared one doesn't answer meanwhile."""
    name = f"alone-{next(_numbers)}"
    folder = tmp_path_factory.mktemp(name)
    deployed = deploy(aws, hooks, engine, dynamodb, folder=folder, name=name)
    # As on the stack, a provider makes the meeting rooms.
    deployment = replace(deployed, values={**deployed.values, "ROOMS_URL": f"{FRONT}/_rooms"})
    made = Service(deployment)
    with reachable(made, deployment):
        seed(made)
        yield made
    made.front.close()
    assert made.denied == []


@pytest.fixture(scope="package")
def inside(stack: Service) -> Inside:
    """The library's use cases, over the same tables."""
    return Inside(stack)


@pytest.fixture
def faults(stack: Service) -> Iterator[Faults]:
    """Faults that functions' requests to AWS meet until the test ends."""
    yield stack.faults
    stack.faults.heal()


@pytest.fixture(autouse=True)
def _no_socket() -> None:
    disable_socket(allow_unix_socket=True)
