"""Contract tests: one suite over a fake and the real adapter, so that fakes can't drift."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stripe_double.document import Document
from tests.contract.stripe_account import AtStripe, an_account
from tests.support.aws import clock

__all__ = ["clock"]


@pytest.fixture(scope="session")
def cut_document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The part of Stripe's document that the double needs, cut once."""
    folder = tmp_path_factory.mktemp("document")
    Document(folder).load()
    return next(folder.glob("stripe-document-*.json"))


@pytest.fixture
def at_stripe(tmp_path: Path, cut_document: Path) -> Iterator[AtStripe]:
    """An empty account at Stripe's double."""
    shutil.copy(cut_document, tmp_path)
    account = an_account(tmp_path)
    yield account
    account.double.close()
