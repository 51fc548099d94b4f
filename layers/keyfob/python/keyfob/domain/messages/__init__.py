"""Kinds of messages, their contents, and quiet hours."""
