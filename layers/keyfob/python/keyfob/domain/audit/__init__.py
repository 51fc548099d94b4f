"""Entries, their chain, the heads over an hour, and what verifies them."""
