"""Only a role's session names a person (G2, S60)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.sessions.errors import AssumedRoleRequired
from keyfob.http.operators import operator_of

ROLE = "arn:aws:sts::123456789012:assumed-role/keyfob-operator"


def signed_by(arn: Any) -> dict[str, Any]:
    return {"requestContext": {"identity": {"sourceIp": "198.18.0.1", "userArn": arn}}}


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (f"{ROLE}/olivia", "olivia"),
        (f"{ROLE}/olivia.o@keyfob.example", "olivia.o@keyfob.example"),
        ("arn:aws-us-gov:sts::123456789012:assumed-role/Operator/al", "al"),
        ("arn:aws-cn:sts::123456789012:assumed-role/a+b=c,d.e@f-g_h/o_p=q", "o_p=q"),
    ],
)
def test_the_sessions_name_is_the_operators_S60(arn: str, name: str) -> None:
    actor = operator_of(signed_by(arn), correlation="req-1")
    assert (actor.kind, actor.id, actor.address, actor.correlation, actor.reason) == (
        "operator",
        name,
        "198.18.0.1",
        "req-1",
        "",
    )


@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/olivia",
        "arn:aws:iam::123456789012:user/assumed-role/keyfob-operator/olivia",
        "arn:aws:iam::123456789012:role/keyfob-operator",
        "arn:aws:sts::123456789012:federated-user/olivia",
        ROLE,
        f"{ROLE}/",
        f"{ROLE}/o",
        f"{ROLE}/olivia/otto",
        f"{ROLE}/olivia\n",
        f"{ROLE}/{'o' * 65}",
        f"{ROLE}/ölivia",
        f"x{ROLE}/olivia",
        "arn:aws:sts::12345:assumed-role/keyfob-operator/olivia",
    ],
)
def test_another_principal_is_no_operator_S60(arn: str | None) -> None:
    with pytest.raises(AssumedRoleRequired):
        operator_of(signed_by(arn), correlation="req-1")


def test_a_request_without_any_principal_is_refused_S60() -> None:
    event = {"requestContext": {"identity": {"sourceIp": "198.18.0.1"}}}
    with pytest.raises(AssumedRoleRequired):
        operator_of(event, correlation="req-1")
