"""Turns the template and its code into a package for CloudFormation.

`sam package` does the same for AWS. Ours exists because it is quick (no build, no CLI), leaves out
parts that the local stage doesn't need, and gives equal archives for equal sources, so that a
second start detects that nothing has changed.
"""

import hashlib
import io
import json
import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

# Third-party packages come from the emulator's own environment on the local stage.
_LEFT_OUT = ("layers/vendor", "layers/typesetting", "layers/pdf")
# Properties for which the emulator would refuse the whole stack.
_LACKING = {"AWS::Serverless::Api": ("GatewayResponses",)}
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The root template (JSON) and the objects it refers to, by their key in `bucket`."""

    template: str
    objects: dict[str, bytes]


def package(template: Path, *, bucket: str) -> Package:
    """Zip functions and layers, rewrite their addresses, nested templates included.

    Raises FileNotFoundError when the template names a folder or template that isn't there.
    """
    packer = _Packer(bucket=bucket)
    return Package(template=packer.template(template), objects=packer.objects)


@dataclass(slots=True, kw_only=True)
class _Packer:
    bucket: str
    objects: dict[str, bytes] = field(default_factory=dict)

    def template(self, path: Path) -> str:
        document = yaml_parse(path.read_text(encoding="utf-8"))
        for resource in document["Resources"].values():
            for lacking in _LACKING.get(resource["Type"], ()):
                resource["Properties"].pop(lacking, None)
            rewrite = _REWRITES.get(resource["Type"])
            if rewrite:
                name, how = rewrite
                properties = resource["Properties"]
                properties[name] = how(self, path.parent / properties[name])
        return json.dumps(document, indent=1, default=str)

    def code(self, folder: Path) -> str:
        return f"s3://{self.bucket}/{self._store(archive(folder), '.zip')}"

    def layer(self, folder: Path) -> str:
        if folder.as_posix().endswith(_LEFT_OUT):
            return f"s3://{self.bucket}/left-out-on-the-local-stage.zip"
        return self.code(folder)

    def nested(self, path: Path) -> str:
        key = self._store(self.template(path).encode(), ".template")
        return f"https://s3.amazonaws.com/{self.bucket}/{key}"

    def _store(self, content: bytes, suffix: str) -> str:
        key = hashlib.sha256(content).hexdigest() + suffix
        self.objects[key] = content
        return key


_Rewrite = tuple[str, Callable[[_Packer, Path], str]]
_REWRITES: dict[str, _Rewrite] = {
    "AWS::Serverless::Function": ("CodeUri", _Packer.code),
    "AWS::Serverless::LayerVersion": ("ContentUri", _Packer.layer),
    "AWS::Serverless::Application": ("Location", _Packer.nested),
    "AWS::CloudFormation::Stack": ("TemplateURL", _Packer.nested),
}


def archive(folder: Path) -> bytes:
    """A zip of the folder: equal bytes for equal sources, with bytecode beside each module."""
    if not folder.is_dir():
        raise FileNotFoundError(f"the template names {folder}, but there is no such folder")
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(_contents(folder)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return output.getvalue()


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_dir() or "__pycache__" in name.parts or path.suffix == ".pyc":
            continue
        yield name.as_posix(), path.read_bytes()
        if path.suffix == ".py":
            yield _bytecode(path, name)


def _bytecode(path: Path, name: Path) -> tuple[str, bytes]:
    """The compiled module: each new worker unpacks the archive, and compiling costs it more."""
    with tempfile.TemporaryDirectory() as scratch:
        compiled = Path(scratch, "module.pyc")
        # Unchecked: unpacking changes the time of the source, so a check would find it stale.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(path), str(compiled), dfile=name.as_posix(), doraise=True, invalidation_mode=mode
        )
        cached = name.parent / "__pycache__" / f"{name.stem}.{sys.implementation.cache_tag}.pyc"
        return cached.as_posix(), compiled.read_bytes()


def fingerprint(parameters: dict[str, Any]) -> str:
    """One hash of all parameters, some of which must not be readable from a template."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
