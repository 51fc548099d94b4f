"""Renders a mail's words as plain text and as HTML, both from one source. Pure.

The source is paragraphs, separated by blank lines. Their beginning gives their form:

    - a list's item
        four blanks: a code, alone in a frame
      two blanks: a line of its own
    two columns<tab>with a tab between

Anything else is a paragraph, wrapped. The caller has escaped everything that goes to HTML.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from enum import Enum, auto
from itertools import groupby

_WIDTH = 78
_CODE = (
    "font:600 20px/1.4 ui-monospace,monospace;padding:1rem;background:#f4f5f7;border-radius:8px;"
    "text-align:center"
)


class _Form(Enum):
    PROSE = auto()
    ITEM = auto()
    CODE = auto()
    LINE = auto()
    ROW = auto()


def split(source: str) -> list[str]:
    """The paragraphs of a source, none of them empty."""
    return [one.rstrip() for one in re.split(r"\n\s*\n", source.strip("\n")) if one.strip()]


def as_text(paragraphs: list[str]) -> str:
    """As plain text: everything wrapped except codes and rows."""
    return "\n\n".join("\n".join(map(_text, parts)) for _, parts in _grouped(paragraphs))


def as_html(paragraphs: list[str]) -> str:
    """As HTML, one element a line; `paragraphs` are escaped."""
    return "\n".join(_HTML[form](parts) for form, parts in _grouped(paragraphs))


def _grouped(paragraphs: list[str]) -> Iterator[tuple[_Form, list[str]]]:
    """Consecutive items, lines or rows, grouped."""
    for form, parts in groupby(paragraphs, _form):
        if form is _Form.PROSE:
            yield from ((form, [one]) for one in parts)
        else:
            yield form, list(parts)


def _form(paragraph: str) -> _Form:
    if "\t" in paragraph:
        return _Form.ROW
    for begins, form in (("    ", _Form.CODE), ("  ", _Form.LINE), ("- ", _Form.ITEM)):
        if paragraph.startswith(begins):
            return form
    return _Form.PROSE


def _text(paragraph: str) -> str:
    form = _form(paragraph)
    if form is _Form.ROW:
        return "\n".join(f"  {'   '.join(line.split(chr(9)))}" for line in paragraph.splitlines())
    if form is _Form.CODE:
        return paragraph
    hanging = "  " if form in {_Form.ITEM, _Form.LINE} else ""
    wrapped = textwrap.wrap(
        " ".join(paragraph.split()),
        _WIDTH,
        initial_indent="  " if form is _Form.LINE else "",
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped)


def _prose(parts: list[str]) -> str:
    return f"<p>{' '.join(parts[0].split())}</p>"


def _items(parts: list[str]) -> str:
    items = "\n".join(f"<li>{' '.join(one[2:].split())}</li>" for one in parts)
    return f"<ul>\n{items}\n</ul>"


def _code(parts: list[str]) -> str:
    return "\n".join(f'<p style="{_CODE}">{one.strip()}</p>' for one in parts)


def _lines(parts: list[str]) -> str:
    return f"<p>{'<br>'.join(one.strip() for one in parts)}</p>"


def _rows(parts: list[str]) -> str:
    rows = "\n".join(
        f'<tr><td style="padding:.3rem 0">{left}</td><td style="text-align:right">{right}</td></tr>'
        for part in parts
        for left, _, right in (line.partition("\t") for line in part.splitlines())
    )
    return f'<table style="width:100%;border-collapse:collapse">\n{rows}\n</table>'


_HTML = {
    _Form.PROSE: _prose,
    _Form.ITEM: _items,
    _Form.CODE: _code,
    _Form.LINE: _lines,
    _Form.ROW: _rows,
}
