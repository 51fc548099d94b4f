"""Builds the use cases of campaigns from the settings."""

from functools import cache

from keyfob.usecases.sponsorships.campaigning import Campaigning
from keyfob.usecases.sponsorships.overview import Overview
from keyfob.usecases.sponsorships.renewing import Renewing
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sponsorships import campaigning_of, overview_of, renewing_of


@cache
def runtime() -> Runtime:
    return Runtime("campaigns")


@cache
def campaigning() -> Campaigning:
    return campaigning_of(runtime())


@cache
def overview() -> Overview:
    return overview_of(runtime())


@cache
def renewing() -> Renewing:
    return renewing_of(runtime())
