"""A credential: its states, dates, factors, and what ends it."""
