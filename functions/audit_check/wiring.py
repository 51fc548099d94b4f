"""Builds the daily check of the audit trail from the settings."""

from functools import cache

from keyfob.usecases.audit.checking import Checking
from keyfob.wiring.audit import checking_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("audit_check")


@cache
def checking() -> Checking:
    return checking_of(runtime())
