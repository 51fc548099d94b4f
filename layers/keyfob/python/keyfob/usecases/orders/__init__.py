"""Placing, paying, fulfilling, shipping."""
