"""Judges credentials' lives by the rules alone (B7, F5, F6, F7, S44).

It imports nothing of the service, so that the service's mistakes can't recur here; import-linter
enforces this.
"""
