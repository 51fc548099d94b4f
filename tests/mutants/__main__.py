"""`python -m tests.mutants`: draw, try, record; mutants tried before aren't tried again."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.mutants.covering import Covering
from tests.mutants.finding import Mutant, all_mutants
from tests.mutants.trying import killed_by, warm_up
from tests.support.templates import ROOT

SEED = 20261128
SAMPLE = 240
# A decade, and other tests that take longer than all the rest.
_SLOW = ("tests/simulation/", "tests/unit/usecases/due/test_cost.py")
_AT_ONCE = 200


def main() -> None:
    """Try the sample, or the named mutants."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=main.__doc__)
    parser.add_argument("--coverage", type=Path, default=ROOT / ".coverage")
    parser.add_argument("--results", type=Path, default=ROOT / ".local" / "mutants.jsonl")
    parser.add_argument(
        "--before", type=Path, help="results of older tests, or names alone: try these mutants"
    )
    parser.add_argument("--table", type=Path, help="write the table of results there")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many; 0 for all")
    parser.add_argument("--kind", default="", help="only these: condition, guard or right")
    parser.add_argument("--part", default="0/1", help="of several beside each other: 0/2, 1/2")
    parser.add_argument("--list", action="store_true", help="show them, try none")
    asked = parser.parse_args()
    everything = [one for one in all_mutants() if one.kind.startswith(asked.kind)]
    before = _read(asked.before) if asked.before else []
    names = {one["name"] for one in before}
    chosen = (
        [one for one in everything if one.name in names]
        if before
        else drawn(everything, asked.seed, asked.sample)
    )
    if asked.list:
        print(*(f"{one.kind}: {one.name}" for one in chosen), sep="\n")
        return
    asked.results.parent.mkdir(parents=True, exist_ok=True)
    part, parts = map(int, asked.part.split("/"))
    known = {one["name"] for one in _read(asked.results)}
    left = [one for one in chosen[part::parts] if one.name not in known]
    if left:
        _try(left, Covering(asked.coverage, _SLOW), asked.results)
    if asked.table:
        names = {one.name for one in chosen}
        results = [one for one in _read(asked.results) if one["name"] in names]
        text = table(results, len(everything), asked.seed, before)
        asked.table.write_text(text, encoding="utf-8")


def drawn(everything: list[Mutant], seed: int, count: int) -> list[Mutant]:
    """A sample, the same for the same mutants and seed; all of them for 0."""
    if not count:
        return everything
    return random.Random(seed).sample(everything, min(count, len(everything)))


def _try(mutants: list[Mutant], covering: Covering, results: Path) -> None:
    warm_up()
    log = results.with_suffix(f".{id(mutants)}.log")
    for number, mutant in enumerate(mutants, 1):
        tests = covering.of(mutant)
        by: str | None = None
        for start in range(0, len(tests), _AT_ONCE):
            by = by or killed_by(mutant, tests[start : start + _AT_ONCE], log)
        result = {"kind": mutant.kind, "name": mutant.name, "tests": len(tests), "killed_by": by}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result, ensure_ascii=False) + "\n")
        print(
            f"{number}/{len(mutants)} {'killed' if by else 'SURVIVED'}: {mutant.name}", flush=True
        )
    log.unlink(missing_ok=True)


def _read(results: Path) -> list[dict[str, Any]]:
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]


def table(
    results: Iterable[Mapping[str, Any]],
    of: int,
    seed: int,
    before: Iterable[Mapping[str, Any]] = (),
) -> str:
    """The results as a Markdown table, beside those of older tests where there are any."""
    rows = sorted(results, key=lambda one: (one["kind"], one["name"]))
    older = {one["name"]: one["killed_by"] for one in before if "killed_by" in one}
    lines = [
        f"{len(rows)} of {of} mutants, drawn by seed {seed}.",
        "",
        "| kind | mutants | killed | before |",
        "|---|---|---|---|",
    ]
    for kind in sorted({one["kind"] for one in rows}):
        of_kind = [one for one in rows if one["kind"] == kind]
        killed = sum(one["killed_by"] is not None for one in of_kind)
        then = [older[one["name"]] for one in of_kind if one["name"] in older]
        earlier = f"{len(then) - then.count(None)} of {len(then)}" if then else ""
        lines.append(f"| {kind} | {len(of_kind)} | {killed} | {earlier} |")
    lines += ["", "| kind | mutant | first test that fails | before |", "|---|---|---|---|"]
    for one in rows:
        name = one["name"].replace("|", "\\|")
        now = one["killed_by"] or "**none**"
        earlier = (older[one["name"]] or "**none**") if one["name"] in older else ""
        lines.append(f"| {one['kind']} | `{name}` | {now} | {earlier} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
