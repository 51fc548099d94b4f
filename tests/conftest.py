"""Fixtures of all suites: the local stack, and AWS in this process, created on demand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.seed import seed
from local.stack import Stack, local_stack
from tests.support.aws import aws, dynamodb, engine
from tests.support.deployment import deployment, hooks
from tests.support.tokens import plenty

__all__ = ["aws", "deployment", "dynamodb", "engine", "hooks"]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed template with the demo data on this machine; removed afterwards."""
    with local_stack() as running:
        seed(running)
        # Most tests aren't about back-orders.
        running.client("dynamodb").put_item(TableName=running.outputs["OrdersTable"], Item=plenty())
        yield running
