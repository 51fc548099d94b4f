"""Inviting, accepting, registering, and deciding about registrations."""
