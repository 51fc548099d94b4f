"""Two accounts of one person, who uses the API through its samples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.support.deployment import Deployment
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token, idempotent
from tests.support.visitor import PERMANENT, Answer, Visitor, visitor


@dataclass(kw_only=True)
class TwoAccounts:
    """The parent has a credential with a token, the child would like to use it."""

    deployment: Deployment
    parent: TokenHolder
    child: Visitor
    connection: str = ""

    def ask(self, user_id: str = "", *, key: str = "", who: Visitor | None = None) -> Answer:
        """The child asks, by default for the parent's credential."""
        body = {"user_id": user_id or self.parent.visitor.user_id}
        answer = (who or self.child).call("request_connection", body, headers=idempotent(key))
        if answer.status == 202:
            self.connection = answer.body["id"]
        return answer

    def about(self, name: str, who: Visitor, connection: str = "") -> Answer:
        """Confirm or end the connection."""
        return who.call(name, parameters={"connection": connection or self.connection})

    def confirm(self) -> Answer:
        """The parent gives a code and confirms."""
        self.code(self.parent.visitor)
        return self.about("confirm_connection", self.parent.visitor)

    def code(self, who: Visitor, code: str = "") -> Answer:
        """Give the token's next code, or another one, and keep the new session token."""
        if not code:
            self.deployment.clock.move(timedelta(seconds=30))
        body = {"method": "token", "code": code or self.parent.device.code()}
        answer = who.call("elevate_session", body)
        if answer.status == 201:
            who.token = answer.body["token"]
        return answer

    def disconnect(self) -> Answer:
        """The parent ends it."""
        return self.about("end_connection", self.parent.visitor)

    def shown(self, who: Visitor) -> list[Any]:
        """An account's connections."""
        found: list[Any] = who.call("list_connections").body["connections"]
        return found


def two_accounts(deployment: Deployment, **changes: Any) -> TwoAccounts:
    """Two unconnected accounts; `changes` are the differences between them."""
    parent = a_holder_with_a_registered_token(deployment)
    email = f"{parent.visitor.user_id}@acme.example"
    child = visitor(deployment, **{"email": email, **changes})
    return TwoAccounts(deployment=deployment, parent=parent, child=child)


def connected(deployment: Deployment) -> TwoAccounts:
    """The child uses the parent's credential, and is signed in by password."""
    made = two_accounts(deployment)
    made.ask()
    assert made.confirm().status == 200
    made.child.sign_in(PERMANENT)
    return made
