"""Refunds and disputes: what the worker is sent, what operators do, what people are shown (B4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.test_workers import about, page, settle, shown, work_off
from tests.support.deployment import Deployment, failed, for_worker, sample
from tests.support.visitor import Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    for queue in ("payments", "messages", "effects", "lifecycle"):
        deployment.queued(queue)
    return visitor(deployment)


@pytest.fixture
def order(ada: Visitor, deployment: Deployment) -> dict[str, Any]:
    """Ada's paid order, settled."""
    placed: dict[str, Any] = ada.call("place_order").body
    deployment.provider.buyer_pays(page(placed))
    assert settle(deployment, placed) == []
    return placed


def told(deployment: Deployment, order: dict[str, Any]) -> None:
    body = about("") | {"payment": f"pi_{page(order)}"}
    body.pop("checkout")
    answer = deployment.invoke("payment_worker", for_worker("settle_payment", body))
    assert failed(answer) == []


def operate(deployment: Deployment, act: str, order: dict[str, Any], **changes: Any) -> Any:
    event = sample(f"operations/{act}", order=order["number"], **changes)
    return deployment.invoke("operations", event)


def test_an_operator_refunds_a_piece_and_its_purchaser_is_shown_that_B4_G2(
    deployment: Deployment, ada: Visitor, order: dict[str, Any]
) -> None:
    answer = operate(deployment, "refund_lines", order, pieces=[1])
    price = answer["requested"]
    assert 0 < price < order["total"]
    assert (answer["refunded"], answer["undone"]) == (0, [])
    work_off(deployment)
    told(deployment, order)
    seen = shown(ada, order)
    assert (seen["given_back"], seen["canceled_pieces"], seen["disputed"]) == (price, [1], False)
    again = operate(deployment, "refund_lines", order, pieces=[1])
    assert again["error"] == "illegal_state"


def test_a_refund_by_hand_gets_its_pieces_from_an_operator_B4_G2(
    deployment: Deployment, ada: Visitor, order: dict[str, Any]
) -> None:
    refund = deployment.provider.given_back_by_hand(f"pi_{page(order)}", 100)
    told(deployment, order)
    assert shown(ada, order)["canceled_pieces"] == []
    answer = operate(deployment, "assign_refund", order, taken=refund, pieces=[2])
    assert (answer["undone"], answer["unassigned"]) == ([2], [])
    assert shown(ada, order)["canceled_pieces"] == [2]
    unknown = operate(deployment, "assign_refund", order, taken="re_unknown", pieces=[1])
    assert unknown["error"] == "not_found"


def test_a_dispute_is_shown_as_long_as_it_lasts_B4(
    deployment: Deployment, ada: Visitor, order: dict[str, Any]
) -> None:
    dispute = deployment.provider.bank_disputes(f"pi_{page(order)}")
    told(deployment, order)
    assert shown(ada, order)["disputed"]
    deployment.provider.dispute_becomes(dispute, "won")
    told(deployment, order)
    assert not shown(ada, order)["disputed"]


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        ("refund_lines", {"pieces": None}),
        ("refund_lines", {"whole": True}),
        ("refund_lines", {"pieces": []}),
        ("refund_lines", {"pieces": [0]}),
        ("refund_lines", {"reason": ""}),
        ("assign_refund", {"taken": "no id"}),
        ("assign_refund", {"pieces": [-1]}),
        ("assign_refund", {"reason": ""}),
    ],
)
def test_a_request_that_is_not_understood_changes_nothing_S49(
    act: str, changes: dict[str, Any], deployment: Deployment, order: dict[str, Any]
) -> None:
    assert "problems" in operate(deployment, act, order, **changes)


def test_a_number_that_no_piece_has_is_refused_G2(
    deployment: Deployment, order: dict[str, Any]
) -> None:
    answer = operate(deployment, "refund_lines", order, pieces=[9])
    assert answer["fields"] == {"pieces": f"this order has {len(order['lines']) * 2} pieces"}
