"""Sessions, passwords, recovery codes, and the ways to sign in."""
