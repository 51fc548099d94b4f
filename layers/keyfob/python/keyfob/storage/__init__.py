"""Tables: rows, the conditions of their writes, one transaction for each change of state."""
