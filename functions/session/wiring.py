"""Builds the sign-in use cases from the settings."""

from functools import cache

from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.sessions.limits import Limits
from keyfob.sessions.sign_in import SignIn
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("session", "accounts", "sessions", "outbox", "audit")


@cache
def sign_in() -> SignIn:
    base = runtime()
    return SignIn(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        identity=CognitoPasswords(
            aws.client("cognito-idp"),
            pool=base.settings.value("USER_POOL"),
            pool_client=base.settings.value("USER_POOL_CLIENT"),
        ),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
