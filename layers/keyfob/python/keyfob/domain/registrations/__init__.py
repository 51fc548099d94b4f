"""Invitations, registrations of organizations, and the check that a person sends them."""
