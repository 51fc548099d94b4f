"""The password store, and what resets and recovers passwords, put together."""

from __future__ import annotations

from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.gateways.kms import KmsMac, KmsSeal
from keyfob.phones.store import PhoneStore
from keyfob.sessions.limits import Limits
from keyfob.sessions.recoveries import Recoveries
from keyfob.sessions.recovery import PasswordRecovery
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


def recovery_of(base: Runtime) -> PasswordRecovery:
    """Getting back in by a mailed code."""
    return PasswordRecovery(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        phones=PhoneStore(base.database),
        recoveries=Recoveries(base.database),
        identity=passwords_of(base),
        limits=Limits(base.database),
        mac=KmsMac(aws.client("kms"), base.settings.value("KEY_MAC")),
        seal=KmsSeal(aws.client("kms"), base.settings.value("KEY_MESSAGES")),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
