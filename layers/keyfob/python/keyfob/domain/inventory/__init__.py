"""Hardware tokens, their key files, and the sealing of seeds."""
