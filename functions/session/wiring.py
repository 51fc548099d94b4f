"""Builds the sign-in use cases from the settings."""

from functools import cache

from keyfob.usecases.sessions.own_sessions import OwnSessions
from keyfob.usecases.sessions.sign_in import SignIn
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sign_in import own_sessions_of, sign_in_of


@cache
def runtime() -> Runtime:
    return Runtime("session")


@cache
def sign_in() -> SignIn:
    return sign_in_of(runtime())


@cache
def own_sessions() -> OwnSessions:
    return own_sessions_of(runtime())
