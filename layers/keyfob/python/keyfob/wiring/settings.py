"""A deployment's settings for a function, from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keyfob.domain.clock import Clock, movable_clock, system_clock
from keyfob.domain.policy import Policy, overridden

_TABLE = "TABLE_"


class MissingSetting(Exception):
    """A variable that this function needs is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not set: does this function's function.yaml declare it?")


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment variables, by name."""

    environment: Mapping[str, str]

    def value(self, name: str) -> str:
        """The value of a required variable.

        Raises:
            MissingSetting: it isn't set.
        """
        if name not in self.environment:
            raise MissingSetting(name)
        return self.environment[name]

    @property
    def tables(self) -> Mapping[str, str]:
        """The deployed name of each table that the function declares, by its logical name."""
        return {
            name.removeprefix(_TABLE).lower(): deployed
            for name, deployed in self.environment.items()
            if name.startswith(_TABLE)
        }

    def queue(self, logical: str) -> str:
        """The address of a queue."""
        return self.value(f"QUEUE_{logical.upper()}")

    @property
    def policy(self) -> Policy:
        """The deployment's periods and limits."""
        return overridden(Policy(), self.environment.get("POLICY", ""))

    @property
    def clock(self) -> Clock:
        """The system's clock; on the local stage a movable one."""
        offset_file = self.environment.get("CLOCK_FILE", "")
        if not offset_file:
            return system_clock
        if self.value("STAGE") != "local":
            raise ValueError("CLOCK_FILE moves the time and is for the local stage only")
        return movable_clock(Path(offset_file))


def from_environment() -> Settings:
    """The settings of this process."""
    return Settings(os.environ)
