"""Access of accounts to applications."""
