"""Filling the directory by operators."""
