"""Builds the use cases of phones from the settings."""

from functools import cache

from keyfob.usecases.phones.binding import Binding
from keyfob.usecases.phones.codes import PhoneCodes
from keyfob.usecases.phones.sending import Sending
from keyfob.wiring.phone_binding import binding_of
from keyfob.wiring.phones import phone_codes_of, sending_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("phones")


@cache
def sending() -> Sending:
    return sending_of(runtime())


@cache
def codes() -> PhoneCodes:
    return phone_codes_of(runtime(), sending())


@cache
def binding() -> Binding:
    return binding_of(runtime(), sending(), codes())
