"""Narrates the demo: acts, checks, waits and mails, a line each."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local.client import Unexpected
from local.progress import say

_WIDTH = 78
_SENT = {"text": "Text", "call": "Call"}


class Narrator:
    """Writes to the console; colors only on a terminal."""

    def __init__(self) -> None:
        """Start without any line written."""
        self.checks = 0
        self._colors = sys.stdout.isatty()

    def act(self, title: str) -> None:
        """Begin a new act."""
        say(f"\n{self._paint(title, '1')}")

    def note(self, text: str) -> None:
        """Something worth seeing."""
        say(f"    {text}")

    def check(self, what: str, holds: bool, detail: str = "") -> None:  # noqa: FBT001
        """State a fact that must hold.

        Raises:
            Unexpected: it doesn't.
        """
        if not holds:
            raise Unexpected(f"this must hold and doesn't: {what} {detail}".rstrip())
        self.checks += 1
        say(f"  {self._paint('✓', '32')} {what}")
        if detail:
            say(f"      {self._paint(detail, '2')}")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show a wait; on a terminal the seconds are counted."""
        began = time.monotonic()
        if self._colors:
            print(f"  … {what}", end="", flush=True)
        yield
        if self._colors:
            print("\r\x1b[K", end="", flush=True)
        self.checks += 1
        say(f"  {self._paint('✓', '32')} {what} ({time.monotonic() - began:.1f} s)")

    def mail(self, mail: Mapping[str, Any]) -> None:
        """Show a mail as it arrived."""
        head = [
            f"From: {mail['from']}",
            f"To: {', '.join(mail['to'])}",
            f"Subject: {mail['subject']}",
            "",
        ]
        self._frame([*head, *mail["text"].strip().splitlines()])

    def phone_message(self, message: Mapping[str, Any]) -> None:
        """Show a text, or the spoken words of a call."""
        voice = f", spoken by {message['voice'].title()}" if message["kind"] == "call" else ""
        head = f"{_SENT[message['kind']]} to {', '.join(message['to'])}{voice}"
        self._frame([head, "", *textwrap.wrap(message["text"], _WIDTH - 2)])

    def letter(self, lines: Iterable[str]) -> None:
        """Show a letter as it was printed."""
        self._frame(part for line in lines for part in textwrap.wrap(line, _WIDTH - 2) or [""])

    def summary(self, url: str, seconds: float) -> None:
        """Sum up the demo."""
        say(f"\n{self._paint('Everything was as it must be.', '1;32')}")
        say(f"  {self.checks} checks in {seconds:.0f} s, from an empty machine to this line.")
        say(f"  It all ran at {url} and is being stopped now; nothing is kept.")
        say("  `make up` starts the same and keeps it running for you to try: whatever it sends,")
        say("  mails, texts and calls, is at /messages there.\n")

    def _frame(self, lines: Iterable[str]) -> None:
        say(f"    ┌{'─' * _WIDTH}")
        for line in lines:
            say(f"    │ {line}".rstrip())
        say(f"    └{'─' * _WIDTH}")

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colors else text
