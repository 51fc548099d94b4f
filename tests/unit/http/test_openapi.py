"""The API's document has one model for each name."""

from __future__ import annotations

import sys
from http import HTTPStatus
from types import ModuleType
from typing import cast

import pytest

from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.gate import Gate
from keyfob.http.openapi import document
from keyfob.http.resolver import Api, Model


class Thing(Model):
    """A thing."""

    name: str


def another() -> type[Model]:
    class Thing(Model):
        """A thing that has a number, too."""

        name: str
        number: int

    return Thing


def a_function(name: str, view: type[Model]) -> ModuleType:
    """The handler of a function whose only route answers with this model."""
    api = Api(gate=lambda: cast("Gate", None), front=tuple, support=str)

    def show() -> Model:
        raise NotImplementedError

    show.__name__, show.__annotations__ = f"show_{name}", {"return": view}
    described = api.operation(
        "GET", f"/{name}", permission=ANYBODY, summary="Show", status=HTTPStatus.OK
    )
    described(show)
    module = ModuleType(f"{name}.app")
    module.__dict__["app"] = api
    return module


@pytest.fixture
def first_and_second(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[str]:
    """Two functions; the second one answers with the model that the test gives."""
    for name, view in (("first", Thing), ("second", request.param)):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.setitem(sys.modules, f"{name}.app", a_function(name, view))
    return ["first", "second"]


@pytest.mark.parametrize("first_and_second", [Thing], indirect=True)
def test_functions_share_a_model(first_and_second: list[str]) -> None:
    made = document(first_and_second)
    assert {"/first", "/second"} == set(made["paths"])
    assert list(made["components"]["schemas"]["Thing"]["properties"]) == ["name"]


@pytest.mark.parametrize("first_and_second", [another()], indirect=True)
def test_two_different_models_of_one_name_are_refused(first_and_second: list[str]) -> None:
    """Otherwise the second one would silently describe the bodies of both functions."""
    with pytest.raises(LookupError, match="second has another Thing than a function before it"):
        document(first_and_second)
