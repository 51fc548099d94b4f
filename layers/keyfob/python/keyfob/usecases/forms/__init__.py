"""Forms that people send, not programs."""
