"""The stock of tokens over all functions: import, payment, clock, shipment, check (B5, G2, G3)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from keyfob.storage.audit.subjects import Subjects
from local.device import Device, key_file
from tests.functions.test_operations import invoke, paid, shown
from tests.functions.test_token_import import dropped
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.fakes import unique
from tests.support.renewing import due, work_off
from tests.support.tokens import PLENTY
from tests.support.visitor import Visitor, visitor

__all__ = ["of_its_own"]

STOCK_KEY = {"pk": {"S": "STOCK"}, "sk": {"S": "standard"}}


@pytest.fixture(autouse=True)
def _empty(deployment: Deployment) -> None:
    """No token is in stock, and nobody waits."""
    for row in deployment.rows("orders"):
        key = {name: row[name] for name in ("pk", "sk")}
        if row["pk"]["S"].startswith("STOCK#"):
            orders(deployment).delete_item(TableName=table(deployment), Key=key)
        elif row["pk"]["S"] == "STOCK":
            # Its chain of audit entries goes on.
            orders(deployment).update_item(
                TableName=table(deployment),
                Key=key,
                UpdateExpression="SET free = :none, waiting = :none REMOVE restock_on",
                ExpressionAttributeValues={":none": {"N": "0"}},
            )
    for row in deployment.rows("credentials"):
        if row["pk"]["S"].startswith("TOKEN#"):
            key = {name: row[name] for name in ("pk", "sk")}
            name = deployment.values["TABLE_CREDENTIALS"]
            orders(deployment).delete_item(TableName=name, Key=key)


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def orders(deployment: Deployment) -> Any:
    return deployment.client("dynamodb")


def table(deployment: Deployment) -> str:
    return deployment.values["TABLE_ORDERS"]


def arrive(deployment: Deployment, count: int = 1, folder: str = "acme") -> list[str]:
    """A key file with so many tokens is imported; their serial numbers."""
    devices = [Device(unique("FT-9000"), deployment.clock.now) for _ in range(count)]
    event = dropped(deployment, f"{folder}/{unique('batch-')}.csv", key_file(*devices))
    assert deployment.invoke("token_import", event)["outcome"] == "imported"
    return [one.serial for one in devices]


def one_token(deployment: Deployment, who: Visitor) -> str:
    """The number of a paid order for one hardware token."""
    return paid(deployment, who, items=[{"product": "hardware-token", "quantity": 1}])


def act(deployment: Deployment, operation: str, **changes: Any) -> Any:
    return invoke(deployment, {**sample(f"operations/{operation}"), **changes})


def states(deployment: Deployment, number: str) -> list[str]:
    """The states of an order's tokens, as its row has them."""
    key = {"pk": {"S": f"ORDER#{number}"}, "sk": {"S": "-"}}
    item = orders(deployment).get_item(TableName=table(deployment), Key=key)["Item"]
    return [one["state"] for one in json.loads(item["supplies"]["S"])]


def check(deployment: Deployment) -> Any:
    return deployment.invoke("stock_check", sample("workers/check_stock"))


def stock_of(deployment: Deployment, model: str = "standard") -> Any:
    models = act(deployment, "show_stock")["models"]
    return next((one for one in models if one["model"] == model), None)


def test_an_order_waits_is_served_by_the_clock_and_shipped_by_list_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    [first] = arrive(deployment)
    reserved, waiting = one_token(deployment, ada), one_token(deployment, ada)
    assert (states(deployment, reserved), states(deployment, waiting)) == (
        ["reserved"],
        ["back_ordered"],
    )
    assert stock_of(deployment) == {
        "model": "standard",
        "free": 0,
        "waiting": 1,
        "restock_on": None,
    }
    [second] = arrive(deployment)
    later(deployment, minutes=5)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert {"due": "STOCK"} in deployment.queued("lifecycle")
    assert due(deployment, "STOCK") == []
    assert states(deployment, waiting) == ["reserved"]

    picked = act(deployment, "pick_list")
    rows = list(csv.DictReader(io.StringIO(picked["table"])))
    assert [(one["order"], one["unit"]) for one in rows] == [(reserved, "1"), (waiting, "1")]
    sent = "order,unit,serial,tracking,carrier\n" + "".join(
        f"{number},1,{serial},1Z 9,ups\n"
        for number, serial in ((reserved, first), (waiting, second))
    )
    answer = act(deployment, "ship_list", table=sent)
    assert (answer["shipped"], answer["refused"]) == (2, 0)
    assert act(deployment, "ship_list", table=sent)["repeated"] == 2
    [shipment] = shown(ada, waiting)["shipments"]
    assert shipment["carrier"] == "UPS"
    assert shipment["tracking_page"] == "https://ups.example/1Z%209"
    assert (act(deployment, "pick_list")["units"], check(deployment)["different"]) == (0, [])


def test_the_purchaser_reads_what_waits_and_until_when_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    number = one_token(deployment, ada)
    act(deployment, "set_restock_date", model="standard", on="2027-03-31")
    assert due(deployment, "STOCK") == []
    work_off(deployment)
    [mail] = [one for one in deployment.mails() if number in one and "31 March 2027" in one]
    assert "back-ordered" in mail
    assert shown(ada, number)["tokens"] == [{"position": 1, "state": "back_ordered"}]


def test_a_lost_token_is_replaced_and_a_returned_one_is_free_again_B5(
    deployment: Deployment, ada: Visitor
) -> None:
    first, second, third = arrive(deployment, 3)
    lost, returned = one_token(deployment, ada), one_token(deployment, ada)
    for number, serial in ((lost, first), (returned, second)):
        act(deployment, "mark_shipped", order=number, serial=serial)
    answer = act(deployment, "record_loss", order=lost, serial=first)
    assert [one["ended"] for one in answer["shipments"]] == ["lost"]
    assert states(deployment, lost) == ["reserved"]
    assert "error" not in act(deployment, "mark_shipped", order=lost, serial=third)
    act(deployment, "record_return", order=returned, serial=second, usable=True, again=False)
    assert stock_of(deployment)["free"] == 1
    assert shown(ada, returned)["shipments"][0]["ended"] == "returned"
    refused = act(deployment, "record_loss", order=lost, serial=second)
    assert refused["error"] == "not_found"
    assert check(deployment)["different"] == []


def test_the_check_finds_a_broken_counter_and_a_correction_mends_it_G3(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    arrive(deployment, 2)
    assert check(deployment) == {
        "models": 1,
        "different": [],
        "low": ["standard"],
        "unsettled": [],
    }
    orders(deployment).update_item(
        TableName=table(deployment),
        Key=STOCK_KEY,
        UpdateExpression="SET free = :many",
        ExpressionAttributeValues={":many": {"N": str(PLENTY)}},
    )
    capsys.readouterr()
    assert check(deployment)["different"] == ["standard"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["StockDifferent"] for line in lines if "StockDifferent" in line] == [[1.0]]
    corrected = act(deployment, "correct_stock", model="standard")
    assert corrected["free"] == 2
    assert check(deployment)["different"] == []


def test_the_stocks_acts_are_subjects_of_the_audit_trail_S48_S60(deployment: Deployment) -> None:
    from operations import wiring

    model = unique("m").lower()
    act(deployment, "set_restock_date", model=model, on="2027-03-31")
    subjects = Subjects(wiring.runtime().database)
    position = subjects.position(f"STOCK#{model}")
    assert position
    assert position[0] == 1
    assert dict(subjects.all())[f"STOCK#{model}"] == position


def test_a_key_files_folder_names_its_model_and_a_wrong_one_is_refused_G1(
    deployment: Deployment,
) -> None:
    arrive(deployment, folder="acme/model=c200")
    assert stock_of(deployment, "c200")["free"] == 1
    name = f"model=C 200/{unique('batch-')}.csv"
    event = dropped(deployment, name, key_file(Device(unique("FT-9100"), deployment.clock.now)))
    assert deployment.invoke("token_import", event)["outcome"] == "refused"
