"""`python -m local.catalogs`: adds the words of mails to the catalogs, and compiles these.

A new sentence of the templates is added to each catalog without translation; a deleted one is
removed. The service reads the compiled form; both are committed.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from local.functions import ROOT

MESSAGES = ROOT / "layers/keyfob/python/keyfob/usecases/messages"
_METHODS = [("words.py", "python"), ("templates/**.txt", "jinja2")]
_OPTIONS = {"templates/**.txt": {"trimmed": "true", "silent": "false"}}
# Equal words give equal bytes, at any time of compilation.
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def words() -> Catalog:
    """Every sentence of the mails, in English."""
    found = Catalog()
    extracted = extract_from_dir(MESSAGES, method_map=_METHODS, options_map=_OPTIONS)
    for _file, _line, message, _comments, context in extracted:
        found.add(message, context=context)
    return found


def catalogs() -> Iterator[Path]:
    """The catalog of each language but English."""
    yield from sorted((MESSAGES / "locale").glob("*/LC_MESSAGES/messages.po"))


def updated(path: Path) -> Catalog:
    """A catalog with all sentences, translated or not yet."""
    with path.open("rb") as opened:
        catalog = read_po(opened, locale=path.parent.parent.name, charset="utf-8")
    catalog.update(words(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _AT
    catalog.project = catalog.last_translator = catalog.language_team = "Keyfob"
    catalog.version = "1"
    return catalog


def source(catalog: Catalog) -> bytes:
    """The catalog in translators' form."""
    written = io.BytesIO()
    write_po(written, catalog, omit_header=True, no_location=True, sort_output=True, width=0)
    return written.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """The catalog in the service's form."""
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """The sentences that would appear in English."""
    return [
        str(one.id) for one in catalog if one.id and (one.fuzzy or not all(_each(one.string or "")))
    ]


def _is_whole(message: Message) -> bool:
    return all(_each(message.string or ""))


def _each(string: str | tuple[str, ...] | list[str]) -> list[str]:
    return [string] if isinstance(string, str) else list(string)


def main() -> int:
    """Write them; 1 if anything is untranslated."""
    left = 0
    for path in catalogs():
        catalog = updated(path)
        path.write_bytes(source(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        for text in untranslated(catalog):
            left = 1
            sys.stdout.write(f"{path.relative_to(ROOT)}: not translated yet: {text}\n")
    return left


if __name__ == "__main__":
    sys.exit(main())
