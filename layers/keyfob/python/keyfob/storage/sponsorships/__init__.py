"""Campaigns, their use, and sponsorships."""
