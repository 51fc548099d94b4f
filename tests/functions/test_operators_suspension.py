"""An operator suspends a credential, and lifts that (F5, G2)."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.takeover import operate
from tests.support.token_holder import a_holder_with_a_registered_token
from tests.support.visitor import PERMANENT


def test_an_operators_suspension_is_an_operators_to_lift_F5_G2(deployment: Deployment) -> None:
    """The right code is refused; neither the holder nor another cause's end lifts it."""
    ada = a_holder_with_a_registered_token(deployment)
    user_id = ada.visitor.user_id
    for _ in range(2):
        operate(deployment, "suspend_credential", user_id)
    assert ada.elevate().code == "credential_suspended"
    ada.visitor.sign_in(PERMANENT)
    assert ada.call("reenable_credential").code == "suspended_by_others"
    event = sample("operations/lift_suspension", user_id=user_id)
    assert deployment.invoke("operations", event)["error"] == "suspended_by_others"
    assert deployment.invoke("operations", event | {"cause": "operator"})["status"] == "active"
    ada.device.settle()
    assert ada.elevate().status == 201


@pytest.mark.parametrize("cause", ["operator", "proofing", "dispute:dp_1", "refund:SO-10001"])
def test_an_operator_can_name_each_cause_of_the_systems_F5_B4(
    cause: str, deployment: Deployment
) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    event = sample("operations/lift_suspension", user_id=ada.visitor.user_id, cause=cause)
    assert deployment.invoke("operations", event)["status"] == "active"
