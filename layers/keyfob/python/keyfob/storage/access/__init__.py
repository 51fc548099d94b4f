"""Subscriptions and access."""
