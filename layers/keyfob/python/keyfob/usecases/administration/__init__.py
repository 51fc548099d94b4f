"""Administrators act for the holders of their organization (F4, F5, S24)."""
