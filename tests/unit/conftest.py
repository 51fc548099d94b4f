"""Unit tests open no socket: AWS is in this process, and so is everybody else."""

from __future__ import annotations

import pytest
from pytest_socket import disable_socket

from tests.support.additions import additions
from tests.support.aws import (
    _created,
    aws,
    client,
    clock,
    counts,
    database,
    dynamodb,
    engine,
    policy,
    tables,
    transactions,
)
from tests.support.bureau import bureau
from tests.support.family import family
from tests.support.house import house
from tests.support.renewals import renewals
from tests.support.runtime import base
from tests.support.shop import shop
from tests.support.switchboard import switchboard

__all__ = [
    "_created",
    "additions",
    "aws",
    "base",
    "bureau",
    "client",
    "clock",
    "counts",
    "database",
    "dynamodb",
    "engine",
    "family",
    "house",
    "policy",
    "renewals",
    "shop",
    "switchboard",
    "tables",
    "transactions",
]


@pytest.fixture(autouse=True)
def _no_socket() -> None:
    disable_socket(allow_unix_socket=True)
