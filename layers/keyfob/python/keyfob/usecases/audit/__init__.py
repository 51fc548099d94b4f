"""Sealing each hour of the audit trail."""
