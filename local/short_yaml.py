"""YAML in the usual form of templates: short intrinsics, short lists on one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class Tagged:
    """A short intrinsic: `!Ref Api`, `!If [IsCloud, …]`."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag, self.value = tag, value


class Flow(dict[str, Any]):
    """A mapping on one line."""


class _Dumper(yaml.SafeDumper):
    """Indents lists, writes short lists and intrinsics on one line, repeats instead of aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _tagged(dumper: _Dumper, one: Tagged) -> yaml.Node:
    if isinstance(one.value, list):
        return dumper.represent_sequence(one.tag, one.value, flow_style=True)
    return dumper.represent_scalar(one.tag, one.value)


def _list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    short = not any(isinstance(one, dict) and not isinstance(one, Flow) for one in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


def _flow(dumper: _Dumper, one: Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", one, flow_style=True)


_Dumper.add_representer(Tagged, _tagged)
_Dumper.add_representer(Flow, _flow)
_Dumper.add_representer(list, _list)


def dumped(part: Mapping[str, Any]) -> str:
    """A part of a template, indented by two blanks."""
    text = yaml.dump(part, Dumper=_Dumper, sort_keys=False, width=1_000, allow_unicode=True)
    return "".join(f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True))
