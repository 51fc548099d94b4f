"""Measurements: nothing passes or fails; the figures depend on the machine."""
