"""Searching for what must be nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable


def leaked(secrets: Iterable[str], place: str) -> list[str]:
    """Those of the secrets that stand in this text, as whole words.

    Rows are full of random digits and letters, among which a short secret comes by chance. Returned
    is a short list: a failed comparison with the text itself would take minutes to explain.
    """
    return [
        one
        for one in secrets
        if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", place)
    ]
