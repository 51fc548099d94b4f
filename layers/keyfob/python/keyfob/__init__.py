"""Keyfob: the whole life of a one-time-password credential, from purchase to revocation."""
