"""Importing key files."""
