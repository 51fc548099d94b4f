"""Builds a holder's use cases of proofing from the settings."""

from functools import cache

from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.calendar import Calendar
from keyfob.usecases.proofing.booking import Booking
from keyfob.usecases.proofing.cases import Cases
from keyfob.wiring.proofing import booking_of, cases_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("proofing")


@cache
def cases() -> Cases:
    return cases_of(runtime())


@cache
def booking() -> Booking:
    return booking_of(runtime())


@cache
def calendar() -> Calendar:
    return Calendar(runtime().database)


@cache
def directory() -> Directory:
    return Directory(runtime().database)
