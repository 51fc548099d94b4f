"""`make bench`: the cost of importing, starting, verifying and requesting, as tables."""

from __future__ import annotations

import argparse
import os
import platform

from local.progress import say
from tests.bench import clock, cpu, imports, init, stack, tokens, uniform
from tests.bench.figures import table

PARTS = {
    "imports": imports.measure,
    "init": init.measure,
    "cpu": cpu.measure,
    "requests": stack.measure,
    "tokens": tokens.measure,
    "clock": clock.measure,
    "uniform": uniform.measure,
}
# The rest is measured on request only: it takes minutes.
USUAL = ("imports", "init", "cpu", "requests")
# Measured on other machines, by others: for the order of magnitude.
QUOTED = (
    ["privacyIDEA 3.14", "42 to 49 SQL statements", "28 ms"],
    ["Keyfob", "2 round trips", "see above"],
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=PARTS)
    chosen = parser.parse_args().parts or USUAL
    load = os.getloadavg()[0]
    say(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load:.1f}.")
    say("Trust ratios rather than milliseconds, and neither while others use the machine.")
    for part in chosen:
        PARTS[part]()
    table("Beside it (quoted)", ["one check of a code", "database", "processor"], QUOTED)


if __name__ == "__main__":
    main()
