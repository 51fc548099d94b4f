"""Kinds of messages, what a promised one says, and when it may arrive."""
