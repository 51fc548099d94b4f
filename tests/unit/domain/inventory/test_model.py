"""The models of tokens, and the folder that names one (G1, B5)."""

from __future__ import annotations

import pytest

from keyfob.domain.inventory.model import DEFAULT_MODEL, model_of_file


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("2026.xml", DEFAULT_MODEL),
        ("acme/2026.xml", DEFAULT_MODEL),
        ("acme/model=c200/2026.xml", "c200"),
        ("model=c-200/acme/2026.xml", "c-200"),
        # A file's own name is none of its folders.
        ("acme/model=c200.xml", DEFAULT_MODEL),
        ("acme/model=/2026.xml", None),
        ("acme/model=C200/2026.xml", None),
        ("acme/model=c 200/2026.xml", None),
        (f"acme/model={'c' * 33}/2026.xml", None),
        ("model=c200/model=c300/2026.xml", None),
    ],
)
def test_a_folder_names_the_model_of_the_tokens_in_a_file_G1(name: str, model: str | None) -> None:
    assert model_of_file(name) == model
