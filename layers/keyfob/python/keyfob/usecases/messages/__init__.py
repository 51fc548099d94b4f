"""Composing messages and sending what the outbox holds."""
