"""The password store and what resets it, put together."""

from __future__ import annotations

from keyfob.gateways import aws
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.gateways.kms import KmsSeal
from keyfob.sessions.reset import PasswordReset
from keyfob.sessions.store import SessionStore
from keyfob.wiring.runtime import Runtime


def passwords_of(base: Runtime) -> CognitoPasswords:
    """The password store of this deployment."""
    return CognitoPasswords(
        aws.client("cognito-idp"),
        pool=base.settings.value("USER_POOL"),
        pool_client=base.settings.value("USER_POOL_CLIENT"),
    )


def reset_of(base: Runtime) -> PasswordReset:
    """The effect that follows a revocation."""
    return PasswordReset(
        sessions=SessionStore(base.database),
        identity=passwords_of(base),
        seal=KmsSeal(aws.client("kms"), base.settings.value("KEY_MESSAGES")),
        transactions=base.transactions,
        clock=base.clock,
    )
