"""Composing messages and keeping the promises of the outbox."""
