"""Schemathesis against the operators' API: no 5xx, every answer as documented (S49, G2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode

from local.stack import Stack
from tests.service.test_fuzz import CHECKS, FUZZING
from tests.support.running.people import person

DOCUMENT = Path(__file__).parents[2] / "docs" / "operator-openapi.json"
API = schemathesis.openapi.from_path(DOCUMENT)
OPERATIONS = [API[path][method] for path in API for method in API[path]]
# The service doesn't judge a signature; its key stands for the session.
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=olivia/20261122/eu-central-1/execute-api/x"}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", [one.label for one in OPERATIONS])
def test_s49_every_request_of_an_operator_gets_a_documented_answer(
    stack: Stack, label: str, mode: GenerationMode
) -> None:
    [operation] = [one for one in OPERATIONS if one.label == label]
    someone = person(stack)
    real_names = {
        "account": someone.token.split(".")[0],
        "number": someone.order()["number"],
        "organization": "acme",
        "partner": "northwind",
    }
    url = f"{stack.operator('olivia').url}/v1"

    @FUZZING
    @given(case=operation.as_strategy(mode), real=st.booleans())
    def every(case: Any, real: bool) -> None:
        if real and case.path_parameters:
            case.path_parameters |= {
                name: value for name, value in real_names.items() if name in case.path_parameters
            }
        if isinstance(case.body, dict) and "user_id" in case.body and real:
            case.body["user_id"] = someone.user_id
        case.call_and_validate(base_url=url, headers=SIGNED, checks=CHECKS, timeout=30)

    every()
