"""A token from the key file to the purchaser's mailbox (B5, G2, S30, S46)."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from local.client import Person, eventually, on_payment_page
from local.stack import Stack
from tests.support.builders import REASON
from tests.support.running.observed import kept, order_mails
from tests.support.running.people import person
from tests.support.running.rows import Rows


@pytest.fixture(scope="module")
def serials(stack: Stack) -> list[str]:
    """Four tokens of the inventory, imported through the bucket."""
    made = [f"SHIP-{number:04d}" for number in range(1, 5)]
    lines = [f"{serial},{secrets.token_hex(20)},totp,sha1,8,30," for serial in made]
    table = "\n".join(["serial,secret_hex,type,algorithm,digits,period,counter", *lines, ""])
    s3, bucket = stack.client("s3"), stack.outputs["KeyFilesBucket"]
    s3.put_object(Bucket=bucket, Key="incoming/shipping.csv", Body=table.encode())

    def imported() -> bool:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="reports/shipping.csv.report.txt")
        return bool(found.get("KeyCount"))

    eventually(imported, seconds=60, what="the report on shipping.csv")
    return made


def paid(stack: Stack, buyer: Person, *, quantity: int = 2) -> str:
    """The number of a paid and confirmed order of theirs."""
    order = buyer.order(quantity=quantity)
    on_payment_page(order, "pay")
    kept(stack, order["number"], at_least=1 + quantity)
    return str(order["number"])


def mark(stack: Stack, order: str, serial: str, tracking: str = "1Z 999", **more: Any) -> Any:
    event = {"operation": "mark_shipped", "order": order, "serial": serial, "tracking": tracking}
    return stack.invoke("OperationsFunction", event | {"reason": REASON} | more)


def about(stack: Stack, order: str, *serials: str) -> list[Any]:
    """Everything recorded about an order and tokens."""
    subjects = [f"ORDER#{order}", *(f"TOKEN#{serial}" for serial in serials)]
    return [
        Rows(stack).order(order),
        [Rows(stack).token(serial) for serial in serials],
        [Rows(stack).entries(subject) for subject in subjects],
    ]


def test_b5_a_shipment_is_mailed_shown_and_audited(
    stack: Stack, holder: Person, serials: list[str]
) -> None:
    number, serial = paid(stack, holder), serials[0]
    told = len(order_mails(stack, holder.user_id, number))

    answer = mark(stack, number, f" {serial.lower()}", "1Z 999 AA1", unit=2)

    assert [(one["unit"], one["serial"]) for one in answer["shipments"]] == [(2, serial)]
    kept(stack, number, at_least=4)
    mail = order_mails(stack, holder.user_id, number)[told:]
    assert len(mail) == 1
    assert "on its way" in mail[0]["subject"]
    for body in (mail[0]["text"], mail[0]["html"]):
        assert "1Z 999 AA1" in body
        assert "license key 2 of 2" in body
    [seen] = holder.show(number)["shipments"]
    assert (seen["position"], seen["serial"], seen["tracking"]) == (2, "…0001", "1Z 999 AA1")
    row = Rows(stack).token(serial)
    assert (row["order"], row["unit"], row["version"]) == (number, 1, 1)
    assert [one["action"] for one in Rows(stack).entries(f"TOKEN#{serial}")] == ["token.shipped"]
    last = Rows(stack).entries(f"ORDER#{number}")[-1]
    assert (last["action"], last["actor_kind"]) == ("order.shipped", "operator")

    before = about(stack, number, serial)
    assert mark(stack, number, serial, "1Z 999 AA1", unit=2) == answer
    assert about(stack, number, serial) == before
    kept(stack, number, at_least=4)
    assert len(order_mails(stack, holder.user_id, number)) == told + 1


def test_s30_a_token_is_shipped_for_one_license_key_only(
    stack: Stack, holder: Person, serials: list[str]
) -> None:
    number, other = paid(stack, holder), paid(stack, person(stack), quantity=1)
    serial = serials[1]
    assert "error" not in mark(stack, number, serial)
    before = about(stack, number, serial), about(stack, other)
    for order, more in ((other, {}), (other, {"unit": 1}), (number, {"unit": 2})):
        refused = mark(stack, order, serial, "1Z 000", **more)
        assert refused["error"] == "token_not_available"
        assert "another license key" in refused["detail"]
    assert (about(stack, number, serial), about(stack, other)) == before


def test_b5_an_impossible_shipment_is_refused_and_changes_nothing(
    stack: Stack, holder: Person, serials: list[str]
) -> None:
    number, unpaid = paid(stack, holder, quantity=1), holder.order()["number"]
    serial = serials[2]
    before = about(stack, number, serial), about(stack, unpaid)
    for refused, code in (
        (mark(stack, number, "SHIP-9999"), "token_not_available"),
        (mark(stack, number, serial, unit=2), "invalid_input"),
        (mark(stack, unpaid, serial), "illegal_state"),
        (mark(stack, "SO-99999999", serial), "not_found"),
    ):
        assert refused["error"] == code
    assert (about(stack, number, serial), about(stack, unpaid)) == before


def test_s18_a_shipped_token_stays_when_its_key_file_comes_again(
    stack: Stack, holder: Person, serials: list[str]
) -> None:
    number, serial = paid(stack, holder, quantity=1), serials[3]
    mark(stack, number, serial)
    before = about(stack, number, serial)
    s3, bucket = stack.client("s3"), stack.outputs["KeyFilesBucket"]
    line = f"{serial},{secrets.token_hex(20)},totp,sha1,8,30,"
    table = f"serial,secret_hex,type,algorithm,digits,period,counter\n{line}\n"
    s3.put_object(Bucket=bucket, Key="incoming/shipping-again.csv", Body=table.encode())
    name = "reports/shipping-again.csv.report.txt"
    eventually(
        lambda: s3.list_objects_v2(Bucket=bucket, Prefix=name).get("KeyCount"),
        seconds=60,
        what="the report on shipping-again.csv",
    )
    assert b"another secret" in s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    assert about(stack, number, serial) == before


def test_g4_the_audit_trail_holds_with_tokens_in_it(
    stack: Stack, holder: Person, serials: list[str]
) -> None:
    mark(stack, paid(stack, holder, quantity=1), serials[2])
    verdict = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    assert not [one for one in verdict["faults"] if "TOKEN" in one or "ORDER" in one]
