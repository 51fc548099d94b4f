"""Subscriptions of organizations, their terms, and access of accounts."""
