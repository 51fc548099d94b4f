"""Proofing cases, agents and their calendar, in the `proofing` table."""
