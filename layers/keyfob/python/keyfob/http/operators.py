"""Operators, as API Gateway's IAM authorizer proves them.

A role's session has the name of the person who assumed it, which the role's trust policy demands
(`sts:RoleSessionName`). A user's key or the account's root proves no person: they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.sessions.errors import AssumedRoleRequired

# The session's name in STS's own alphabet. A role's path isn't part of this ARN.
_SESSION = re.compile(
    r"arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role/[\w+=,.@-]{1,64}/([\w+=,.@-]{2,64})", re.ASCII
)


def operator_of(event: Mapping[str, Any], *, correlation: str) -> Actor:
    """The person who signed the request, for the audit trail.

    Args:
        event: the request, with the principal that API Gateway has authenticated.
        correlation: the invocation's request id.

    Raises:
        AssumedRoleRequired: another principal, or none.
    """
    identity = event["requestContext"]["identity"]
    found = _SESSION.fullmatch(str(identity.get("userArn") or ""))
    if found is None:
        raise AssumedRoleRequired
    return Actor(
        kind="operator", id=found[1], address=str(identity["sourceIp"]), correlation=correlation
    )
