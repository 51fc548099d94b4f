"""An operator of a deployment in this process, as API Gateway's IAM authorizer knows one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.deployment import Deployment
from tests.support.gateway import OPERATED_BY, event_of
from tests.support.visitor import Answer

ROLE = "arn:aws:sts::123456789012:assumed-role/keyfob-operator"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A principal of AWS's at the operators' API; a role's session by default."""

    deployment: Deployment
    principal: str = f"{ROLE}/olivia"

    def call(self, method: str, target: str, body: Any = None) -> Answer:
        """Send a request that API Gateway has found rightly signed by this principal."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        event = event_of(
            method,
            target,
            content,
            headers=headers,
            address="198.19.3.1",
            principal=self.principal,
        )
        return self.send(event)

    def send(self, event: dict[str, Any]) -> Answer:
        """Let the function that serves this event's route answer."""
        function = OPERATED_BY[event["httpMethod"], event["resource"]]
        answer = self.deployment.invoke(function, event)
        headers = {one: value[0] for one, value in answer["multiValueHeaders"].items()}
        text = answer["body"]
        return Answer(
            status=answer["statusCode"], body=json.loads(text) if text else None, headers=headers
        )

    def act(self, operation: str, reason: str = "Asked for", **more: Any) -> Answer:
        """Send an operation."""
        body = {"operation": operation, "reason": reason, **more}
        return self.call("POST", "/operator/operations", body)
