"""Rows of subscriptions and access (A4, A6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.access.access import Access, AccessState
from keyfob.domain.access.subscription import (
    Acceptance,
    Subscription,
    SubscriptionState,
)
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import Put, Update
from keyfob.storage.transaction import Transactions
from tests.support.fakes import START

BY = Actor(kind="account", id="acc_olga")
SUBSCRIPTION = Subscription(
    organization="acme",
    application="portal",
    partner="northwind",
    state=SubscriptionState.TERMS,
    since=START,
    administrators=("acc_olga",),
)
ACCEPTED = replace(
    SUBSCRIPTION,
    state=SubscriptionState.ACTIVE,
    accepted=Acceptance(version="1", by="acc_olga", at=START),
)
REQUESTED = Access(
    account="acc_ada",
    organization="acme",
    application="portal",
    state=AccessState.REQUESTED,
    at=START,
    reason="I order parts.",
)
APPROVED = replace(REQUESTED, state=AccessState.APPROVED, decided_by="acc_olga")


@pytest.fixture
def store(database: Database) -> AccessStore:
    return AccessStore(database)


def commit(transactions: Transactions, write: Put | Update) -> None:
    subject = write.subject.id if write.subject else None
    transactions.commit(write, audit=[Entry(action="x", actor=BY, at=START, subject=subject)])


def test_a_subscription_comes_back_as_it_was_written_A6(
    store: AccessStore, transactions: Transactions
) -> None:
    assert store.subscription("acme", "portal") is None
    commit(transactions, rows.put_subscription(SUBSCRIPTION))
    found = store.subscription("acme", "portal")
    assert found
    assert found[0] == SUBSCRIPTION
    commit(transactions, rows.change_subscription(SUBSCRIPTION, ACCEPTED, found[1]))
    assert store.subscriptions("acme") == [ACCEPTED]
    with pytest.raises(Conflict):
        commit(transactions, rows.change_subscription(SUBSCRIPTION, ACCEPTED, found[1]))


def test_access_is_listed_for_its_administrators_while_it_is_requested_A6(
    store: AccessStore, transactions: Transactions
) -> None:
    commit(transactions, rows.put_access(REQUESTED))
    assert store.requests("acme", "portal") == ([REQUESTED], "")
    assert store.requests("acme", "vault") == store.requests("bolt", "portal") == ([], "")
    found = store.access("acc_ada", "portal")
    assert found
    assert found[0] == REQUESTED
    commit(transactions, rows.change_access(REQUESTED, APPROVED, found[1]))
    assert store.requests("acme", "portal") == ([], "")
    assert store.access_of("acc_ada") == [APPROVED]
    with pytest.raises(Conflict):
        commit(transactions, rows.put_access(REQUESTED))
