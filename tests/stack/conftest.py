"""What tests of the local stack take."""

from tests.support.running.fixtures import holder, paused, ses, stripe

__all__ = ["holder", "paused", "ses", "stripe"]
