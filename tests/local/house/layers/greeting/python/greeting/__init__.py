"""A library of one word."""

GREETING = "hello"
