"""An organization's customer at the payment provider: the first one counts (B4)."""

from __future__ import annotations

from keyfob.storage.database import Database
from keyfob.storage.orders.customers import CustomerStore


def test_the_first_customer_that_is_named_counts_B4(database: Database) -> None:
    store = CustomerStore(database)
    first = store.begin("acme", "cus_ref_1")
    assert store.begin("acme", "cus_ref_2") == first, "one row, made once"
    assert store.name(first, "cus_1") == "cus_1"
    assert store.name(first, "cus_2") == "cus_1"
    named = store.get("acme")
    assert named
    assert (named.id, named.reference) == ("cus_1", "cus_ref_1")


def test_one_failure_is_one_attempt_however_many_notice_it_S41(database: Database) -> None:
    store = CustomerStore(database)
    seen = store.begin("acme", "cus_ref_1")
    for _ in range(2):
        store.fail(seen)
    found = store.get("acme")
    assert found
    assert found.attempt == 2
