"""Subscriptions of organizations to applications, and access of accounts to them."""
