"""One file for each outside party: a Protocol where it is used, the real adapter here."""
