"""Hypothesis's settings."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadline: a slow example proves nothing on a busy machine. The same examples every time.
steady = settings(
    deadline=None,
    derandomize=True,
    max_examples=80,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
