"""The password store, with the reset and recovery of passwords, put together."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.sessions.password import generate_temporary
from keyfob.gateways import aws
from keyfob.gateways.cognito import CognitoPasswords
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions.recoveries import Recoveries
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.sessions.guessing import Guessing
from keyfob.usecases.sessions.recovery import PasswordRecovery
from keyfob.usecases.sessions.reset import PasswordReset
from keyfob.usecases.sessions.user_ids import UserIdReminders
from keyfob.wiring.keys import mac_of, seal_of, unseal_of
from keyfob.wiring.runtime import Runtime


def passwords_of(base: Runtime) -> CognitoPasswords:
    """The password store of this deployment."""
    return CognitoPasswords(
        aws.client("cognito-idp"),
        pool=base.settings.value("USER_POOL"),
        pool_client=base.settings.value("USER_POOL_CLIENT"),
    )


def guessing_of(base: Runtime) -> Guessing:
    """The limits on guessing passwords."""
    return Guessing(
        limits=Limits(base.database),
        mac=base.outside(mac_of),
        clock=base.clock,
        policy=base.policy,
    )


def reset_of(base: Runtime, generate: Callable[[], str] = generate_temporary) -> PasswordReset:
    """The effect that follows a revocation; `generate` makes the password."""
    return PasswordReset(
        sessions=SessionStore(base.database),
        identity=base.outside(passwords_of),
        seal=base.outside(seal_of),
        unseal=base.outside(unseal_of),
        transactions=base.transactions,
        clock=base.clock,
        generate=generate,
    )


def user_id_reminders_of(base: Runtime) -> UserIdReminders:
    """Reminders of forgotten user ids."""
    return UserIdReminders(
        members=Members(base.database),
        directory=Directory(base.database),
        limits=Limits(base.database),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def recovery_of(base: Runtime) -> PasswordRecovery:
    """Password recovery by a mailed code."""
    return PasswordRecovery(
        directory=Directory(base.database),
        sessions=SessionStore(base.database),
        phones=PhoneStore(base.database),
        recoveries=Recoveries(base.database),
        identity=base.outside(passwords_of),
        limits=Limits(base.database),
        guessing=guessing_of(base),
        service=base.settings.value("SENDER_NAME"),
        mac=base.outside(mac_of),
        seal=base.outside(seal_of),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
