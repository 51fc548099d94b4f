"""Contract tests: one suite over a fake and the real adapter, so that fakes can't drift."""

from __future__ import annotations

from tests.support.aws import clock

__all__ = ["clock"]
