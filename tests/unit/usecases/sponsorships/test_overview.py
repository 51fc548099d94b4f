"""Partners see the use of their campaigns, holders what is offered to them (B6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from keyfob.domain.credentials.credential import State, Status
from keyfob.domain.next_step.step import Name
from keyfob.storage.credentials import store as credential_rows
from keyfob.storage.forecast.store import DueCredentials, DueOffers
from keyfob.usecases.forecast.forecasting import Forecasting
from keyfob.wiring.next_step import finding_of
from tests.support.reports import FakeReports
from tests.support.sponsorship_world import SponsorshipWorld

HOSTILE = 'Ada <script>alert("1")</script>'


def test_a_report_counts_offers_acceptances_use_and_lapses_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, [hedy, mary, kay] = sponsorship_world, sponsorship_world.people(3)
    campaign = world.make(world.ada, hedy, mary, kay, until=world.later(30))
    for one in (world.ada, hedy):
        world.accept(campaign, one)
    live = world.live()
    assert live
    active = replace(live, state=State.ACTIVE, activated_at=live.paid_at)
    world.access.commit(credential_rows.change(live, active))
    who = world.who(sees=True)
    report = world.overview.report(who, campaign.id, limit=50)
    assert (report.offered, report.shown.accepted, report.active, report.lapsed) == (4, 2, 1, 0)
    told = {one.holder.user_id: (one.standing, one.status) for one in report.holders if one.holder}
    assert told == {
        world.ada.user_id: ("accepted", Status.ACTIVE),
        hedy.user_id: ("accepted", Status.PENDING_ACTIVATION),
        mary.user_id: ("offered", None),
        kay.user_id: ("offered", None),
    }
    world.clock.advance(days=30)
    assert world.overview.report(world.who(sees=True), campaign.id, limit=1).lapsed == 2


def test_the_pages_of_a_report_have_everybody_once_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world, holders = sponsorship_world, sponsorship_world.people(5)
    campaign, who, found, after = world.make(*holders), world.who(sees=True), [], None
    while True:
        page = world.overview.report(who, campaign.id, limit=2, after=after)
        found += [one.sponsorship.account for one in page.holders]
        after = page.further
        if after is None:
            break
    assert sorted(found) == sorted(one.id for one in holders)
    assert len(found) == 5


def test_campaigns_are_listed_newest_first_with_their_use_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    older = world.make(world.ada)
    world.accept(older)
    world.clock.advance(seconds=1)
    newer = world.make(accounts=(), organizations=("acme",))
    shown = world.overview.listed(world.who(sees=True), limit=9)
    assert [(one.campaign.id, one.accepted) for one in shown] == [(newer.id, 0), (older.id, 1)]


def test_a_hostile_name_stays_text_in_every_mail_S51(sponsorship_world: SponsorshipWorld) -> None:
    world = sponsorship_world
    ada = world.person(first_name=HOSTILE, last_name="Byron")
    campaign = world.make(ada, name=HOSTILE)
    world.access.orders.send_queued()
    world.accept(campaign, ada)
    world.access.orders.send_queued()
    pages = [mail.get_body(("html",)) for mail in world.access.orders.mail.sent]
    assert len(pages) == 2
    for page in pages:
        text = str(page.get_content()) if page else ""
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_a_holder_sees_what_can_be_accepted_and_ones_own_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """A campaign for an organization that has none left isn't shown to those who have none."""
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    last = world.make(accounts=(), organizations=("acme",), number=1)
    named = world.make(world.ada, number=1)
    assert {one.campaign.id for one in world.offers.of(world.ada)} == {last.id, named.id}
    assert [one.campaign.id for one in world.offers.of(hedy)] == [last.id]
    world.accept(last)
    assert world.offers.of(hedy) == []
    assert {one.standing(world.clock()) for one in world.offers.of(world.ada)} == {
        "accepted",
        "offered",
    }


def test_the_next_step_is_to_accept_what_ends_first_instead_of_buying_A10_B6(
    sponsorship_world: SponsorshipWorld,
) -> None:
    world = sponsorship_world
    finding = finding_of(world.base)
    assert finding.of(world.ada.id, (), None).name is Name.BUY
    world.make(accounts=(), organizations=("acme",))
    sooner = world.make(world.ada, until=world.later(20))
    world.make(world.ada, until=world.later(30))
    step = finding.of(world.ada.id, (), None)
    assert (step.name, step.date) == (Name.ACCEPT_SPONSORSHIP, sooner.until)
    assert step.places == {"sponsorship": sooner.id}
    world.accept(sooner)
    step = finding.of(world.ada.id, (), world.live())
    assert step.name is Name.ACTIVATE


def test_an_offer_that_is_used_up_is_no_next_step_B6(sponsorship_world: SponsorshipWorld) -> None:
    world, [hedy] = sponsorship_world, sponsorship_world.people(1)
    campaign = world.make(world.ada, hedy, number=1)
    world.accept(campaign)
    assert finding_of(world.base).of(hedy.id, (), None).name is Name.BUY
    [offer] = world.offers.of(hedy)
    assert (offer.left, offer.is_acceptable(world.clock())) == (0, False)


def test_the_forecast_counts_reminders_and_lapses_of_open_offers_B6_G2(
    sponsorship_world: SponsorshipWorld,
) -> None:
    """As the clock will do them: nothing for what was accepted, has no end, or names nobody."""
    world, holders = sponsorship_world, sponsorship_world.people(3)
    campaign = world.make(*holders, until=world.later(30))
    world.accept(campaign, holders[0])
    world.make(world.ada)
    world.make(accounts=(), organizations=("acme",), until=world.later(30))
    forecasting = Forecasting(
        credentials=DueCredentials(world.database),
        offers=DueOffers(world.database),
        reports=FakeReports(),
        clock=world.clock,
        policy=world.base.policy,
    )

    def counted(until: str) -> dict[str, int]:
        made = forecasting.make(None, until, lambda: timedelta(minutes=14)).forecast
        found = {kind.name: count for kind, count in made.by_kind().items()}
        return {name: found[name] for name in ("offer_reminder", "offer_lapse")}

    assert counted("2026-12-07") == {"offer_reminder": 0, "offer_lapse": 0}
    assert counted("2026-12-08") == {"offer_reminder": 2, "offer_lapse": 0}
    assert counted("2027-01-31") == {"offer_reminder": 2, "offer_lapse": 2}
    world.campaigning.end(world.who(), campaign.id)
    assert counted("2026-11-22") == {"offer_reminder": 0, "offer_lapse": 2}
