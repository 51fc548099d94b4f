"""Audit entries, their hash chains, hourly signed heads, and verification."""
