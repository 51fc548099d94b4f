"""Builds the sealing of the audit trail from the settings."""

from functools import cache

from keyfob.usecases.audit.sealing import Sealing
from keyfob.wiring.audit import sealing_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("audit_heads")


@cache
def sealing() -> Sealing:
    return sealing_of(runtime())
