"""A holder accepts a sponsorship: a credential without a license key (B6, A4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.access.errors import TermsOutstanding
from keyfob.domain.connections.errors import Connected
from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import CredentialExists
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders.errors import NoFittingApplication
from keyfob.domain.orders.order import State as OrderState
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.shipping import ship
from keyfob.domain.sessions.errors import RecentPasswordRequired
from keyfob.domain.sponsorships.errors import (
    SponsorshipAccepted,
    SponsorshipLapsed,
    SponsorshipsUsedUp,
)
from keyfob.domain.sponsorships.sponsorship import SponsorshipState
from keyfob.storage.credentials.approvals import ApprovalStore
from keyfob.storage.directory.store import Directory, change_partner
from keyfob.storage.rows import Update
from keyfob.storage.sessions.store import SessionsRow
from keyfob.usecases.sponsorships.accepting import Acceptance, Acceptor
from tests.support.builders import (
    ADDRESS,
    a_product,
    a_record,
    a_session,
    to_bind,
)
from tests.support.faults import first
from tests.support.order_world import OPERATOR, actor
from tests.support.sponsorship_world import CLOCK, SponsorshipWorld

BOLT = Organization(id="bolt", name="Bolt", country="US", time_zone="America/New_York")


def test_an_accepted_sponsorship_is_a_credential_without_a_license_key_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    accepted = world.accept(campaign)
    live, order, now = world.live(), world.order(accepted.order), world.later(0)
    assert live == replace(accepted.credential, version=1, head=live.head if live else "")
    assert (live.state, live.legal_name) == (State.PENDING_ACTIVATION, "Ada Byron")
    assert (live.paid_at, live.expires_at) == (now, one_year_after(now))
    assert (order.state, order.method, order.total) == (
        OrderState.FULFILLED,
        PaymentMethod.SPONSORED,
        0,
    )
    assert (order.shipping, order.minted, order.account) == (ADDRESS, 0, world.ada.id)
    assert world.accepted(campaign) == 1
    seen = world.sponsorship(campaign)
    assert (seen.state, seen.credential, seen.order) == (
        SponsorshipState.ACCEPTED,
        live.id,
        order.number,
    )
    assert world.trail(live.subject) == ["credential.sponsored"]
    assert world.trail(order.subject) == ["order.placed"]
    assert world.trail(seen.subject) == ["sponsorship.offered", "sponsorship.accepted"]


def test_the_holder_is_told_the_delivery_estimate_once_and_no_key_comes_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """The offer that still waits is obsolete."""
    world = sponsorship_world
    world.accept(world.make(world.ada))
    [mail] = world.mails()
    assert "within 3 to 5 business days to Ada Byron, 1 Main Street" in " ".join(mail.split())


def test_the_token_is_shipped_by_the_order_as_any_other_B5_D1(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    order = world.order(world.accept(world.make(world.ada)).order)
    sent = ship(order, serial="FT-1", tracking="1Z", unit=None, now=world.clock())
    assert (order.is_shipped(0), sent.order.is_shipped(0)) == (False, True)


def test_nothing_is_shipped_for_a_phone_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    phone = world.make(world.ada, product="phone")
    with pytest.raises(InvalidInput) as refused:
        world.accept(phone, shipping=ADDRESS)
    assert list(refused.value.fields) == ["shipping_address"]
    accepted = world.accept(phone)
    shipping = world.order(accepted.order).shipping
    assert (shipping.name, shipping.line1, shipping.country) == ("Ada Byron", "", "US")
    [mail] = world.mails()
    assert "business days" not in mail


def test_a_token_needs_an_address_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    with pytest.raises(InvalidInput) as refused:
        world.accept(campaign, shipping=None)
    assert list(refused.value.fields) == ["shipping_address"]
    assert (world.live(), world.accepted(campaign)) == (None, 0)


def test_with_proofing_and_with_an_upgrade_as_the_product_says_B6_C6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    world.seed.products(
        [a_product(id="proofed", proofing=True), a_product(id="plus", upgrade_included=True)],
        by=OPERATOR,
    )
    proofed = world.accept(world.make(world.ada, product="proofed")).credential
    plus = world.accept(world.make(hedy, product="plus"), hedy).credential
    assert (proofed.proofing, proofed.upgrade) == (True, False)
    assert (plus.proofing, plus.upgrade) == (False, True)


def test_the_same_request_again_accepts_once_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, record = sponsorship_world, a_record(sponsorship_world.ada.id)
    campaign = world.make(world.ada)
    accepted = world.accept(campaign, record=record)
    assert world.accept(campaign, record=record).order == accepted.order
    assert world.accepted(campaign) == 1
    with pytest.raises(SponsorshipAccepted):
        world.accept(campaign)


def test_terms_that_wait_for_their_acceptance_refuse_it_A4(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """The drawings have terms, the portal has none; the holder may use both."""
    world = sponsorship_world
    both = world.person(applications=("portal", "drawings"), first_name="Both")
    campaign = world.make(both)
    with pytest.raises(TermsOutstanding, match="Olga"):
        world.accept(campaign, both)
    assert world.accepted(campaign) == 0
    world.accept_terms()
    world.accept(campaign, both)
    assert world.accepted(campaign) == 1


def test_a_subscription_that_ends_meanwhile_refuses_it_B2(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    world.client.next("transact_write_items", first(lambda: world.access.ends("portal")))
    with pytest.raises(NoFittingApplication):
        world.accept(campaign)
    assert (world.live(), world.accepted(campaign)) == (None, 0)


def test_an_account_without_use_for_it_is_refused_B2(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    idle = world.person(applications=(), first_name="Idle")
    with pytest.raises(NoFittingApplication):
        world.accept(world.make(idle), idle)


def test_what_a_password_opens_needs_no_sponsored_credential_B2(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    world.access.offers(Application(id="portal", name="Portal", level=1, hardware_only=False))
    with pytest.raises(NoFittingApplication):
        world.accept(campaign)


def test_an_account_with_a_credential_is_refused_and_may_accept_after_its_end_B6_F8(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    world.accept(world.make(world.ada))
    again = world.make(world.ada)
    with pytest.raises(CredentialExists):
        world.accept(again)
    assert world.accepted(again) == 0


def test_an_account_that_uses_anothers_credential_is_refused_A8(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    connected = Update(
        row=SessionsRow,
        key=(f"ACCOUNT#{world.ada.id}", "-"),
        actions=[SessionsRow.parent.set("acc_parent")],
        condition=SessionsRow.pk.exists(),
    )
    world.database.write(connected)
    with pytest.raises(Connected):
        world.accept(world.make(world.ada))


def test_it_takes_a_password_typed_just_now_S54(sponsorship_world: SponsorshipWorld) -> None:
    """Somebody with an open session alone could have a token sent anywhere."""
    world = sponsorship_world
    campaign = world.make(world.ada)
    old = a_session(created=world.later(-1), seen=world.later(0))
    acceptor = Acceptor(by=actor(world.ada), proof=to_bind(old), credential=None)
    acceptance = Acceptance(legal_name="Ada Byron", country="US", shipping=ADDRESS)
    with pytest.raises(RecentPasswordRequired):
        world.accepting.accept(campaign.id, acceptance, a_record(world.ada.id), acceptor)


# Whose offers


def test_an_offer_of_others_looks_like_an_unknown_one_S23(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    world.seed.organizations([BOLT], by=OPERATOR)
    world.has_domain("acme.example")
    eve = world.person(organization="bolt", email="eve@acme.example", first_name="Eve")
    theirs = [
        (world.make(hedy), world.ada),
        (world.make(accounts=(), organizations=("acme",)), eve),
        (world.make(accounts=(), domain="acme.example"), eve),
        (world.make(hedy), eve),
    ]
    for campaign, holder in theirs:
        with pytest.raises(NotFound):
            world.accept(campaign, holder)
        assert campaign.id not in {one.campaign.id for one in world.offers.of(holder)}
    for asked in ("cam_00000000000000000000", "nonsense"):
        with pytest.raises(NotFound):
            world.accept(replace(theirs[0][0], id=asked))
    assert world.trail(f"ACTOR#{world.ada.id}") == ["sponsorship.refused"] * 3


def test_an_organizations_account_accepts_without_having_been_named_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(accounts=(), organizations=("acme",))
    assert (world.sponsorships.of_campaign(campaign.id), world.kinds()) == ([], [])
    assert [one.campaign for one in world.offers.of(world.ada)] == [campaign]
    world.accept(campaign)
    assert world.sponsorship(campaign).state is SponsorshipState.ACCEPTED
    assert world.trail(world.sponsorship(campaign).subject) == ["sponsorship.accepted"]


@pytest.mark.parametrize("target", [{"organizations": ("acme",)}, {"domain": "acme.example"}])
def test_nobody_accepts_from_a_campaign_of_ones_own_S24(
    target: dict[str, Any], sponsorship_world: SponsorshipWorld
) -> None:
    """Its maker has approved its credentials. Another account of the person is no way, either."""
    world = sponsorship_world
    world.has_domain("acme.example")
    campaign = world.make(accounts=(), **target)
    names = {"first_name": world.grace.first_name, "email": world.grace.email}
    for own in (world.grace, world.person(**names)):
        assert world.offers.of(own) == []
        with pytest.raises(NotFound):
            world.accept(campaign, own)
        assert world.trail(f"ACTOR#{own.id}")[-1] == "sponsorship.refused"
    world.accept(campaign)


def test_a_mail_domain_counts_with_an_organization_that_was_approved_with_it_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """Neither the address alone, nor the organization alone."""
    world = sponsorship_world
    world.has_domain("acme.example")
    campaign = world.make(accounts=(), domain="ACME.example")
    elsewhere = world.person(email="ada@elsewhere.example", first_name="Else")
    assert world.offers.of(elsewhere) == []
    with pytest.raises(NotFound):
        world.accept(campaign, elsewhere)
    [offer] = world.offers.of(world.ada)
    assert offer.campaign.domain == "acme.example"
    world.accept(campaign)


def test_the_clock_supplies_the_token_of_an_order_that_cost_nothing_B5_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """As long as it isn't shipped, the order is due; there is no refund to be found for it."""
    world = sponsorship_world
    accepted = world.accept(world.make(world.ada))
    world.access.orders.payments.reconcile(accepted.order, by=CLOCK)
    order = world.order(accepted.order)
    assert (order.undone, [one.unit for one in order.supplies]) == (frozenset(), [0])
    assert "order.given_back" not in world.trail(order.subject)


# The last one, and the end


def test_the_last_credential_goes_to_one_of_two_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    campaign = world.make(world.ada, hedy, number=1)
    world.client.next("transact_write_items", first(lambda: world.accept(campaign, hedy)))
    with pytest.raises(SponsorshipsUsedUp):
        world.accept(campaign)
    assert (world.accepted(campaign), world.live()) == (1, None)


def test_the_last_credential_goes_to_one_of_fifty_B6(sponsorship_world: SponsorshipWorld) -> None:
    """Each of them has read that one is left, before any of them writes."""
    world, holders = sponsorship_world, sponsorship_world.people(50)
    campaign = world.make(*holders, number=1)
    outcomes: list[str] = []

    def others(left: list[Any]) -> None:
        if not left:
            return
        holder, *rest = left
        world.client.next("transact_write_items", first(lambda: others(rest)))
        try:
            world.accept(campaign, holder)
            outcomes.append("accepted")
        except SponsorshipsUsedUp as refusal:
            outcomes.append(refusal.code)

    others(holders)
    assert sorted(outcomes) == ["accepted", *["sponsorships_used_up"] * 49]
    assert world.accepted(campaign) == 1
    assert sum(world.live(one) is not None for one in holders) == 1


def test_a_budget_adds_up_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(4)
    campaign = world.make(*holders, budget=26_000)
    for one in holders[:3]:
        world.accept(campaign, one)
    with pytest.raises(SponsorshipsUsedUp):
        world.accept(campaign, holders[3])
    assert campaign.budget
    spent = campaign.spent(world.accepted(campaign))
    assert spent <= campaign.budget < spent + campaign.product.price


def test_an_end_by_the_partner_meanwhile_refuses_it_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    end = first(lambda: world.campaigning.end(world.who(), campaign.id))
    world.client.next("transact_write_items", end)
    with pytest.raises(SponsorshipLapsed):
        world.accept(campaign)
    assert (world.accepted(campaign), world.live()) == (0, None)


def test_nothing_is_accepted_from_the_end_on_B6(sponsorship_world: SponsorshipWorld) -> None:
    """Before the clock has come, too."""
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    named = world.make(world.ada, hedy, until=world.later(30))
    whole = world.make(accounts=(), organizations=("acme",), until=world.later(30))
    world.clock.advance(days=30, seconds=-1)
    world.accept(named, hedy)
    world.clock.advance(seconds=1)
    for campaign in (named, whole):
        with pytest.raises(SponsorshipLapsed):
            world.accept(campaign)
    assert [one.standing(world.later(0)) for one in world.offers.of(world.ada)] == ["lapsed"]


# Approvals


def strict(world: SponsorshipWorld, partner: str = "northwind") -> None:
    """The partner approves each credential."""
    found = Directory(world.database).audited_partner(partner)
    assert found
    seen, subject = found
    world.access.commit(change_partner(seen, replace(seen, approves_credentials=True), subject))


def test_the_sponsor_has_approved_what_it_pays_for_F1(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    strict(world)
    live = world.accept(world.make(world.ada)).credential
    assert live.state is State.PENDING_ACTIVATION
    [asked] = ApprovalStore(world.database).of(live).values()
    assert (asked.partner, asked.given) == ("northwind", True)


def test_another_partner_is_still_asked_for_its_approval_F1(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    yard = Application(id="yard", name="Yard", level=2, hardware_only=False)
    other = Partner(id="strict", name="Strict", applications=(yard,), approves_credentials=True)
    world.seed.partners([other], by=OPERATOR)
    strict(world)
    both = world.person(applications=("portal", "yard"), first_name="Both")
    live = world.accept(world.make(both), both).credential
    assert live.state is State.PENDING_APPROVAL
    asked = ApprovalStore(world.database).of(live)
    assert {name: one.given for name, one in asked.items()} == {"northwind": True, "strict": False}
