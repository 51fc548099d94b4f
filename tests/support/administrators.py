"""Administrators who act for others over the API through its samples."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.deployment import Deployment, later, sample
from tests.support.token_holder import TokenHolder, a_holder_with_a_shipped_token
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor

ROLES = ["holder", "organization_administrator"]


@dataclass(kw_only=True)
class AnAdministrator:
    """An administrator with a token."""

    holder: TokenHolder
    deployment: Deployment

    @property
    def visitor(self) -> Visitor:
        """The administrator's session."""
        return self.holder.visitor

    @property
    def account(self) -> str:
        """The administrator's account."""
        return self.visitor.token.partition(".")[0]

    def elevate(self) -> None:
        """Sign in and give a code that wasn't used before."""
        later(self.deployment, seconds=60)
        assert self.visitor.sign_in(PERMANENT).status == 201
        self.holder.device.settle()
        assert self.holder.elevate().status == 201

    def about(self, name: str, account: str, **changes: Any) -> Answer:
        """Send a sample event about this account, with these changes of its body."""
        return about(self.visitor, name, account, **changes)


def about(who: Visitor, name: str, account: str, **changes: Any) -> Answer:
    """Send an administrator's sample event about this account as `who`."""
    written = sample(f"api/{name}")["body"]
    body = json.loads(written) | changes if written else None
    return who.call(name, body, parameters={"account": account})


def an_administrator(deployment: Deployment, **changes: Any) -> AnAdministrator:
    """An administrator who has given a code just now."""
    who = visitor(deployment, **{"roles": ROLES, "first_name": "Grace", **changes})
    made = AnAdministrator(
        holder=a_holder_with_a_shipped_token(deployment, who=who), deployment=deployment
    )
    assert made.holder.register().status == 201
    made.elevate()
    return made
