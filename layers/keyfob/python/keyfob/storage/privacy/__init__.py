"""A person's data, wherever it is kept."""
