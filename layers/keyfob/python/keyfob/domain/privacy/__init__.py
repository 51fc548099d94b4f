"""A person's data: when it may be erased."""
