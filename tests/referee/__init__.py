"""Judges what happened to credentials by the rules alone (B7, F5, F6, F7, S44).

It imports nothing of what it judges, so that a mistake there can't be made here a second time:
import-linter keeps it so.
"""
