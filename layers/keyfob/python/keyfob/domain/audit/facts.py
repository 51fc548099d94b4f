"""Values as the facts of audit entries: what an operator added or changed (S60). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from keyfob.domain.audit.entry import Facts


def added(values: Mapping[str, object]) -> Facts:
    """The values of something new; those that it doesn't have are left out."""
    return {
        name: value if type(value) is int else _text(value)
        for name, value in values.items()
        if value is not None
    }


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> Facts:
    """Each value that differs: `8500 → 9900`."""
    return {
        name: f"{_text(before[name])} → {_text(value)}"
        for name, value in after.items()
        if value != before[name]
    }


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
