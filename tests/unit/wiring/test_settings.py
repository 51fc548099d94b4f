"""Settings of a deployment, and their limits."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from keyfob.domain.clock import movable_clock, system_clock
from keyfob.domain.policy import BOUNDS, Policy, overridden
from keyfob.wiring.settings import MissingSetting, Settings


def test_a_missing_variable_is_named_with_where_to_set_it() -> None:
    with pytest.raises(MissingSetting, match=r"PUBLIC_URL is not set.*function\.yaml"):
        Settings({}).value("PUBLIC_URL")


def test_tables_and_queues_have_their_deployed_names() -> None:
    settings = Settings({"TABLE_ORDERS": "t", "QUEUE_PAYMENTS": "q"})
    assert (settings.tables, settings.queue("payments")) == ({"orders": "t"}, "q")


@pytest.mark.parametrize("stage", ["production", "staging", "Local", ""])
def test_time_moves_on_the_local_stage_only(stage: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="local stage only"):
        _ = Settings({"CLOCK_FILE": str(tmp_path / "offset"), "STAGE": stage}).clock


def test_without_a_stage_no_clock_is_moved(tmp_path: Path) -> None:
    with pytest.raises(MissingSetting):
        _ = Settings({"CLOCK_FILE": str(tmp_path / "offset")}).clock


def test_the_systems_clock_is_the_default_and_is_aware() -> None:
    assert Settings({}).clock is system_clock
    assert Settings({"CLOCK_FILE": ""}).clock is system_clock
    assert system_clock().utcoffset() == timedelta()


def test_a_moved_clock_adds_the_offset_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = movable_clock(file)
    here = clock()
    file.write_text("86400.0")
    assert timedelta(hours=23) < clock() - here < timedelta(hours=25)
    local = Settings({"CLOCK_FILE": str(file), "STAGE": "local"}).clock
    assert local() - here > timedelta(hours=23)


def test_a_policy_is_overridden_by_name_periods_in_seconds() -> None:
    policy = overridden(Policy(), '{"session_idle": 900, "password_tries": 3}')
    assert (policy.session_idle, policy.password_tries) == (timedelta(minutes=15), 3)
    assert policy.session_lifetime == Policy().session_lifetime
    assert Settings({"POLICY": '{"session_idle": 900}'}).policy.session_idle == timedelta(
        minutes=15
    )


def test_an_override_names_all_of_several_periods_of_a_policy_F7() -> None:
    policy = overridden(Policy(), '{"revocation_reminders": [86400, 3600]}')
    assert policy.revocation_reminders == (timedelta(days=1), timedelta(hours=1))


def test_the_clock_has_these_defaults_F5_F6_F7_S44() -> None:
    policy = Policy()
    assert (policy.renewal_notice, policy.suspension_limit) == (
        timedelta(days=30),
        timedelta(days=60),
    )
    assert [each.days for each in policy.revocation_reminders] == [30, 15, 3]
    assert (policy.invoice_clearing, policy.business_day_ends) == (timedelta(days=5), 17)
    assert (policy.quiet_from, policy.quiet_until) == (20, 8)


@pytest.mark.parametrize("hours", [{"business_day_ends": 0}, {"quiet_until": 0}])
def test_hours_of_the_night_are_no_business_hours_F7(hours: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be between"):
        replace(Policy(), **hours)  # type: ignore[arg-type]


@pytest.mark.parametrize("nothing", ["", "{}"])
def test_no_override_leaves_the_defaults(nothing: str) -> None:
    assert overridden(Policy(), nothing) == Policy() == Settings({"POLICY": nothing}).policy


@pytest.mark.parametrize(
    "override",
    [
        '{"sesion_idle": 900}',
        '{"session_idle": 0}',
        '{"session_idle": -1}',
        "{",
        '{"session_idle": "900"}',
        '{"session_idle": 1.5}',
        '{"session_idle": null}',
        '{"session_idle": true}',
        '{"revocation_reminders": 900}',
        '{"revocation_reminders": []}',
        '{"revocation_reminders": [900, 0]}',
        '{"revocation_reminders": [[900]]}',
        '{"revocation_reminders": ["900"]}',
        '{"session_idle": [900]}',
    ],
)
def test_a_policy_that_is_not_understood_is_refused(override: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # JSON's own error is one
        overridden(Policy(), override)


@pytest.mark.parametrize(
    "override",
    [
        '{"fulfilment_chunk": 25}',
        '{"checkout_lifetime": 86400}',
        '{"checkout_lifetime": 1800}',
        '{"outbox_lease": 30}',
        '{"outbox_lease": 90}',
        '{"sessions_per_account": 21}',
        '{"password_max_length": 63}',
        '{"business_day_ends": 24}',
        '{"quiet_from": 12}',
        '{"quiet_from": 24}',
        '{"quiet_until": 13}',
    ],
)
def test_a_policy_that_would_wedge_the_service_is_refused(override: str) -> None:
    with pytest.raises(ValueError, match="must be between"):
        overridden(Policy(), override)


# A word has no bounds; tests/unit/domain/proofing/test_letter_validity.py refuses other ones.
NUMBERS = [one.name for one in fields(Policy) if one.name != "letter_code_from"]


def test_every_value_of_a_policy_has_bounds_S62() -> None:
    assert sorted(BOUNDS) == sorted(NUMBERS)
    for name, (least, most) in BOUNDS.items():
        default = getattr(Policy(), name)
        for value in default if isinstance(default, tuple) else (default,):
            assert least <= value <= most, name
        assert least > type(least)(0), f"{name} would be no value of an override"


@pytest.mark.parametrize("name", NUMBERS)
def test_no_value_of_a_policy_leaves_its_bounds_S62(name: str) -> None:
    several = isinstance(getattr(Policy(), name), tuple)
    least, most = (
        int(bound.total_seconds()) if isinstance(bound, timedelta) else bound
        for bound in BOUNDS[name]
    )
    for value, good in ((least - 1, False), (least, True), (most, True), (most + 1, False)):
        override = json.dumps({name: [value] if several else value})
        if good:
            assert overridden(Policy(), override)
        else:
            with pytest.raises(ValueError, match=name):
                overridden(Policy(), override)


@pytest.mark.parametrize(
    "override",
    [
        '{"password_tries": 1000000}',
        '{"password_min_length": 1}',
        '{"password_min_length": 11}',
        '{"password_failures": 101}',
        '{"license_key_tries": 101}',
        '{"phone_spend_a_day": 1000000000}',
        '{"session_idle": 86400}',
        '{"session_lifetime": 31536000}',
        '{"webhook_tolerance": 301}',
        '{"open_orders_per_account": 1000}',
        '{"revocation_reminders": [86400, 31536001]}',
    ],
)
def test_a_policy_that_would_open_the_service_is_refused_S55_S62(override: str) -> None:
    with pytest.raises(ValueError, match="must be between"):
        overridden(Policy(), override)


def test_nobody_may_guess_more_often_than_a_hundred_times_S62() -> None:
    """NIST SP 800-63B-4, section 3.2.2."""
    guesses = [name for name in BOUNDS if name.endswith(("_tries", "_failures", "_at_most"))]
    assert len(guesses) >= 8
    assert all(BOUNDS[name][1] <= 100 for name in guesses)
