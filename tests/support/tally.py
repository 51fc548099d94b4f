"""Counts what a DynamoDB client sends and what the table has to read for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


class Tally:
    """Watches a botocore client from its making on."""

    def __init__(self, client: Any) -> None:
        self.calls: Counter[str] = Counter()
        self.items = 0
        self.held = 0
        self._written = 0
        client.meta.events.register("after-call.dynamodb", self._note)

    def _note(self, model: Any, parsed: Mapping[str, Any], **_other: Any) -> None:
        """`items` were read by queries; of those at most `held` weren't written yet."""
        self.calls[model.name] += 1
        self.items += parsed.get("ScannedCount", 0)
        self._written += model.name == "UpdateItem"
        self.held = max(self.held, self.items - self._written)
