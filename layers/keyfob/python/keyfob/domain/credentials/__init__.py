"""A credential: its states, dates, authenticators and revocation."""
