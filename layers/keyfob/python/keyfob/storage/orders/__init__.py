"""Orders, license keys, the catalog."""
