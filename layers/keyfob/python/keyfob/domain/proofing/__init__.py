"""Identity proofing: its case, appointments with agents, activation codes (C2 to C6)."""
