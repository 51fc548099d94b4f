"""Phones that codes are sent to: their numbers, and what they are told."""
