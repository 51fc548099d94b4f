"""Signing in and what a session may do."""
