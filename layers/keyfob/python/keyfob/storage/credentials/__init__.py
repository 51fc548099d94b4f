"""Credentials and registered tokens."""
