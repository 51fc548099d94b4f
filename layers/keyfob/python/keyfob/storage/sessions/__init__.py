"""Sessions, limits, recoveries."""
