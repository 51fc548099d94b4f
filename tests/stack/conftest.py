"""Fixtures of the local stack's tests."""

from tests.support.running.fixtures import browser, holder, paused, ses, stripe

__all__ = ["browser", "holder", "paused", "ses", "stripe"]
