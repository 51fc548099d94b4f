"""Reads what decides about the next step."""
