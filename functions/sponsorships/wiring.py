"""Builds the use cases of sponsorships from the settings."""

from functools import cache

from keyfob.storage.directory.store import Directory
from keyfob.usecases.sponsorships.accepting import Accepting
from keyfob.usecases.sponsorships.offers import Offers
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sponsorships import accepting_of, offers_of


@cache
def runtime() -> Runtime:
    return Runtime("sponsorships")


@cache
def accepting() -> Accepting:
    return accepting_of(runtime())


@cache
def offers() -> Offers:
    return offers_of(runtime())


@cache
def directory() -> Directory:
    return Directory(runtime().database)
