"""The clock's worker and license keys that nobody redeems (B5, S42)."""

from __future__ import annotations

import json

import pytest

from tests.functions.test_renewals import counted
from tests.support.deployment import Deployment, for_worker, sample
from tests.support.fakes import unique
from tests.support.key_clock import a_key_of, hours_pass
from tests.support.recovering import mailed_to
from tests.support.renewing import due, pay
from tests.support.shoppers import Shopper, bought


@pytest.fixture
def gil(deployment: Deployment) -> Shopper:
    deployment.invoke("operations", sample("operations/seed"))
    return Shopper(deployment=deployment)


def test_a_key_that_nobody_was_sent_in_a_day_is_counted_for_the_alarm_B5(
    deployment: Deployment, gil: Shopper, capsys: pytest.CaptureFixture[str]
) -> None:
    placed = gil.place(email=unique("guest") + "@shop.example")
    pay(deployment, placed.body["order"])
    key = a_key_of(deployment, placed)
    hours_pass(deployment, key, 24)
    capsys.readouterr()
    assert due(deployment, key) == []
    assert "LicenseKeyUnsent" in counted(capsys.readouterr().out, "lifecycle_worker")
    assert due(deployment, key) == []
    assert counted(capsys.readouterr().out, "lifecycle_worker") == {"ClockMoot"}


def test_a_key_that_was_sent_is_reminded_of_at_the_guests_address_B5_B8(
    deployment: Deployment, gil: Shopper, capsys: pytest.CaptureFixture[str]
) -> None:
    email = unique("guest") + "@shop.example"
    placed = gil.place(email=email)
    pay(deployment, placed.body["order"])
    mailed_to(deployment, email)
    key = a_key_of(deployment, placed)
    hours_pass(deployment, key, 24)
    capsys.readouterr()
    for _ in range(2):
        assert due(deployment, key) == []
    assert "LicenseKeyUnsent" not in counted(capsys.readouterr().out, "lifecycle_worker")
    # Its token isn't shipped: nobody is reminded of a key that can't be used yet.
    hours_pass(deployment, key, 24 * 14)
    assert due(deployment, key) == []
    assert [subject for subject, _ in mailed_to(deployment, email) if "used yet" in subject] == []


def test_the_logs_of_the_clock_have_no_hash_of_a_key_S47(
    deployment: Deployment, gil: Shopper, capsys: pytest.CaptureFixture[str]
) -> None:
    placed, _ = bought(deployment, gil)
    key = a_key_of(deployment, placed)
    capsys.readouterr()
    event = for_worker("due_order", {"due": key})
    deployment.invoke("lifecycle_worker", event)
    assert key.removeprefix("KEY#") not in json.dumps(capsys.readouterr().out)
