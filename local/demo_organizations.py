"""The demo's story of organizations: from a buyer's invitation to a holder's last day."""

from __future__ import annotations

from local.demo_newcomers import Newcomers
from local.demo_registration import APPLICATION, Registration
from local.demo_statements import Statements
from local.narrator import Narrator
from local.phoning import Phoning, subscriber
from local.stack import Stack


class Organizations(Phoning):
    """Registration, newcomers and statements; then the buyer looks at its subscriptions."""

    def __init__(self, stack: Stack, tell: Narrator) -> None:
        """Play on `stack`, narrated by `tell`."""
        super().__init__(stack, tell)
        self.dorothy = subscriber(stack, "dorothy", "+12025550146")

    def play(self) -> None:
        """The whole story."""
        elsie = Registration(self.stack, self.tell, self.dorothy).play()
        people = Newcomers(self.stack, self.tell, elsie)
        people.play()
        self.looking(elsie.organization)
        Statements(self.stack, self.tell, people).play()

    def looking(self, organization: str) -> None:
        """A4: the buyer sees who has accepted its terms."""
        self.tell.act("Dorothy sees her new supplier")
        self.signs_in(self.dorothy)
        listed = self.dorothy.holder.person.expect(200, "GET", "/partner/subscriptions")
        [seen] = [one for one in listed["subscriptions"] if one["application"] == APPLICATION]
        self.tell.check(
            f"{organization} has the Quality Hub, and has accepted its terms",
            (seen["organization_name"], seen["state"]) == (organization, "active"),
            f"version {seen['accepted_version']}",
        )
