"""Figures as tables that can be pasted into docs/design/costs.md."""

from __future__ import annotations

from collections.abc import Sequence

from local.progress import say


def milliseconds(seconds: float) -> str:
    """Three digits at most: more would suggest a precision that isn't there."""
    value = seconds * 1000
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def share(value: float, of: float) -> str:
    """A ratio of medians."""
    return f"{value / of:.2f}"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table with aligned columns, readable in a terminal, too."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    say(f"\n{title}\n")
    for number, line in enumerate(lines):
        cells = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        say(f"| {' | '.join(cells)} |")
        if number == 0:
            say(f"|{'|'.join('-' * (width + 2) for width in widths)}|")
