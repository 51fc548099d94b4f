"""Operators fill the directory."""
