"""Counts a DynamoDB client's requests and the items that the table reads for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


class Tally:
    """`items` were read by queries; at most `held` of those weren't written yet."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.items = 0
        self.held = 0
        self._written = 0

    def watch(self, client: Any) -> None:
        """Count a botocore client's requests from now on."""

        def answered(model: Any, parsed: Mapping[str, Any], **_other: Any) -> None:
            self.note(model.name, parsed)

        client.meta.events.register("after-call.dynamodb", answered)

    def note(self, operation: str, answer: Mapping[str, Any]) -> None:
        """Count a call of this operation (`Query`) with this answer."""
        self.calls[operation] += 1
        self.items += answer.get("ScannedCount", 0)
        self._written += operation == "UpdateItem"
        self.held = max(self.held, self.items - self._written)
