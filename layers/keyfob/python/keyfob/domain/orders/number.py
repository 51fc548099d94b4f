"""The form of an order's number. Pure."""

from __future__ import annotations

import re

NUMBER = re.compile(r"SO-[0-9]{1,12}", re.ASCII)
