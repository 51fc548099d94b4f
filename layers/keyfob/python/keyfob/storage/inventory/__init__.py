"""Batches, tokens and the keys that seal their seeds."""
