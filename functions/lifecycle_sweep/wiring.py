"""Builds the sweep over every table with a due index from the settings."""

from functools import cache

from keyfob.usecases.due.sweep import Sweep
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sweep import sweep_of


@cache
def runtime() -> Runtime:
    return Runtime("lifecycle_sweep")


@cache
def sweep() -> Sweep:
    return sweep_of(runtime())
