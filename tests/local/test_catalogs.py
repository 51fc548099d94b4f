"""The catalogs of mails' words are complete, compiled as they are, and use the same values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local.catalogs import catalogs, compiled, source, untranslated, updated

CATALOGS = list(catalogs())


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
def test_a_catalog_has_every_sentence_and_is_compiled_as_it_is(path: Path) -> None:
    catalog = updated(path)
    assert untranslated(catalog) == []
    assert path.read_bytes() == source(catalog), "a catalog is stale: run `make catalogs`"
    assert path.with_suffix(".mo").read_bytes() == compiled(catalog), "run `make catalogs`"


def values(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
def test_a_translation_says_each_value_that_the_sentence_does(path: Path) -> None:
    for message in updated(path):
        said, translated = message.id, message.string or ""
        if isinstance(said, tuple | list):
            assert {tuple(values(one)) for one in translated} == {tuple(values(said[1]))}
        elif said:
            assert values(said) == values(str(translated))


def test_german_is_there() -> None:
    assert "de" in [path.parts[-3] for path in CATALOGS]
