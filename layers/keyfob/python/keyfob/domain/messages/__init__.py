"""Kinds of messages, what they say, and when it may arrive."""
