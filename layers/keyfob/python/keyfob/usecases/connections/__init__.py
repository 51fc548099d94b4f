"""Asking for a connection, confirming and ending it."""
