"""Holds between the end of an account's authenticators and the next one; freezing an account."""
