"""Signing in and out, recovery, resets of passwords."""
