"""Invitations and registrations, in the `registrations` table."""
