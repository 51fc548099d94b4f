"""The next step of a person: one answer for every state of a life (A10)."""
