"""`python -m local.openapi`: prints the API's document, which is stored in docs/openapi.json.

With `operator` it prints that of the operators' API, which is stored in docs/operator-openapi.json.
"""

from __future__ import annotations

import json
import sys

from keyfob.http.openapi import document
from local.functions import names


def text(*, for_operators: bool = False) -> str:
    """The document of all functions."""
    written = document(names(), for_operators=for_operators)
    return json.dumps(written, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text(for_operators="operator" in sys.argv[1:]))
