"""Secrets at rest (S16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keyfob.domain.inventory.seeds import BrokenSeed, Seeds, quarter_of
from keyfob.domain.inventory.token import SealedSeed
from keyfob.storage.inventory.data_keys import DataKeyStore
from tests.support.import_world import Clock, FakeDataKeys, FakeKept, ImportWorld

SECRET = b"12345678901234567890"


@pytest.fixture
def keys() -> FakeDataKeys:
    return FakeDataKeys()


@pytest.fixture
def kept() -> FakeKept:
    return FakeKept()


@pytest.fixture
def seeds(keys: FakeDataKeys, kept: FakeKept) -> Seeds:
    return Seeds(keys, kept, Clock())


def test_s16_a_sealed_secret_opens_for_its_own_serial(seeds: Seeds) -> None:
    sealed = seeds.seal("FT-1000", SECRET)
    assert SECRET not in sealed.content
    assert sealed.content.hex() not in repr(sealed)
    assert seeds.open("FT-1000", sealed) == SECRET


def test_s16_swapped_ciphertexts_do_not_open(seeds: Seeds) -> None:
    one, other = seeds.seal("FT-1000", SECRET), seeds.seal("FT-1001", SECRET[::-1])
    for serial, sealed in (("FT-1000", other), ("FT-1001", one)):
        with pytest.raises(BrokenSeed, match=serial):
            seeds.open(serial, sealed)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_s16_an_altered_ciphertext_does_not_open(seeds: Seeds, place: int) -> None:
    sealed = seeds.seal("FT-1000", SECRET)
    content = bytearray(sealed.content)
    content[place] ^= 1
    with pytest.raises(BrokenSeed):
        seeds.open("FT-1000", replace(sealed, content=bytes(content)))
    with pytest.raises(BrokenSeed):
        seeds.open("FT-1000", replace(sealed, content=b"short"))


def test_s16_the_same_secret_sealed_twice_looks_different(seeds: Seeds) -> None:
    assert seeds.seal("FT-1000", SECRET) != seeds.seal("FT-1000", SECRET)


def test_s16_one_data_key_a_quarter_unwrapped_once(keys: FakeDataKeys, kept: FakeKept) -> None:
    clock = Clock()
    seeds = Seeds(keys, kept, clock)
    first = [seeds.seal(f"FT-{number}", SECRET) for number in range(1000, 1010)]
    assert (keys.made, keys.unwrapped) == (1, 1)
    clock.advance(days=60)
    later = seeds.seal("FT-2000", SECRET)
    assert (first[0].data_key, later.data_key) == ("2026Q4", "2027Q1")
    assert seeds.open("FT-1000", first[0]) == seeds.open("FT-2000", later) == SECRET
    assert (keys.made, keys.unwrapped) == (2, 2)


def test_s16_two_that_make_the_first_data_key_at_once_use_the_same_one(
    keys: FakeDataKeys, kept: FakeKept
) -> None:
    slow, fast = Seeds(keys, kept, Clock()), Seeds(keys, FakeKept(kept.rows), Clock())
    sealed: dict[str, SealedSeed] = {}
    kept.before_keep = lambda: sealed.setdefault("fast", fast.seal("FT-1000", SECRET))
    sealed["slow"] = slow.seal("FT-1001", SECRET)
    assert keys.made == 2
    assert len(kept.rows) == 1
    fresh = Seeds(keys, kept, Clock())
    assert fresh.open("FT-1000", sealed["fast"]) == fresh.open("FT-1001", sealed["slow"]) == SECRET


def test_s16_in_the_table_too_the_first_data_key_stays(import_world: ImportWorld) -> None:
    store = DataKeyStore(import_world.database)
    assert store.get("2026Q4") is None
    assert store.keep("2026Q4", b"first", import_world.clock()) == b"first"
    assert store.keep("2026Q4", b"second", import_world.clock()) == b"first"
    assert store.get("2026Q4") == b"first"


def test_s16_a_data_key_of_another_quarter_or_that_is_gone_opens_nothing(
    seeds: Seeds, keys: FakeDataKeys, kept: FakeKept
) -> None:
    sealed = seeds.seal("FT-1000", SECRET)
    kept.rows["2026Q3"] = kept.rows["2026Q4"]
    for name in ("2026Q3", "2025Q1"):
        with pytest.raises(BrokenSeed, match=name):
            Seeds(keys, kept, Clock()).open("FT-1000", replace(sealed, data_key=name))


@pytest.mark.parametrize(
    ("month", "name"), [(1, "2026Q1"), (3, "2026Q1"), (4, "2026Q2"), (9, "2026Q3"), (12, "2026Q4")]
)
def test_quarters_begin_where_they_do(month: int, name: str) -> None:
    assert quarter_of(datetime(2026, month, 1, tzinfo=UTC)) == name
