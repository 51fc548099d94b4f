"""Pure: what is decided, from values alone. No I/O, no AWS, no settings."""
