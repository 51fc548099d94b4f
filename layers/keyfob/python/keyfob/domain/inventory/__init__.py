"""Hardware tokens, the key files that bring them, and how seeds are sealed."""
