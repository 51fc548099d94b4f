"""Campaigns and sponsorships, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.duplicates import Duplicates
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.sponsorships.accepting import Accepting
from keyfob.usecases.sponsorships.campaign_jobs import CampaignJobs
from keyfob.usecases.sponsorships.campaigning import Campaigning
from keyfob.usecases.sponsorships.offering import Offering
from keyfob.usecases.sponsorships.offers import Offers
from keyfob.usecases.sponsorships.overview import Overview
from keyfob.usecases.sponsorships.partners import OwnCampaigns
from keyfob.usecases.sponsorships.renewing import Renewing
from keyfob.usecases.sponsorships.targets import Targets
from keyfob.wiring.beginning import beginning_of
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.terms import sponsored_terms_of


def own_campaigns_of(base: Runtime) -> OwnCampaigns:
    """Admits partners' administrators to their campaigns."""
    return OwnCampaigns(
        campaigns=Campaigns(base.database),
        directory=Directory(base.database),
        foreign=foreign_ids_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def offering_of(base: Runtime) -> Offering:
    """Offers sponsorships."""
    return Offering(
        campaigns=Campaigns(base.database),
        sponsorships=Sponsorships(base.database),
        directory=Directory(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def campaigning_of(base: Runtime) -> Campaigning:
    """The acts of partners' administrators about campaigns."""
    directory = Directory(base.database)
    return Campaigning(
        campaigns=Campaigns(base.database),
        own=own_campaigns_of(base),
        catalog=Catalog(base.database),
        targets=Targets(
            directory=directory,
            access=AccessStore(base.database),
            duplicates=Duplicates(base.database),
        ),
        offering=offering_of(base),
        limits=Limits(base.database),
        refusals=Refusals(foreign_ids_of(base)),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def overview_of(base: Runtime) -> Overview:
    """Shows partners' administrators their campaigns."""
    return Overview(
        campaigns=Campaigns(base.database),
        sponsorships=Sponsorships(base.database),
        own=own_campaigns_of(base),
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        clock=base.clock,
        policy=base.policy,
    )


def renewing_of(base: Runtime) -> Renewing:
    """Extends sponsored credentials."""
    return Renewing(
        own=own_campaigns_of(base),
        sponsorships=Sponsorships(base.database),
        directory=Directory(base.database),
        credentials=CredentialStore(base.database),
        orders=OrderStore(base.database),
        changes=credential_changes_of(base),
        limits=Limits(base.database),
        refusals=Refusals(foreign_ids_of(base)),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def campaign_jobs_of(base: Runtime) -> CampaignJobs:
    """The clock's work on campaigns."""
    return CampaignJobs(
        campaigns=Campaigns(base.database),
        sponsorships=Sponsorships(base.database),
        offering=offering_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def offers_of(base: Runtime) -> Offers:
    """Finds what is offered to an account."""
    return Offers(
        campaigns=Campaigns(base.database),
        sponsorships=Sponsorships(base.database),
        directory=Directory(base.database),
        duplicates=Duplicates(base.database),
        clock=base.clock,
    )


def accepting_of(base: Runtime) -> Accepting:
    """Accepts sponsorships."""
    return Accepting(
        offers=offers_of(base),
        terms=sponsored_terms_of(base),
        orders=OrderStore(base.database),
        beginning=beginning_of(base),
        foreign=foreign_ids_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
