"""Builds inviting and accepting from the settings."""

from functools import cache

from keyfob.usecases.forms.bot_check import BotCheck
from keyfob.usecases.registrations.accepting import Accepting
from keyfob.usecases.registrations.inviting import Inviting
from keyfob.usecases.registrations.subscribing import Subscribing
from keyfob.wiring.registrations import (
    accepting_of,
    bot_check_of,
    inviting_of,
    subscribing_of,
)
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("invitations")


@cache
def inviting() -> Inviting:
    return inviting_of(runtime())


@cache
def accepting() -> Accepting:
    return accepting_of(runtime())


@cache
def subscribing() -> Subscribing:
    return subscribing_of(runtime())


@cache
def bot_check() -> BotCheck:
    return runtime().outside(bot_check_of)
