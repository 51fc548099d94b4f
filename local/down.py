"""`make down`: stops the processes of `make up`, by their recorded ids."""

import argparse
from pathlib import Path

from local.progress import say
from local.services import ROOT, make
from local.stack import stop


def main() -> int:
    """Stop the local stack; its data stays for the next start."""
    parser = argparse.ArgumentParser(prog="python -m local.down", description=main.__doc__)
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="where its data lives")
    state = parser.parse_args().state
    if stop(state):
        say(f"Stopped. The data stays in {state}; {make('up', state)} continues with it.")
    else:
        say(f"Nothing to stop: no stack runs from {state}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
