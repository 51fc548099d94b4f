"""Statements for applications, and their signatures."""
