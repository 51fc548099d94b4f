"""Statements for applications."""
