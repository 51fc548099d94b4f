"""Checks form-encoded requests against the SDK's own parameter types."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe import RequestOptions

# The SDK builds its types with this module, whose TypedDict the standard one does not recognize.
from typing_extensions import is_typeddict

from local.stripe_double.errors import StripeRefusal

_OPTIONS = frozenset(RequestOptions.__annotations__)
_UNIONS = (Union, types.UnionType)
_SEGMENTS = re.compile(r"\[([^\]]*)\]")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_METADATA_LIMIT, _METADATA_KEY, _METADATA_VALUE = 50, 40, 500


def parse(pairs: Iterable[tuple[str, str]], schema: type) -> dict[str, Any]:
    """The parameters as typed values.

    `pairs` are the decoded form or query fields, `schema` is a TypedDict of `stripe.params`.
    Raises StripeRefusal on an unknown, missing or ill-typed parameter.
    """
    return _typed_dict(_nested(pairs), schema, "")


def refuse_too_long(value: Any, limits: Mapping[str, int], *, at: str = "", name: str = "") -> None:
    """Raise StripeRefusal if a text is longer than its limit.

    `limits` are by names without indexes (`custom_fields[][name]`).
    """
    if isinstance(value, str) and len(value) > limits.get(name, len(value)):
        raise StripeRefusal(
            f"Invalid string: {value[:8]}…{value[-4:]}; must be at most {limits[name]} characters",
            param=at,
        )
    if isinstance(value, dict):
        for key, one in value.items():
            refuse_too_long(one, limits, at=_below(at, key), name=_below(name, key))
    if isinstance(value, list):
        for index, one in enumerate(value):
            refuse_too_long(one, limits, at=f"{at}[{index}]", name=f"{name}[]")


def _nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`; an empty segment appends."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head = name.partition("[")[0]
        path = [head, *_SEGMENTS.findall(name[len(head) :])]
        node = root
        for segment in path[:-1]:
            node = node.setdefault(segment or str(len(node)), {})
            if not isinstance(node, dict):
                raise StripeRefusal(f"Invalid request: {name} is both a value and a hash")
        node[path[-1] or str(len(node))] = value
    return root


def _typed_dict(value: Any, schema: type, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StripeRefusal("Invalid object", param=at)
    hints = fields(schema)
    for name in value:
        if name not in hints:
            where = _below(at, name)
            raise StripeRefusal(
                f"Received unknown parameter: {where}", code="parameter_unknown", param=where
            )
    for name in _required(schema):
        if name not in value:
            where = _below(at, name)
            raise StripeRefusal(
                f"Missing required param: {where}.", code="parameter_missing", param=where
            )
    return {name: _checked(item, hints[name], _below(at, name)) for name, item in value.items()}


def _checked(value: Any, hint: Any, at: str) -> Any:
    origin = get_origin(hint)
    if origin in _UNIONS:
        return _one_of(value, get_args(hint), at)
    if origin is Literal:
        return _literal(value, get_args(hint), at)
    if origin is list:
        return _list(value, get_args(hint)[0], at)
    if origin is dict:
        return _metadata(value, at)
    if is_typeddict(hint):
        return _typed_dict(value, hint, at)
    return _scalar(value, hint, at)


def _one_of(value: Any, members: tuple[Any, ...], at: str) -> Any:
    """A union by the value's shape: a hash, a list, or a scalar.

    The SDK types an enum as its literals or any string, to allow future values. Stripe itself
    accepts the literals only.
    """
    literals = tuple(
        item for one in members if get_origin(one) is Literal for item in get_args(one)
    )
    if isinstance(value, dict):
        shaped = [one for one in members if get_origin(one) in (list, dict) or is_typeddict(one)]
        return _checked(value, shaped[0] if shaped else str, at)
    if value in literals:
        return value
    open_to = [one for one in members if one in (int, bool, float, Decimal)]
    if str in members and not any(literals):
        open_to.append(str)
    return _checked(value, open_to[0], at) if open_to else _literal(value, literals, at)


def _literal(value: Any, allowed: tuple[Any, ...], at: str) -> Any:
    if value not in allowed:
        listed = ", ".join(str(one) for one in allowed) or "a hash"
        raise StripeRefusal(f"Invalid {at}: must be one of {listed}", param=at)
    return value


def _list(value: Any, hint: Any, at: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
        raise StripeRefusal("Invalid array", param=at)
    in_order = sorted(value, key=int)
    return [_checked(value[key], hint, f"{at}[{key}]") for key in in_order]


def _metadata(value: Any, at: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise StripeRefusal(f"Invalid {at}: must be a hash of strings", param=at)
    if len(value) > _METADATA_LIMIT:
        raise StripeRefusal(f"{at} can have at most {_METADATA_LIMIT} keys", param=at)
    for key, item in value.items():
        if len(key) > _METADATA_KEY or len(item) > _METADATA_VALUE:
            raise StripeRefusal(
                f"{at}: keys have up to {_METADATA_KEY}, values up to {_METADATA_VALUE} characters",
                param=f"{at}[{key}]",
            )
    return value


def _scalar(value: Any, hint: Any, at: str) -> Any:
    if not isinstance(value, str):
        raise StripeRefusal("Invalid string", param=at)
    if hint is int:
        if not _INTEGER.fullmatch(value):
            message = f"Invalid integer: {value}"
            raise StripeRefusal(message, code="parameter_invalid_integer", param=at)
        return int(value)
    if hint is bool:
        if value not in {"true", "false"}:
            raise StripeRefusal(f"Invalid boolean: {value}", param=at)
        return value == "true"
    if hint in (Decimal, float):
        return _decimal(value, at)
    if hint is not str:
        raise TypeError(f"{at}: no rule for the SDK's type {hint}")
    return value


def _decimal(value: str, at: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation as broken:
        raise StripeRefusal(f"Invalid decimal: {value}", param=at) from broken


@cache
def fields(schema: type) -> Mapping[str, Any]:
    """The parameters of a TypedDict of the SDK, with their types."""
    # Names of the SDK's options, which its parameter modules don't import.
    hints = get_type_hints(schema, localns={"StripeContext": object, "Mapping": Mapping})
    # The outermost types also carry the SDK's own options, which are never sent as parameters.
    options = _OPTIONS if hints.keys() >= _OPTIONS else frozenset[str]()
    return {name: hint for name, hint in hints.items() if name not in options}


def _required(schema: type) -> frozenset[str]:
    return frozenset(schema.__required_keys__)  # type: ignore[attr-defined]


def _below(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name
