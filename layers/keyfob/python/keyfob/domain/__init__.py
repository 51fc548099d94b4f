"""Pure decisions on values: no I/O, no AWS, no settings."""
