"""A partner pays for another year of a credential that it has sponsored (B6, B7, S24)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.errors import ElevationRequired
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.directory.partner import Partner
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound, TooManyTries
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.sponsorships import sponsorships as rows
from keyfob.usecases.sponsorships.renewing import Renewed
from keyfob.wiring.sponsorships import renewing_of
from tests.support.builders import a_record
from tests.support.faults import first
from tests.support.order_world import OPERATOR
from tests.support.sponsorship_world import SponsorshipWorld, as_administrator_without_code


@pytest.fixture
def policy() -> Policy:
    return Policy(sponsored_renewals_a_day=3)


def renew(
    world: SponsorshipWorld,
    campaign: Campaign,
    holder: Account | None = None,
    record: IdempotencyRecord | None = None,
) -> Renewed:
    user_id = (holder or world.ada).user_id
    asked = record or a_record(world.grace.id)
    return renewing_of(world.base).renew(world.who(), campaign.id, user_id, asked)


def test_the_year_counts_from_the_original_expiry_and_the_holder_is_told_B6_B7(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada, number=1, until=world.later(30))
    before = world.accept(campaign).credential
    world.mails()
    world.clock.advance(days=300)
    done = renew(world, campaign)
    assert (done.sponsorship.renewals, done.expires_at) == (1, one_year_after(before.expires_at))
    assert world.access.orders.kinds() == ["credential_renewed"]
    assert world.accepted(campaign) == 1, "it takes none of the campaign's credentials"
    live = world.live()
    assert live
    assert world.trail(live.subject) == ["credential.sponsored", "credential.renewed"]
    [newest, _] = world.orders.of_account(world.ada.id, limit=9, before=None)
    assert (newest.total, newest.method, newest.lines[0].renewed_until) == (
        0,
        "sponsored",
        done.expires_at,
    )
    assert world.trail(world.sponsorship(campaign).subject)[-1] == "sponsorship.renewed"


def test_the_same_request_again_adds_no_year_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, record = sponsorship_world, a_record(sponsorship_world.grace.id)
    campaign = world.make(world.ada)
    world.accept(campaign)
    done = renew(world, campaign, record=record)
    assert renew(world, campaign, record=record) == done
    again = first(lambda: renew(world, campaign, record=twice))
    twice = a_record(world.grace.id)
    world.client.next("transact_write_items", again)
    assert renew(world, campaign, record=twice).sponsorship.renewals == 2


def test_only_what_was_accepted_and_lives_is_extended_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    campaign = world.make(world.ada)
    with pytest.raises(IllegalTransition, match="Only an accepted"):
        renew(world, campaign)
    with pytest.raises(InvalidInput):
        renew(world, campaign, hedy)
    live = world.accept(campaign).credential
    seen = world.live()
    assert seen
    ended = replace(seen, state=State.REVOKED, revoked_at=world.later(0))
    world.access.commit(credential_rows.change(seen, ended))
    with pytest.raises(IllegalTransition):
        renew(world, campaign)
    assert world.sponsorship(campaign).renewals == 0
    assert live.id == seen.id


def test_another_credential_of_the_holder_is_not_the_sponsors_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    campaign = world.make(world.ada)
    world.accept(campaign)
    seen = world.sponsorship(campaign)
    world.access.commit(rows.change(seen, replace(seen, credential="crd_an_earlier_one")))
    with pytest.raises(IllegalTransition):
        renew(world, campaign)


def test_it_is_an_act_of_the_partners_about_others_S23_S24_S62(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, renewing = sponsorship_world, renewing_of(sponsorship_world.base)
    southwind = Partner(id="southwind", name="Southwind", applications=())
    world.seed.partners([southwind], by=OPERATOR)
    # Another administrator has made it: nobody accepts from a campaign of one's own.
    grace = world.grace
    world.grace = world.access.person(
        roles=(Role.HOLDER, Role.PARTNER_ADMINISTRATOR), first_name="Greta", applications=()
    )
    campaign = world.make(accounts=(), organizations=("acme",))
    world.grace = grace
    record, user_id = a_record(world.grace.id), world.ada.user_id
    plain = as_administrator_without_code(world.who())
    with pytest.raises(ElevationRequired):
        renewing.renew(plain, campaign.id, user_id, record)
    with pytest.raises(NotFound):
        renewing.renew(world.who(partner="southwind"), campaign.id, user_id, record)
    own = world.person(
        email=world.grace.email, first_name=world.grace.first_name, user_id="grace-too"
    )
    world.accept(campaign, own)
    with pytest.raises(NotOnOneself):
        renew(world, campaign, own)
    world.accept(campaign)
    for _ in range(3):
        renew(world, campaign)
    with pytest.raises(TooManyTries):
        renew(world, campaign)
