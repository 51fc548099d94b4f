"""Composing and sending the queued messages of the outbox."""
