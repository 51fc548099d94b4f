"""Two accounts of one person, on the local stack; everything is real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.client import Person, idempotency_key
from local.stack import Stack
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.stack_holders import Holder


@dataclass
class Pair:
    """A holder, and another account of theirs, which uses the credential once it is connected."""

    parent: Holder
    child: Person

    def ask(self, user_id: str = "") -> str:
        """The child asks, by default for the parent's credential."""
        body = {"user_id": user_id or self.parent.person.user_id}
        made = self.child.expect(202, "POST", "/connections", body, headers=idempotency_key())
        return str(made["id"])

    def connect(self, code: str) -> str:
        """Asked, and confirmed by a session that this code elevates; the child signed in again."""
        connection = self.ask()
        assert self.parent.person.elevate(code).status_code == 201
        self.parent.person.expect(200, "POST", f"/connections/{connection}/confirmation")
        self.child.sign_in(PERMANENT)
        return connection

    def another_child_session(self) -> Person:
        """The child signed in once more, by password only, from another address."""
        again = Person(
            self.child.url, self.child.user_id, headers={"X-Forwarded-For": new_address()}
        )
        again.sign_in(PERMANENT)
        return again

    def shown(self, who: Person) -> list[dict[str, Any]]:
        """The connections as this account sees them."""
        found: list[dict[str, Any]] = who.expect(200, "GET", "/connections")["connections"]
        return found


def child_of(stack: Stack, parent: Person, **changes: Any) -> Person:
    """Another account of the same person, by default with the same personal data; signed in."""
    same = {
        "email": f"{parent.user_id}@acme.example",
        "first_name": "Test",
        "last_name": parent.user_id.title(),
    }
    return person(stack, **{**same, **changes})


def pair_of(stack: Stack, parent: Holder) -> Pair:
    """A pair that is not connected."""
    return Pair(parent=parent, child=child_of(stack, parent.person))
