"""Campaigns of partners, and sponsorships of holders (B6)."""
