"""The models of hardware tokens: each batch and each product with a token has one. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# The model of batches and products that name none, as earlier ones don't.
DEFAULT_MODEL = "standard"
# The words for a field that has none.
MODEL = "must be the id of a model: 1 to 32 lower-case letters, digits and dashes"
_MODEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_FOLDER = "model="


def is_model(text: str) -> bool:
    """Whether this is the id of a model."""
    return _MODEL.fullmatch(text) is not None


def model_of_file(name: str) -> str | None:
    """The model that a key file's folder names (`acme/model=c200/2026.xml`); None: no valid one.

    Neither the format of PSKC nor a table has a reliable place for it; the folder is chosen by the
    operator who uploads the file.
    """
    named = [
        part.removeprefix(_FOLDER)
        for part in PurePosixPath(name).parts[:-1]
        if part.startswith(_FOLDER)
    ]
    if not named:
        return DEFAULT_MODEL
    return named[0] if len(named) == 1 and is_model(named[0]) else None
