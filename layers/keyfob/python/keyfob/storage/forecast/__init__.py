"""Due credentials, read for a forecast."""
