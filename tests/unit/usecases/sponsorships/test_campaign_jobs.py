"""The clock reminds of offers and lets them lapse at the end of a campaign (B6)."""

from __future__ import annotations

import pytest

from keyfob.domain.due_index import shard_of
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships.campaign import CampaignState, Due, Extension
from keyfob.domain.sponsorships.errors import SponsorshipLapsed
from keyfob.domain.sponsorships.sponsorship import SponsorshipState
from keyfob.storage.sponsorships.campaigns import CampaignRow, OfferRow
from tests.support.faults import first
from tests.support.sponsorship_world import SponsorshipWorld


@pytest.fixture
def policy() -> Policy:
    return Policy(sponsorship_chunk=2)


def planned(world: SponsorshipWorld, subject: str) -> str | None:
    """The instant in the due index."""
    row = world.database.get(CampaignRow, subject, "-")
    assert row
    assert row.g1pk in (None, shard_of(subject))
    return str(row.g1sk).split("#")[0] if row.g1sk else None


def test_open_offers_are_reminded_of_and_then_lapse_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(5)
    campaign = world.make(*holders, until=world.later(30))
    assert planned(world, campaign.subject) == "2026-12-08T07:00:00Z", "fourteen days before"
    assert world.perform(campaign) is None
    world.accept(campaign, holders[0])
    world.mails()
    world.clock.advance(days=16)
    assert world.perform(campaign) is Due.REMIND
    assert world.kinds() == ["sponsorship_reminder"] * 4
    assert planned(world, campaign.subject) == "2026-12-22T07:00:00Z", "the end"
    assert world.perform(campaign) is None
    world.clock.advance(days=14)
    assert world.perform(campaign) is Due.CLOSE
    assert [one for one in world.kinds() if one == "sponsorship_lapsed"] == [
        "sponsorship_lapsed"
    ] * 4
    assert world.sponsorship(campaign, holders[0]).state is SponsorshipState.ACCEPTED
    assert world.sponsorship(campaign, holders[1]).state is SponsorshipState.LAPSED
    assert world.seen(campaign).state is CampaignState.CLOSED
    assert planned(world, campaign.subject) is None
    assert world.perform(campaign) is None
    assert world.trail(campaign.subject)[-2:] == ["campaign.reminded", "campaign.closed"]
    assert world.trail(world.sponsorship(campaign, holders[1]).subject) == [
        "sponsorship.offered",
        "sponsorship.reminded",
        "sponsorship.lapsed",
    ]


def test_who_has_lapsed_is_told_the_shop_and_nothing_older_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """The offer and its reminder that still wait are obsolete."""
    world = sponsorship_world
    campaign = world.make(world.ada, until=world.later(30))
    world.clock.advance(days=16)
    world.perform(campaign)
    world.clock.advance(days=14)
    world.perform(campaign)
    [mail] = world.mails()
    assert "buy it in the shop" in " ".join(mail.split())


def test_an_extended_campaign_reminds_anew_of_its_new_end_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada, until=world.later(30))
    world.clock.advance(days=16)
    world.perform(campaign)
    longer = Extension(until=world.later(44))
    world.campaigning.extend(world.who(), campaign.id, longer)
    assert world.mails() == [], "the reminder names another end, and so does the offer"
    assert planned(world, campaign.subject) == "2027-01-07T07:00:00Z"
    world.clock.advance(days=30)
    assert world.perform(campaign) is Due.REMIND
    assert world.kinds() == ["sponsorship_reminder"]


def test_a_campaign_that_is_extended_while_it_reminds_is_not_done_with_it_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada, until=world.later(30))
    world.clock.advance(days=16)
    longer = Extension(until=world.later(44))

    def extend() -> None:
        world.campaigning.extend(world.who(), campaign.id, longer)

    world.client.next("transact_write_items", first(extend))
    assert world.perform(campaign) is Due.REMIND
    assert world.seen(campaign).reminded_for is None
    assert planned(world, campaign.subject) == "2027-01-07T07:00:00Z"


def test_a_campaign_shorter_than_the_reminder_has_none_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada, until=world.later(14))
    assert planned(world, campaign.subject) == "2026-12-06T07:00:00Z"


def test_a_campaign_without_end_is_never_due_B6(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    assert planned(world, world.make(world.ada).subject) is None


def test_a_campaign_that_its_partner_ends_lapses_at_once_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    world.campaigning.end(world.who(), campaign.id)
    assert planned(world, campaign.subject) == "2026-11-22T07:00:00Z"
    assert world.perform(campaign) is Due.CLOSE
    assert world.sponsorship(campaign).state is SponsorshipState.LAPSED


def test_a_campaign_for_an_organization_is_not_found_after_its_end_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(accounts=(), organizations=("acme",), until=world.later(30))
    assert campaign.until
    key = ("OFFERS#ORGANIZATION#acme", campaign.id)
    open_ = world.database.get(OfferRow, *key)
    assert open_
    assert not open_.expires
    world.clock.advance(days=30)
    assert world.offers.of(world.ada) == []
    assert world.perform(campaign) is Due.CLOSE
    row = world.database.get(OfferRow, *key)
    assert row
    assert (int(row.expires), world.kinds()) == (int(campaign.until.timestamp()), [])


def test_what_is_accepted_before_the_clock_lapses_it_stays_accepted_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """The clock has read an open offer; the acceptance comes before it writes."""
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    campaign = world.make(world.ada, hedy, until=world.later(30))
    world.clock.advance(days=30, seconds=-1)

    def accept_in_time() -> None:
        world.clock.advance(seconds=-1)
        world.accept(campaign)
        world.clock.advance(seconds=1)

    world.clock.advance(seconds=1)
    world.client.next("transact_write_items", first(accept_in_time))
    world.perform(campaign)
    assert world.sponsorship(campaign).state is SponsorshipState.ACCEPTED
    assert world.sponsorship(campaign, hedy).state is SponsorshipState.LAPSED
    assert world.live()


def test_what_the_clock_lapses_first_is_not_accepted_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """The acceptance has read an open offer; the clock comes before it writes."""
    world = sponsorship_world
    campaign = world.make(world.ada, until=world.later(30))
    world.clock.advance(days=30, seconds=-1)

    def end() -> None:
        world.clock.advance(seconds=1)
        world.perform(campaign)

    world.client.next("transact_write_items", first(end))
    with pytest.raises(SponsorshipLapsed):
        world.accept(campaign)
    assert world.sponsorship(campaign).state is SponsorshipState.LAPSED
    assert (world.accepted(campaign), world.live()) == (0, None)


def test_a_run_that_dies_is_continued_and_tells_nobody_twice_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(5)
    campaign = world.make(*holders, until=world.later(30))
    world.clock.advance(days=16)

    def dies() -> None:
        raise KeyboardInterrupt

    world.client.next("transact_write_items", first(lambda: None), first(dies))
    with pytest.raises(KeyboardInterrupt):
        world.perform(campaign)
    assert world.perform(campaign) is Due.REMIND
    assert world.kinds().count("sponsorship_reminder") == 5


def test_an_unknown_campaign_is_nothing_to_do(sponsorship_world: SponsorshipWorld) -> None:
    gone = sponsorship_world.make(sponsorship_world.ada)
    assert sponsorship_world.jobs.perform(f"{gone.id}x", by=sponsorship_world.who().by) is None
