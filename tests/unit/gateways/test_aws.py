"""Clients open without loading unused services."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from keyfob.gateways import aws
from tests.support.aws import ENVIRONMENT
from tests.support.templates import ROOT


@pytest.fixture(autouse=True)
def _own_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws, "_session", aws._session.__wrapped__)


def test_the_services_are_those_that_the_code_opens() -> None:
    sources = [*ROOT.glob("layers/keyfob/python/**/*.py"), *ROOT.glob("functions/**/*.py")]
    opened = {
        name
        for source in sources
        for name in re.findall(r"aws\.client\(\s*\"([a-z0-9-]+)\"", source.read_text())
    }
    assert opened == set(aws.SERVICES)


def test_a_client_opens_without_looking_for_all_services(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(_self: Loader, _type_name: str) -> list[str]:
        raise AssertionError("botocore looked through its folders")

    monkeypatch.setattr(Loader, "list_available_services", looked)
    for service in aws.SERVICES:
        assert aws.client(service).meta.service_model.service_name == service


def test_a_service_that_is_not_on_the_list_is_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        aws.client("ec2")


@pytest.mark.parametrize(
    ("stage", "said", "waits"),
    [("local", "1", 1), ("local", "", 4), ("local", "9", 4), ("prod", "1", 4)],
)
def test_only_the_local_stage_may_shorten_how_long_an_answer_is_waited_for_S50(
    monkeypatch: pytest.MonkeyPatch, stage: str, said: str, waits: int
) -> None:
    monkeypatch.setenv("STAGE", stage)
    monkeypatch.setenv("SDK_READ_SECONDS", said)
    assert aws.client("kms").meta.config.read_timeout == waits
