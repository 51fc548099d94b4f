"""Campaigns by which partners pay for credentials, and the sponsorships of accounts (B6)."""
