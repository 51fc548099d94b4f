"""`python -m local.imports`: checks allowed imports (pyproject.toml, tool.importlinter)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from importlinter.cli import lint_imports

from local.functions import ROOT, names

_EVERY_FUNCTION = '"functions.*"'


def contracts() -> str:
    """The project's configuration, completed with the functions."""
    written = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return written.replace(_EVERY_FUNCTION, json.dumps(names())[1:-1])


def main() -> int:
    """Check them; 0 if all are kept."""
    with TemporaryDirectory() as scratch:
        configuration = Path(scratch) / "pyproject.toml"
        configuration.write_text(contracts(), encoding="utf-8")
        return lint_imports(config_filename=str(configuration), no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
