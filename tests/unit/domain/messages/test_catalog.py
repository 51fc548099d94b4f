"""The catalog of messages is complete."""

from __future__ import annotations

import re
from pathlib import Path

from keyfob.domain.messages.kinds import Kind, MessageChannel

CATALOG = Path(__file__).parents[4] / "docs" / "messages.md"
_ROW = re.compile(r"(?m)^\| `(\w+)` \|.*\| (security|transaction|reminder) \|")


def test_the_catalog_names_every_message_and_its_class_once() -> None:
    listed = _ROW.findall(CATALOG.read_text(encoding="utf-8"))
    declared = [
        (kind.value, str(kind.declared.class_))
        for kind in Kind
        if kind.declared.channel is not MessageChannel.EFFECT
    ]
    assert sorted(listed) == sorted(declared)
