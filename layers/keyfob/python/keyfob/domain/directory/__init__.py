"""Accounts, applications and roles."""
