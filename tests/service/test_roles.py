"""In this service each function has exactly the rights of its role (S52)."""

from __future__ import annotations

import pytest

from local.stack import FunctionFailed
from tests.support.roles import fitting, may
from tests.support.running.service import Service


@pytest.mark.parametrize(
    ("function", "service", "operation", "granted"),
    [
        ("outbox_relay", "sqs", "SendMessageBatch", True),
        ("outbox_relay", "kms", "Decrypt", False),
        ("notifier", "kms", "Decrypt", True),
        ("operations", "s3", "ListObjectVersions", True),
        ("session", "s3", "PutObject", False),
    ],
)
def test_actions_are_those_of_the_template_S52(
    *, function: str, service: str, operation: str, granted: bool
) -> None:
    assert may(function, service, operation) is granted


def test_rights_on_a_table_end_at_its_keys_S52() -> None:
    assert fitting("webstore", "Credentials", "GetItem", "ACCOUNT#acc_1")
    assert not fitting("webstore", "Credentials", "GetItem", "TOKEN#FT-1")
    assert not fitting("webstore", "Credentials", "PutItem", "ACCOUNT#acc_1")


def test_an_ungranted_request_is_refused_and_recorded_S52(
    stack: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.running.service.fitting", lambda *_: set())
    with pytest.raises(FunctionFailed):
        stack.invoke("LifecycleSweepFunction", {})
    assert stack.denied[0] == "lifecycle_sweep: dynamodb Query"
    stack.denied.clear()
