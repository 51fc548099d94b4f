"""Tables: rows, conditional writes, and one transaction for each change of state."""
