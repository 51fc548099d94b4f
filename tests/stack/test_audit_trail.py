"""The deployed operation finds an altered entry; `tests/service` alters it in every way (S48)."""

from __future__ import annotations

from local.client import Person
from local.stack import Stack
from tests.support.running.observed import faults_about
from tests.support.running.rows import Rows


def test_an_entry_overwritten_by_a_put_is_found_G4_S48(stack: Stack, holder: Person) -> None:
    number = holder.order()["number"]
    subject = f"ORDER#{number}"
    entry = next(one for one in Rows(stack).raw("audit") if one["pk"]["S"] == subject)
    assert faults_about(stack, subject) == []
    put = stack.client("dynamodb").put_item
    table = stack.outputs["AuditTable"]
    put(TableName=table, Item={**entry, "action": {"S": "order.paid"}})
    try:
        assert faults_about(stack, subject) == [f"{subject}: entry 1 was changed"]
    finally:
        put(TableName=table, Item=entry)
