"""Reports for operators: kept in memory, and read as a machine reads them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from html.parser import HTMLParser

from keyfob.usecases.forecast.report import COLUMNS


class FakeReports:
    """`Reports` in memory: content and media type by key."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}

    def keep(self, name: str, content: str, kind: str) -> str:
        key = f"forecasts/{name}"
        self.kept[key] = (content, kind)
        return key


class Page(HTMLParser):
    """A page, parsed strictly: every opened element is closed, in order.

    `words` are its visible text, `asked` everything that would be loaded or run.
    """

    _EMPTY = frozenset({"meta", "line"})
    _LOADING = frozenset({"src", "href", "srcset", "data", "action", "xlink:href", "style"})
    _RUNNING = frozenset({"script", "link", "iframe", "img", "object", "embed", "base", "image"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.asked: list[str] = []
        self.elements = Counter[str]()
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.asked += [tag] if tag in self._RUNNING else []
        for name, _ in attrs:
            self.asked += [name] if name in self._LOADING or name.startswith("on") else []
        if tag not in self._EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self._EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.asked += [word for word in ("url(", "@import") if word in data]
        elif data.strip():
            self.words.append(" ".join(data.split()))


def lines(table: str) -> list[dict[str, str]]:
    """A table for programs, by the names of its columns."""
    read = csv.DictReader(io.StringIO(table))
    assert tuple(read.fieldnames or ()) == COLUMNS
    return list(read)


def totals(table: str) -> dict[str, int]:
    """Its sums: by kind, reminders by their days."""
    found = Counter[str]()
    for line in lines(table):
        days = line["days_before"]
        found[f"{line['kind']}_{days}" if days else line["kind"]] += int(line["count"])
    return dict(found)
