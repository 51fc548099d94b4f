"""Organizations, partners, accounts."""
