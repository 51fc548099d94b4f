"""Connections, in the table of accounts."""
