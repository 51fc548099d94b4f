"""Organizations, partners and their applications, accounts and roles."""
