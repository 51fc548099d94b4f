"""Builds the recovery of passwords from the settings."""

from functools import cache

from keyfob.usecases.sessions.recovery import PasswordRecovery
from keyfob.usecases.sessions.user_ids import UserIdReminders
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import recovery_of, user_id_reminders_of


@cache
def runtime() -> Runtime:
    return Runtime("recovery")


@cache
def recovery() -> PasswordRecovery:
    return recovery_of(runtime())


@cache
def user_id_reminders() -> UserIdReminders:
    return user_id_reminders_of(runtime())
