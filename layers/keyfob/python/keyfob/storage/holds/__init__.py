"""Rows of holds and freeze links."""
