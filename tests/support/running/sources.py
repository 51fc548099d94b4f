"""Event sources of the in-process service's functions, by the calls that turn them on and off."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.templates import capability, functions


@dataclass
class Sources:
    """Answers as the clients of Lambda and EventBridge do, as far as tests ask them.

    Args:
        settle: called when something was turned on or off.
    """

    settle: Callable[[], None]
    _off: set[str] = field(default_factory=set)

    def on(self, function: str) -> bool:
        """Whether the function's source is on."""
        return function not in self._off

    def list_event_source_mappings(self, **asked: str) -> dict[str, Any]:
        """The one of this function."""
        return {"EventSourceMappings": [{"UUID": asked["FunctionName"]}]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        """Turn it on or off."""
        change = self._off.discard if asked["Enabled"] else self._off.add
        change(asked["UUID"])
        self.settle()

    def get_event_source_mapping(self, **asked: str) -> dict[str, Any]:
        """Its state."""
        return {"State": "Enabled" if self.on(asked["UUID"]) else "Disabled"}

    def list_rules(self) -> dict[str, Any]:
        """The schedules; they never fire."""
        return {"Rules": [{"Name": one} for one in ("LifecycleSweepFunction",)]}

    def list_targets_by_rule(self, **asked: str) -> dict[str, Any]:
        """Each rule's target is the function of the same name."""
        return {"Targets": [{"Arn": f"arn:aws:lambda:function:{asked['Rule']}"}]}

    def disable_rule(self, **_: str) -> None:
        """Does nothing: it never fires anyway."""

    def enable_rule(self, **_: str) -> None:
        """Does nothing: it never fires."""

    def get_function_configuration(self, **asked: str) -> dict[str, Any]:
        """The variables of a function."""
        folder = capability(functions()[asked["FunctionName"]])
        base = importlib.import_module(f"{folder}.wiring").runtime()
        return {"Environment": {"Variables": dict(base.settings.environment)}}
