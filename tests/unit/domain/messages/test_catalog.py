"""The catalog of messages says what there is."""

from __future__ import annotations

import re
from pathlib import Path

from keyfob.domain.messages.outbox import CLASS, EFFECTS, Kind

CATALOG = Path(__file__).parents[4] / "docs" / "messages.md"
_ROW = re.compile(r"(?m)^\| `(\w+)` \|.*\| (security|transaction|reminder) \|")


def test_the_catalog_names_every_message_and_its_class_once() -> None:
    listed = _ROW.findall(CATALOG.read_text(encoding="utf-8"))
    assert sorted(listed) == sorted((kind.value, CLASS[kind].value) for kind in CLASS)


def test_every_message_has_a_class_and_no_effect_has_one() -> None:
    assert set(CLASS) == set(Kind) - EFFECTS
