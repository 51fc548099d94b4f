"""Signing in and out, recovery, password resets."""
