"""A partner's administrator who makes campaigns, and holders who accept, over real tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.access.subscription import Acceptance as TermsAccepted
from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.orders.order import Order
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.permission import PARTNER_ACTS, PARTNER_SEES
from keyfob.domain.sponsorships.campaign import Campaign, Due
from keyfob.domain.sponsorships.sponsorship import Sponsorship
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.duplicates import TraceRow
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Put
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.usecases.sponsorships.accepting import Acceptance, Accepted, Acceptor
from keyfob.usecases.sponsorships.campaigning import Plan
from keyfob.wiring.sponsorships import (
    accepting_of,
    campaign_jobs_of,
    campaigning_of,
    offers_of,
    overview_of,
)
from tests.support.access_world import AccessWorld
from tests.support.builders import ADDRESS, ORGANIZATION, a_product, a_record, a_session, to_bind
from tests.support.fakes import Meddler, unique
from tests.support.order_world import OPERATOR, actor

CLOCK = Actor(kind="system", id="clock", correlation="cor-1")
DAY = timedelta(days=1)
PHONE = {"id": "phone", "kind": "phone", "price": 3_500, "name": "Phone, 1 year"}


class SponsorshipWorld:
    """Grace administers Northwind; Ada of Acme may use its portal, which has no terms."""

    def __init__(self, access: AccessWorld, client: Meddler) -> None:
        self.access, self.base, self.clock, self.client = access, access.base, access.clock, client
        self.seed, self.database = access.orders.seed, access.orders.database
        self.seed.products([a_product(), a_product(**PHONE)], by=OPERATOR)
        self.campaigns = Campaigns(self.database)
        self.sponsorships = Sponsorships(self.database)
        self.credentials = CredentialStore(self.database)
        self.orders = OrderStore(self.database)
        self.campaigning = campaigning_of(self.base)
        self.overview = overview_of(self.base)
        self.offers = offers_of(self.base)
        self.accepting = accepting_of(self.base)
        self.jobs = campaign_jobs_of(self.base)
        self.grace = access.person(
            roles=(Role.HOLDER, Role.PARTNER_ADMINISTRATOR), first_name="Grace", applications=()
        )
        self.ada = self.person()

    def person(self, **changes: Any) -> Account:
        """Somebody of Acme who may use the portal."""
        return self.access.person(**{"applications": ("portal",), **changes})

    def people(self, count: int) -> list[Account]:
        """So many of them, with names of their own."""
        return [self.person(first_name=unique("Holder")) for _ in range(count)]

    def who(self, partner: str | None = "northwind", *, sees: bool = False) -> Administrator:
        """Grace, who has given a code just now; or for another partner."""
        permission = PARTNER_SEES if sees else PARTNER_ACTS
        who = self.access.decider(self.grace, permission, partner=partner)
        lasting = replace(who.proof.session, expires=self.later(0.5))
        return replace(who, proof=replace(who.proof, session=lasting))

    def make(
        self, *accounts: Account, record: IdempotencyRecord | None = None, **plan: Any
    ) -> Campaign:
        """A campaign; for these accounts, unless the plan says for whom."""
        values: dict[str, Any] = {
            "name": "Hull 7",
            "product": "hardware-token",
            "accounts": tuple(one.user_id for one in accounts),
        }
        if "budget" not in plan:
            values["number"] = 10
        made = Plan(**{**values, **plan})
        return self.campaigning.make(self.who(), made, record or a_record(self.grace.id))

    def accept(self, campaign: Campaign, holder: Account | None = None, **changes: Any) -> Accepted:
        """Accept it, with a password typed just now."""
        holder, now = holder or self.ada, self.clock()
        values: dict[str, Any] = {"legal_name": holder.name, "country": "US"}
        if campaign.product.kind == "hardware_token":
            values["shipping"] = ADDRESS
        record = changes.pop("record", None) or a_record(holder.id)
        session = a_session(created=now, seen=now)
        acceptor = Acceptor(by=actor(holder), proof=to_bind(session), credential=None)
        acceptance = Acceptance(**{**values, **changes})
        return self.accepting.accept(campaign.id, acceptance, record, acceptor)

    def perform(self, campaign: Campaign) -> Due | None:
        """Let the clock do what is due for it."""
        return self.jobs.perform(campaign.id, by=CLOCK)

    def seen(self, campaign: Campaign) -> Campaign:
        """The campaign as it is now."""
        found = self.campaigns.get(campaign.id)
        assert found
        return found

    def sponsorship(self, campaign: Campaign, holder: Account | None = None) -> Sponsorship:
        """The holder's sponsorship as it is now."""
        found = self.sponsorships.get(campaign.id, (holder or self.ada).id)
        assert found
        return found

    def accepted(self, campaign: Campaign) -> int:
        """How many of its credentials were accepted."""
        return self.campaigns.accepted([campaign.id])[campaign.id]

    def live(self, holder: Account | None = None) -> Credential | None:
        """The holder's credential."""
        return self.credentials.live((holder or self.ada).id)

    def order(self, number: str) -> Order:
        """The order with this number."""
        found = self.orders.get(number)
        assert found
        return found

    def has_domain(self, domain: str, organization: str = ORGANIZATION.id) -> None:
        """An operator has approved the organization with this mail domain."""
        self.access.commit(Put(row=TraceRow(f"DOMAIN#{domain}", organization)))

    def accept_terms(self, application: str = "drawings") -> None:
        """Acme's administrator accepts the terms."""
        at = self.clock()
        self.access.changed(
            application,
            state="active",
            accepted=TermsAccepted(version="1", by=self.access.olga.id, at=at),
        )

    def trail(self, subject: str) -> list[str]:
        """The audit actions about this subject, in order."""
        items = self.database.query(AuditRow, key=("pk", subject))
        return [AuditRow.from_raw_data(item).action for item in items]

    def kinds(self) -> list[str]:
        """The kinds of the pending messages about sponsorships, sorted."""
        return [one for one in self.access.orders.kinds() if one.startswith("sponsorship")]

    def mails(self) -> list[str]:
        """Send what is queued; the texts of all mails."""
        self.access.orders.send_queued()
        bodies = [mail.get_body(("plain",)) for mail in self.access.orders.mail.sent]
        return [str(body.get_content()) for body in bodies if body]

    def later(self, days: float) -> datetime:
        """An instant from now, in whole seconds."""
        return (self.clock() + days * DAY).replace(microsecond=0)


def as_administrator_without_code(who: Administrator) -> Administrator:
    """The same administrator, in a session without a code."""
    return replace(who, proof=replace(who.proof, session=a_session()))


@pytest.fixture
def sponsorship_world(access_world: AccessWorld, client: Meddler) -> SponsorshipWorld:
    """A partner without campaigns."""
    return SponsorshipWorld(access_world, client)
