"""Refusals about a person's data."""

from __future__ import annotations

from keyfob.domain.errors import IllegalTransition


class InUse(IllegalTransition):
    """A person's data that the service still needs."""

    code = "in_use"
    detail = "This account is still in use."
