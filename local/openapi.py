"""`python -m local.openapi`: prints the API's document, which is stored in docs/openapi.json."""

from __future__ import annotations

import json
import sys

from keyfob.http.openapi import document
from local.functions import names


def text() -> str:
    """The document of all functions."""
    return json.dumps(document(names()), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
