"""What tests of the local stack take."""

from tests.support.running.fixtures import browser, holder, paused, ses, stripe

__all__ = ["browser", "holder", "paused", "ses", "stripe"]
