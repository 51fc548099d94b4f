"""Phones, their numbers and OTP codes, and the wording of texts and calls."""
