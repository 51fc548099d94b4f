"""What is due and when, read for a forecast."""
