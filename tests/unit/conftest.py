"""Unit tests open no socket: this process simulates AWS and every other service."""

from __future__ import annotations

import pytest
from pytest_socket import disable_socket

from tests.support.access_world import access_world
from tests.support.account_world import account_world
from tests.support.additions import additions
from tests.support.administration_world import administration_world
from tests.support.aws import (
    _created,
    client,
    clock,
    counts,
    database,
    policy,
    tables,
    transactions,
)
from tests.support.connection_world import connection_world
from tests.support.credential_world import credential_world
from tests.support.given_back_world import given_back
from tests.support.import_world import import_world
from tests.support.letter_world import letter_world
from tests.support.order_world import order_world
from tests.support.phone_world import phone_world
from tests.support.proofing_world import proofing_world
from tests.support.renewals import renewals
from tests.support.runtime import base
from tests.support.sponsorship_world import sponsorship_world
from tests.support.statement_world import statement_world

__all__ = [
    "_created",
    "access_world",
    "account_world",
    "additions",
    "administration_world",
    "base",
    "client",
    "clock",
    "connection_world",
    "counts",
    "credential_world",
    "database",
    "given_back",
    "import_world",
    "letter_world",
    "order_world",
    "phone_world",
    "policy",
    "proofing_world",
    "renewals",
    "sponsorship_world",
    "statement_world",
    "tables",
    "transactions",
]


@pytest.fixture(autouse=True)
def _no_socket() -> None:
    disable_socket(allow_unix_socket=True)
