"""The audit check finds changes by somebody with every right on the tables (G4, S48)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import GENESIS
from keyfob.storage.audit.store import AuditRow, recorded
from local.client import Person, on_payment_page
from local.stack import Stack
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows

Item = dict[str, Any]


class Tampering:
    """Writes to the tables behind the service's back, and can undo it."""

    def __init__(self, stack: Stack, number: str, account: str) -> None:
        self.stack = stack
        self.subject = f"ORDER#{number}"
        self.actor = f"ACTOR#{account}"
        self._dynamodb = stack.client("dynamodb")
        self._undo: list[Callable[[], Any]] = []

    def entries(self, pk: str) -> list[Item]:
        """The entries under a subject or an actor, in order."""
        found = [item for item in Rows(self.stack).raw("audit") if item["pk"]["S"] == pk]
        return sorted(found, key=lambda item: str(item["sk"]["S"]))

    def order(self) -> Item:
        """The order's row."""
        items = Rows(self.stack).raw("orders")
        return next(item for item in items if item["pk"]["S"] == self.subject)

    def put(self, item: Item, table: str = "AuditTable") -> None:
        """Write this row over any other."""
        name, key = self.stack.outputs[table], _key(item)
        before = self._dynamodb.get_item(TableName=name, Key=key).get("Item")
        self._dynamodb.put_item(TableName=name, Item=item)
        if before:
            self._undo.append(lambda: self._dynamodb.put_item(TableName=name, Item=before))
        else:
            self._undo.append(lambda: self._dynamodb.delete_item(TableName=name, Key=key))

    def delete(self, item: Item) -> None:
        """Remove this entry."""
        name = self.stack.outputs["AuditTable"]
        self._dynamodb.delete_item(TableName=name, Key=_key(item))
        self._undo.append(lambda: self._dynamodb.put_item(TableName=name, Item=item))

    def compute_anew(self, change: Callable[[Item], Item]) -> None:
        """Change the order's second entry, and adapt every later hash and the order's row."""
        first, second, *later = self.entries(self.subject)
        head = first["hash"]["S"]
        for item in (change(second), *later):
            linked = {**item, "previous": {"S": head}}
            head = recorded(AuditRow.from_raw_data(linked)).hash
            self.put({**linked, "hash": {"S": head}})
        self.put({**self.order(), "head": {"B": bytes.fromhex(head)}}, "OrdersTable")

    def undo(self) -> None:
        """Restore everything."""
        while self._undo:
            self._undo.pop()()

    def faults(self) -> list[str]:
        """The faults that `verify_audit` reports."""
        verdict = self.stack.invoke("OperationsFunction", {"operation": "verify_audit"})
        assert verdict["intact"] is (not verdict["faults"])
        return list(verdict["faults"])


def _key(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


@pytest.fixture(scope="module")
def lived(alone: Stack) -> tuple[str, str]:
    """The number of a fulfilled order and the account that placed it."""
    alone.invoke("AuditHeadsFunction", {})
    holder: Person = person(alone)
    order = holder.order()
    on_payment_page(order, "pay")
    assert holder.show(order["number"])["state"] == "fulfilled"
    holder.sign_in(PERMANENT)
    return order["number"], holder.token.split(".")[0]


@pytest.fixture
def tampering(alone: Stack, lived: tuple[str, str]) -> Iterator[Tampering]:
    """Before the hours are sealed: only the chains reveal a change."""
    tampering = Tampering(alone, *lived)
    assert tampering.faults() == []
    yield tampering
    tampering.undo()
    assert tampering.faults() == []


@pytest.fixture(scope="module")
def hours(alone: Stack, lived: tuple[str, str]) -> int:
    """The number of sealed hours once the hour of the order has closed."""
    alone.clock.move(timedelta(hours=2))
    return int(alone.invoke("AuditHeadsFunction", {})["sealed"])


@pytest.fixture
def sealed(hours: int, tampering: Tampering) -> Tampering:
    """After the hours are sealed."""
    assert hours > 0
    return tampering


def backdated(tampering: Tampering, subject: str) -> Item:
    """One more entry of this chain, of the instant of the order's first one, its hash computed."""
    first, *_ = tampering.entries(tampering.subject)
    chain = tampering.entries(subject)
    added = {
        **first,
        "pk": {"S": subject},
        "sk": {"S": f"{len(chain) + 1:012d}"},
        "number": {"N": str(len(chain) + 1)},
        "previous": chain[-1]["hash"] if chain else {"S": GENESIS},
    }
    added["hash"] = {"S": recorded(AuditRow.from_raw_data(added)).hash}
    return added


def altered(item: Item) -> Item:
    return {**item, "facts": {"S": '{"state":"awaiting_payment","total":1}'}}


def test_g4_an_entry_overwritten_by_a_put_is_found(tampering: Tampering) -> None:
    entry = tampering.entries(tampering.subject)[1]
    tampering.put(altered(entry))
    assert tampering.faults() == [f"{tampering.subject}: entry 2 was changed"]


@pytest.mark.parametrize(
    "field", ["action", "actor_kind", "actor_id", "address", "correlation", "at", "previous"]
)
def test_s48_no_field_of_an_entry_can_be_changed_unnoticed(
    tampering: Tampering, field: str
) -> None:
    entry = tampering.entries(tampering.subject)[0]
    other = {"at": "2020-01-01T00:00:00+00:00", "previous": "1" * 64}.get(field, "somebody else")
    tampering.put({**entry, field: {"S": other}})
    assert f"{tampering.subject}: entry 1 was changed" in tampering.faults()


def test_s48_an_entry_with_a_hash_that_fits_doesnt_fit_its_successor(
    tampering: Tampering,
) -> None:
    entry = altered(tampering.entries(tampering.subject)[1])
    fitting = recorded(AuditRow.from_raw_data(entry)).hash
    tampering.put({**entry, "hash": {"S": fitting}})
    assert tampering.faults() == [f"{tampering.subject}: entry 3 doesn't follow entry 2"]


def test_s48_a_removed_entry_is_found(tampering: Tampering) -> None:
    tampering.delete(tampering.entries(tampering.subject)[1])
    assert f"{tampering.subject}: after entry 1 comes 3" in tampering.faults()


def test_s48_a_truncated_chain_is_found(tampering: Tampering) -> None:
    tampering.delete(tampering.entries(tampering.subject)[-1])
    assert tampering.faults() == [f"{tampering.subject}: its row and its chain end differently"]


def test_s48_a_whole_chain_removed_is_found(tampering: Tampering) -> None:
    for entry in tampering.entries(tampering.subject):
        tampering.delete(entry)
    assert f"{tampering.subject}: its row and its chain end differently" in (tampering.faults())


def test_s48_an_inserted_entry_is_found(tampering: Tampering) -> None:
    last = tampering.entries(tampering.subject)[-1]
    number = int(last["number"]["N"]) + 1
    added = {
        **last,
        "sk": {"S": f"{number:012d}"},
        "number": {"N": str(number)},
        "previous": last["hash"],
    }
    added["hash"] = {"S": recorded(AuditRow.from_raw_data(added)).hash}
    tampering.put(added)
    assert tampering.faults() == [f"{tampering.subject}: its row and its chain end differently"]


@pytest.mark.parametrize(
    "change", [{"version": {"N": "3"}}, {"head": {"B": bytes(32)}}, {"head": {"S": GENESIS}}]
)
def test_s48_an_order_that_claims_another_end_of_its_chain_is_found(
    tampering: Tampering, change: Item
) -> None:
    tampering.put({**tampering.order(), **change}, "OrdersTable")
    assert tampering.faults() == [f"{tampering.subject}: its row and its chain end differently"]


def test_s48_a_chain_computed_anew_after_sealing_is_found(sealed: Tampering) -> None:
    sealed.compute_anew(altered)
    [fault] = sealed.faults()
    assert fault.startswith(f"{sealed.subject}: entry 5 is not the one that was sealed")


def test_s48_a_chain_and_its_row_removed_after_sealing_are_found(sealed: Tampering) -> None:
    for entry in sealed.entries(sealed.subject):
        sealed.delete(entry)
    sealed.put({**sealed.order(), "version": {"N": "0"}, "head": {"S": GENESIS}}, "OrdersTable")
    assert any("is not the one that was sealed" in fault for fault in sealed.faults())


@pytest.mark.parametrize("chain", ["its own", "a new one"])
def test_an_entry_dated_into_a_sealed_hour_is_found_with_its_row_adapted_S59(
    sealed: Tampering, chain: str
) -> None:
    subject = sealed.subject if chain == "its own" else "ORDER#SO-0"
    added = backdated(sealed, subject)
    sealed.put(added)
    end = {"version": added["number"], "head": {"B": bytes.fromhex(added["hash"]["S"])}}
    sealed.put({**sealed.order(), "pk": {"S": subject}, **end}, "OrdersTable")
    number, hour = added["number"]["N"], added["hour"]["S"].partition("#")[0]
    assert f"{subject}: entry {number} was filed under {hour} after it was sealed" in (
        sealed.faults()
    )


def test_the_daily_check_goes_on_after_what_it_has_checked_S59(sealed: Tampering) -> None:
    check = sealed.stack.invoke("AuditCheckFunction", {})
    assert (check["heads"] > 0, check["entries"] > 0, check["faults"]) == (True, True, [])
    again = sealed.stack.invoke("AuditCheckFunction", {})
    assert (again["heads"], again["entries"], again["faults"]) == (0, 0, [])


def test_s48_a_sign_in_removed_after_sealing_is_found(sealed: Tampering) -> None:
    sealed.delete(sealed.entries(sealed.actor)[0])
    [fault] = sealed.faults()
    assert fault.startswith("the entries without subject of ")


def test_s48_a_sign_in_made_up_after_sealing_is_found(sealed: Tampering) -> None:
    real = sealed.entries(sealed.actor)[0]
    made_up = {**real, "sk": {"S": real["sk"]["S"][:-4] + "0000"}, "address": {"S": "192.0.2.1"}}
    made_up["hash"] = {"S": recorded(AuditRow.from_raw_data(made_up)).hash}
    sealed.put(made_up)
    [fault] = sealed.faults()
    assert fault.startswith("the entries without subject of ")


@pytest.mark.parametrize("what", ["changed", "removed"])
def test_s48_a_head_that_is_changed_or_removed_is_found(sealed: Tampering, what: str) -> None:
    """Object Lock keeps the original; an overwritten or missing head is found."""
    s3, bucket = sealed.stack.client("s3"), sealed.stack.outputs["HeadsBucket"]
    first = s3.list_objects_v2(Bucket=bucket, Prefix="heads/")["Contents"][0]["Key"]
    before = s3.get_object(Bucket=bucket, Key=first)["Body"].read()
    if what == "removed":
        laid_over = s3.delete_object(Bucket=bucket, Key=first)["VersionId"]
    else:
        forged = before.replace(b'alone_count\\":', b'alone_count\\":1')
        assert forged != before
        laid_over = s3.put_object(Bucket=bucket, Key=first, Body=forged)["VersionId"]
    try:
        faults = sealed.faults()
    finally:
        s3.delete_object(Bucket=bucket, Key=first, VersionId=laid_over)
    assert any("hide or replace the head" in fault for fault in faults)
    assert any("is not signed by us" in fault for fault in faults) is (what == "changed")


def test_s48_hours_that_nobody_sealed_are_found(sealed: Tampering) -> None:
    """A stopped sealing is noticed after some hours."""
    sealed.stack.clock.move(timedelta(hours=5))
    person(sealed.stack)
    assert sealed.faults() == []
    sealed.stack.clock.move(timedelta(hours=5))
    assert any("under no head" in fault for fault in sealed.faults())
    sealed.stack.invoke("AuditHeadsFunction", {})
