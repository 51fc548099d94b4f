"""`make demo-calendar`: the demo's two years as a picture.

The acts are played on the deployed template as in `make demo`; the picture shows only the API's
history and the mailbox afterwards.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.calendar_picture import picture
from local.chronicle import life_of
from local.client import Unexpected
from local.demo_clock import ClockLife
from local.deploy import DeploymentFailed
from local.narrator import Narrator
from local.progress import say
from local.seed import seed
from local.services import ROOT, StartFailed
from local.stack import FunctionFailed, Stack, local_stack


def drawn(stack: Stack, tell: Narrator) -> str:
    """Play the two years on `stack` and draw everybody's credential."""
    play = ClockLife(stack, tell)
    play.play()
    return picture([life_of(one) for one in play.people], stack.clock.now())


def main() -> int:
    """Start, play, draw, stop; 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m local.demo_calendar", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / ".local" / "demo-calendar.html")
    to = parser.parse_args().to.resolve()
    try:
        with local_stack(front=True) as stack:
            seed(stack)
            page = drawn(stack, Narrator())
    except (Unexpected, StartFailed, DeploymentFailed, FunctionFailed, TimeoutError) as failure:
        print(f"\nThe calendar stopped: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is left running.", file=sys.stderr)
        return 130
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    to.write_text(page, encoding="utf-8")
    say(f"\nThe picture is in {to}: open it in a browser.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
