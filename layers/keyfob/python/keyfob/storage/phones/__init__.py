"""A credential's phones, in one row."""
