"""A provider that prints and mails letters, for the local stage.

It reads a batch once its manifest is there, checks each file against it, and remembers which
batches it has read: the same one again mails nothing. It acknowledges when it is told to.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from local.record import load
from local.services import ROOT, make
from local.stack import Stack

_CODE_DASHES, _CODE_LENGTH = 2, 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A letter as it comes out of the printer."""

    batch: str
    letter: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its words."""
        return "\n".join(self.lines)

    @property
    def code(self) -> str:
        """The activation code that stands in it alone on a line."""
        found = (one.strip() for one in self.lines)
        [code] = [
            one for one in found if len(one) == _CODE_LENGTH and one.count("-") == _CODE_DASHES
        ]
        return code


class LetterProvider:
    """Prints the letters of the stack's bucket, each once."""

    def __init__(self, stack: Stack) -> None:
        """Print what comes into the bucket of `stack`; nothing of it is written to the disk."""
        self._s3: Any = stack.client("s3")
        self._bucket = stack.outputs["LettersBucket"]
        self._printed: set[str] = set()

    def collect(self) -> list[Printed]:
        """Print the letters of batches that it hasn't read yet.

        Raises:
            ValueError: a file isn't the one that the manifest names.
        """
        return [one for batch in self._batches() for one in self._print(batch)]

    def acknowledge(self, letters: list[Printed], mailed_on: date) -> None:
        """Say that these letters were mailed on this day."""
        for batch in dict.fromkeys(one.batch for one in letters):
            mailed = [one.letter for one in letters if one.batch == batch]
            document = {"mailed_on": mailed_on.isoformat(), "letters": mailed}
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"acknowledged/{batch}.json",
                Body=json.dumps(document).encode(),
            )

    def _batches(self) -> Iterator[dict[str, Any]]:
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix="batches/")
        for one in found.get("Contents", ()):
            if one["Key"].endswith("/manifest.json"):
                yield json.loads(self._content(one["Key"]))

    def _print(self, manifest: dict[str, Any]) -> Iterator[Printed]:
        batch = manifest["batch"]
        for entry in manifest["letters"]:
            if entry["letter"] in self._printed:
                continue
            self._printed.add(entry["letter"])
            content = self._content(f"batches/{batch}/{entry['file']}")
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                raise ValueError(f"{entry['file']} isn't what the manifest names")
            pages = PdfReader(BytesIO(content)).pages
            lines = tuple(line for page in pages for line in page.extract_text().splitlines())
            yield Printed(batch=batch, letter=entry["letter"], lines=lines)

    def _content(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return content


def main() -> None:
    """Hand over what waits on a running stack, print it, and acknowledge it."""
    parser = argparse.ArgumentParser(
        prog="python -m local.letter_provider", description=main.__doc__
    )
    parser.add_argument("--state", type=Path, default=ROOT / ".local")
    state = parser.parse_args().state.resolve()
    record = load(state)
    if record is None or not record.running:
        raise SystemExit(f"The stack is not running. {make('up', state)} starts it.")
    stack = Stack(state, record)
    stack.invoke("LettersFunction", {})
    provider = LetterProvider(stack)
    letters = provider.collect()
    for one in letters:
        print(f"{one.text}\n{'-' * 78}")
    provider.acknowledge(letters, stack.clock.now().date())
    print(f"{len(letters)} letters were mailed.")


if __name__ == "__main__":
    main()
