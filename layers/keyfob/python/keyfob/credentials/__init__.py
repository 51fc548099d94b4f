"""Credentials and what proves them: hardware tokens, their seeds, their import."""
