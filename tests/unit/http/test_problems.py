"""Refusals: each has a status, a code of its own and one form (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest

from keyfob.domain import errors
from keyfob.domain.errors import DomainError, InvalidInput, NotFound, TooManyTries
from keyfob.http.problems import STATUS, problem


def every(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


ALL = sorted(set(every(DomainError)), key=lambda kind: kind.__name__)


def an(kind: type[DomainError]) -> DomainError:
    return kind(retry_after=timedelta(seconds=90)) if kind is TooManyTries else kind()


def shown(error: DomainError) -> tuple[HTTPStatus, dict[str, Any], dict[str, str]]:
    return problem(error, support="help@keyfob.example")


def test_every_domain_error_has_a_status_and_a_unique_code() -> None:
    assert set(STATUS) == set(ALL)
    codes = [kind.code for kind in ALL]
    assert len(set(codes)) == len(codes)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    assert errors.__doc__
    for kind in ALL:
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("kind", ALL)
def test_a_problem_says_what_and_what_to_do_and_nothing_of_ours(kind: type[DomainError]) -> None:
    status, body, _ = shown(an(kind))
    assert body["status"] == int(status) >= 400
    assert body["code"] == kind.code
    assert body["type"] == f"urn:keyfob:problem:{kind.code}"
    assert body["detail"].endswith(".")
    assert "Error" not in body["detail"]


def test_invalid_fields_are_named() -> None:
    _, body, _ = shown(InvalidInput(fields={"items.0.quantity": "at least 1"}))
    assert body["fields"] == {"items.0.quantity": "at least 1"}
    assert "fields" not in shown(InvalidInput())[1]


@pytest.mark.parametrize(
    ("left", "header"), [(timedelta(seconds=89.2), "90"), (timedelta(), "1"), (-timedelta(1), "1")]
)
def test_too_many_tries_says_in_whole_seconds_when_to_come_back(
    left: timedelta, header: str
) -> None:
    status, _, headers = shown(TooManyTries(retry_after=left))
    assert (status, headers) == (HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": header})


def test_who_has_no_session_is_told_how_to_show_one() -> None:
    assert shown(errors.NotAuthenticated())[2] == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("kind", ALL)
def test_where_a_person_must_help_the_support_contact_is_named_G5(kind: type[DomainError]) -> None:
    status, body, _ = shown(an(kind))
    assert ("support" in body) is kind.needs_support
    assert kind.needs_support or status < HTTPStatus.INTERNAL_SERVER_ERROR


def test_unknown_and_foreign_look_the_same_S23() -> None:
    assert shown(NotFound())[1] == shown(NotFound())[1]
