"""Partners' administrators make, extend and end campaigns (B6, S23, S24)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.credentials.errors import ElevationRequired
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.errors import (
    IdempotencyKeyReused,
    IllegalTransition,
    InvalidInput,
    NotFound,
    TooManyTries,
)
from keyfob.domain.orders.errors import UnknownProduct
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sponsorships.campaign import CampaignState, Extension
from keyfob.usecases.sponsorships.campaigning import Plan
from tests.support.builders import a_product, a_record
from tests.support.order_world import OPERATOR
from tests.support.sponsorship_world import (
    SponsorshipWorld,
    as_administrator_without_code,
)

BOLT = Organization(id="bolt", name="Bolt", country="US", time_zone="America/New_York")


@pytest.fixture
def policy() -> Policy:
    return Policy(sponsorship_chunk=2, campaign_accounts=5, campaigns_a_day=8)


def test_each_named_account_gets_an_offer_and_a_mail_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(5)
    campaign = world.make(*holders)
    assert campaign.pending == ()
    assert {one.account for one in world.sponsorships.of_campaign(campaign.id)} == {
        one.id for one in holders
    }
    assert world.kinds() == ["sponsorship_offered"] * 5
    assert "Northwind offers you a credential" in world.mails()[0]
    assert world.trail(campaign.subject) == ["campaign.made", *["campaign.offered"] * 3]
    assert world.trail(world.sponsorship(campaign, holders[0]).subject) == ["sponsorship.offered"]


def test_the_same_request_again_changes_nothing_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, record = sponsorship_world, a_record("acc_grace")
    campaign = world.make(world.ada, record=record)
    assert world.make(world.ada, record=record) == campaign
    assert world.kinds() == ["sponsorship_offered"]
    with pytest.raises(IdempotencyKeyReused):
        world.make(world.ada, record=a_record("acc_grace", key=record.key, body="another"))


def test_the_clock_goes_on_with_offers_that_a_killed_request_left_B6(
    sponsorship_world: SponsorshipWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(3)
    with monkeypatch.context() as killed:
        killed.setattr(type(world.campaigning._offering), "offer_all", _dies)
        with pytest.raises(KeyboardInterrupt):
            world.make(*holders)
    [campaign] = world.campaigns.of_partner("northwind", limit=9, before=None)
    assert (len(campaign.pending), world.kinds()) == (3, [])
    for _ in range(2):
        world.perform(campaign)
    assert world.kinds() == ["sponsorship_offered"] * 3
    assert world.seen(campaign).pending == ()


def _dies(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_budget_is_a_number_at_the_price_of_that_day_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """A dearer product changes nothing for it."""
    world = sponsorship_world
    campaign = world.make(world.ada, budget=25_000)
    assert (campaign.number, campaign.budget) == (2, 25_000)
    world.seed.products([a_product(price=9_900)], by=replace(OPERATOR, reason="2027"))
    assert world.seen(campaign).product.price == 8_500
    assert world.make(world.ada, budget=25_000).product.price == 9_900


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"number": None}, "number"),
        ({"number": 1, "budget": 8_500}, "number"),
        ({"number": 1_001}, "number"),
        ({"budget": 8_499}, "budget"),
        ({"accounts": ("nobody-at-all",)}, "accounts.0"),
        ({"accounts": ("not a user id",)}, "accounts.0"),
        ({"accounts": tuple(f"nobody-{number}" for number in range(6))}, "accounts"),
        ({"accounts": ()}, "accounts"),
        ({"organizations": ("acme",)}, "accounts"),
        ({"accounts": (), "organizations": ("bolt",)}, "organizations.0"),
        ({"accounts": (), "organizations": ("nobody",)}, "organizations.0"),
        ({"accounts": (), "domain": "acme.example"}, "domain"),
        ({"accounts": (), "domain": "no domain"}, "domain"),
        ({"accounts": (), "domain": "gmail.com"}, "domain"),
    ],
)
def test_what_makes_no_campaign_is_refused_with_the_field_B6(
    sponsorship_world: SponsorshipWorld, plan: dict[str, Any], field: str
) -> None:
    world = sponsorship_world
    world.seed.organizations([BOLT], by=OPERATOR)
    with pytest.raises(InvalidInput) as refused:
        world.make(world.ada, **plan)
    assert list(refused.value.fields) == [field]
    assert world.campaigns.of_partner("northwind", limit=9, before=None) == []


def test_an_end_in_the_past_is_refused_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    with pytest.raises(InvalidInput) as refused:
        world.make(world.ada, until=world.later(0))
    assert list(refused.value.fields) == ["until"]


def test_only_products_of_ones_own_for_new_credentials_are_sponsored_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    renewal = a_product(id="renewal", kind="renewal", renews="hardware_token")
    other = Partner(id="southwind", name="Southwind", applications=())
    world.seed.partners([other], by=OPERATOR)
    world.seed.products(
        [
            renewal,
            a_product(id="gone", on_sale=False),
            a_product(id="theirs", partner="southwind"),
        ],
        by=OPERATOR,
    )
    for product in ("renewal", "gone", "theirs", "nothing"):
        with pytest.raises(UnknownProduct):
            world.make(world.ada, product=product)


def test_an_account_out_of_use_is_offered_nothing_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    with pytest.raises(InvalidInput):
        world.make(world.person(active=False, first_name="Gone"))


def test_who_subscribes_to_another_partner_alone_is_none_of_ours_S25(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    yard = Application(id="yard", name="Yard", level=2, hardware_only=False)
    strict = Partner(id="strict", name="Strict", applications=(yard,))
    world.seed.partners([strict], by=OPERATOR)
    world.seed.organizations([BOLT], by=OPERATOR)
    theirs = world.person(organization="bolt", applications=("yard",), first_name="Eve")
    for plan in ({"accounts": (theirs.user_id,)}, {"accounts": (), "organizations": ("bolt",)}):
        with pytest.raises(InvalidInput):
            world.make(**plan)


def test_an_account_elsewhere_is_refused_like_an_unknown_one_S23_S25(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    world.seed.organizations([BOLT], by=OPERATOR)
    eve = world.person(organization="bolt", applications=())
    refusals = []
    for user_id in (eve.user_id, "nobody-at-all"):
        with pytest.raises(InvalidInput) as refused:
            world.make(accounts=(user_id,))
        refusals.append(refused.value.fields)
    assert refusals[0] == refusals[1]


def test_a_subscription_that_has_ended_makes_no_subscriber_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    world.access.ends("drawings")
    world.make(world.ada)
    world.access.ends("portal")
    with pytest.raises(InvalidInput):
        world.make(world.ada)


def test_nobody_sponsors_themselves_by_whichever_account_S24(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, grace = sponsorship_world, sponsorship_world.grace
    same = {name: getattr(grace, name) for name in ("email", "first_name", "last_name")}
    for own in (grace, world.person(**same)):
        with pytest.raises(NotOnOneself):
            world.make(own)
    campaign = world.make(world.ada)
    with pytest.raises(NotOnOneself):
        world.campaigning.extend(world.who(), campaign.id, Extension(accounts=(grace.user_id,)))


def test_each_try_is_counted_since_it_tells_who_is_there_S25_S62(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    for _ in range(8):
        with pytest.raises(InvalidInput):
            world.make(accounts=("nobody-at-all",))
    with pytest.raises(TooManyTries):
        world.make(world.ada)


def test_accounts_that_are_tried_in_an_extension_are_counted_with_them_S25_S62(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign, who = world.make(world.ada), world.who()
    for _ in range(7):
        with pytest.raises(InvalidInput):
            world.campaigning.extend(who, campaign.id, Extension(accounts=("nobody-at-all",)))
    with pytest.raises(TooManyTries):
        world.campaigning.extend(who, campaign.id, Extension(accounts=(world.ada.user_id,)))
    assert world.campaigning.extend(who, campaign.id, Extension(number=11)).number == 11


def test_acts_take_a_recent_code_and_a_partner_S24(sponsorship_world: SponsorshipWorld) -> None:
    world, campaigning = sponsorship_world, sponsorship_world.campaigning
    campaign, plan = world.make(world.ada), Plan(name="x", product="phone", number=1)
    plain, homeless = as_administrator_without_code(world.who()), world.who(partner=None)
    for who, refusal in ((plain, ElevationRequired), (homeless, RoleRequired)):
        with pytest.raises(refusal):
            campaigning.make(who, plan, a_record("acc_grace"))
        with pytest.raises(refusal):
            campaigning.extend(who, campaign.id, Extension(number=99))
        with pytest.raises(refusal):
            campaigning.end(who, campaign.id)
        with pytest.raises(refusal):
            world.overview.listed(who, limit=1)
        with pytest.raises(refusal):
            world.overview.report(who, campaign.id, limit=1)


def test_another_partners_campaign_looks_like_an_unknown_one_S23(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    world.seed.partners([Partner(id="southwind", name="Southwind", applications=())], by=OPERATOR)
    campaign, eve = world.make(world.ada), world.who(partner="southwind")
    for asked in (campaign.id, "cam_00000000000000000000", "nonsense"):
        with pytest.raises(NotFound):
            world.campaigning.extend(eve, asked, Extension(number=99))
        with pytest.raises(NotFound):
            world.campaigning.end(eve, asked)
        with pytest.raises(NotFound):
            world.overview.report(eve, asked, limit=1)
    assert world.overview.listed(eve, limit=9) == []
    assert world.seen(campaign) == campaign
    trail = world.trail(f"ACTOR#{world.grace.id}")
    assert trail == ["campaign.refused"] * 9


def test_a_campaign_gets_more_of_everything_and_never_less_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, [later] = sponsorship_world, sponsorship_world.people(1)
    campaign = world.make(world.ada, number=1, until=world.later(10))
    who = world.who()
    for less in (Extension(number=0), Extension(until=world.later(9)), Extension(budget=8_499)):
        with pytest.raises(InvalidInput):
            world.campaigning.extend(who, campaign.id, less)
    more = Extension(number=2, until=world.later(20), accounts=(later.user_id, world.ada.user_id))
    extended = world.campaigning.extend(who, campaign.id, more)
    assert (extended.number, extended.until) == (2, world.later(20))
    assert world.kinds() == ["sponsorship_offered"] * 2, "nobody is offered it twice"
    world.accept(campaign)
    world.accept(campaign, later)
    assert world.campaigning.extend(who, campaign.id, Extension(budget=25_500)).number == 3
    assert world.campaigning.extend(who, campaign.id, Extension()).budget == 25_500


def test_accounts_are_added_to_a_campaign_for_accounts_alone_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(organizations=("acme",))
    with pytest.raises(InvalidInput):
        world.campaigning.extend(world.who(), campaign.id, Extension(accounts=(world.ada.user_id,)))


def test_an_ended_campaign_is_over_for_good_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    ended = world.campaigning.end(world.who(), campaign.id)
    assert (ended.state, ended.ended_at) == (CampaignState.ENDED, world.later(0))
    assert world.campaigning.end(world.who(), campaign.id).ended_at == ended.ended_at
    with pytest.raises(IllegalTransition):
        world.campaigning.extend(world.who(), campaign.id, Extension(number=99))
    assert world.trail(campaign.subject)[-1] == "campaign.ended"
